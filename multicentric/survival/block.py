"""The risk sets of one stratum, and what they add to a partial likelihood.

A block knows its own rows only. Its log partial likelihood, score and information sum with those
of the other strata to the pooled fit, exactly (Cox 1972; ties by Breslow 1974 or Efron 1977).

Two identities keep an evaluation cheap. With A_k, B_k the sums over the tied deaths of day k of
1/den and c/den (den = S0 - c D0, c the death's tie fraction), the second moments of all risk sets
collapse into one weighted cross product X' diag(a) X with a_j = e_j (sum of A over the days j was
at risk - B on the day it died); and the products of first moments need three scalars a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .observations import Floats, Observations

Indices = NDArray[Any]
_CHUNK = 1 << 12  # columns of x that stay in the cache
_SMALL = 64  # rows of a stratum that is joined with others
_SMALLEST_SUM = 1e-140  # its inverse is squared


class Terms(NamedTuple):
    """Log partial likelihood, score (p,) and information (p, p)."""

    loglik: float
    score: Floats
    information: Floats


class Risk(NamedTuple):
    """One evaluation at a linear predictor; e is relative to exp(`shift`).

    `e` (n,) weighted relative hazards; `s0`, `d0` (K,) their sums over the risk set and over the
    tied deaths; `a`, `b`, `p`, `q`, `r` (K,) sums over tied deaths of mean weight times
    1/den, c/den, 1/den^2, c/den^2, c^2/den^2; `loglik` (K,) what each event time adds;
    `unreliable` (K,) event times whose late-entry subtraction has lost its digits.
    """

    e: Floats
    s0: Floats
    d0: Floats
    a: Floats
    b: Floats
    p: Floats
    q: Floats
    r: Floats
    loglik: Floats
    unreliable: Indices


@dataclass(frozen=True)
class Block:
    """One stratum, ready for evaluation; K distinct event times, D deaths.

    `label` names it; None where the model has no strata.

    Rows ascend in time, and on a day those who die come first: the `first[k]`-th row and the
    `tied[k] - 1` after it are the deaths of day k.
    `x` has shape (p, n) and is centered on `mean` (the partial likelihood of a stratum does not
    see a shift); `death_x` (p, K) are its weighted sums over the deaths of a day. Row j is at risk
    at event times `start[j] <= k < stop[j]` (`start` None: 0). Where small strata are joined (see
    `gather`) those at risk at event time k are the rows `first[k]` to `end[k] - 1`.
    """

    label: object
    rows: Indices
    x: Floats
    mean: Floats
    weight: Floats | None
    offset: Floats | None
    time: Floats
    entry: Floats | None
    event_times: Floats
    stop: Indices
    start: Indices | None
    first: Indices
    tied: Indices
    death: Indices
    day: Indices
    first_death: Indices
    tie_fraction: Floats
    death_x: Floats
    end: Indices | None = None

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.rows.size

    @property
    def n_deaths(self) -> int:
        """Number of events."""
        return self.death.size

    def linear_predictor(self, beta: Floats) -> Floats:
        """x'beta + offset of every row, shape (n,), up to a constant of the stratum."""
        eta = beta @ self.x
        return eta if self.offset is None else eta + self.offset

    def block_terms(self, beta: Floats, time_weight: Floats | None = None) -> Terms:
        """Log partial likelihood, score and information at `beta`, shape (p,).

        With `time_weight`, shape (K,), every event time counts that much: the weighted sums that
        a score test of proportional hazards is made of.
        """
        return self.terms_at(self.linear_predictor(beta), time_weight)

    def terms_at(self, eta: Floats, time_weight: Floats | None = None) -> Terms:
        """As `block_terms`, at a given linear predictor (n,); NaN where that is not finite."""
        p = self.x.shape[0]
        if not np.all(np.isfinite(eta)):
            return Terms(float("nan"), np.full(p, np.nan), np.full((p, p), np.nan))
        # relative hazards beyond what a double holds end in infinity or NaN, which searches reject
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return self._summed(eta, time_weight)

    def _summed(self, eta: Floats, time_weight: Floats | None) -> Terms:
        p = self.x.shape[0]
        loglik, score, information = 0.0, np.zeros(p), np.zeros((p, p))
        for block, risk, g in self.parts(eta, time_weight):
            terms = block._sum_terms(risk, g)
            loglik += terms.loglik
            score += terms.score
            information += terms.information
        return Terms(loglik, score, information)

    def parts(
        self, eta: Floats, time_weight: Floats | None = None
    ) -> Iterator[tuple[Block, Risk, Floats | None]]:
        """The block, its risk-set sums and time weights; in parts where one evaluation is none.

        Where relative hazards span more than a double holds, the event times are evaluated in two
        parts, each relative to the largest hazard at risk in it. Nothing without a death.
        """
        todo = [(self, eta, time_weight)]
        while todo:
            block, eta, g = todo.pop()
            if block.n_deaths == 0:
                continue
            risk = block.risk(eta)
            split = block._first_underflow(risk)
            if split is None:
                yield block, risk, g
                continue
            for k0, k1 in ((0, split), (split, block.event_times.size)):
                if k0 < k1:
                    part, keep = block._only(k0, k1)
                    todo.append((part, eta[keep], None if g is None else g[k0:k1]))

    def risk(self, eta: Floats) -> Risk:
        """Risk-set sums at a linear predictor, shape (n,); needs at least one death."""
        shift = float(eta.max())
        e = np.exp(eta - shift)
        if self.weight is not None:
            e *= self.weight
        s0, unreliable = self._at_risk_total(e)
        d0 = np.add.reduceat(e[self.death], self.first_death)
        c = self.tie_fraction
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            inverse = 1 / (s0[self.day] - c * d0[self.day])
            mean_weight = self.mean_death_weight()

            def tied(values: Floats) -> Floats:
                return np.add.reduceat(mean_weight * values, self.first_death)

            log_hazard = eta[self.death] - shift
            if self.weight is not None:
                log_hazard = log_hazard * self.weight[self.death]
            loglik = np.add.reduceat(log_hazard, self.first_death) + tied(np.log(inverse))
            b = tied(c * inverse)
            q = tied(c * inverse**2)
            return Risk(
                e,
                s0,
                d0,
                tied(inverse),
                b,
                tied(inverse**2),
                q,
                tied(c**2 * inverse**2),
                loglik,
                unreliable,
            )

    def risk_sum(self, values: Floats, unreliable: Indices) -> Floats:
        """Sums of `values` (n,) over the risk set of every event time, shape (K,)."""
        if self.end is not None:
            return _between(values, self.first, self.end)
        total = np.add.reduceat(values, self.first)[::-1].cumsum()[::-1]
        return self._entered(total, values, unreliable)

    def death_sum(self, values: Floats) -> Floats:
        """Sums of `values` (n,) over the deaths of every event time, shape (K,)."""
        return np.add.reduceat(values[self.death], self.first_death)

    def while_at_risk(self, per_event_time: Floats) -> Floats:
        """For every row, the sum of (K,) values over the event times it was at risk at, (n,)."""
        cumulated = np.concatenate(([0.0], np.cumsum(per_event_time)))
        if self.start is None:
            return cumulated[self.stop]
        total = cumulated[self.stop] - cumulated[self.start]
        # what came before a late entry may be so large that the difference has lost its digits
        lost = self.start < self.stop
        if self.end is None:
            size = np.concatenate(([0.0], np.cumsum(np.abs(per_event_time))))
            lost &= size[self.stop] - size[self.start] < 1e-7 * size[self.stop]
        if lost.any():
            total[lost] = _between(per_event_time, self.start[lost], self.stop[lost])
        return total

    def moment_weights(self, risk: Risk, time_weight: Floats | None = None) -> Floats:
        """The weights a_j of the collapsed second moments, shape (n,): expected events."""
        g = 1.0 if time_weight is None else time_weight
        share = self.while_at_risk(risk.a * g)
        share[self.death] -= (risk.b * g)[self.day]
        return share * risk.e

    def first_moments(self, risk: Risk) -> tuple[Floats, Floats]:
        """Sums of e x over the risk set and over the deaths of each event time, (p, K) each."""
        if self.end is not None:
            moved = risk.e * self.x
            deaths = _between(moved, self.first, self.first + self.tied)
            return _between(moved, self.first, self.end), deaths
        p, k = self.x.shape[0], self.event_times.size
        s1, d1 = np.empty((p, k)), np.empty((p, k))
        # deaths of a day, then those censored from it to the next: two sums a day in one pass
        edges = np.empty(2 * k, dtype=np.intp)
        edges[0::2], edges[1::2] = self.first, self.first + self.tied
        censored = edges[1::2] < np.append(self.first[1:], self.n)
        moved = np.zeros(self.n + 1)
        for row, x in enumerate(self.x):
            np.multiply(risk.e, x, out=moved[:-1])
            sums = np.add.reduceat(moved, edges)
            d1[row] = sums[0::2]
            total = sums[0::2] + np.where(censored, sums[1::2], 0.0)
            s1[row] = self._entered(total[::-1].cumsum()[::-1], moved[:-1], risk.unreliable)
        return s1, d1

    def crossed(self, weights: Floats) -> tuple[Floats, Floats]:
        """X' diag(weights) X, shape (p, p), and X' weights, shape (p,)."""
        p = self.x.shape[0]
        square, line = np.zeros((p, p)), np.zeros(p)
        for i in range(0, self.n, _CHUNK):
            x = self.x[:, i : i + _CHUNK]
            weighted = x * weights[i : i + _CHUNK]
            square += weighted @ x.T
            line += weighted.sum(axis=1)
        return square, line

    def _sum_terms(self, risk: Risk, g: Floats | None) -> Terms:
        square, expected = self.crossed(self.moment_weights(risk, g))
        s1, d1 = self.first_moments(risk)
        p, q, r = risk.p, risk.q, risk.r
        if g is not None:
            p, q, r = p * g, q * g, r * g
        mixed = (s1 * q) @ d1.T
        information = square - ((s1 * p) @ s1.T - mixed - mixed.T + (d1 * r) @ d1.T)
        seen = self.death_x.sum(axis=1) if g is None else self.death_x @ g
        loglik = risk.loglik.sum() if g is None else risk.loglik @ g
        return Terms(float(loglik), seen - expected, information)

    def _entered(self, total: Floats, values: Floats, unreliable: Indices) -> Floats:
        """Risk-set sums (K,) without the rows that have not entered yet."""
        if self.start is None:
            return total
        total = total - _from_next(self.start, values, total.size)
        for k in unreliable:
            total[k] = values[(self.start <= k) & (self.stop > k)].sum()
        return total

    def mean_death_weight(self) -> Floats | float:
        """For every death the mean weight of its day, (D,): what R lets a tied death count."""
        if self.weight is None:
            return 1.0
        w = self.weight[self.death]
        return (np.add.reduceat(w, self.first_death) / self.tied)[self.day]

    def _at_risk_total(self, e: Floats) -> tuple[Floats, Indices]:
        if self.end is not None:
            return _between(e, self.first, self.end), np.empty(0, dtype=np.intp)
        followed = np.add.reduceat(e, self.first)[::-1].cumsum()[::-1]
        if self.start is None:
            return followed, np.empty(0, dtype=np.intp)
        s0 = followed - _from_next(self.start, e, followed.size)
        unreliable = np.flatnonzero(s0 < 1e-7 * followed)
        for k in unreliable:
            s0[k] = e[(self.start <= k) & (self.stop > k)].sum()
        return s0, unreliable

    def _first_underflow(self, risk: Risk) -> int | None:
        """Where to split the event times, or None when every sum holds its digits.

        A single event time is split off from the rows that are not at risk at it.
        """
        bad = np.flatnonzero(risk.s0 < _SMALLEST_SUM)
        if not bad.size:
            return None
        if self.event_times.size > 1:
            return max(1, int(bad[0]))
        at_risk = self.stop > 0 if self.start is None else self.stop > self.start
        return None if at_risk.all() else 1

    def _only(self, k0: int, k1: int) -> tuple[Block, NDArray[np.bool_]]:
        """The block of event times k0 to k1 alone, and the rows it keeps."""
        keep = self.stop > k0
        if self.start is not None:
            keep &= self.start < k1
        died = (self.day >= k0) & (self.day < k1)
        new_place = np.cumsum(keep) - 1
        stop = np.minimum(self.stop[keep], k1) - k0
        day = self.day[died] - k0
        first = np.searchsorted(stop, np.arange(1, k1 - k0 + 1), side="left")
        part = replace(
            self,
            rows=self.rows[keep],
            x=self.x[:, keep],
            weight=None if self.weight is None else self.weight[keep],
            offset=None if self.offset is None else self.offset[keep],
            time=self.time[keep],
            entry=None if self.entry is None else self.entry[keep],
            event_times=self.event_times[k0:k1],
            stop=stop,
            start=None if self.start is None else np.maximum(self.start[keep], k0) - k0,
            first=first,
            tied=self.tied[k0:k1],
            death=new_place[self.death[died]],
            day=day,
            first_death=np.searchsorted(day, np.arange(k1 - k0), side="left"),
            tie_fraction=self.tie_fraction[died],
            death_x=self.death_x[:, k0:k1],
            end=None if self.end is None else new_place[self.end[k0:k1] - 1] + 1,
        )
        return part, keep


def _between(values: Floats, begin: Indices, end: Indices) -> Floats:
    """Sums of `values` (..., m) over the positions from each `begin` to before its `end`."""
    edges = np.column_stack((begin, end)).ravel()
    padded = np.concatenate((values, np.zeros((*values.shape[:-1], 1))), axis=-1)
    return np.add.reduceat(padded, edges, axis=-1)[..., ::2]


def _from_next(start: Indices, values: Floats, k: int) -> Floats:
    """For each of k event times, the sum of `values` over rows that start at a later one."""
    entering = np.bincount(start, values, minlength=k + 1)
    return entering[:0:-1].cumsum()[::-1]


def make_block(
    label: object,
    rows: Indices,
    obs: Observations,
    x: Floats,
    offset: Floats | None = None,
    ties: str = "efron",
) -> Block:
    """Sort one stratum into a Block.

    Parameters
    ----------
    label : the stratum's name, or None.
    rows : positions of its rows in `obs` and `x`.
    obs, x, offset : all patients; x has shape (n_all, p).
    ties : "efron" or "breslow".
    """
    died = obs.event[rows]
    rows = np.concatenate((rows[died], rows[~died]))
    rows = rows[np.argsort(obs.time[rows], kind="stable")]
    time = obs.time[rows]
    weight = None if obs.weight is None else obs.weight[rows]
    death = np.flatnonzero(obs.event[rows])
    death_times = time[death]
    new_day = np.append(True, death_times[1:] != death_times[:-1])[: death.size]
    first_death = np.flatnonzero(new_day)
    tied = np.diff(np.append(first_death, death.size))
    day = np.cumsum(new_day) - 1
    event_times = death_times[first_death]
    fraction = np.zeros(death.size)
    if ties == "efron" and death.size:
        fraction = (np.arange(death.size) - first_death[day]) / tied[day]
    columns = x[rows].T.copy()
    mean = columns.mean(axis=1) if rows.size else np.zeros(x.shape[1])
    columns -= mean[:, None]
    stop = np.searchsorted(event_times, time, side="right")
    death_x = np.zeros((x.shape[1], event_times.size))
    if death.size:
        own = columns[:, death] if weight is None else columns[:, death] * weight[death]
        death_x = np.add.reduceat(own, first_death, axis=1)
    return Block(
        label=label,
        rows=rows,
        x=columns,
        mean=mean,
        weight=weight,
        offset=None if offset is None else offset[rows],
        time=time,
        entry=None if obs.entry is None else obs.entry[rows],
        event_times=event_times,
        stop=stop,
        start=None
        if obs.entry is None
        else np.searchsorted(event_times, obs.entry[rows], side="right"),
        first=np.searchsorted(stop, np.arange(1, event_times.size + 1), side="left"),
        tied=tied,
        death=death,
        day=day,
        first_death=first_death,
        tie_fraction=fraction,
        death_x=death_x,
    )


def make_blocks(
    obs: Observations,
    x: Floats,
    stratum: Indices,
    labels: NDArray,
    offset: Floats | None = None,
    ties: str = "efron",
) -> list[Block]:
    """One Block per stratum, in the order of the sorted labels."""
    if not len(labels):
        return []
    order = np.argsort(stratum, kind="stable")
    ends = np.cumsum(np.bincount(stratum, minlength=len(labels)))
    return [
        make_block(label, rows, obs, x, offset, ties)
        for label, rows in zip(labels, np.split(order, ends[:-1]), strict=True)
    ]


def sum_blocks(blocks: list[Block], beta: Floats) -> Terms:
    """The pooled terms: the blocks' own, added in the order of the list."""
    total = Terms(0.0, np.zeros(beta.size), np.zeros((beta.size, beta.size)))
    for block in blocks:
        total = add_terms(total, block.block_terms(beta))
    return total


def gather(blocks: list[Block]) -> list[Block]:
    """Fewer blocks with the same sum, so that many small strata cost little more than their rows.

    Strata of up to 64 rows are joined behind each other, as long as nobody enters late; those
    without events are left out. The result is for `block_terms` and `parts`: labels, means and
    times of a joined block are not those of a stratum.
    """
    whole: list[Block] = []
    small: list[Block] = []
    for block in blocks:
        if block.n_deaths:
            (small if block.n <= _SMALL and block.start is None else whole).append(block)
    place = np.cumsum([block.n for block in small]) // _CHUNK
    batches = [
        [block for block, of in zip(small, place, strict=True) if of == i] for i in np.unique(place)
    ]
    return [*whole, *(_joined(batch) for batch in batches)]


def _joined(blocks: list[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    row, day, death = (
        np.concatenate(([0], np.cumsum([size(block) for block in blocks])))
        for size in (lambda b: b.n, lambda b: b.event_times.size, lambda b: b.n_deaths)
    )

    def placed(arrays: list[Indices], offset: Indices) -> Indices:
        return np.concatenate([a + o for a, o in zip(arrays, offset, strict=False)])

    return Block(
        label=None,
        rows=np.concatenate([b.rows for b in blocks]),
        x=np.concatenate([b.x for b in blocks], axis=1),
        mean=np.zeros(blocks[0].x.shape[0]),
        weight=_column(blocks, [b.weight for b in blocks], 1.0),
        offset=_column(blocks, [b.offset for b in blocks], 0.0),
        time=np.concatenate([b.time for b in blocks]),
        entry=None,
        event_times=np.concatenate([b.event_times for b in blocks]),
        stop=placed([b.stop for b in blocks], day),
        start=np.repeat(day[:-1], np.diff(row)),
        first=placed([b.first for b in blocks], row),
        tied=np.concatenate([b.tied for b in blocks]),
        death=placed([b.death for b in blocks], row),
        day=placed([b.day for b in blocks], day),
        first_death=placed([b.first_death for b in blocks], death),
        tie_fraction=np.concatenate([b.tie_fraction for b in blocks]),
        death_x=np.concatenate([b.death_x for b in blocks], axis=1),
        end=np.repeat(row[1:], np.diff(day)),
    )


def _column(blocks: list[Block], parts: list[Floats | None], otherwise: float) -> Floats | None:
    if all(part is None for part in parts):
        return None
    filled = (
        np.full(block.n, otherwise) if part is None else part
        for block, part in zip(blocks, parts, strict=True)
    )
    return np.concatenate(list(filled))


def add_terms(first: Terms, second: Terms) -> Terms:
    """What two sets of strata add together."""
    return Terms(
        first.loglik + second.loglik,
        first.score + second.score,
        first.information + second.information,
    )
