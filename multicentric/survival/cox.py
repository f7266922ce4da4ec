"""Cox regression, stratified or not, as a sum over the blocks of its strata."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .block import Block, Indices, Terms, add_terms, gather, make_blocks, sum_blocks
from .distributions import chi2_sf, half_width, normal_two_sided
from .maximum import Maximum, Rank, maximize, rank_of
from .observations import Floats, as_floats, codes, observations

if TYPE_CHECKING:
    import pandas as pd

ESTIMATED = "estimated"
NOT_ESTIMABLE = "not estimable"


class ChiSquareTest(NamedTuple):
    """A test statistic, its degrees of freedom and its p-value (NaN without any)."""

    chisq: float
    df: int
    p_value: float


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model; arrays follow `names`.

    A term that cannot be estimated has NaN in `coef`, `std_error` and `covariance`, the status
    "not estimable" and its reason in `note`. `beta` is the point at which the rest was evaluated:
    0 for a term left out, the last value of a term that runs away to infinity. `free` are the
    positions of the terms the likelihood depends on; their number is the model's degrees of
    freedom, also where one of them runs away.
    """

    names: tuple[str, ...]
    coef: Floats
    std_error: Floats
    covariance: Floats
    status: tuple[str, ...]
    note: tuple[str, ...]
    loglik_null: float
    loglik: float
    score_test: ChiSquareTest
    wald_test: ChiSquareTest
    likelihood_ratio_test: ChiSquareTest
    n: int
    n_events: int
    iterations: int
    converged: bool
    ties: str
    beta: Floats = field(repr=False)
    free: Indices = field(repr=False)
    at_zero: Terms = field(repr=False)
    at_beta: Terms = field(repr=False)
    blocks: list[Block] = field(repr=False)

    @property
    def estimated(self) -> Indices:
        """Positions of the terms that have an estimate."""
        return np.flatnonzero(np.array(self.status, dtype=object) == ESTIMATED)

    def position(self, name: str) -> int:
        """Where a term stands; ValueError with the known names otherwise."""
        if name not in self.names:
            raise ValueError(f"no term {name!r} in the model ({', '.join(self.names)}).")
        return self.names.index(name)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """One row per term: coefficient, hazard ratio with Wald interval, p-value, status."""
        import pandas as pd

        half = half_width(level) * self.std_error
        with np.errstate(over="ignore"):  # in tiny units a hazard ratio may be infinite
            ratio, low, high = (np.exp(self.coef + shift) for shift in (0 * half, -half, half))
        return pd.DataFrame(
            {
                "term": self.names,
                "coef": self.coef,
                "std_error": self.std_error,
                "hazard_ratio": ratio,
                "ci_low": low,
                "ci_high": high,
                "p_value": [
                    normal_two_sided(b / s) for b, s in zip(self.coef, self.std_error, strict=True)
                ],
                "status": self.status,
                "note": self.note,
            }
        )


def fit_cox(
    time: ArrayLike,
    event: ArrayLike,
    X: ArrayLike,
    names: Sequence[str],
    *,
    strata: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    ties: str = "efron",
) -> CoxFit:
    """Maximize the (stratified) partial likelihood.

    Parameters
    ----------
    time, event : (n,) end of follow-up, and 1 for an event.
    X : (n, p) covariates, in any units. `names` their p names.
    strata : (n,) labels of the strata, each with a baseline hazard of its own (centers).
    entry : (n,) late entry: at risk at t when `entry < t <= time`.
    weights : (n,) case weights; as in R, a tied day counts with its mean weight.
    offset : (n,) known part of the linear predictor.
    ties : "efron" or "breslow".

    Returns
    -------
    CoxFit
        Terms without an estimate (constant, collinear with terms before them, monotone
        likelihood, search not converged) say so in `status` and `note`; the others are estimated
        beside them. Without events no term has an estimate.

    Raises
    ------
    ValueError
        When the input does not fit together or a value is missing.

    Notes
    -----
    Cox 1972, Efron 1977; same estimates as R's `coxph`. Assumes proportional hazards within a
    stratum and censoring independent of the event given the covariates.
    """
    obs = observations(time, event, entry, weights)
    n = len(obs)
    x = as_floats(X, "X")
    if x.ndim != 2 or x.shape != (n, len(names)):
        raise ValueError(f"X has shape {x.shape}, expected {(n, len(names))}.")
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise ValueError(f"more than one term has the name {', '.join(twice)}.")
    if not np.all(np.isfinite(x)):
        bad = [name for j, name in enumerate(names) if not np.all(np.isfinite(x[:, j]))]
        raise ValueError(f"X is missing or not finite in {', '.join(bad)}.")
    shift = None
    if offset is not None:
        shift = as_floats(offset, "offset")
        if shift.shape != (n,) or not np.all(np.isfinite(shift)):
            raise ValueError("offset must be a finite number in every row.")
    if strata is None:
        stratum, labels = np.zeros(n, dtype=np.intp), np.array([None])
    else:
        stratum, labels = codes(strata, n, "strata")
    if ties not in ("efron", "breslow"):
        raise ValueError(f"ties must be efron or breslow, not {ties!r}.")
    return fit_blocks(make_blocks(obs, x, stratum, labels, shift, ties), names, ties=ties)


def fit_blocks(
    blocks: list[Block],
    names: Sequence[str],
    *,
    start: Floats | None = None,
    ties: str = "efron",
) -> CoxFit:
    """Fit the model whose strata are these blocks; see `fit_cox`.

    Parameters
    ----------
    blocks : one per stratum, sharing p covariates; their order is the order of summation.
    names : names of the p terms.
    start : (p,) a first guess, such as the estimate before one center was left out.
    ties : the rule by which the blocks were made.
    """
    zero = np.zeros(len(names))
    at_zero = sum_blocks(blocks, zero)
    if start is None:
        return _fit(blocks, names, ties, at_zero, zero, at_zero)
    return _fit(blocks, names, ties, at_zero, start, sum_blocks(blocks, start))


def add_block(fit: CoxFit, block: Block) -> CoxFit:
    """Fit the model of a fit's strata and one more, from where the fit stands.

    Parameters
    ----------
    fit : the model without the stratum.
    block : the stratum that comes in (a center), made by the same tie rule.

    Returns
    -------
    CoxFit
        As `fit_blocks` of all of them, with its statuses and notes: a term may gain an estimate
        from the new stratum, or lose one. What the others add at zero and at the old estimate is
        known, so that they are evaluated once per Newton step alone, three times as a rule.

    Notes
    -----
    The stratified partial likelihood is the sum of the strata's (Cox 1972), so nothing is
    approximated. Assumes that coefficients are the same in all strata, and that the block's
    covariates stand in the order of the fit's names; neither can be checked here.
    """
    blocks = [*fit.blocks, block]
    at_zero = add_terms(fit.at_zero, block.block_terms(np.zeros(fit.beta.size)))
    start, at_start = np.zeros(fit.beta.size), at_zero
    if fit.estimated.size == fit.beta.size:
        start, at_start = fit.beta, add_terms(fit.at_beta, block.block_terms(fit.beta))
    return _fit(blocks, fit.names, fit.ties, at_zero, start, at_start)


def fit_without_each(fit: CoxFit) -> Iterator[CoxFit]:
    """Fit the model of a fit's strata without each of them in turn.

    Parameters
    ----------
    fit : the model of all strata.

    Returns
    -------
    iterator of CoxFit
        As `fit_blocks` of the others, in the order of the blocks, each from the estimate of all.
        What the blocks add there and at zero is evaluated once and summed without the one left
        out; nothing is subtracted, so that a term that varies in that one alone is recognised.
    """
    zero, start = np.zeros(fit.beta.size), np.where(np.isnan(fit.coef), 0.0, fit.coef)
    at_zero = _sums_without_each([block.block_terms(zero) for block in fit.blocks], zero.size)
    at_start = _sums_without_each([block.block_terms(start) for block in fit.blocks], zero.size)
    for c, (origin, begun) in enumerate(zip(at_zero, at_start, strict=True)):
        rest = fit.blocks[:c] + fit.blocks[c + 1 :]
        yield _fit(rest, fit.names, fit.ties, origin, start, begun)


def _sums_without_each(terms: list[Terms], p: int) -> list[Terms]:
    none = Terms(0.0, np.zeros(p), np.zeros((p, p)))
    before = list(accumulate(terms, add_terms, initial=none))
    after = list(accumulate(reversed(terms), add_terms, initial=none))[::-1]
    return [add_terms(before[c], after[c + 1]) for c in range(len(terms))]


def _fit(
    blocks: list[Block],
    names: Sequence[str],
    ties: str,
    at_zero: Terms,
    start: Floats,
    at_start: Terms,
) -> CoxFit:
    p = len(names)
    zero = np.zeros(p)
    rank = rank_of(at_zero.information, _no_variation(blocks, p))
    free = rank.kept
    square = np.ix_(free, free)

    work = gather(blocks)

    def evaluate(part: Floats) -> Terms:
        beta = zero.copy()
        beta[free] = part
        terms = sum_blocks(work, beta)
        return Terms(terms.loglik, terms.score[free], terms.information[square])

    origin, begun = (
        Terms(terms.loglik, terms.score[free], terms.information[square])
        for terms in (at_zero, at_start)
    )
    found = maximize(evaluate, start[free], begun, reference=origin.information)
    beta = zero.copy()
    beta[free] = found.beta
    status, note = _verdicts(names, rank, found, blocks)
    estimated = np.array([s == ESTIMATED for s in status], dtype=bool)
    coef = np.where(estimated, beta, np.nan)
    covariance = np.full((p, p), np.nan)
    covariance[square] = found.covariance
    covariance[~estimated] = np.nan
    covariance[:, ~estimated] = np.nan
    df = free.size
    rise = max(0.0, 2 * (found.terms.loglik - at_zero.loglik))
    return CoxFit(
        names=tuple(names),
        coef=coef,
        std_error=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        status=status,
        note=note,
        loglik_null=at_zero.loglik,
        loglik=found.terms.loglik,
        score_test=_quadratic(origin.information, origin.score),
        wald_test=_quadratic(covariance[np.ix_(estimated, estimated)], coef[estimated]),
        likelihood_ratio_test=ChiSquareTest(rise, df, chi2_sf(rise, df)),
        n=sum(block.n for block in blocks),
        n_events=sum(block.n_deaths for block in blocks),
        iterations=found.iterations,
        converged=found.converged,
        ties=ties,
        beta=beta,
        free=free,
        at_zero=at_zero,
        at_beta=_full(found.terms, blocks, beta, free),
        blocks=blocks,
    )


def wald_test(coef: Floats, covariance: Floats) -> ChiSquareTest:
    """Whether several coefficients are all zero: coef' covariance^-1 coef.

    Parameters
    ----------
    coef : (p,) estimates, none of them NaN.
    covariance : (p, p) theirs.

    Returns
    -------
    ChiSquareTest
        Where the covariance has less than full rank (fewer clusters than terms) the test is that
        of the first terms that span it, as in R, and `df` is their number. NaN on 0 degrees of
        freedom without a term, or without a variance.

    Notes
    -----
    Wald 1943. Assumes normal estimates: wrong where the likelihood is far from a parabola, such as
    close to a separation.
    """
    kept = rank_of(covariance, np.zeros(coef.size)).kept
    return _quadratic(covariance[np.ix_(kept, kept)], coef[kept])


def _full(terms: Terms, blocks: list[Block], beta: Floats, free: Indices) -> Terms:
    return terms if free.size == beta.size else sum_blocks(blocks, beta)


def _quadratic(matrix: Floats, vector: Floats) -> ChiSquareTest:
    if vector.size == 0:
        return ChiSquareTest(float("nan"), 0, float("nan"))
    scale = np.sqrt(np.diag(matrix))
    solved = np.linalg.solve(matrix / np.outer(scale, scale), vector / scale)
    chisq = float(solved @ (vector / scale))
    return ChiSquareTest(chisq, vector.size, chi2_sf(chisq, vector.size))


def _no_variation(blocks: list[Block], p: int) -> Floats:
    """(p,) information below which a term does not vary among patients at risk."""
    n = max(sum(block.n for block in blocks), 1)
    deaths = sum(
        block.n_deaths if block.weight is None else block.weight[block.death].sum()
        for block in blocks
    )
    mean = sum((block.n * block.mean for block in blocks), np.zeros(p)) / n
    square = np.zeros(p)
    for block in blocks:
        square += np.einsum("ij,ij->i", block.x, block.x) + block.n * (block.mean - mean) ** 2
    rounding = (8 * np.finfo(float).eps * np.abs(mean)) ** 2
    return deaths * (1e-13 * square / n + rounding)


def _verdicts(
    names: Sequence[str], rank: Rank, found: Maximum, blocks: list[Block]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    events = any(block.n_deaths for block in blocks)
    status, note = [ESTIMATED] * len(names), [""] * len(names)
    for j, partners in rank.alias.items():
        status[j] = NOT_ESTIMABLE
        if partners:
            note[j] = "collinear with " + ", ".join(names[k] for k in partners)
        elif not events:
            note[j] = "no events"
        elif len(blocks) > 1:
            note[j] = "does not vary among patients at risk within a stratum"
        else:
            note[j] = "does not vary among patients at risk"
    for i in found.unbounded:
        j = rank.kept[i]
        end = "+" if found.beta[i] > 0 else "-"
        status[j] = NOT_ESTIMABLE
        note[j] = f"monotone likelihood: rises without end towards {end}infinity"
    if not found.converged:
        for j in rank.kept:
            status[j] = NOT_ESTIMABLE
            note[j] = f"not converged after {found.iterations} iterations"
    return tuple(status), tuple(note)
