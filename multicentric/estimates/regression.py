"""Cox models as the study declares them, on the complete cases of their terms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from multicentric.estimates.curves import curve_of, landmarks
from multicentric.estimates.data import EstimatesPart, time_and_event
from multicentric.estimates.table import Estimate
from multicentric.estimates.terms import model_matrix
from multicentric.survival.cox import fit_cox


def cox_models(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """Cox models, each term alone and all together, without and with strata by center."""
    for suffix, stratified in (("", False), ("_stratified", True)):
        for term in protocol.models.univariable:
            yield from cox(data, name, f"cox{suffix}", [term], protocol, stratified=stratified)
    for suffix, stratified in (("", False), ("_stratified", True)):
        terms = protocol.models.adjusted
        yield from cox(data, name, f"cox_adjusted{suffix}", terms, protocol, stratified=stratified)


def cox(
    data: pd.DataFrame,
    name: str,
    model: str,
    terms: list[str],
    protocol: EstimatesPart,
    *,
    stratified: bool,
    population: str = "primary",
) -> Iterator[Estimate]:
    """One Cox model on the complete cases of its terms."""
    declared = {term: protocol.terms[term] for term in terms}
    matrix = model_matrix(data, declared).dropna()
    complete = data.loc[matrix.index]
    events = int(complete["event"].sum())
    who: dict[str, Any] = {
        "endpoint": name,
        "model": model,
        "population": population,
        "statistic": "hazard_ratio",
        "unit": "ratio",
        "n": len(complete),
        "n_events": events,
    }
    labels = {
        term: {
            "term": term,
            "level": declared[term].level or "",
            "reference": declared[term].reference,
        }
        for term in terms
    }
    if events == 0:
        for term in terms:
            yield Estimate(**who, **labels[term], note="not estimable: no events")
        return
    fit = fit_cox(
        *time_and_event(complete),
        matrix.to_numpy(float),
        terms,
        strata=complete["center"].to_numpy(str) if stratified else None,
        ties=protocol.models.ties,
    )
    for row in fit.table(protocol.models.interval_level).to_dict("records"):
        yield Estimate(
            **who,
            **labels[row["term"]],
            value=row["hazard_ratio"],
            std_error=row["std_error"],
            ci_low=row["ci_low"],
            ci_high=row["ci_high"],
            p_value=row["p_value"],
            note=row["note"],
        )


def by_center(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """What each center shows alone: patients, events, first landmark, hazard ratio."""
    for center, members in data.groupby("center", sort=True):
        population = f"center:{center}"
        who: dict[str, Any] = {
            "endpoint": name,
            "model": "kaplan_meier",
            "population": population,
            "n": len(members),
            "n_events": int(members["event"].sum()),
        }
        yield Estimate(**who, statistic="n", value=len(members), unit="patients")
        yield from landmarks(curve_of(members, protocol), protocol.landmarks[:1], who)
        terms = [protocol.exposure.term]
        yield from cox(
            members,
            name,
            "cox_by_center",
            terms,
            protocol,
            stratified=False,
            population=population,
        )
