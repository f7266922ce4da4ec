"""Fourth layer: what shows only over all patients, and outcomes that went the wrong way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from multicentric.changes.outcomes import Outcomes
from multicentric.changes.table import Change
from multicentric.dictionary import Dictionary, Variable

# More missing values by this share of the patients are worth a look.
MISSING_SHIFT = 0.05
# Shift of a median in standard deviations of the earlier drop.
MEDIAN_SHIFT = 0.2
# Ratios of medians that a change of unit leaves behind: decimal shifts, mmol/L to mg/dL of glucose
# (18) and of creatinine (88.4), months to days.
UNIT_FACTORS = (10.0, 100.0, 1000.0, 18.0, 88.4, 30.4375)
_NEAR_FACTOR = 0.1
# Below this many values on either side a distribution says nothing.
FEWEST = 10


def distribution_changes(
    tables: tuple[pd.DataFrame, pd.DataFrame],
    lineages: tuple[pd.DataFrame, pd.DataFrame],
    outcomes: Outcomes,
    dictionary: Dictionary,
) -> Iterator[Change]:
    """New codes, missingness, medians, units; follow-up and events that went backwards.

    Parameters
    ----------
    tables, lineages
        Of the earlier and the later drop.
    """
    before, after = tables
    yield from _new_codes(*lineages, dictionary)
    if min(len(before), len(after)) >= FEWEST:
        for variable in dictionary:
            yield from _shifts(before[variable.name], after[variable.name], variable)
    yield from _backwards(before, after, outcomes)


def _new_codes(
    before: pd.DataFrame, after: pd.DataFrame, dictionary: Dictionary
) -> Iterator[Change]:
    for variable in dictionary:
        if variable.kind not in ("code", "flag"):
            continue
        old, new = (
            set(part.loc[part["variable"] == variable.name, "raw"].dropna())
            for part in (before, after)
        )
        for raw in sorted(new - old) if old else ():
            yield Change("distributions", "new_code", variables=variable.name, new=raw)


def _shifts(old: pd.Series, new: pd.Series, variable: Variable) -> Iterator[Change]:
    missing = float(old.isna().mean()), float(new.isna().mean())
    if abs(missing[1] - missing[0]) > MISSING_SHIFT:
        yield Change(
            "distributions",
            "missingness",
            variables=variable.name,
            old=f"{missing[0]:.1%}",
            new=f"{missing[1]:.1%}",
        )
    if variable.kind not in ("integer", "number"):
        return
    one, two = old.dropna().astype(float), new.dropna().astype(float)
    if min(len(one), len(two)) < FEWEST:
        return
    medians = float(one.median()), float(two.median())
    told: dict[str, Any] = {
        "variables": variable.name,
        "old": f"{medians[0]:g}",
        "new": f"{medians[1]:g}",
    }
    factor = _unit_factor(*medians)
    if factor:
        yield Change("distributions", "unit", note=f"{factor:g}", **told)
    elif abs(medians[1] - medians[0]) > MEDIAN_SHIFT * float(one.std()) > 0:
        yield Change("distributions", "median", **told)


def _unit_factor(old: float, new: float) -> float | None:
    """The factor of a known change of unit that lies between two medians, if any."""
    if old <= 0 or new <= 0:
        return None
    ratio = max(old, new) / min(old, new)
    for factor in UNIT_FACTORS:
        if abs(ratio / factor - 1) <= _NEAR_FACTOR:
            return factor
    return None


def _backwards(before: pd.DataFrame, after: pd.DataFrame, outcomes: Outcomes) -> Iterator[Change]:
    for name in outcomes.follow_up:
        both = before[["patient_id", name]].merge(
            after[["patient_id", name]], on="patient_id", suffixes=("_old", "_new")
        )
        earlier = both[both[f"{name}_new"] < both[f"{name}_old"]]
        for row in earlier.sort_values("patient_id").to_dict("records"):
            yield Change(
                "distributions",
                "follow_up_backwards",
                about="outcome",
                patient_id=row["patient_id"],
                variables=name,
                old=row[f"{name}_old"].date().isoformat(),
                new=row[f"{name}_new"].date().isoformat(),
            )
    then, now = outcomes.had(before), outcomes.had(after)
    for name in then.columns:
        shared = then.index.intersection(now.index)
        vanished = shared[then.loc[shared, name] & ~now.loc[shared, name]]
        for patient in sorted(vanished):
            yield Change(
                "distributions",
                "event_vanished",
                about="outcome",
                patient_id=patient,
                variables=name,
            )
        if now[name].sum() < then[name].sum():
            yield Change(
                "distributions",
                "fewer_events",
                about="outcome",
                variables=name,
                old=str(int(then[name].sum())),
                new=str(int(now[name].sum())),
                note=_follow_up_note(before, after, outcomes),
            )


def _follow_up_note(before: pd.DataFrame, after: pd.DataFrame, outcomes: Outcomes) -> str:
    """Fewer events although follow-up grew is never innocent."""
    for name in outcomes.follow_up:
        if before[name].median() < after[name].median():
            return "although follow-up became longer"
    return ""
