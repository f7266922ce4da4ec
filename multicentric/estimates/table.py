"""One row per number, in the columns that report, exports and tests read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

COLUMNS = (
    "endpoint",
    "model",
    "population",
    "term",
    "level",
    "reference",
    "at",
    "statistic",
    "value",
    "std_error",
    "ci_low",
    "ci_high",
    "p_value",
    "n",
    "n_events",
    "unit",
    "note",
)
_TEXT = (
    "endpoint",
    "model",
    "population",
    "term",
    "level",
    "reference",
    "statistic",
    "unit",
    "note",
)
_COUNTS = ("n", "n_events")


@dataclass(frozen=True)
class Estimate:
    """One number and what it is.

    Attributes
    ----------
    population
        ``primary``, ``center:<id>``, ``without:<id>``, ``subgroup:<variable>=<level>``,
        ``sensitivity:<id>`` or ``as_sent``.
    at
        Months, for what holds at a time.
    std_error
        Of the logarithm where `value` is a ratio.
    note
        Why the number is absent.
    """

    endpoint: str
    model: str
    statistic: str
    value: float | None = None
    population: str = "primary"
    term: str = ""
    level: str = ""
    reference: str = ""
    at: float | None = None
    std_error: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    n: int | None = None
    n_events: int | None = None
    unit: str = ""
    note: str = ""


def interval_of(
    value: float,
    std_error: float | None,
    ci_low: float | None,
    ci_high: float | None,
    p_value: float | None = None,
) -> dict[str, Any]:
    """The columns of a number with its uncertainty."""
    return {
        "value": value,
        "std_error": std_error,
        "ci_low": ci_low,
        "ci_high": ci_high,
        "p_value": p_value,
    }


def degrees(df: int) -> str:
    """Degrees of freedom as a unit."""
    return f"{df} degree{'' if df == 1 else 's'} of freedom"


def as_table(estimates: Iterable[Estimate]) -> pd.DataFrame:
    """Estimates as a table, in the order in which they were made; absent numbers are missing."""
    table = pd.DataFrame([asdict(estimate) for estimate in estimates], columns=list(COLUMNS))
    kinds = {name: "string" if name in _TEXT else "Float64" for name in COLUMNS}
    kinds |= dict.fromkeys(_COUNTS, "Int64")
    # NaN is how the estimators say "no number"; in the table that is a missing value.
    numbers = [name for name in COLUMNS if name not in _TEXT]
    table[numbers] = table[numbers].apply(pd.to_numeric).astype(float)
    return table.astype(kinds)
