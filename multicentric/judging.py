"""Questions that the rules of any study ask: of dates, of a column, of a center beside others."""

from __future__ import annotations

import pandas as pd

# A median of fewer values says nothing of a unit.
FEWEST_VALUES = 10
FEWEST_CENTERS = 3


def in_order(first: pd.Series, second: pd.Series) -> pd.Series:
    """First is not after second; no answer where one is missing."""
    return (first <= second).astype("boolean").mask(first.isna() | second.isna())


def where(applies: pd.Series, holds: pd.Series) -> pd.Series:
    """The answer where the question applies; missing elsewhere, also where that is not known."""
    return holds.astype("boolean").mask(~applies.astype("boolean").fillna(False))


def all_together(values: pd.Series, sound: bool) -> pd.Series:
    """One answer for a whole column, given to each of its values; missing where there is none."""
    return pd.Series(sound, index=values.index, dtype="boolean").mask(values.isna())


def not_on_days(dates: pd.Series, days: tuple[int, ...]) -> pd.Series:
    """The date does not fall on one of these days of the month, as completed dates do."""
    return (~dates.dt.day.isin(days)).astype("boolean").mask(dates.isna())


def alone(patients: pd.DataFrame, keys: list[str]) -> pd.Series:
    """No other record has the same values; missing where one of the values is."""
    complete = patients[keys].notna().all(axis=1)
    return where(complete, ~patients.duplicated(keys, keep=False))


def medians_alike(patients: pd.DataFrame, variable: str, factor: float) -> pd.DataFrame:
    """Compare each center's median with the median of the others' medians.

    Parameters
    ----------
    patients
        Patients of all centers.
    factor
        A median this many times larger or smaller than the others' is not alike: another unit.

    Returns
    -------
    pandas.DataFrame
        On the centers: ``kept`` (missing with fewer than `FEWEST_VALUES` values or
        `FEWEST_CENTERS` centers) and ``shown``, the center's own median: what it is asked about
        and what an answer is bound to must not move with the others.
    """
    values = patients.dropna(subset=[variable]).groupby("center", sort=True)[variable]
    medians = values.median()[values.size() >= FEWEST_VALUES].astype(float)
    centers = sorted(patients["center"].dropna().unique())
    kept = pd.Series(pd.NA, index=centers, dtype="boolean")
    shown = pd.Series("", index=centers, dtype="string")
    if len(medians) >= FEWEST_CENTERS:
        for center, median in medians.items():
            others = float(medians.drop(center).median())
            shown[center] = f"{median:g}"
            if others > 0:
                kept[center] = bool(others / factor <= median <= others * factor)
    return pd.DataFrame({"kept": kept, "shown": shown})
