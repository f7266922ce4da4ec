"""Derived variables: the study file's decision tables, flags and ages, applied to patients."""

from __future__ import annotations

import pandas as pd

from multicentric.holds import holds
from multicentric.protocol import Derived, Sensitivity, derivation_order

DAYS_PER_YEAR = 365.25


def derive(patients: pd.DataFrame, derived: dict[str, Derived]) -> pd.DataFrame:
    """The patients with every derived variable as a further column.

    A decision table takes the first case that certainly holds; where an earlier case has no answer
    because a value is missing, a later one may still decide, and else `otherwise` does. A flag
    without an answer is missing.
    """
    patients = patients.copy()
    for name in derivation_order(derived):
        patients[name] = _values(patients, derived[name])
    return patients


def in_sensitivity_sets(
    patients: pd.DataFrame, sensitivity: dict[str, Sensitivity]
) -> pd.DataFrame:
    """The patients with a flag ``in_<analysis>`` for each analysis that is restricted to some.

    Who cannot be told to belong to a set is not in it.
    """
    flags = {
        f"in_{name}": holds(analysis.keep, patients).fillna(False)
        for name, analysis in sensitivity.items()
        if analysis.keep is not None
    }
    return patients.assign(**flags)


def _values(patients: pd.DataFrame, derived: Derived) -> pd.Series:
    if derived.cases is not None:
        values = pd.Series(derived.otherwise, index=patients.index, dtype="string")
        for case in reversed(derived.cases):
            values = values.mask(holds(case.when, patients).fillna(False).astype(bool), case.then)
        return values
    if derived.flag is not None:
        return holds(derived.flag, patients)
    assert derived.years_between is not None
    first, last = derived.years_between
    days = (patients[last] - patients[first]).dt.days
    return days.astype("Float64") / DAYS_PER_YEAR
