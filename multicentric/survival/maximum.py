"""Finding the maximum of a concave log-likelihood, and knowing when there is none.

Rank is decided at the start, where the information depends on the covariates alone; a direction in
which the likelihood never stops rising (separation, Bryson & Johnson 1981) is recognised at the
end, by an information that has all but vanished against the one at the start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .block import Indices, Terms
from .observations import Floats

_COLLINEAR = 1e-11  # share of a term's information that the terms before it leave over
_LEVEL = 1e-5  # score of a term that runs away, by the root of its information at the start
_VANISHED = 1e-8  # information at the end relative to the start
_SMALL = 1e-6  # a Newton decrement that rounding may leave


@dataclass(frozen=True)
class Rank:
    """Which of p terms carry information of their own, in the order given.

    `alias` maps a term that does not to the earlier terms it is a combination of; an empty tuple
    means that it does not vary where it could matter.
    """

    kept: Indices
    alias: dict[int, tuple[int, ...]]


@dataclass(frozen=True)
class Maximum:
    """Where a search ended; `unbounded` are terms whose estimate runs away to infinity.

    `covariance` (p, p) is the inverse information with the unbounded directions held fixed;
    rows of unbounded terms are NaN.
    """

    beta: Floats
    terms: Terms
    covariance: Floats
    unbounded: Indices
    iterations: int
    converged: bool


def rank_of(information: Floats, floor: Floats) -> Rank:
    """Sweep the terms in order and keep those that add information.

    Parameters
    ----------
    information : (p, p) at the start.
    floor : (p,) below which a term's own information counts as none.
    """
    kept: list[int] = []
    alias: dict[int, tuple[int, ...]] = {}
    for j in range(information.shape[0]):
        own = information[j, j]
        if not own > floor[j]:
            alias[j] = ()
            continue
        if kept:
            scale = np.sqrt(np.diag(information)[kept])
            inner = information[np.ix_(kept, kept)] / np.outer(scale, scale)
            cross = information[kept, j] / (scale * np.sqrt(own))
            weights = np.linalg.solve(inner, cross)
            if 1 - cross @ weights < _COLLINEAR:
                alias[j] = tuple(k for k, w in zip(kept, weights, strict=True) if abs(w) > 1e-6)
                continue
        kept.append(j)
    return Rank(np.array(kept, dtype=np.intp), alias)


def maximize(
    evaluate: Callable[[Floats], Terms],
    start: Floats,
    at_start: Terms | None = None,
    reference: Floats | None = None,
    max_iterations: int = 200,
    small_step: float = 1e-12,
) -> Maximum:
    """Newton's method with step halving on a concave function of full rank.

    Parameters
    ----------
    evaluate : value, gradient and negative Hessian at a point (p,).
    start : (p,) first point. `at_start` its terms, if known.
    reference : (p, p) information at zero, against which a vanished one is judged; by default
        that of the start.
    small_step : the Newton decrement below which the step taken is the last: 1e-12 is about 1e-6
        standard errors before that step, and far less after it.

    Returns
    -------
    Maximum
        `converged` is False when `max_iterations` steps did not suffice, or no step led uphill from
        a point that is no maximum of the bounded terms; nothing is raised.
    """
    beta = start
    now = evaluate(beta) if at_start is None else at_start
    if reference is None:
        reference = now.information
    iterations, converged = 0, start.size == 0
    while not converged and iterations < max_iterations:
        iterations += 1
        step = _solve(now.information, now.score)
        decrement = float(step @ now.score)
        moved = _uphill(evaluate, beta, step, now, decrement)
        converged = decrement < small_step
        if moved is None:  # no higher point along the step: rounding is all that is left
            converged = decrement < _SMALL
            break
        beta, now = moved
    try:
        covariance, unbounded = _invert(now.information, reference)
    except np.linalg.LinAlgError:  # no information to judge by
        covariance, unbounded = np.full_like(reference, np.nan), np.empty(0, dtype=np.intp)
        converged = False
    if not converged and unbounded.size:
        # Along a vanished direction steps are rounding: the others have to have arrived, and this
        # one's score to have vanished with its information. A point so far off that all is lost to
        # rounding has a score left.
        held = np.setdiff1d(np.arange(beta.size), unbounded)
        left = now.score[held] @ covariance[np.ix_(held, held)] @ now.score[held]
        slope = np.abs(now.score[unbounded]) / _scale(reference)[unbounded]
        converged = bool(left < _SMALL and slope.max() < _LEVEL)
    return Maximum(beta, now, covariance, unbounded, iterations, converged)


def _uphill(
    evaluate: Callable[[Floats], Terms],
    beta: Floats,
    step: Floats,
    now: Terms,
    decrement: float,
) -> tuple[Floats, Terms] | None:
    # near the maximum a step may lose to rounding what it cannot gain
    noise = 1e-11 * (1 + abs(now.loglik)) if decrement < 1e-4 else 0.0
    for _ in range(40):
        trial = evaluate(beta + step)
        finite = np.isfinite(trial.loglik) and np.all(np.isfinite(trial.information))
        if finite and trial.loglik >= now.loglik - noise:
            return beta + step, trial
        step = step / 2
    return None


def _solve(information: Floats, score: Floats) -> Floats:
    scale = _scale(information)
    scaled = information / np.outer(scale, scale)
    try:
        half = np.linalg.cholesky(scaled)
        step = np.linalg.solve(half.T, np.linalg.solve(half, score / scale))
    except np.linalg.LinAlgError:  # flat in some direction: move in the others
        step = np.linalg.pinv(scaled, rcond=1e-14, hermitian=True) @ (score / scale)
    return step / scale


def _invert(information: Floats, reference: Floats) -> tuple[Floats, Indices]:
    """Inverse information, with directions that hold none against `reference` left out."""
    p = information.shape[0]
    if p == 0:
        return np.empty((0, 0)), np.empty(0, dtype=np.intp)
    scale = _scale(reference)
    half = np.linalg.cholesky(reference / np.outer(scale, scale))
    inverse_half = np.linalg.inv(half)
    relative = inverse_half @ (information / np.outer(scale, scale)) @ inverse_half.T
    values, vectors = np.linalg.eigh((relative + relative.T) / 2)
    flat = inverse_half.T @ vectors[:, values < _VANISHED]
    flat /= np.maximum(np.linalg.norm(flat, axis=0), 1e-300)
    runs_away = np.flatnonzero(np.any(np.abs(flat) > 1e-3, axis=1))
    # hold as many of these terms fixed as there are flat directions, invert the rest
    fixed: list[int] = []
    rest = flat.copy()
    for _ in range(flat.shape[1]):
        j = int(np.argmax(np.linalg.norm(rest, axis=1)))
        fixed.append(j)
        row = rest[j] / np.linalg.norm(rest[j])
        rest = rest - np.outer(rest @ row, row)
    free = np.setdiff1d(np.arange(p), fixed)
    covariance = np.full((p, p), np.nan)
    if free.size:
        own = _scale(information[np.ix_(free, free)])
        scaled = information[np.ix_(free, free)] / np.outer(own, own)
        covariance[np.ix_(free, free)] = np.linalg.inv(scaled) / np.outer(own, own)
    covariance[runs_away, :] = np.nan
    covariance[:, runs_away] = np.nan
    return (covariance + covariance.T) / 2, runs_away


def _scale(information: Floats) -> Floats:
    diagonal = np.diag(information)
    return np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
