"""The rules of disclosure and the arithmetic of protected counts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from multicentric.audit.disclosure.released import Released, written


@dataclass(frozen=True)
class Rules:
    """The study's thresholds.

    Attributes
    ----------
    threshold
        A count from one up to below it is redacted. Zero is shown: nobody is behind it.
    round_to
        What counts are rounded to, after redaction.
    grid_months
        Distance of the times at which a survival curve is shown.
    events_per_parameter, residual_events
        What a Cox model needs before its coefficients are shown.
    """

    threshold: int = 10
    round_to: int = 5
    grid_months: float = 3.0
    events_per_parameter: int = 10
    residual_events: int = 10

    def small(self, count: float) -> bool:
        """Whether a count is too small to be shown."""
        return 0 < count < self.threshold

    def shown(self, count: float) -> int | None:
        """A count as it is shown: None if redacted, else rounded."""
        return None if self.small(count) else self._rounded(count)

    def reckoned(self, count: float) -> int:
        """A count as numbers are computed from it: a small one as the middle of all small ones.

        It says no more than `shown`: two ways of rounding one count would narrow it between them.
        """
        return self.threshold // 2 if self.small(count) else self._rounded(count)

    def meant(self, shown: int) -> tuple[int, int]:
        """The least and the largest count that is shown so."""
        low = math.ceil(shown - self.round_to / 2)
        high = math.ceil(shown + self.round_to / 2) - 1
        if shown == 0:
            return 0, high if high >= self.threshold else 0
        return max(low, self.threshold), high

    def _rounded(self, count: float) -> int:
        return int((count + self.round_to / 2) // self.round_to) * self.round_to


@dataclass
class Decisions:
    """What was decided, each with its rule; exact counts are in none of them."""

    rows: list[dict[str, str]] = field(default_factory=list)

    def note(self, output: str, key: str, rule: str, action: str) -> None:
        """Record one decision."""
        self.rows.append({"output": output, "key": key, "rule": rule, "action": action})

    def table(self) -> pd.DataFrame:
        """The decisions in the order in which they were made."""
        columns = ["output", "key", "rule", "action"]
        return pd.DataFrame(self.rows, columns=columns).astype("string")


class Cell(NamedTuple):
    """A count and where it stands: its table, what names its row, and its column."""

    exact: float
    table: str
    row: dict[str, Any]
    column: str

    @property
    def key(self) -> tuple[str, str]:
        """The cell's name: its table and its place there."""
        return self.table, f"{written(self.table, self.row)}:{self.column}"


class _Known(NamedTuple):
    """The bounds of a term of a sum, with its sign; whether it is hidden, and small as well."""

    low: float
    high: float
    small: bool
    hidden: bool


@dataclass
class Gate:
    """Decides on every count that may leave, and keeps what it decided.

    Attributes
    ----------
    rules
        The thresholds.
    before
        What was shown last time: two releases can be subtracted from each other.
    """

    rules: Rules
    before: Released
    decisions: Decisions = field(default_factory=Decisions)
    _decided: dict[tuple[str, str], int | None] = field(default_factory=dict)
    _telling: set[tuple[str, str]] = field(default_factory=set)

    def count(self, exact: float, table: str, row: dict, column: str) -> int | None:
        """A count as it is shown in a cell; None if it is not.

        Parameters
        ----------
        exact
            The count.
        table, row, column
            The cell: its table, what names its row, and its column.
        """
        cell = Cell(exact, table, row, column)
        if cell.key not in self._decided:
            self._decided[cell.key], rule, action = self._decide(cell)
            self.decisions.note(*cell.key, rule, action)
        return self._decided[cell.key]

    def _decide(self, cell: Cell) -> tuple[int | None, str, str]:
        """A count as it is shown, the rule that says so, and what it does."""
        shown = self.rules.shown(cell.exact)
        if shown is None or cell.key in self._telling:
            # Which of the two it is would tell the small one from the one that protects it.
            return None, "small count, or one that tells a small one", "redacted"
        last = self.before.count(cell.table, cell.row, cell.column)
        if last is not None and 0 < abs(shown - last) <= self.rules.threshold:
            return last, "difference to the last release", "kept as released"
        return shown, "every count is rounded", f"rounded to {self.rules.round_to}"

    def protect(self, total: list[Cell], parts: list[Cell]) -> None:
        """Redact further parts of a sum as long as it tells more of a small one than its mark.

        To be called before the parts are shown.

        Parameters
        ----------
        total
            What the parts sum to: a cell, or several that are summed.
        parts
            The parts, those that may be redacted first; what they lack to the total is shown
            nowhere.
        """
        while self._tells(total, parts):
            shown = [(self._decide(part)[0], part) for part in parts]
            left = [(count, part) for count, part in shown if count]
            if not left:
                return
            self._telling.add(min(left, key=lambda pair: pair[0])[1].key)

    def _tells(self, total: list[Cell], parts: list[Cell]) -> bool:
        """Whether the sum says more of a small count that is not shown than that it is small."""
        rest = sum(cell.exact for cell in total) - sum(part.exact for part in parts)
        counts = [
            *(self._known(1, cell.exact, self._decide(cell)[0]) for cell in total),
            *(self._known(-1, part.exact, self._decide(part)[0]) for part in parts),
            *([self._known(-1, rest, None)] if rest > 0 else []),
        ]
        if not total:
            return False
        limit, nowhere = self.rules.threshold, len(total) + len(parts)
        low, high = sum(count.low for count in counts), sum(count.high for count in counts)
        for at, count in enumerate(counts):
            if not count.small:
                continue
            # What the others leave for it; all of them at their bounds.
            least, most = -(high - count.high), -(low - count.low)
            if count.low < 0:
                least, most = -most, -least
            # Of what is shown nowhere nobody may know that it is small.
            if most < limit - 1 or (least > 1 and at < nowhere):
                return True
        hidden = [count for count in counts if count.hidden]
        # One that protects a small one elsewhere is not told here either.
        protecting = any(part.key in self._telling for part in parts)
        return protecting and len(hidden) == 1

    def _known(self, sign: int, exact: float, shown: int | None) -> _Known:
        """A term of a sum as a reader knows it, who knows of a hidden count whether it is small."""
        small = shown is None and self.rules.small(exact)
        if shown is not None:
            ends: tuple[float, float] = self.rules.meant(shown)
        else:
            limit = self.rules.threshold
            ends = (1, limit - 1) if small else (limit, math.inf)
        low, high = sorted(sign * end for end in ends)
        return _Known(low, high, small, shown is None)

    def total(self, cells: list[int | None], table: str, row: dict, column: str) -> int | None:
        """The sum of what is shown; None where a part is not, since the total would tell it."""
        key = f"{written(table, row)}:{column}"
        if (table, key) not in self._decided:
            known = [cell for cell in cells if cell is not None]
            self._decided[table, key] = sum(known) if len(known) == len(cells) else None
            if len(known) < len(cells):
                self.decisions.note(table, key, "total of a redacted count", "redacted")
        return self._decided[table, key]

    def withhold(self, table: str, key: str, why: str, action: str = "numbers withheld") -> None:
        """Record that something is not shown."""
        self.decisions.note(table, key, why, action)
