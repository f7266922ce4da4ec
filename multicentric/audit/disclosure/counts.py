"""The rules of disclosure and the arithmetic of protected counts."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd


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
        if self.small(count):
            return None
        return int((count + self.round_to / 2) // self.round_to) * self.round_to

    def midpoint(self, count: float) -> int:
        """A count as the middle of the band in which it lies; zero stays zero.

        Unbiased rounding for cumulative counts under a curve (OpenSAFELY's midpoint rounding).
        """
        if count <= 0:
            return 0
        band = -(-int(count) // self.round_to) * self.round_to
        return band - self.round_to // 2


@dataclass
class Decisions:
    """What was decided, each with its rule; exact counts are in none of them."""

    rows: list[dict[str, str]] = field(default_factory=list)

    def note(self, output: str, key: str, rule: str, action: str) -> None:
        """Record one decision."""
        self.rows.append({"output": output, "key": key, "rule": rule, "action": action})

    def table(self) -> pd.DataFrame:
        """The decisions in the order in which they were made."""
        return pd.DataFrame(self.rows, columns=["output", "key", "rule", "action"])
