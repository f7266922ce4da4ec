"""Cox models as the study declares them, on the complete cases of their terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from multicentric.estimates.curves import curve_of, landmarks
from multicentric.estimates.data import EstimatesPart, groups, time_and_event
from multicentric.estimates.ratios import LEAST, hazard_ratios, label_of, ratio_of
from multicentric.estimates.table import Estimate, degrees
from multicentric.estimates.terms import model_matrix
from multicentric.survival.concordance import fit_concordance
from multicentric.survival.cox import CoxFit, fit_cox
from multicentric.survival.distributions import half_width
from multicentric.survival.firth import fit_firth
from multicentric.survival.profile import profile_interval

# The population of those whom the adjusted models hold.
COMPLETE = "complete_cases"


def cox_models(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """Cox models, each term alone and all together, without and with strata by center."""
    for suffix, stratified in (("", False), ("_stratified", True)):
        for term in protocol.models.univariable:
            yield from cox(data, name, f"cox{suffix}", [term], protocol, stratified=stratified)
    for suffix, stratified in (("", False), ("_stratified", True)):
        terms, model = protocol.models.adjusted, f"cox_adjusted{suffix}"
        yield from cox(data, name, model, terms, protocol, stratified=stratified)
        yield from _as_a_whole(data, name, model, protocol, stratified=stratified)


def completeness(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """Whom the adjusted models of this endpoint hold, and what is missing in the others.

    ``patients`` and ``events`` count those of the adjusted models, ``events_per_term`` divides
    their events by the terms, ``missing`` counts the patients whose value of a term is unknown; `n`
    and `n_events` are of everybody with the endpoint.
    """
    terms = protocol.models.adjusted
    cases = complete_cases(data, terms, protocol)
    who = about(cases, name, "complete_cases")
    who |= {"n": len(data), "n_events": int(data["event"].sum())}
    yield Estimate(**who, statistic="patients", value=len(cases.patients), unit="patients")
    yield Estimate(**who, statistic="events", value=cases.n_events, unit="events")
    yield from group_counts(cases.patients, name, COMPLETE, protocol)
    if terms:
        share = cases.n_events / len(terms)
        yield Estimate(**who, statistic="events_per_term", value=share, unit="events")
    for term, column in model_matrix(data, {t: protocol.terms[t] for t in terms}).items():
        stated = {**label_of(str(term), protocol), "statistic": "missing", "unit": "patients"}
        yield Estimate(**who, **stated, value=int(column.isna().sum()))


@dataclass(frozen=True)
class Cases:
    """The complete cases of a model's terms, in the order of the pooled patients.

    Attributes
    ----------
    patients
        With ``months`` and ``event`` of the endpoint.
    matrix
        One column per term, without missing values.
    """

    terms: list[str]
    patients: pd.DataFrame
    matrix: np.ndarray

    @property
    def n_events(self) -> int:
        """Events among the complete cases."""
        return int(self.patients["event"].sum())

    @property
    def center(self) -> np.ndarray:
        """Center of each case."""
        return self.patients["center"].to_numpy(str)

    def fit(self, protocol: EstimatesPart, *, stratified: bool) -> CoxFit:
        """The Cox model of these cases, with or without strata by center."""
        return fit_cox(
            *time_and_event(self.patients),
            self.matrix,
            self.terms,
            strata=self.center if stratified else None,
            ties=protocol.models.ties,
        )


def complete_cases(data: pd.DataFrame, terms: list[str], protocol: EstimatesPart) -> Cases:
    """Patients whose value is known for every one of some terms."""
    declared = {term: protocol.terms[term] for term in terms}
    matrix = model_matrix(data, declared).dropna()
    return Cases(terms, data.loc[matrix.index], matrix.to_numpy(float))


def about(cases: Cases, endpoint: str, model: str, population: str = "primary") -> dict[str, Any]:
    """What all estimates of one model have in common."""
    return {
        "endpoint": endpoint,
        "model": model,
        "population": population,
        "n": len(cases.patients),
        "n_events": cases.n_events,
    }


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
    cases = complete_cases(data, terms, protocol)
    who = about(cases, name, model, population)
    if cases.n_events == 0:
        nothing = np.full(len(terms), np.nan)
        notes = ["not estimable: no events"] * len(terms)
        yield from hazard_ratios(who, terms, nothing, nothing, notes, protocol)
        return
    fit = cases.fit(protocol, stratified=stratified)
    rows = hazard_ratios(who, terms, fit.coef, fit.std_error, fit.note, protocol)
    for term, row in zip(terms, rows, strict=True):
        yield row if np.isfinite(fit.coef[fit.position(term)]) else _bounded(row, fit, protocol)
    if population == "primary" and _runs_away(fit, protocol.exposure.term):
        yield _firth(fit, who, protocol)


def _runs_away(fit: CoxFit, term: str) -> bool:
    """Whether a term has no estimate because its likelihood rises without end."""
    return (
        term in fit.names
        and bool(np.isnan(fit.coef[fit.position(term)]))
        and fit.converged
        and fit.position(term) in fit.free
    )


def _bounded(row: Estimate, fit: CoxFit, protocol: EstimatesPart) -> Estimate:
    """The row of a term without an estimate, with the one limit that the likelihood gives."""
    if not _runs_away(fit, row.term):
        return row
    found = profile_interval(fit, row.term, protocol.models.interval_level)
    with np.errstate(over="ignore", under="ignore"):
        limits = [float(np.exp(limit)) for limit in (found.ci_low, found.ci_high)]
    low, high = (limit if LEAST < limit < 1 / LEAST else None for limit in limits)
    if low is None and high is None:
        why = found.note.removeprefix("not estimable: ")
        return replace(row, note=f"{row.note}; no limit by profile likelihood ({why})")
    return replace(row, ci_low=low, ci_high=high, note=f"{row.note}; limit by profile likelihood")


def _firth(fit: CoxFit, who: dict[str, Any], protocol: EstimatesPart) -> Estimate:
    """The exposure's hazard ratio by Firth's penalty, where the likelihood has no maximum."""
    term, level = protocol.exposure.term, protocol.models.interval_level
    found = fit_firth(fit)
    limits = found.interval(term, level)
    j = fit.position(term)
    none = float("nan")
    numbers = (found.coef[j], none, limits.ci_low, limits.ci_high, none)
    known = np.isfinite([found.coef[j], limits.ci_low, limits.ci_high]).all()
    why = limits.note.removeprefix("not estimable: ")
    note = "Firth's penalty; profile interval" if known else f"not estimable: {why}"
    who = who | {"model": f"{who['model']}_firth"}
    return ratio_of(who, term, numbers if known else (none,) * 5, note, protocol)


def _as_a_whole(
    data: pd.DataFrame, name: str, model: str, protocol: EstimatesPart, *, stratified: bool
) -> Iterator[Estimate]:
    """Tests of all terms of an adjusted model together, and its concordance within strata."""
    cases = complete_cases(data, protocol.models.adjusted, protocol)
    if cases.n_events == 0 or not cases.terms:
        return
    who = about(cases, name, model)
    fit = cases.fit(protocol, stratified=stratified)
    for statistic in ("likelihood_ratio_test", "score_test", "wald_test"):
        test = getattr(fit, statistic)
        yield Estimate(
            **who,
            statistic=statistic,
            value=test.chisq,
            p_value=test.p_value,
            unit=degrees(test.df),
            note="" if test.df else "not estimable: no term has an estimate",
        )
    found = fit_concordance(fit)
    half = half_width(protocol.models.interval_level) * found.std_error
    yield Estimate(
        **who,
        statistic="concordance",
        value=found.concordance,
        std_error=found.std_error,
        ci_low=max(found.concordance - half, 0.0),
        ci_high=min(found.concordance + half, 1.0),
        unit="proportion",
        note="" if np.isfinite(found.concordance) else "not estimable: no pair can be compared",
    )


def group_counts(
    members: pd.DataFrame, name: str, population: str, protocol: EstimatesPart
) -> Iterator[Estimate]:
    """Patients and events of each group in a part of the patients."""
    for group, own in groups(members, protocol.exposure):
        yield Estimate(
            endpoint=name,
            model="group_counts",
            statistic="n",
            value=len(own),
            population=population,
            term=protocol.exposure.variable,
            level=group,
            n=len(own),
            n_events=int(own["event"].sum()),
            unit="patients",
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
        yield from group_counts(members, name, population, protocol)
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
