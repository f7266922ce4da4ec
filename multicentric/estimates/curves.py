"""Kaplan-Meier curves and what is read off them: medians, landmark rates, numbers at risk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from multicentric.estimates.data import EstimatesPart, endpoint_data, groups, time_and_event
from multicentric.estimates.table import Estimate
from multicentric.protocol import TimeToEvent
from multicentric.survival.kaplan_meier import KaplanMeier, kaplan_meier, reverse_kaplan_meier
from multicentric.survival.log_rank import log_rank


def curves(patients: pd.DataFrame, times: pd.DataFrame, protocol: EstimatesPart) -> pd.DataFrame:
    """The steps of every Kaplan-Meier curve: one row per endpoint, group and distinct time.

    Returns
    -------
    pandas.DataFrame
        ``endpoint, level, time`` (months)``, n_risk, n_event, n_censor, survival, ci_low,
        ci_high``; each curve starts at time 0.
    """
    parts = []
    for name in protocol.times_to_event:
        data = endpoint_data(patients, times, name)
        for group, members in groups(data, protocol.exposure):
            if members.empty:
                continue
            curve = curve_of(members, protocol)
            steps = pd.DataFrame(
                {
                    "time": np.concatenate(([0.0], curve.times)),
                    "n_risk": np.concatenate(([float(curve.n)], curve.n_risk)),
                    "n_event": np.concatenate(([0.0], curve.n_event)),
                    "n_censor": np.concatenate(([0.0], curve.n_censor)),
                    "survival": np.concatenate(([1.0], curve.survival)),
                    "ci_low": np.concatenate(([1.0], curve.ci_low)),
                    "ci_high": np.concatenate(([1.0], curve.ci_high)),
                }
            )
            parts.append(steps.assign(endpoint=name, level=group))
    columns = ["endpoint", "level", "time", "n_risk", "n_event", "n_censor", "survival"]
    columns += ["ci_low", "ci_high"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return table[columns].astype(
        {name: "string" if name in columns[:2] else "Float64" for name in columns}
    )


def curve_of(data: pd.DataFrame, protocol: EstimatesPart) -> KaplanMeier:
    """The Kaplan-Meier curve of some patients, with the study's interval."""
    models = protocol.models
    return kaplan_meier(
        *time_and_event(data), conf_type=models.kaplan_meier_interval, level=models.interval_level
    )


def curve_numbers(
    data: pd.DataFrame, name: str, endpoint: TimeToEvent, protocol: EstimatesPart
) -> Iterator[Estimate]:
    """Medians, landmark rates and the table under the curve, by group and together."""
    variable = protocol.exposure.variable
    ticks = np.arange(0, endpoint.axis_months + 1, endpoint.tick_months, dtype=float)
    for group, members in [*groups(data, protocol.exposure), ("", data)]:
        who: dict[str, Any] = {
            "endpoint": name,
            "model": "kaplan_meier",
            "term": variable if group else "",
            "level": group,
            "n": len(members),
            "n_events": int(members["event"].sum()),
        }
        yield Estimate(**who, statistic="n", value=len(members), unit="patients")
        if members.empty:
            yield Estimate(**who, statistic="median", unit="months", note="nobody in this group")
            continue
        curve = curve_of(members, protocol)
        median = curve.median()
        yield Estimate(
            **who,
            statistic="median",
            value=median.value,
            ci_low=median.ci_low,
            ci_high=median.ci_high,
            unit="months",
            note=_not_reached(median.value, members, "median"),
        )
        yield from landmarks(curve, protocol.landmarks, who)
        counted = {"at_risk": "n_risk", "censored": "n_censor", "events": "n_event"}
        for tick in curve.at_risk(ticks).to_dict("records"):
            for statistic, column in counted.items():
                yield Estimate(
                    **who,
                    statistic=statistic,
                    at=tick["time"],
                    value=tick[column],
                    unit="patients",
                )


def landmarks(curve: KaplanMeier, at: list[float], who: dict[str, Any]) -> Iterator[Estimate]:
    """Survival at given months; no number beyond the follow-up of a curve that is above 0."""
    for landmark in curve.at(at).to_dict("records"):
        number = {
            "value": landmark["survival"],
            "std_error": landmark["std_error"],
            "ci_low": landmark["ci_low"],
            "ci_high": landmark["ci_high"],
        }
        if landmark["survival"] == 1:
            # Without an event the formula gives an interval without width, which tells nothing.
            number = {"value": 1.0, "note": "no interval: nobody had the event by then"}
        if landmark["survival"] == 0:
            number = {"value": 0.0, "note": "no interval: everybody had the event by then"}
        beyond = landmark["time"] > curve.times[-1] and landmark["survival"] > 0
        note = {"note": "nobody was followed so long"}
        yield Estimate(
            **who,
            statistic="survival",
            at=landmark["time"],
            unit="proportion",
            **(note if beyond else number),
        )


def follow_up(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """Median follow-up by reverse Kaplan-Meier, by group and together."""
    models = protocol.models
    for group, members in [*groups(data, protocol.exposure), ("", data)]:
        who: dict[str, Any] = {
            "endpoint": name,
            "model": "reverse_kaplan_meier",
            "statistic": "median",
            "term": protocol.exposure.variable if group else "",
            "level": group,
            "unit": "months",
            "n": len(members),
            "n_events": int(members["event"].sum()),
        }
        if members.empty:
            yield Estimate(**who, note="nobody in this group")
            continue
        median = reverse_kaplan_meier(
            *time_and_event(members),
            conf_type=models.kaplan_meier_interval,
            level=models.interval_level,
        ).median()
        yield Estimate(
            **who,
            value=median.value,
            ci_low=median.ci_low,
            ci_high=median.ci_high,
            note=_not_reached(median.value, members, "median follow-up"),
        )


def _not_reached(value: float, data: pd.DataFrame, what: str) -> str:
    if not np.isnan(value):
        return ""
    return "nobody in this group" if data.empty else f"{what} not reached"


def log_rank_tests(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """Log-rank and Peto-Peto tests between the groups, plain and stratified by center."""
    group = data[protocol.exposure.variable].to_numpy(str)
    center = data["center"].to_numpy(str)
    for test, rho in (("log_rank", 0.0), ("peto_peto", 1.0)):
        for model, strata in ((test, None), (f"{test}_stratified", center)):
            who: dict[str, Any] = {
                "endpoint": name,
                "model": model,
                "statistic": "p_value",
                "term": protocol.exposure.variable,
                "n": len(data),
                "n_events": int(data["event"].sum()),
            }
            if data.empty:
                yield Estimate(**who, note="no patients")
                continue
            found = log_rank(*time_and_event(data), group, strata, rho)
            yield Estimate(**who, value=found.p_value, p_value=found.p_value, note=found.note)
