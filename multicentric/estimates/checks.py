"""How far a hazard ratio may be believed: proportionality, restricted means, margin and power."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from multicentric.estimates.curves import curve_of
from multicentric.estimates.data import EstimatesPart, groups, time_and_event
from multicentric.estimates.ratios import label_of
from multicentric.estimates.regression import COMPLETE, about, complete_cases
from multicentric.estimates.table import Estimate, degrees, interval_of
from multicentric.protocol import TimeToEvent
from multicentric.survival.proportional_hazards import proportional_hazards_test
from multicentric.survival.restricted_mean import (
    RestrictedMean,
    compare_restricted_means,
    pooled_contrasts,
    restricted_mean,
)
from multicentric.survival.sensitivity import e_value, power_at_events, verdict

# The scale that the tables print, then those beside it: a drift may show on one of them alone.
TIME_SCALES = ("km", "identity", "log", "rank")

# An outcome that more have than this is common: a hazard ratio is then not a risk ratio.
_COMMON = 0.15


def proportional_hazards(
    data: pd.DataFrame, name: str, protocol: EstimatesPart
) -> Iterator[Estimate]:
    """Score tests of proportional hazards in the primary model, per term and for all together."""
    cases = complete_cases(data, protocol.models.adjusted, protocol)
    who = about(cases, name, "proportional_hazards")
    if cases.n_events == 0:
        yield Estimate(**who, statistic="chi_square_km", note="not estimable: no events")
        return
    fit = cases.fit(protocol, stratified=True)
    at_zero = min(cases.patients.loc[cases.patients["event"].astype(bool), "months"]) <= 0
    for scale in TIME_SCALES:
        statistic = f"chi_square_{scale}"
        if scale == "log" and at_zero:
            note = "not estimable: an event at time 0 has no place on the log scale"
            yield Estimate(**who, statistic=statistic, note=note)
            continue
        found = proportional_hazards_test(fit, scale)
        for term, test in zip(found.terms, found.tests, strict=True):
            yield Estimate(
                **who,
                **label_of(term, protocol),
                statistic=statistic,
                value=test.chisq,
                p_value=test.p_value,
                unit=degrees(test.df),
                note="" if test.df else "not estimable: its events stand at one time",
            )
        overall, note = found.overall, ""
        if not overall.df:
            note = "not estimable: no term has an estimate"
            note = "not estimable: the events stand at one time" if found.terms else note
        yield Estimate(
            **who,
            statistic=statistic,
            value=overall.chisq,
            p_value=overall.p_value,
            unit=degrees(overall.df),
            note=note,
        )


def restricted_means(
    data: pd.DataFrame, name: str, endpoint: TimeToEvent, protocol: EstimatesPart
) -> Iterator[Estimate]:
    """Mean time lived up to the declared horizon: by group, as difference and as ratio."""
    horizon = endpoint.restricted_mean_months
    if horizon is None:
        return
    exposure, level = protocol.exposure, protocol.models.interval_level
    means: dict[str, RestrictedMean] = {}
    who: dict[str, Any] = {
        "endpoint": name,
        "model": "rmst",
        "term": exposure.variable,
        "at": horizon,
    }
    for group, members in groups(data, exposure):
        of_group: dict[str, Any] = {
            "level": group,
            "statistic": "restricted_mean",
            "unit": "months",
            "n": len(members),
            "n_events": int(members["event"].sum()),
        }
        if members.empty:
            yield Estimate(**who, **of_group, note="nobody in this group")
            continue
        mean = restricted_mean(curve_of(members, protocol), horizon, level)
        means[group] = mean
        number = interval_of(mean.mean, mean.std_error, mean.ci_low, mean.ci_high)
        yield Estimate(**who, **of_group, **number, note=mean.note)
    everyone = {"n": len(data), "n_events": int(data["event"].sum())}
    for group in exposure.groups:
        if group == exposure.reference or not {group, exposure.reference} <= means.keys():
            continue
        pair: dict[str, Any] = {"level": group, "reference": exposure.reference, **everyone}
        found = compare_restricted_means(means[group], means[exposure.reference], level)
        difference = interval_of(
            found.difference,
            found.difference_std_error,
            found.difference_low,
            found.difference_high,
            found.difference_p_value,
        )
        ratio = interval_of(
            found.ratio,
            found.log_ratio_std_error,
            found.ratio_low,
            found.ratio_high,
            found.ratio_p_value,
        )
        about_pair = who | pair | {"note": found.note}
        yield Estimate(**about_pair, statistic="difference", unit="months", **difference)
        yield Estimate(**about_pair, statistic="ratio", unit="ratio", **ratio)
        yield from _pooled_over_centers(data, who | pair, group, horizon, protocol)


def _pooled_over_centers(
    data: pd.DataFrame, who: dict[str, Any], group: str, horizon: float, protocol: EstimatesPart
) -> Iterator[Estimate]:
    """The comparison within centers, pooled by random effects; a center too short is left out."""
    pooled = pooled_contrasts(
        *time_and_event(data),
        data[protocol.exposure.variable].to_numpy(str),
        data["center"].to_numpy(str),
        horizon,
        first=group,
        second=protocol.exposure.reference,
        level=protocol.models.interval_level,
    )
    k, centers = pooled.difference.k, data["center"].nunique()
    told = f"{k} of {centers} centers reach {horizon:g} months in both groups with an event in each"
    note = told if k < centers or pooled.difference.note else ""
    who = who | {"model": "rmst_by_center", "note": note}
    difference = pooled.difference.hartung_knapp_floor
    yield Estimate(**who, statistic="difference", unit="months", **interval_of(*difference[:5]))
    log_ratio = pooled.log_ratio.hartung_knapp_floor
    value, ci_low, ci_high = np.exp([log_ratio.estimate, log_ratio.ci_low, log_ratio.ci_high])
    numbers = interval_of(value, log_ratio.std_error, ci_low, ci_high, log_ratio.p_value)
    yield Estimate(**who, statistic="ratio", unit="ratio", **numbers)


def reading(estimates: list[Estimate], name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """What the primary interval says against the margin, the power at hand, and the E-value."""
    term, models = protocol.exposure.term, protocol.models
    primary = next(
        (
            estimate
            for estimate in estimates
            if (estimate.model, estimate.population, estimate.term, estimate.statistic)
            == ("cox_adjusted_stratified", "primary", term, "hazard_ratio")
        ),
        None,
    )
    if primary is None:
        return
    who: dict[str, Any] = {
        "endpoint": name,
        "model": "reading",
        "n": primary.n,
        "n_events": primary.n_events,
        **label_of(term, protocol),
    }
    ratio, ci_low, ci_high = (
        float("nan") if number is None else number
        for number in (primary.value, primary.ci_low, primary.ci_high)
    )
    if models.margin is not None:
        low, high = models.margin
        said = verdict(ci_low, ci_high, low, high)
        yield Estimate(
            **who, statistic="verdict", ci_low=low, ci_high=high, unit="ratio", note=said
        )
    if models.worth_finding is not None:
        yield _power(estimates, who, models.worth_finding, protocol)
    if np.isfinite(ratio):
        common = (primary.n_events or 0) > _COMMON * (primary.n or 0)
        strength = e_value(ratio, ci_low, ci_high, common_outcome=common)
        yield Estimate(**who, statistic="e_value", value=strength.estimate, unit="ratio")
        yield Estimate(**who, statistic="e_value_limit", value=strength.limit, unit="ratio")


def _power(
    estimates: list[Estimate], who: dict[str, Any], wanted: float, protocol: EstimatesPart
) -> Estimate:
    """The power that the events at hand give to find a hazard ratio worth finding."""
    counted = {
        estimate.level: estimate.n or 0
        for estimate in estimates
        if (estimate.model, estimate.population) == ("group_counts", COMPLETE)
    }
    exposed = sum(
        n for level, n in counted.items() if level not in ("", protocol.exposure.reference)
    )
    everyone = exposed + counted.get(protocol.exposure.reference, 0)
    who = who | {"statistic": "power", "unit": "proportion"}
    if not 0 < exposed < everyone or not who["n_events"]:
        return Estimate(**who, note="not estimable: one group or no events")
    level = protocol.models.interval_level
    found = power_at_events(who["n_events"], wanted, exposed / everyone, level=level)
    return Estimate(**who, value=found.power, note=f"for a hazard ratio of {wanted:g}")
