"""Standard errors that trust the centers to be independent, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .cox import ChiSquareTest, CoxFit, wald_test
from .distributions import chi2_sf, t_quantile, t_two_sided
from .observations import Floats, codes
from .residuals import dfbeta, score_residuals


@dataclass(frozen=True)
class RobustFit:
    """Standard errors of `names` from `n_clusters` clusters, to be read with t on `df`.

    `covariance` carries the correction named in `method`; NaN for terms without an estimate, and
    everywhere (with `note`) when there are fewer than two clusters.
    """

    names: tuple[str, ...]
    coef: Floats
    std_error: Floats
    covariance: Floats
    n_clusters: int
    df: int
    method: str
    note: str

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Confidence limits of a coefficient, with Student's t on J - 1 degrees of freedom."""
        j = self.names.index(name)
        half = t_quantile(0.5 + level / 2, self.df) * self.std_error[j]
        return float(self.coef[j] - half), float(self.coef[j] + half)

    def p_value(self, name: str) -> float:
        """Two-sided p-value of a coefficient against 0, with t on J - 1 degrees of freedom."""
        j = self.names.index(name)
        return t_two_sided(self.coef[j] / self.std_error[j], self.df)

    def wald(self) -> ChiSquareTest:
        """Whether all estimated coefficients are 0, as a chi-square."""
        known = np.flatnonzero(~np.isnan(self.coef))
        return wald_test(self.coef[known], self.covariance[np.ix_(known, known)])


def cluster_sandwich(fit: CoxFit, cluster: ArrayLike, correction: bool = True) -> RobustFit:
    """The grouped infinitesimal jackknife.

    Parameters
    ----------
    fit : a fitted model, stratified or not.
    cluster : (n,) label of each row's cluster (center), in the order of the rows fitted.
    correction : multiply the variance by J/(J - 1); without it the result is R's
        `coxph(cluster=)`, which is too small when centers are few.

    Notes
    -----
    Lin & Wei 1989 with rows summed by cluster. Clusters that never meet an event add nothing and
    are not counted in J. Assumes that clusters are independent of each other, and nothing within
    them. Needs about ten clusters even with the correction. NaN with a note for fewer than two
    clusters that carry information, and for terms without an estimate.
    """
    code, levels = codes(cluster, fit.n, "cluster")
    moved = dfbeta(fit)
    grouped = np.zeros((levels.size, moved.shape[1]))
    np.add.at(grouped, code, moved)
    estimated = fit.estimated
    active = int(np.count_nonzero(np.abs(grouped[:, estimated]).max(axis=1, initial=0) > 0))
    covariance = grouped.T @ grouped
    method = "infinitesimal jackknife by cluster"
    if correction and active > 1:
        covariance = covariance * active / (active - 1)
        method += " x J/(J-1)"
    return _robust(fit, covariance, active, method)


def center_jackknife(fit: CoxFit) -> RobustFit:
    """The leave-one-center-out jackknife of a fit whose strata are the centers.

    Every center's block is taken out in turn and one Newton step made from the estimate:
    beta - (I - I_c)^-1 u_c. The variance is (J - 1)/J times the sum of squared distances from the
    estimate, over the J centers that carry information.

    Notes
    -----
    Lipsitz, Dear & Zhao 1994. Assumes independent centers. NaN with a note for fewer than two that
    carry information. When the model has no answer without one of the centers, that
    center's term is a step of the pseudo-inverse and `note` says so.
    """
    estimated = fit.estimated
    square = np.ix_(estimated, estimated)
    whole = fit.at_beta.information
    terms = [block.block_terms(fit.beta) for block in fit.blocks]
    informative = [t for t in terms if t.information[square].any()]
    j = len(informative)
    covariance = np.zeros((len(fit.names), len(fit.names)))
    lost = 0
    for t in informative:
        rest = (whole - t.information)[square]
        scale = np.sqrt(np.maximum(np.diag(whole)[estimated], 1e-300))
        scaled = rest / np.outer(scale, scale)
        values = np.linalg.eigvalsh(scaled)
        if values.min(initial=1.0) < 1e-10:
            lost += 1
        step = np.linalg.pinv(scaled, rcond=1e-10, hermitian=True) @ (t.score[estimated] / scale)
        step = step / scale
        covariance[square] += np.outer(step, step)
    note = f"{lost} center(s) the model cannot do without" if lost else ""
    covariance *= (j - 1) / j if j else np.nan
    return _robust(fit, covariance, j, "leave-one-center-out jackknife", note)


def robust_score_test(fit: CoxFit, cluster: ArrayLike) -> ChiSquareTest:
    """The score test of all terms at 0 with the variance taken between clusters.

    Lin & Wei 1989; `cluster` (n,) as in `cluster_sandwich`, with its assumption. Its degrees of
    freedom are the rank of that variance; p NaN where that is 0.
    """
    code, levels = codes(cluster, fit.n, "cluster")
    residuals = score_residuals(fit, np.zeros(len(fit.names)))[:, fit.free]
    for block in fit.blocks:
        if block.weight is not None:
            residuals[block.rows] *= block.weight[:, None]
    grouped = np.zeros((levels.size, residuals.shape[1]))
    np.add.at(grouped, code, residuals)
    total, spread = grouped.sum(axis=0), grouped.T @ grouped
    df = int(np.linalg.matrix_rank(spread, hermitian=True)) if spread.size else 0
    if df == 0:
        return ChiSquareTest(float("nan"), 0, float("nan"))
    chisq = float(total @ np.linalg.pinv(spread, hermitian=True) @ total)
    return ChiSquareTest(chisq, df, chi2_sf(chisq, df))


def _robust(
    fit: CoxFit, covariance: Floats, clusters: int, method: str, note: str = ""
) -> RobustFit:
    covariance = covariance.copy()
    lost = np.isnan(fit.coef)
    covariance[lost] = np.nan
    covariance[:, lost] = np.nan
    if clusters < 2:
        covariance[:] = np.nan
        note = f"not estimable: {clusters} informative cluster(s)"
    return RobustFit(
        names=fit.names,
        coef=fit.coef,
        std_error=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        n_clusters=clusters,
        df=max(clusters - 1, 0),
        method=method,
        note=note,
    )
