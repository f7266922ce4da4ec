"""Center effects without random terms: fixed effects, centers alone, without one, interaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .cox import (
    ESTIMATED,
    ChiSquareTest,
    CoxFit,
    fit_blocks,
    fit_cox,
    fit_without_each,
)
from .distributions import chi2_sf
from .observations import Floats, as_floats, codes


class FixedCenterFit(NamedTuple):
    """A fit with one coefficient per center but the first, and the test of all of them."""

    fit: CoxFit
    center_test: ChiSquareTest


class WithoutOne(NamedTuple):
    """The estimate of one term without a center; NaN with a note where there is none."""

    center: object
    coef: float
    std_error: float
    note: str


@dataclass(frozen=True)
class CenterEstimate:
    """One center alone; NaN with a note where it has no estimate of the term."""

    center: object
    n: int
    n_events: int
    coef: float
    std_error: float
    note: str


def fixed_center_fit(
    time: ArrayLike,
    event: ArrayLike,
    X: ArrayLike,
    names: Sequence[str],
    center: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    ties: str = "efron",
) -> FixedCenterFit:
    """One baseline hazard for all, times a constant for each center.

    Parameters
    ----------
    time, event, X, names, entry, weights, ties : as in `fit_cox`.
    center : (n,) labels; the first in sorted order is the reference.

    Returns
    -------
    FixedCenterFit
        The center terms are named "center <label>" and stand last; a center without events has
        none ("monotone likelihood"). `center_test` is the likelihood-ratio test of all of them.

    Notes
    -----
    Glidden & Vittinghoff 2004. Assumes that the centers' hazards are proportional to each other at
    all times. The test is too liberal with many small centers (Andersen, Klein & Zhang 1999).
    """
    x = as_floats(X, "X")
    code, levels = codes(center, x.shape[0], "center")
    dummies = (code[:, None] == np.arange(1, levels.size)).astype(float)
    choices: dict[str, Any] = {"entry": entry, "weights": weights, "ties": ties}
    plain = fit_cox(time, event, x, names, **choices)
    full = fit_cox(
        time,
        event,
        np.hstack([x, dummies]),
        [*names, *(f"center {label}" for label in levels[1:])],
        **choices,
    )
    return FixedCenterFit(full, likelihood_ratio(plain, full))


def likelihood_ratio(smaller: CoxFit, larger: CoxFit) -> ChiSquareTest:
    """Compare nested fits of the same rows by twice the difference of their log-likelihoods.

    Parameters
    ----------
    smaller, larger : fits with the same strata and tie rule; the terms of the first span a part of
        what those of the second do.

    Returns
    -------
    ChiSquareTest
        df counts the further terms that carry information, also those that run away; where there
        is none p is NaN, and the statistic 0 but for rounding.

    Raises
    ------
    ValueError
        The numbers of rows or of events differ.

    Notes
    -----
    Wilks 1938. Assumes that the fits are nested, which is not checked, and enough events for the
    chi-square law: many small levels make it too liberal.
    """
    if smaller.n != larger.n or smaller.n_events != larger.n_events:
        raise ValueError("the two fits are not of the same patients.")
    chisq = max(0.0, 2 * (larger.loglik - smaller.loglik))
    df = larger.free.size - smaller.free.size
    return ChiSquareTest(chisq, df, chi2_sf(chisq, df))


def leave_one_center_out(fit: CoxFit, name: str) -> list[WithoutOne]:
    """The estimate of one term without each center in turn.

    Parameters
    ----------
    fit : a model stratified by center; every center's block is left out and the rest fitted again
        from the full estimate, in three or four steps.
    name : the term.

    Returns
    -------
    list of WithoutOne
        One per center in the order of the blocks; NaN with a note where the others have no
        estimate. The same assumptions as the fit itself, without one of its centers.

    Raises
    ------
    ValueError
        The fit is not stratified: it has no centers.
    """
    j = fit.position(name)
    _needs_strata(fit)
    return [
        WithoutOne(block.label, float(rest.coef[j]), float(rest.std_error[j]), rest.note[j])
        for block, rest in zip(fit.blocks, fit_without_each(fit), strict=True)
    ]


def center_estimates(fit: CoxFit, name: str) -> list[CenterEstimate]:
    """One term estimated in each center alone, for a two-stage analysis or a forest plot.

    Parameters
    ----------
    fit : a model stratified by center; the same terms are fitted in every center, and those that
        a center cannot estimate are left out there. For a treatment effect from small centers,
        fit the treatment alone.
    name : the term.

    Returns
    -------
    list of CenterEstimate
        One per center in the order of the blocks. NaN with a note where the center has no
        estimate of the term: no events, it does not vary, monotone likelihood.

    Notes
    -----
    The first stage of a two-stage meta-analysis (Simmonds et al. 2005). Assumes proportional
    hazards in every center, nothing between them. ValueError where the fit is not stratified: it
    has no centers.
    """
    j = fit.position(name)
    _needs_strata(fit)
    out = []
    for block in fit.blocks:
        alone = fit_blocks([block], fit.names)
        out.append(
            CenterEstimate(
                block.label,
                block.n,
                block.n_deaths,
                float(alone.coef[j]),
                float(alone.std_error[j]),
                alone.note[j],
            )
        )
    return out


class Interaction(NamedTuple):
    """Does an effect differ between levels: the likelihood-ratio test and the effect in each.

    `levels`, `coef`, `std_error`, `note` have one entry per level of the modifier.
    """

    test: ChiSquareTest
    levels: NDArray
    coef: Floats
    std_error: Floats
    note: tuple[str, ...]


def interaction(
    time: ArrayLike,
    event: ArrayLike,
    X: ArrayLike,
    names: Sequence[str],
    term: str,
    modifier: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    ties: str = "efron",
) -> Interaction:
    """Let one term's coefficient differ between the levels of a modifier.

    Parameters
    ----------
    time, event, X, names, strata, entry, weights, ties : as in `fit_cox`. The modifier's own
        effect belongs in X or in the strata; it is not added here.
    term : the name of the term (treatment).
    modifier : (n,) labels of the levels: a subgroup, or the center.

    Returns
    -------
    Interaction
        Degrees of freedom count the products that carry information. A level in which the term
        cannot be estimated (nobody treated, no events, monotone) says so in `note`. With fewer
        than two levels that inform the term the test has 0 degrees of freedom and p NaN.

    Notes
    -----
    The likelihood ratio against a common coefficient (Cox 1972). Assumes proportional hazards in
    every level, and the other terms' coefficients common to all.
    """
    x = as_floats(X, "X")
    code, levels = codes(modifier, x.shape[0], "modifier")
    if term not in names:
        raise ValueError(f"no term {term!r} in the model ({', '.join(names)}).")
    j = list(names).index(term)
    rest = np.delete(x, j, axis=1)
    others = [name for name in names if name != term]
    effects = np.where(code[:, None] == np.arange(levels.size), x[:, j : j + 1], 0.0)
    choices: dict[str, Any] = {"strata": strata, "entry": entry, "weights": weights, "ties": ties}
    common = fit_cox(time, event, x, names, **choices)
    # the other terms first: a product is dropped for them, never one of them for a product
    own_names = [f"{term} in {label}" for label in levels]
    apart = fit_cox(time, event, np.hstack([rest, effects]), [*others, *own_names], **choices)
    own = slice(len(others), None)
    return Interaction(
        likelihood_ratio(common, apart),
        levels,
        apart.coef[own],
        apart.std_error[own],
        apart.note[own],
    )


def heterogeneity_score_test(fit: CoxFit, name: str) -> ChiSquareTest:
    """Does one term differ between the strata of a fit: the score test at the common estimate.

    Needs nothing but the blocks' terms there, and no center of its own estimate: the answer where
    `interaction` runs into monotone likelihoods. Rao 1948; df is the rank of its variance, 0 with
    p NaN where fewer than two strata inform the term. Assumes enough events in all strata
    together for the score to be normal.
    """
    estimated = fit.estimated
    j = fit.position(name)
    if fit.status[j] != ESTIMATED:
        return ChiSquareTest(float("nan"), 0, float("nan"))
    terms = [block.block_terms(fit.beta) for block in fit.blocks]
    score = np.array([t.score[j] for t in terms])
    own = np.diag([t.information[j, j] for t in terms])
    cross = np.array([t.information[j, estimated] for t in terms])
    covariance = fit.covariance[np.ix_(estimated, estimated)]
    spread = own - cross @ covariance @ cross.T
    scale = max(float(np.diag(spread).max(initial=0)), 1e-300)
    df = int(np.linalg.matrix_rank(spread / scale, tol=1e-9, hermitian=True))
    if df == 0:
        return ChiSquareTest(float("nan"), 0, float("nan"))
    inverse = np.linalg.pinv(spread / scale, rcond=1e-9, hermitian=True) / scale
    chisq = float(score @ inverse @ score)
    return ChiSquareTest(chisq, df, chi2_sf(chisq, df))


def _needs_strata(fit: CoxFit) -> None:
    if any(block.label is None for block in fit.blocks):
        raise ValueError("the fit is not stratified by center: there are no centers to tell apart.")
