"""What the appendix draws to judge the primary model: overlap, hazards, residuals, influence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from multicentric.estimates.checks import TIME_SCALES
from multicentric.estimates.curves import curve_of
from multicentric.estimates.data import EstimatesPart, endpoint_data, groups
from multicentric.estimates.overlap import overlap
from multicentric.estimates.regression import Cases, complete_cases
from multicentric.survival.coefficient_over_time import coefficient_over_time
from multicentric.survival.cox import CoxFit
from multicentric.survival.distributions import half_width
from multicentric.survival.residuals import dfbeta, martingale_residuals

COLUMNS = (
    "endpoint",
    "kind",
    "term",
    "level",
    "compared",
    "at",
    "x",
    "value",
    "ci_low",
    "ci_high",
    "n",
    "n_events",
    "expected",
    "note",
)
_TEXT = ("endpoint", "kind", "term", "level", "compared", "note")
_COUNTS = ("n", "n_events")
# A number with more distinct values than this is shown in fifths.
MOST_VALUES = 8
SHARES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


def diagnostics(
    patients: pd.DataFrame, times: pd.DataFrame, protocol: EstimatesPart
) -> pd.DataFrame:
    """Overlap of the groups, and their hazards and residuals for every endpoint, to be drawn.

    On the overlap of the groups in the factors of the primary model, without an endpoint, for each
    exposed group (`compared`) against the reference; see `multicentric.estimates.overlap`. Where it
    has no score there is one row of kind ``overlap_concordance`` with a note and no number.

    ``overlap_concordance``
        The share of pairs of both groups in which the patient of the exposed one has the higher
        score: the area under the curve of the model, among the patients it was fitted on.
    ``overlap_score``
        `value` is the quantile of the scores of a group (`level`) at the share `x` of its patients.
    ``overlap_outside``
        How many patients of a group have a score that is beyond all those of the other group.
    ``overlap_center``
        How many patients of a group are of a center without complete cases of the other.
    ``overlap_bin``
        The share of a group's patients whose score is in a bin that begins at `x`, and their number
        `n`; bins are of one width.

    On the hazards of the groups, for each endpoint; a group whose curve never falls has one row
    with a note and no number.

    ``log_log``
        The log of the cumulative hazard of a group (`level`), log(-log S), from the month `at` on
        by its Kaplan-Meier curve; `n` are at risk then, and `n_events` have the event. The last row
        is where the curve ends.

    On the primary model, for each endpoint and term; a term without an estimate has one row of
    kind ``schoenfeld_smooth`` with a note and no number.

    ``coefficient``
        The log hazard ratio that the model takes to hold at all times, with its interval.
    ``schoenfeld``
        One event in a center where the term varies: `at` its month, `x` its place on the time scale
        (one minus the Kaplan-Meier curve just before), `value` the scaled residual around the
        coefficient.
    ``schoenfeld_smooth``
        Their smooth at 40 places `x` (`at` the month each stands for) with its pointwise band.
    ``martingale``
        The patients with about the same value of a number that the model holds (`level`, `x` its
        mean): `n`, `n_events`, the events that the model expected, and as `value` their ratio with
        its exact Poisson interval (Breslow & Day 1987). Where the term says enough of the number
        the ratios are about 1.
    ``dfbeta``
        By how many standard errors single patients move the coefficient: `value` is the quantile
        of the share `x` of patients.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, in the order of endpoints and terms.
    """
    rows: list[dict[str, Any]] = list(overlap(patients, protocol)) if len(patients) else []
    for name in protocol.times_to_event:
        data = endpoint_data(patients, times, name)
        if data.empty:
            continue
        rows += [{"endpoint": name, **row} for row in _log_log(data, protocol)]
        cases = complete_cases(data, protocol.models.adjusted, protocol)
        of_model = _of_model(cases, protocol) if len(cases.patients) else iter(())
        rows += [{"endpoint": name, **row} for row in of_model]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = {name: "string" if name in _TEXT else "Float64" for name in COLUMNS}
    table[list(_TEXT)] = table[list(_TEXT)].fillna("")
    return table.astype(kinds | dict.fromkeys(_COUNTS, "Int64"))


def _log_log(data: pd.DataFrame, protocol: EstimatesPart) -> Iterator[dict[str, Any]]:
    """The curves of the groups on the scale on which proportional hazards are parallel."""
    for group, members in groups(data, protocol.exposure):
        who = {"kind": "log_log", "level": group}
        if members.empty:
            yield {**who, "note": "nobody in this group"}
            continue
        curve = curve_of(members, protocol)
        # At a survival of 1 and of 0 there is no such number.
        falls = (curve.n_event > 0) & (curve.survival > 0)
        if not falls.any():
            none = (
                "no events in this group"
                if not curve.n_event.any()
                else "all had the event at once"
            )
            yield {**who, "note": none}
            continue
        value = np.log(-np.log(curve.survival[falls]))
        for k, at in enumerate(curve.times[falls]):
            yield {
                **who,
                "at": at,
                "value": value[k],
                "n": int(curve.n_risk[falls][k]),
                "n_events": int(curve.n_event[falls][k]),
            }
        if curve.times[-1] > curve.times[falls][-1]:
            yield {**who, "at": curve.times[-1], "value": value[-1]}


def _of_model(cases: Cases, protocol: EstimatesPart) -> Iterator[dict[str, Any]]:
    level = protocol.models.interval_level
    fit = cases.fit(protocol, stratified=True)
    half = half_width(level)
    over_time = coefficient_over_time(fit, TIME_SCALES[0], level=level)
    influence = dfbeta(fit) / fit.std_error
    residuals = martingale_residuals(fit)
    for place, term in enumerate(fit.names):
        if term not in over_time.terms:
            note = f"not estimable: {fit.note[place]}"
            yield {"kind": "schoenfeld_smooth", "term": term, "note": note}
            continue
        j = over_time.terms.index(term)
        yield {
            "kind": "coefficient",
            "term": term,
            "value": fit.coef[place],
            "ci_low": fit.coef[place] - half * fit.std_error[place],
            "ci_high": fit.coef[place] + half * fit.std_error[place],
            "n": fit.n,
            "n_events": fit.n_events,
        }
        for month, x, value in zip(
            over_time.time, over_time.scale, over_time.residuals[:, j], strict=True
        ):
            if np.isnan(value):  # the term does not vary in the center of this event
                continue
            yield {"kind": "schoenfeld", "term": term, "at": month, "x": x, "value": value}
        smooth = over_time.smooth[:, j]
        if np.isnan(smooth).all():
            note = "no smooth: too few distinct event times"
            yield {"kind": "schoenfeld_smooth", "term": term, "note": note}
            smooth = smooth[:0]
        for k, value in enumerate(smooth):
            yield {
                "kind": "schoenfeld_smooth",
                "term": term,
                "at": over_time.grid_time[k],
                "x": over_time.grid[k],
                "value": value,
                "ci_low": over_time.ci_low[k, j],
                "ci_high": over_time.ci_high[k, j],
            }
        yield from _by_value(cases, fit, residuals, term, protocol)
        for share, value in zip(SHARES, np.quantile(influence[:, place], SHARES), strict=True):
            yield {"kind": "dfbeta", "term": term, "x": share, "value": value}


def _by_value(
    cases: Cases, fit: CoxFit, residuals: np.ndarray, term: str, protocol: EstimatesPart
) -> Iterator[dict[str, Any]]:
    """Events seen and expected among patients with about the same value of a number."""
    values = cases.patients[protocol.terms[term].variable]
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return
    number = values.to_numpy(float)
    distinct = np.unique(number)
    exact = distinct.size <= MOST_VALUES
    edges = distinct if exact else np.unique(np.quantile(number, np.linspace(0, 1, 6)[:-1]))
    group = np.searchsorted(edges, number, side="right") - 1
    event = cases.patients["event"].to_numpy(bool)
    alpha = 1 - protocol.models.interval_level
    for k in range(edges.size):
        members = group == k
        own, seen = number[members], int(event[members].sum())
        expected = float((event[members] - residuals[members]).sum())
        row: dict[str, Any] = {
            "kind": "martingale",
            "term": term,
            "level": f"{own[0]:g}" if exact else f"{_short(own.min())} to {_short(own.max())}",
            "x": own.mean(),
            "n": int(members.sum()),
            "n_events": seen,
            "expected": expected,
        }
        if expected > 0:
            row["value"] = seen / expected
            row["ci_low"] = special.gammaincinv(seen, alpha / 2) / expected if seen else 0.0
            row["ci_high"] = special.gammaincinv(seen + 1, 1 - alpha / 2) / expected
        else:
            row["note"] = "no events expected"
        yield row


def _short(number: float) -> str:
    """Three digits: a group's limits shall not tell a patient's exact value."""
    return f"{number:#.3g}".rstrip(".") if 0.001 <= abs(number) < 1000 else f"{number:.3g}"
