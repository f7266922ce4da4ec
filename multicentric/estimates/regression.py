"""Cox models as the study declares them, on the complete cases of their terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multicentric.estimates.curves import curve_of, landmarks
from multicentric.estimates.data import EstimatesPart, time_and_event
from multicentric.estimates.ratios import hazard_ratios, label_of
from multicentric.estimates.table import Estimate
from multicentric.estimates.terms import model_matrix
from multicentric.survival.cox import CoxFit, fit_cox


def cox_models(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """Cox models, each term alone and all together, without and with strata by center."""
    for suffix, stratified in (("", False), ("_stratified", True)):
        for term in protocol.models.univariable:
            yield from cox(data, name, f"cox{suffix}", [term], protocol, stratified=stratified)
    for suffix, stratified in (("", False), ("_stratified", True)):
        terms = protocol.models.adjusted
        yield from cox(data, name, f"cox_adjusted{suffix}", terms, protocol, stratified=stratified)


def completeness(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """Whom the adjusted models of this endpoint hold, and what is missing in the others.

    ``patients`` and ``events`` count those of the adjusted models, ``missing`` the patients whose
    value of a term is unknown; `n` and `n_events` are of everybody with the endpoint.
    """
    terms = protocol.models.adjusted
    cases = complete_cases(data, terms, protocol)
    who = about(cases, name, "complete_cases")
    who |= {"n": len(data), "n_events": int(data["event"].sum())}
    yield Estimate(**who, statistic="patients", value=len(cases.patients), unit="patients")
    yield Estimate(**who, statistic="events", value=cases.n_events, unit="events")
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
    yield from hazard_ratios(who, terms, fit.coef, fit.std_error, fit.note, protocol)


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
