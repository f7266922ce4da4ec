"""The primary comparison within subgroups, and whether it differs between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from multicentric.estimates.data import EstimatesPart, time_and_event
from multicentric.estimates.ratios import hazard_ratio, label_of
from multicentric.estimates.regression import about, complete_cases, group_counts
from multicentric.estimates.table import Estimate, degrees
from multicentric.survival.center_effects import interaction


def subgroups(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """The exposure's effect within each level of the declared variables, and whether it differs.

    One Cox model per variable, stratified by center: the variable's own effect, and the exposure's
    in each of its levels. The hazard ratios and the likelihood-ratio test of their equality are of
    that one model; exploratory.
    """
    for variable in protocol.subgroups:
        known = data[data[variable].notna()]
        yield from _levels(known, name, variable, protocol)


def _shown(level: Any) -> str:
    if isinstance(level, bool | np.bool_):
        return "yes" if level else "no"
    return str(level)


def _levels(
    known: pd.DataFrame, name: str, variable: str, protocol: EstimatesPart
) -> Iterator[Estimate]:
    term, of_level = protocol.exposure.term, f"subgroup:{variable}="
    cases = complete_cases(known, [term], protocol)
    modifier = cases.patients[variable].map(_shown).to_numpy(str)
    levels = sorted(set(modifier))
    tested = about(cases, name, "interaction", f"subgroup:{variable}")
    tested |= {**label_of(term, protocol), "statistic": "p_value"}
    if len(levels) < 2 or cases.n_events == 0:
        reason = "no events" if cases.n_events == 0 else "one level only"
        yield Estimate(**tested, note=f"not estimable: {reason}")
        return
    own = np.column_stack([modifier == level for level in levels[1:]]).astype(float)
    found = interaction(
        *time_and_event(cases.patients),
        np.hstack([cases.matrix, own]),
        [term, *(f"{variable} {level}" for level in levels[1:])],
        term,
        modifier,
        strata=cases.center,
        ties=protocol.models.ties,
    )
    for j, level in enumerate(levels):
        members = cases.patients[modifier == level]
        who: dict[str, Any] = {
            "endpoint": name,
            "model": "interaction",
            "population": f"{of_level}{level}",
            "n": len(members),
            "n_events": int(members["event"].sum()),
        }
        yield hazard_ratio(who, term, found.coef[j], found.std_error[j], found.note[j], protocol)
        yield from group_counts(members, name, f"{of_level}{level}", protocol)
    if found.test.df == 0:
        yield Estimate(**tested, note="not estimable: one level carries all information")
        return
    p_value = found.test.p_value
    yield Estimate(**tested, value=p_value, p_value=p_value, unit=degrees(found.test.df))
