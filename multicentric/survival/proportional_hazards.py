"""The exact score test of proportional hazards, stratified or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .block import Indices
from .cox import ChiSquareTest, CoxFit
from .distributions import chi2_sf
from .kaplan_meier import KaplanMeier, kaplan_meier
from .observations import Floats

_NO_VARIANCE = 1e-11  # variance of a score relative to the largest it could have
TRANSFORMS = ("identity", "log", "rank", "km")


@dataclass(frozen=True)
class ProportionalHazardsTest:
    """One test per estimated term, and `overall`; small p-values speak against the model.

    Empty, with NaN for `overall`, when the model has no estimated term.
    """

    transform: str
    terms: tuple[str, ...]
    tests: tuple[ChiSquareTest, ...]
    overall: ChiSquareTest


def proportional_hazards_test(fit: CoxFit, transform: str = "identity") -> ProportionalHazardsTest:
    """Test whether coefficients drift with time.

    Parameters
    ----------
    fit : a fitted model.
    transform : the time scale g on which a drift is looked for: "identity", "log", "rank" among
        all ends of follow-up, or "km", one minus the Kaplan-Meier curve of all rows just before
        (without weights).

    Notes
    -----
    The score test of adding x g(t) to the model (Grambsch & Therneau 1994, without their
    approximation of constant information), as R's `cox.zph` since survival 3.0. From each stratum
    it needs three sums over event times, weighted by g and g^2. Assumes that the other terms are
    right. NaN on 0 degrees of freedom where all events stand, but for rounding, at one place of the
    scale, or the term varies at one place alone.
    """
    if transform not in TRANSFORMS:
        raise ValueError(f"transform must be one of {', '.join(TRANSFORMS)}, not {transform!r}.")
    estimated = fit.estimated
    q = estimated.size
    square = np.ix_(estimated, estimated)
    scale = _centered_scale(fit, transform)
    drift, cross, own, information = (
        np.zeros(q),
        np.zeros((q, q)),
        np.zeros((q, q)),
        np.zeros((q, q)),
    )
    for block, g in zip(fit.blocks, scale, strict=True):
        if block.n_deaths == 0:
            continue
        eta = block.linear_predictor(fit.beta)
        once = block.terms_at(eta, g)
        drift += once.score[estimated]
        cross += once.information[square]
        own += block.terms_at(eta, g**2).information[square]
        information += block.terms_at(eta).information[square]
    if q == 0:
        return ProportionalHazardsTest(
            transform, (), (), ChiSquareTest(float("nan"), 0, float("nan"))
        )
    units = np.sqrt(np.diag(information))
    half = np.linalg.solve(information / np.outer(units, units), cross / units[:, None])
    spread = own - (cross / units[:, None]).T @ half
    farthest = max(float(np.abs(g).max(initial=0.0)) for g in scale)
    varies = np.diag(spread) > _NO_VARIANCE * farthest**2 * np.diag(information)
    tests = tuple(_test(drift, spread, np.flatnonzero([varies[j]]) + j) for j in range(q))
    overall = _test(drift, spread, np.flatnonzero(varies))
    return ProportionalHazardsTest(
        transform, tuple(fit.names[j] for j in estimated), tests, overall
    )


def _test(score: Floats, spread: Floats, terms: Indices) -> ChiSquareTest:
    """Score' spread^-1 score of some terms, on the rank of their spread; NaN without any."""
    if terms.size == 0:
        return ChiSquareTest(float("nan"), 0, float("nan"))
    units = np.sqrt(np.diag(spread)[terms])
    values, vectors = np.linalg.eigh(spread[np.ix_(terms, terms)] / np.outer(units, units))
    kept = values > 1e-9 * values.max()
    along = vectors[:, kept].T @ (score[terms] / units)
    chisq, df = float((along**2 / values[kept]).sum()), int(kept.sum())
    return ChiSquareTest(chisq, df, chi2_sf(chisq, df))


def time_scale(fit: CoxFit, transform: str) -> Callable[[Floats], Floats]:
    """The time scale g of a fit with events, as a function of times (any shape) on their unit.

    Parameters
    ----------
    fit : a fitted model with at least one event.
    transform : as `proportional_hazards_test` takes it.

    Raises
    ------
    ValueError
        The scale is unknown, or "log" was asked for where an event stands at time 0.
    """
    if transform not in TRANSFORMS:
        raise ValueError(f"transform must be one of {', '.join(TRANSFORMS)}, not {transform!r}.")
    if transform == "identity":
        return lambda t: t
    if transform == "log":
        if min(block.event_times[0] for block in fit.blocks if block.n_deaths) <= 0:
            raise ValueError("the log scale needs event times above 0.")
        return np.log
    if transform == "rank":
        ends = np.sort(np.concatenate([block.time for block in fit.blocks]))

        def rank(t: Floats) -> Floats:
            left = np.searchsorted(ends, t, side="left")
            return (left + np.searchsorted(ends, t, side="right") + 1) / 2

        return rank
    curve = _pooled_curve(fit)
    before = np.concatenate(([1.0], curve.survival))
    return lambda t: 1 - before[np.searchsorted(curve.times, t, side="left")]


def _centered_scale(fit: CoxFit, transform: str) -> list[Floats]:
    """g at the event times of every block, centered on its mean over events; 0 if that is all."""
    every = [block.time[block.death] for block in fit.blocks]
    pooled = np.sort(np.concatenate(every)) if every else np.empty(0)
    if pooled.size == 0:
        return [np.empty(0) for _ in fit.blocks]
    g = time_scale(fit, transform)
    values = g(pooled)
    if np.ptp(values) <= 8 * np.finfo(float).eps * np.abs(values).max():
        return [np.zeros(block.event_times.size) for block in fit.blocks]
    return [g(block.event_times) - values.mean() for block in fit.blocks]


def _pooled_curve(fit: CoxFit) -> KaplanMeier:
    time, event = np.empty(fit.n), np.zeros(fit.n)
    entry = np.full(fit.n, np.nan)
    for block in fit.blocks:
        time[block.rows] = block.time
        event[block.rows[block.death]] = 1
        if block.entry is not None:
            entry[block.rows] = block.entry
    return kaplan_meier(time, event, entry=None if np.isnan(entry).all() else entry)
