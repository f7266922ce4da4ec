"""What a result can and cannot say: unmeasured confounding, power, and a null result's verdict."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from .distributions import half_width, normal_quantile

RELEVANT_DIFFERENCE = "relevant difference"
NO_RELEVANT_DIFFERENCE = "no relevant difference"
DIFFERENCE = "difference"
DIFFERENCE_WITHIN_MARGIN = "difference within the margin"
INCONCLUSIVE = "inconclusive"


class EValue(NamedTuple):
    """E-values of an estimate and of the limit of its interval nearer to no effect."""

    estimate: float
    limit: float


class Power(NamedTuple):
    """Power at the events seen, and the hazard ratio (below 1) they detect with `target` power."""

    power: float
    target: float
    detectable_hazard_ratio: float


def e_value(hazard_ratio: float, ci_low: float, ci_high: float, *, common_outcome: bool) -> EValue:
    """How strong an unmeasured confounder would have to be to explain a hazard ratio away.

    The risk ratio it would need with both exposure and outcome (VanderWeele & Ding 2017); 1 for
    an interval that contains 1. With a `common_outcome` (above 15 % by the end of follow-up) the
    hazard ratio is first turned into an approximate risk ratio. NaN for a NaN estimate, infinity
    for one, or a limit, of 0 or infinity. Assumes that the confounder is the only bias.
    """
    estimate = _e_value(hazard_ratio, common_outcome)
    if np.isnan(hazard_ratio):
        return EValue(float("nan"), float("nan"))
    if ci_low <= 1 <= ci_high:
        return EValue(estimate, 1.0)
    nearer = ci_low if hazard_ratio > 1 else ci_high
    return EValue(estimate, _e_value(nearer, common_outcome))


def power_at_events(
    n_events: int,
    hazard_ratio: float,
    share_exposed: float,
    *,
    level: float = 0.95,
    target: float = 0.8,
) -> Power:
    """Power of a two-sided log-rank or Cox test with the number of events observed.

    Parameters
    ----------
    n_events : events in both groups together.
    hazard_ratio : the effect declared worth finding, not the one found.
    share_exposed : share of the patients exposed, strictly between 0 and 1.

    Notes
    -----
    Schoenfeld 1983. Assumes proportional hazards and groups not confounded with other covariates.
    """
    if not 0 < share_exposed < 1:
        raise ValueError(f"share_exposed must lie between 0 and 1, not {share_exposed}.")
    if not hazard_ratio > 0 or hazard_ratio == 1:
        raise ValueError(f"hazard_ratio must be positive and not 1, it is {hazard_ratio}.")
    z = half_width(level)
    information = np.sqrt(n_events * share_exposed * (1 - share_exposed))
    shift = abs(np.log(hazard_ratio)) * information
    power = special.ndtr(shift - z) + special.ndtr(-shift - z)
    with np.errstate(divide="ignore"):
        detectable = np.exp(-(z + normal_quantile(target)) / np.float64(information))
    return Power(float(power), target, float(detectable))


def verdict(ci_low: float, ci_high: float, margin_low: float, margin_high: float) -> str:
    """What an interval of a ratio says against a declared margin around 1.

    Returns "relevant difference" (wholly beyond the margin), "difference" (excludes 1, in part
    beyond the margin), "difference within the margin" (excludes 1, inside the margin), "no relevant
    difference" (contains 1, inside the margin) or "inconclusive" (contains 1 and reaches beyond the
    margin, or is not known). A
    margin with one infinite side asks for non-inferiority only (Piaggio et al. 2012). Assumes a
    margin fixed before the data were seen.
    """
    if not 0 <= margin_low < 1 < margin_high:
        raise ValueError(f"the margin {margin_low} to {margin_high} does not enclose 1.")
    inside = margin_low < ci_low and ci_high < margin_high
    if ci_low > margin_high or ci_high < margin_low:
        return RELEVANT_DIFFERENCE
    if ci_low > 1 or ci_high < 1:
        return DIFFERENCE_WITHIN_MARGIN if inside else DIFFERENCE
    return NO_RELEVANT_DIFFERENCE if inside else INCONCLUSIVE


def _e_value(hazard_ratio: float, common_outcome: bool) -> float:
    if hazard_ratio == 0 or np.isinf(hazard_ratio):
        return float("inf")
    ratio = 1 / hazard_ratio if hazard_ratio < 1 else hazard_ratio
    if common_outcome:
        root = np.sqrt(ratio)
        ratio = (1 - 0.5**root) / (1 - 0.5 ** (1 / root))
    return float(ratio + np.sqrt(ratio * (ratio - 1)))
