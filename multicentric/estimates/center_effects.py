"""The same effect with every accepted way of treating centers, side by side.

The primary model stratifies by center. Here stand the others: centers as fixed effects, standard
errors between centers, random center effects (frailty), an effect that differs between centers
(random slope), each center alone and pooled afterwards (two stages), and the fit without each
center in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from multicentric.estimates.data import EstimatesPart, time_and_event
from multicentric.estimates.ratios import hazard_ratio, hazard_ratios, label_of, ratio_of
from multicentric.estimates.regression import Cases, about, complete_cases
from multicentric.estimates.table import Estimate, degrees, interval_of
from multicentric.survival.center_effects import (
    center_estimates,
    fixed_center_fit,
    interaction,
    leave_one_center_out,
)
from multicentric.survival.frailty import FrailtyFit, fit_frailty
from multicentric.survival.meta_analysis import Pooled, meta_analysis
from multicentric.survival.random_slope import fit_random_slope
from multicentric.survival.robust import RobustFit, center_jackknife, cluster_sandwich


def center_effects(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """Every accepted center effect of one endpoint.

    The adjusted models hold the study's adjustment set; two-stage analysis and interaction take the
    exposure alone, because small centers cannot carry more.
    """
    adjusted = complete_cases(data, protocol.models.adjusted, protocol)
    alone = complete_cases(data, [protocol.exposure.term], protocol)
    if adjusted.n_events == 0 or adjusted.patients["center"].nunique() < 2:
        reason = "no events" if adjusted.n_events == 0 else "one center"
        for model in _MODELS:
            who, none = about(adjusted, name, model), float("nan")
            note = f"not estimable: {reason}"
            yield hazard_ratio(who, protocol.exposure.term, none, none, note, protocol)
        return
    yield from _fixed(adjusted, name, protocol)
    yield from _clustered(adjusted, name, protocol)
    for distribution in ("gamma", "gaussian"):
        yield from _frailty(adjusted, name, distribution, protocol)
    yield from _random_slope(adjusted, name, protocol)
    yield from _two_stage(alone, name, protocol)
    yield from _interaction(alone, name, protocol)
    yield from _without_each(adjusted, name, protocol)


_MODELS = (
    "cox_adjusted_fixed_center",
    "cox_adjusted_cluster_robust",
    "cox_adjusted_cluster_corrected",
    "cox_adjusted_stratified_cluster",
    "cox_adjusted_stratified_jackknife",
    "cox_adjusted_gamma_frailty",
    "cox_adjusted_gaussian_frailty",
    "cox_adjusted_random_slope",
    "two_stage_fixed",
    "two_stage_dersimonian_laird",
    "two_stage_reml",
    "two_stage_hartung_knapp",
)

# From so many centers on an error between centers can be trusted (docs/statistics.md).
_MANY = 10


def _fixed(cases: Cases, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    found = fixed_center_fit(
        *time_and_event(cases.patients),
        cases.matrix,
        cases.terms,
        cases.center,
        ties=protocol.models.ties,
    )
    who = about(cases, name, "cox_adjusted_fixed_center")
    fit = found.fit
    for j, term in ((fit.position(term), term) for term in cases.terms):
        yield hazard_ratio(who, term, fit.coef[j], fit.std_error[j], fit.note[j], protocol)
    test = found.center_test
    yield Estimate(**who, statistic="center_test", value=test.chisq, p_value=test.p_value)


def _clustered(cases: Cases, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """Standard errors between centers: as R has them, and corrected for the number of centers.

    Below `_MANY` centers a cluster error is uncertain even with its correction, and the note says
    how few there are.
    """
    plain = cases.fit(protocol, stratified=False)
    stratified = cases.fit(protocol, stratified=True)
    uncorrected = cluster_sandwich(plain, cases.center, correction=False)
    who = about(cases, name, "cox_adjusted_cluster_robust")
    notes = [uncorrected.note or note for note in plain.note]
    yield from hazard_ratios(
        who, cases.terms, uncorrected.coef, uncorrected.std_error, notes, protocol
    )
    corrected: dict[str, RobustFit] = {
        "cox_adjusted_cluster_corrected": cluster_sandwich(plain, cases.center),
        "cox_adjusted_stratified_cluster": cluster_sandwich(stratified, cases.center),
        "cox_adjusted_stratified_jackknife": center_jackknife(stratified),
    }
    for model, robust in corrected.items():
        who = about(cases, name, model)
        for j, term in enumerate(cases.terms):
            coef, error = robust.coef[j], robust.std_error[j]
            fit = plain if model == "cox_adjusted_cluster_corrected" else stratified
            few = f"{robust.n_clusters} centers, which is few"
            note = robust.note or fit.note[j] or (few if robust.n_clusters < _MANY else "")
            yield hazard_ratio(who, term, coef, error, note, protocol, robust.df)


def _frailty(
    cases: Cases, name: str, distribution: str, protocol: EstimatesPart
) -> Iterator[Estimate]:
    level = protocol.models.interval_level
    plain = cases.fit(protocol, stratified=False)
    found: FrailtyFit = fit_frailty(plain, cases.center, distribution, level=level)
    who = about(cases, name, f"cox_adjusted_{distribution}_frailty")
    notes = [found.note or note for note in plain.note]
    yield from hazard_ratios(who, cases.terms, found.coef, found.std_error, notes, protocol)
    interval = (found.theta_low, found.theta_high)
    yield _variance(who, "theta", found.theta, interval, found.note, found.p_value)
    yield Estimate(
        **who,
        statistic="median_hazard_ratio",
        value=found.median_hazard_ratio,
        unit="ratio",
        note=found.note,
    )
    low, high = found.effect_intervals(level)
    for j, center in enumerate(found.centers):
        of_center = about(cases, name, f"cox_adjusted_{distribution}_frailty", f"center:{center}")
        yield Estimate(
            **of_center,
            statistic="center_hazard_ratio",
            unit="ratio",
            value=np.exp(found.effects[j]),
            std_error=found.effects_std_error[j],
            ci_low=np.exp(low[j]),
            ci_high=np.exp(high[j]),
            note=found.note or found.effects_note,
        )


def _variance(
    who: dict[str, Any],
    statistic: str,
    value: float,
    interval: tuple[float, float],
    note: str,
    p_value: float | None = None,
) -> Estimate:
    """A variance between centers; what the data do not bound has no upper limit."""
    low, high = interval
    if np.isinf(high):
        high, note = float("nan"), note or "no upper limit: the data do not bound it"
    numbers = interval_of(value, None, low, high, p_value)
    return Estimate(**who, statistic=statistic, note=note, **numbers)


def _random_slope(cases: Cases, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """The exposure's effect in an average center, with Student's t between centers."""
    term, level = protocol.exposure.term, protocol.models.interval_level
    who = about(cases, name, "cox_adjusted_random_slope")
    if term not in cases.terms:
        none = float("nan")
        yield hazard_ratio(who, term, none, none, "not in this model", protocol)
        return
    found = fit_random_slope(cases.fit(protocol, stratified=True), term, level=level)
    j = found.names.index(term)
    yield hazard_ratio(who, term, found.coef[j], found.std_error[j], found.note, protocol, found.df)
    interval = (found.tau2_low, found.tau2_high)
    yield _variance(who, "tau2", found.tau2, interval, found.note, found.p_value)


def _two_stage(cases: Cases, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """The exposure's effect in each center alone, pooled by meta-analysis."""
    term, level = protocol.exposure.term, protocol.models.interval_level
    centers = center_estimates(cases.fit(protocol, stratified=True), term)
    coefs = [center.coef for center in centers]
    errors = [center.std_error for center in centers]
    used = sum(np.isfinite(coef) for coef in coefs)
    fixed = meta_analysis(coefs, errors, "fixed", level)
    first = meta_analysis(coefs, errors, "DL", level)
    reml = meta_analysis(coefs, errors, "REML", level)
    pooled: dict[str, Pooled] = {
        "two_stage_fixed": fixed.wald,
        "two_stage_dersimonian_laird": first.wald,
        "two_stage_reml": reml.wald,
        "two_stage_hartung_knapp": reml.hartung_knapp_floor,
    }
    left_out = len(centers) - used
    told = f"{left_out} of {len(centers)} centers without an estimate left out" if left_out else ""
    for model, result in pooled.items():
        who, note = about(cases, name, model), reml.note or told
        yield ratio_of(who, term, result[:5], note, protocol)
    for model, spread in (("two_stage_dersimonian_laird", first), ("two_stage_reml", reml)):
        who = about(cases, name, model)
        interval = (spread.tau2_low, spread.tau2_high)
        yield _variance(who, "tau2", spread.tau2, interval, spread.note)
        share = Estimate(**who, statistic="i2", value=spread.i2, unit="percent", note=spread.note)
        yield replace(share, ci_low=spread.i2_low, ci_high=spread.i2_high)
    who = about(cases, name, "two_stage_reml")
    yield Estimate(
        **who,
        statistic="q",
        value=reml.q,
        p_value=reml.q_p_value,
        unit=degrees(reml.q_df),
        note=reml.note,
    )
    new = reml.hartung_knapp_floor
    known = np.isfinite(new.prediction_low)
    yield Estimate(
        **about(cases, name, "two_stage_hartung_knapp"),
        **label_of(term, protocol),
        statistic="prediction_interval",
        unit="ratio",
        value=np.exp(new.estimate) if known else None,
        ci_low=np.exp(new.prediction_low) if known else None,
        ci_high=np.exp(new.prediction_high) if known else None,
        note="" if known else reml.note or "not estimable: fewer than three centers",
    )


def _interaction(cases: Cases, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """Does the exposure's effect differ between centers: likelihood ratio, centers as strata."""
    term = protocol.exposure.term
    found = interaction(
        *time_and_event(cases.patients),
        cases.matrix,
        cases.terms,
        term,
        cases.center,
        strata=cases.center,
        ties=protocol.models.ties,
    )
    estimable = found.test.df > 0
    yield Estimate(
        **about(cases, name, "interaction"),
        **label_of(term, protocol),
        statistic="p_value",
        value=found.test.p_value if estimable else None,
        p_value=found.test.p_value if estimable else None,
        unit=degrees(found.test.df),
        note="" if estimable else "not estimable: one center carries all information",
    )


def _without_each(cases: Cases, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """The primary estimate without each center in turn."""
    term = protocol.exposure.term
    if term not in cases.terms:
        return
    for left in leave_one_center_out(cases.fit(protocol, stratified=True), term):
        rest = cases.patients[cases.patients["center"] != left.center]
        who: dict[str, Any] = {
            "endpoint": name,
            "model": "leave_one_center_out",
            "population": f"without:{left.center}",
            "n": len(rest),
            "n_events": int(rest["event"].sum()),
        }
        yield hazard_ratio(who, term, left.coef, left.std_error, left.note, protocol)
