"""Many rows per patient to one value: which count, which is picked, what if nothing decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from multicentric.dictionary import Variable
from multicentric.harmonize.conversion import Converted
from multicentric.mapping.language import Collapse
from multicentric.mapping.values import Value, value_of


@dataclass(frozen=True)
class Visits:
    """What is known of every row of a table with many rows per patient.

    Attributes
    ----------
    values
        What became of each row's own cell.
    by
        What became of the cell that puts rows in order; None where no order is asked.
    counts, ends
        Whether a row matches `where` and `until_first`: 1, 0, or -1 where its text is unknown.
    """

    rows: np.ndarray
    values: Sequence[Converted]
    by: Sequence[Converted] | None
    counts: np.ndarray
    ends: np.ndarray | None


@dataclass(frozen=True)
class Picked:
    """A patient's value, the position of the row that gave it, and those it was picked from."""

    result: Converted
    position: int = -1
    eligible: tuple[int, ...] = ()


def pick(
    collapse: Collapse,
    path: str,
    variable: Variable,
    positions: Sequence[int],
    visits: Visits,
    anchor: Value,
) -> Picked:
    """Collapse one patient's rows.

    Parameters
    ----------
    path
        Place of the variable's block in the mapping.
    positions
        The patient's rows, in file order.
    anchor
        The date that `within` counts from.
    """
    return _Collapsing(collapse, f"{path}.collapse", variable, visits, anchor).picked(positions)


@dataclass(frozen=True)
class _Collapsing:
    collapse: Collapse
    place: str
    variable: Variable
    visits: Visits
    anchor: Value

    def picked(self, positions: Sequence[int]) -> Picked:
        if not len(positions):
            return Picked(Converted(None, "missing", self.place, reason="no_row"))
        eligible = self._eligible(positions)
        if isinstance(eligible, Picked):
            return eligible
        result = self._from(eligible)
        return Picked(result.result, result.position, tuple(eligible))

    def _from(self, eligible: list[int]) -> Picked:
        if self.collapse.pick == "count":
            return Picked(Converted(len(eligible), "derived", self.place))
        if not eligible:
            reason = self.collapse.none or "no_row"
            return Picked(Converted(None, "missing", f"{self.place}.none", reason=reason))
        found = [at for at in eligible if self._value(at).outcome != "missing"]
        if not found:
            return Picked(self._value(eligible[0]), eligible[0])
        choices = {
            "first": self._first,
            "last": self._first,
            "nearest": self._first,
            "min": self._least,
            "max": self._least,
            "best": self._least,
            "any": self._least,
            "all": self._least,
            "only": self._agreed,
        }
        return choices[self.collapse.pick](found)

    def _value(self, at: int) -> Converted:
        return self.visits.values[at]

    def _order(self, at: int) -> Converted:
        return self.visits.by[at] if self.visits.by is not None else self._value(at)

    def _eligible(self, positions: Sequence[int]) -> list[int] | Picked:
        """The rows that count, or the row whose unknown text keeps that from being told."""
        unknown = [at for at in positions if self.visits.counts[at] < 0]
        if unknown:
            return self._undecided(unknown[0], "where")
        eligible = [at for at in positions if self.visits.counts[at]]
        ends = self.visits.ends
        ordered = ends is not None or self.collapse.within is not None
        if ordered or (len(eligible) > 1 and self.visits.by is not None):
            for at in eligible:
                if self._order(at).value is None:
                    return Picked(self._without_order(at), at, tuple(eligible))
        if ends is not None:
            unknown = [at for at in eligible if ends[at] < 0]
            if unknown:
                return self._undecided(unknown[0], "until_first")
            last = min((self._order(at).value for at in eligible if ends[at]), default=None)
            if last is not None:
                eligible = [at for at in eligible if self._order(at).value <= last]
        if self.collapse.within is not None:
            if self.anchor is None:
                missing = Converted(None, "missing", f"{self.place}.within", reason="missing_input")
                return Picked(missing)
            eligible = [at for at in eligible if self._inside(at)]
        return eligible

    def _inside(self, at: int) -> bool:
        first, last = self.collapse.within.range if self.collapse.within else (0, 0)
        return first <= self._days(at) <= last

    def _days(self, at: int) -> int:
        """Days from the patient's date to that of the row."""
        return int((self._order(at).value - self.anchor).days)

    def _without_order(self, at: int) -> Converted:
        order = self._order(at)
        problem = order.problem or "unreadable_order"
        words = order.words or "a row has nothing that tells its place among the others."
        return Converted(None, "unreadable", f"{self.place}.by", None, problem, words)

    def _undecided(self, at: int, part: str) -> Picked:
        words = "a row holds a text of which the mapping does not say whether the row counts."
        place = f"{self.place}.{part}"
        return Picked(Converted(None, "unmapped", place, None, "unmapped_code", words), at)

    def _first(self, found: list[int]) -> Picked:
        if len(found) == 1:
            return Picked(self._value(found[0]), found[0])
        if self.collapse.pick == "nearest":
            distance = {at: abs(self._days(at)) for at in found}
            best: Value = min(distance.values())
            return self._agreed([at for at in found if distance[at] == best])
        choose = min if self.collapse.pick == "first" else max
        best = choose(self._order(at).value for at in found)
        return self._agreed([at for at in found if self._order(at).value == best])

    def _agreed(self, found: list[int]) -> Picked:
        """The one value of rows between which nothing decides."""
        if self.collapse.ties != "error":
            at = found[0] if self.collapse.ties == "first_row" else found[-1]
            return Picked(self._value(at), at)
        unread = self._unread(found)
        if unread is not None and len(found) > 1:
            return unread
        if len({self._value(at).value for at in found}) > 1:
            rows = ", ".join(str(self.visits.rows[at]) for at in found)
            words = f"rows {rows} differ, and nothing decides between them."
            tie = Converted(None, "unreadable", f"{self.place}.ties", None, "tie", words)
            return Picked(tie, found[0])
        return Picked(self._value(found[0]), found[0])

    def _unread(self, found: list[int]) -> Picked | None:
        """The first row without a readable value: it could have been the one to pick."""
        for at in found:
            if self._value(at).value is None:
                return Picked(self._value(at), at)
        return None

    def _least(self, found: list[int]) -> Picked:
        unread = self._unread(found)
        if unread is not None:
            return unread
        values = {at: self._value(at).value for at in found}
        if self.collapse.pick == "best":
            order = [value_of(code, self.variable) for code in self.collapse.order]
            for at in found:
                if values[at] not in order:
                    words = f"'{values[at]}' has no place in the order of best to worst."
                    place = f"{self.place}.order"
                    stranger = Converted(None, "unmapped", place, None, "unmapped_code", words)
                    return Picked(stranger, at)
            best: Value = min((values[at] for at in found), key=order.index)
        else:
            choose = max if self.collapse.pick in ("max", "any") else min
            best = choose(values.values())
        at = next(at for at in found if values[at] == best)
        return Picked(self._value(at), at)
