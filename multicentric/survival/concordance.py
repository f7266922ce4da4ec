"""Concordance of a predictor with survival, compared within strata only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .cox import CoxFit
from .observations import Floats, Observations, as_floats, codes, observations


@dataclass(frozen=True)
class Concordance:
    """Share of comparable pairs in which the higher score had the event first.

    Ties in the score count half. `concordance` and `std_error` are NaN without a comparable pair.
    """

    concordance: float
    std_error: float
    concordant: float
    discordant: float
    tied: float


def concordance(
    time: ArrayLike,
    event: ArrayLike,
    score: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Concordance:
    """Harrell's C of a risk score, over pairs of one stratum.

    Parameters
    ----------
    time, event : (n,) end of follow-up, and 1 for an event.
    score : (n,) higher means earlier; differences below 1e-12 of the range are ties.
    strata, entry, weights : (n,) as in `fit_cox`; a pair counts with both weights.

    Notes
    -----
    Harrell 1982; standard error by the infinitesimal jackknife (Therneau & Watson 2015), as R's
    `concordance`. A pair is comparable when the shorter time is an event and both were at risk at
    it. Time n log^2 n. Depends on the censoring unless the score's effect is proportional.
    NaN when no pair is comparable.
    """
    obs = observations(time, event, entry, weights)
    n = len(obs)
    values = as_floats(score, "score")
    if values.shape != (n,) or not np.all(np.isfinite(values)):
        raise ValueError("score must be a finite number in every row.")
    rank = _ranks(values)
    stratum = np.zeros(n, dtype=np.intp) if strata is None else codes(strata, n, "strata")[0]
    return _pooled(obs, rank, stratum)


def fit_concordance(fit: CoxFit) -> Concordance:
    """The concordance of a fitted model's linear predictor, within its strata.

    Parameters
    ----------
    fit : a fitted model; its strata, entries and weights are those of the comparison.

    Returns
    -------
    Concordance
        A term that runs away counts with the last value of its search, one left out for nothing.
        NaN without a comparable pair within a stratum; 0.5 where nothing is estimated.

    Notes
    -----
    As `concordance`, with its assumption. Measured on the rows that were fitted, so rather too
    large for new patients.
    """
    n = fit.n
    time, event, entry = np.empty(n), np.zeros(n, dtype=bool), np.full(n, -np.inf)
    weight, rank = np.ones(n), np.empty(n, dtype=np.intp)
    stratum = np.empty(n, dtype=np.intp)
    at = 0
    for s, block in enumerate(fit.blocks):
        rows = slice(at, at + block.n)
        at += block.n
        time[rows], stratum[rows] = block.time, s
        event[rows.start + block.death] = True
        rank[rows] = _ranks(block.linear_predictor(fit.beta))
        if block.weight is not None:
            weight[rows] = block.weight
        if block.entry is not None:
            entry[rows] = block.entry
    late = any(block.entry is not None for block in fit.blocks)
    return _pooled(Observations(time, event, entry if late else None, weight), rank, stratum)


def _pooled(obs: Observations, rank: NDArray, stratum: NDArray) -> Concordance:
    n = len(obs)
    weight = np.ones(n) if obs.weight is None else obs.weight
    below, above, tied = np.zeros(n), np.zeros(n), np.zeros(n)
    pairs = np.zeros(3)
    order = np.argsort(stratum, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(stratum[order])) + 1):
        part = obs.take(rows)
        first, both = _count_pairs(part, rank[rows], weight[rows])
        pairs += first
        below[rows], above[rows], tied[rows] = both
    concordant, discordant, even = (float(v) for v in pairs)
    total = pairs.sum()
    if total == 0:
        return Concordance(float("nan"), float("nan"), 0.0, 0.0, 0.0)
    c = (concordant + even / 2) / total
    influence = weight * (below + tied / 2 - c * (below + above + tied)) / total
    return Concordance(float(c), float(np.sqrt((influence**2).sum())), concordant, discordant, even)


def _count_pairs(obs: Observations, rank: NDArray, w: Floats) -> tuple[Floats, Floats]:
    """Concordant, discordant and tied weight: in total (3,), and of every row's pairs (3, n)."""
    ends = obs.time if obs.entry is None else np.concatenate((obs.time, obs.entry))
    place = np.unique(ends, return_inverse=True)[1].reshape(-1)
    # doubled, so that who is censored on a day ends after those who have the event on it
    end = 2 * place[: len(obs)] + ~obs.event
    died = np.flatnonzero(obs.event)
    # as the one with the event: against those still at risk
    later = _sums(-end, rank, w, -end[died], rank[died])
    # as the one still at risk: against the earlier events
    earlier = _sums(end[died], rank[died], w[died], end, rank)
    if obs.entry is not None:
        entered = 2 * place[len(obs) :] + 1
        later -= _sums(-entered, rank, w, -end[died], rank[died])
        earlier -= _sums(end[died], rank[died], w[died], entered, rank)
    lower, higher, even = later
    both = np.array([earlier[1], earlier[0], earlier[2]])
    both[:, died] += later
    return np.array([w[died] @ lower, w[died] @ higher, w[died] @ even]), both


def _sums(
    item_place: NDArray, item_rank: NDArray, item_weight: Floats, place: NDArray, rank: NDArray
) -> Floats:
    """For each query, the weight of items placed before it with a lower, higher, equal rank."""
    lower = _dominated(item_place, item_rank, item_weight, place, rank)
    higher = _dominated(item_place, -item_rank, item_weight, place, -rank)
    every = np.concatenate(([0.0], np.cumsum(item_weight[np.argsort(item_place)])))
    before = every[np.searchsorted(np.sort(item_place), place, side="left")]
    equal = before - lower - higher
    equal[np.abs(equal) < 1e-9 * np.maximum(before, 1)] = 0.0
    return np.array([lower, higher, equal])


def _dominated(
    item_place: NDArray, item_rank: NDArray, item_weight: Floats, place: NDArray, rank: NDArray
) -> Floats:
    """For each query, the weight of items with a lower place and a lower rank (merge counting)."""
    n_items, n = item_place.size, item_place.size + place.size
    is_query = np.arange(n) >= n_items
    # a query comes before items of its own place and rank, so that equals do not count
    by_place = np.lexsort((~is_query, np.concatenate((item_place, place))))
    position = np.empty(n, dtype=np.int64)
    position[by_place] = np.arange(n)
    by_rank = np.lexsort((~is_query, np.concatenate((item_rank, rank))))
    weight = np.concatenate((item_weight, np.zeros(place.size)))[by_rank]
    spot = position[by_rank]
    total = np.zeros(n)
    for bit in range(int(n - 1).bit_length()):
        group = np.argsort(spot >> (bit + 1), kind="stable")
        right = (spot[group] >> bit) & 1 == 1
        seen = np.cumsum(np.where(right, 0.0, weight[group]))
        begin = np.searchsorted(spot[group] >> (bit + 1), spot[group] >> (bit + 1), side="left")
        before = np.concatenate(([0.0], seen))[begin]
        total[by_rank[group]] += np.where(right, seen - before, 0.0)
    return total[n_items:]


def _ranks(values: Floats) -> NDArray:
    order = np.argsort(values, kind="stable")
    sorted_values = values[order]
    spread = float(np.ptp(values)) if values.size else 0.0
    rank = np.empty(values.size, dtype=np.intp)
    rank[order] = np.concatenate(([0], np.cumsum(np.diff(sorted_values) > 1e-12 * spread)))[
        : values.size
    ]
    return rank
