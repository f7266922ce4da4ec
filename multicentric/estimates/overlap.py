"""How far the groups overlap in what the primary model adjusts for: propensity scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from multicentric.estimates.data import EstimatesPart
from multicentric.estimates.regression import Cases, complete_cases
from multicentric.survival.logistic import fit_logistic
from multicentric.survival.two_groups import compare_two_groups

# A smaller group tells too little of its range.
FEWEST = 10
# The histogram is as fine as it can be with no more bins than this.
WIDTHS = (0.01, 0.02, 0.05)
MOST_BINS = 24
SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def overlap(patients: pd.DataFrame, protocol: EstimatesPart) -> Iterator[dict[str, Any]]:
    """Rows on the propensity score of each exposed group against the reference.

    The score is the probability of the exposed group by a logistic model of the factors of the
    primary model other than the exposure, among its complete cases of both groups (Rosenbaum &
    Rubin 1983). The center is not in it: where the primary model has strata it compares patients
    of one center only, so that centers need not overlap, and a center with one of the groups alone,
    of whom the model learns nothing on the exposure, would separate them. These are counted.

    Yields
    ------
    dict
        `compared` is the exposed group, `level` the group whose patients a row is about, `n` their
        number. The kinds are those of `multicentric.estimates.diagnostics.diagnostics`.
    """
    exposure = protocol.exposure
    exposed = [group for group in exposure.groups if group != exposure.reference]
    if not exposed:
        note = "not estimable: there is one group only"
        yield {"kind": "overlap_concordance", "note": note}
        return
    cases = complete_cases(patients, protocol.models.adjusted, protocol)
    for group in exposed:
        for row in _of_pair(cases, group, protocol):
            yield {"compared": group, **row}


def _of_pair(cases: Cases, exposed: str, protocol: EstimatesPart) -> Iterator[dict[str, Any]]:
    exposure = protocol.exposure
    pair = (exposed, exposure.reference)
    group = cases.patients[exposure.variable].to_numpy(str)
    here = {level: group == level for level in pair}
    counts = {level: int(members.sum()) for level, members in here.items()}
    factors = [
        place
        for place, term in enumerate(cases.terms)
        if term != exposure.term and protocol.terms[term].variable != exposure.variable
    ]
    both = here[exposed] | here[exposure.reference]
    note = ""
    if not factors:
        note = "not estimable: the primary model has no factor beside the exposure"
    elif min(counts.values()) < FEWEST:
        note = "not estimable: fewer than ten complete cases in a group"
    else:
        fit = fit_logistic(here[exposed][both], cases.matrix[np.ix_(both, factors)])
        nothing = "not estimable: no factor varies" if np.isnan(fit.coef).all() else ""
        note = fit.note or nothing
    if note:
        yield {"kind": "overlap_concordance", "note": note, "n": int(both.sum())}
        return
    # Patients with the same factors have the same score to the last digit.
    probability = np.full(group.size, np.nan)
    probability[both] = fit.probability.round(12)
    scores = {level: probability[here[level]] for level in pair}
    pairs = counts[exposed] * counts[exposure.reference]
    edges = _bins(probability[both])
    yield {
        "kind": "overlap_concordance",
        "value": compare_two_groups(scores[exposed], scores[exposure.reference]).rank_sum / pairs,
        "n": int(both.sum()),
    }
    for level, other in (pair, pair[::-1]):
        own, theirs = scores[level], scores[other]
        who = {"level": level, "n": counts[level]}
        for share, value in zip(SHARES, np.quantile(own, SHARES), strict=True):
            yield {"kind": "overlap_score", "x": share, "value": value, **who}
        outside = int(((own < theirs.min()) | (own > theirs.max())).sum())
        yield {"kind": "overlap_outside", "value": outside, **who}
        alone = ~np.isin(cases.center[here[level]], cases.center[here[other]])
        yield {"kind": "overlap_center", "value": int(alone.sum()), **who}
        found, _ = np.histogram(own, edges)
        for left, n in zip(edges[:-1], found, strict=True):
            who = {"level": level, "x": left, "n": int(n)}
            yield {"kind": "overlap_bin", "value": n / own.size, **who}


def _bins(scores: np.ndarray) -> np.ndarray:
    """Edges of bins around all scores, with an empty one on both sides where there is room."""
    for width in WIDTHS:
        low = max(int(scores.min() / width) - 1, 0)
        high = min(int(scores.max() / width) + 2, round(1 / width))
        if high - low <= MOST_BINS:
            break
    # From whole numbers, so that the same edge is the same number everywhere.
    return np.arange(low, high + 1) / round(1 / width)
