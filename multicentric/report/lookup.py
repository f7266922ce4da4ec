"""Finding numbers in the table of estimates. The report computes none of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

# How the note of a row begins that the disclosure gate has withheld numbers from.
NOT_SHOWN = "not shown: "
_TEXT = (
    "endpoint", "model", "population", "term", "level", "reference", "statistic", "unit", "note",
)  # fmt: skip
_NUMBER = ("at", "value", "std_error", "ci_low", "ci_high", "p_value", "n", "n_events")


@dataclass(frozen=True)
class Estimate:
    """One row of the table of estimates; an absent number is None, an absent word empty."""

    endpoint: str
    model: str
    population: str
    term: str
    level: str
    reference: str
    statistic: str
    unit: str
    note: str
    at: float | None
    value: float | None
    std_error: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: float | None
    n: float | None
    n_events: float | None

    @property
    def source(self) -> str:
        """Where the number stands in the table of estimates."""
        at = "" if self.at is None else f"{self.at:g}"
        key = (self.endpoint, self.model, self.population, self.term, self.level, at)
        return "/".join((*key, self.statistic))

    @property
    def withheld(self) -> str:
        """Why something of the row is not shown outside; empty where all of it is."""
        return self.note.removeprefix(NOT_SHOWN) if self.note.startswith(NOT_SHOWN) else ""

    @property
    def has_value(self) -> bool:
        """Tell whether there is a number."""
        return self.value is not None

    def excludes(self, no_effect: float) -> bool:
        """Tell whether the confidence interval lies on one side of `no_effect`."""
        if self.ci_low is None or self.ci_high is None:
            return False
        return self.ci_low > no_effect or self.ci_high < no_effect


class Estimates:
    """The table of estimates, asked by the names of the contract."""

    def __init__(self, table: pd.DataFrame) -> None:
        columns = {
            **{name: [_word(v) for v in table[name]] for name in _TEXT},
            **{name: [_number(v) for v in table[name]] for name in _NUMBER},
        }
        names = list(columns)
        self._rows = [
            Estimate(**dict(zip(names, values, strict=True)))
            for values in zip(*columns.values(), strict=True)
        ]
        self._by_model: dict[tuple[str, str], list[Estimate]] = {}
        for row in self._rows:
            self._by_model.setdefault((row.model, row.population), []).append(row)

    def all(self, *, model: str, population: str = "primary", **asked: Any) -> Iterator[Estimate]:
        """Rows of a model in the table's order, narrowed by any further column."""
        for row in self._by_model.get((model, population), []):
            if all(getattr(row, name) == value for name, value in asked.items()):
                yield row

    def one(self, *, model: str, population: str = "primary", **asked: Any) -> Estimate | None:
        """The first row that answers, or None."""
        return next(self.all(model=model, population=population, **asked), None)

    def populations(self) -> list[str]:
        """Populations in the table, in its order."""
        return list(dict.fromkeys(row.population for row in self._rows))

    def ran(self, model: str, population: str = "primary", **asked: Any) -> bool:
        """Tell whether a model was run and gave a number."""
        rows = self.all(model=model, population=population, **asked)
        return any(row.has_value or row.p_value is not None for row in rows)

    def __len__(self) -> int:
        return len(self._rows)


def _word(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)


def _number(value: Any) -> float | None:
    if value is None or value is pd.NA:
        return None
    number = float(value)
    return number if math.isfinite(number) else None
