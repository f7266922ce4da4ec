"""The primary comparison elsewhere: within subgroups, and as the sensitivity analyses declare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from multicentric.conditions import as_kind, holds
from multicentric.estimates.data import EstimatesPart, time_and_event
from multicentric.estimates.regression import about, complete_cases, cox, label_of
from multicentric.estimates.table import Estimate, degrees
from multicentric.study import Sensitivity
from multicentric.survival.center_effects import interaction


def subgroups(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """The exposure's effect within each level of the declared variables, and whether it differs.

    Each is a Cox model of the exposure alone, stratified by center; exploratory. The interaction is
    a likelihood-ratio test beside the variable's own effect.
    """
    term = protocol.exposure.term
    for variable in protocol.subgroups:
        levels = sorted(data[variable].dropna().unique())
        for level in levels:
            members = data[(data[variable] == level).fillna(False).astype(bool)]
            yield from cox(
                members,
                name,
                "cox_stratified",
                [term],
                protocol,
                stratified=True,
                population=f"subgroup:{variable}={_shown(level)}",
            )
        yield _interaction(data, name, variable, levels, protocol)


def _shown(level: Any) -> str:
    if isinstance(level, bool | np.bool_):
        return "yes" if level else "no"
    return str(level)


def _interaction(
    data: pd.DataFrame, name: str, variable: str, levels: list[Any], protocol: EstimatesPart
) -> Estimate:
    term = protocol.exposure.term
    known = data[data[variable].notna()]
    cases = complete_cases(known, [term], protocol)
    who = about(cases, name, "interaction", f"subgroup:{variable}")
    who |= {**label_of(term, protocol), "statistic": "p_value"}
    if len(levels) < 2 or cases.n_events == 0:
        reason = "no events" if cases.n_events == 0 else "one level only"
        return Estimate(**who, note=f"not estimable: {reason}")
    modifier = cases.patients[variable].map(_shown).to_numpy(str)
    own = np.column_stack([modifier == _shown(level) for level in levels[1:]]).astype(float)
    found = interaction(
        *time_and_event(cases.patients),
        np.hstack([cases.matrix, own]),
        [term, *(f"{variable} {_shown(level)}" for level in levels[1:])],
        term,
        modifier,
        strata=cases.center,
        ties=protocol.models.ties,
    )
    if found.test.df == 0:
        return Estimate(**who, note="not estimable: one level carries all information")
    return Estimate(
        **who,
        value=found.test.p_value,
        p_value=found.test.p_value,
        unit=degrees(found.test.df),
    )


def sensitivity(
    data: pd.DataFrame, readmitted: pd.DataFrame, name: str, protocol: EstimatesPart
) -> Iterator[Estimate]:
    """The primary model as each sensitivity analysis changes it."""
    for id_, analysis in protocol.sensitivity.items():
        yield from cox(
            _patients_of(analysis, data, readmitted, name, protocol),
            name,
            "cox_adjusted_stratified",
            analysis.terms(protocol.models.adjusted),
            protocol,
            stratified=True,
            population=f"sensitivity:{id_}",
        )


def _patients_of(
    analysis: Sensitivity,
    data: pd.DataFrame,
    readmitted: pd.DataFrame,
    name: str,
    protocol: EstimatesPart,
) -> pd.DataFrame:
    if analysis.readmit:
        back = readmitted[readmitted["reason"].isin(analysis.readmit)]
        variable = protocol.exposure.variable
        back = back.assign(
            **{
                variable: as_kind(analysis.counted_as, data[variable]),
                "months": back[f"{name}_months"],
                "event": back[f"{name}_event"],
            }
        )
        if len(back):
            back = back[list(data.columns)].astype(data.dtypes.to_dict())
            data = pd.concat([data, back], ignore_index=True)
            data = data.sort_values(["center", "patient_id"], kind="stable")
            data = data.reset_index(drop=True)
    if analysis.keep is not None:
        data = data[holds(analysis.keep, data).fillna(False).astype(bool)]
    return data
