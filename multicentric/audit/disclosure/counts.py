"""The rules of disclosure and the arithmetic of protected counts."""

from __future__ import annotations

from dataclasses import dataclass, field

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

    def count(self, exact: float, table: str, row: dict, column: str) -> int | None:
        """A count as it is shown in a cell; None if it is not.

        Parameters
        ----------
        exact
            The count.
        table, row, column
            The cell: its table, what names its row, and its column.
        """
        key = f"{written(table, row)}:{column}"
        if (table, key) not in self._decided:
            self._decided[table, key] = self._decide(exact, table, row, column, key)
        return self._decided[table, key]

    def _decide(self, exact: float, table: str, row: dict, column: str, key: str) -> int | None:
        shown = self.rules.shown(exact)
        if shown is None:
            self.decisions.note(table, key, "small count", "redacted")
            return None
        last = self.before.count(table, row, column)
        if last is not None and 0 < abs(shown - last) <= self.rules.threshold:
            self.decisions.note(table, key, "difference to the last release", "kept as released")
            return last
        action = f"rounded to {self.rules.round_to}"
        self.decisions.note(table, key, "every count is rounded", action)
        return shown

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
