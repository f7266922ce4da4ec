"""Hazard ratios as rows, from the logarithms that the estimators give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from multicentric.estimates.data import EstimatesPart
from multicentric.estimates.table import Estimate, interval_of
from multicentric.survival.distributions import (
    half_width,
    normal_two_sided,
    t_quantile,
    t_two_sided,
)
from multicentric.survival.observations import Floats

# A ratio or a limit below this, or above its inverse, says nothing but that the data give none.
LEAST = 1e-6


def label_of(term: str, protocol: EstimatesPart) -> dict[str, Any]:
    """Term, level and reference of one row."""
    declared = protocol.terms[term]
    return {"term": term, "level": declared.level or "", "reference": declared.reference}


def hazard_ratios(
    who: dict[str, Any],
    terms: Sequence[str],
    coefs: Floats,
    std_errors: Floats,
    notes: Sequence[str],
    protocol: EstimatesPart,
) -> Iterator[Estimate]:
    """One hazard ratio per term, with its normal interval; see `hazard_ratio`."""
    for term, coef, error, note in zip(terms, coefs, std_errors, notes, strict=True):
        yield hazard_ratio(who, term, coef, error, note, protocol)


def hazard_ratio(
    who: dict[str, Any],
    term: str,
    coef: float,
    std_error: float,
    note: str,
    protocol: EstimatesPart,
    df: float | None = None,
) -> Estimate:
    """A hazard ratio with its Wald interval and p-value: normal, or Student's t on `df`.

    Parameters
    ----------
    who
        What the row's other columns say.
    coef, std_error
        The logarithm; without one (NaN) the row has no number.
    note
        Why there is none, or what else is to be known.
    """
    level = protocol.models.interval_level
    if df is None:
        half, p_value = half_width(level) * std_error, normal_two_sided(coef / std_error)
    else:
        half = t_quantile(0.5 + level / 2, df) * std_error
        p_value = t_two_sided(coef / std_error, df)
    return ratio_of(who, term, (coef, std_error, coef - half, coef + half, p_value), note, protocol)


def ratio_of(
    who: dict[str, Any],
    term: str,
    logarithms: tuple[float, float, float, float, float],
    note: str,
    protocol: EstimatesPart,
) -> Estimate:
    """A hazard ratio from the logarithms of estimate, error and limits, and its p-value."""
    coef, std_error, low, high, p_value = logarithms
    number: dict[str, Any] = {}
    if np.isfinite(coef):
        with np.errstate(over="ignore", under="ignore"):
            value, ci_low, ci_high = (float(np.exp(log)) for log in (coef, low, high))
        if not LEAST < value < 1 / LEAST:
            note = "not shown: no number holds this ratio; the term needs another unit (per)"
        elif ci_low < LEAST and ci_high > 1 / LEAST:
            number = interval_of(value, std_error, None, None, p_value)
            note = note or "no interval: the data do not bound it"
        elif ci_low == 0 or ci_high == np.inf:
            note = "not shown: no number holds this ratio; the term needs another unit (per)"
        else:
            number = interval_of(value, std_error, ci_low, ci_high, p_value)
    stated = {**label_of(term, protocol), "statistic": "hazard_ratio", "unit": "ratio"}
    return Estimate(**(who | stated | number), note=note)
