"""How often the intervals of a treatment effect cover it when centers differ.

    python bench/coverage.py                     2,000 studies per setting, seeds fixed
    python bench/coverage.py --runs 50

A study has 15 centers of 40 patients or 40 of 15, a log hazard ratio of -0.4 with standard
deviation tau between centers, baseline hazards that differ, one covariate, tied weeks, and about
half of the patients censored. Printed: percentage covered, and mean width on the log scale.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from multicentric.survival.center_effects import center_estimates
from multicentric.survival.cox import fit_cox
from multicentric.survival.distributions import half_width
from multicentric.survival.meta_analysis import meta_analysis
from multicentric.survival.random_slope import fit_random_slope
from multicentric.survival.robust import center_jackknife, cluster_sandwich

EFFECT = -0.4
SETTINGS = [(15, 40, 0.0), (15, 40, 0.3), (40, 15, 0.0), (40, 15, 0.3)]
Z = half_width(0.95)


def study(rng: np.random.Generator, centers: int, size: int, tau: float) -> tuple:
    """One simulated study: time, event, covariates, center."""
    center = np.repeat(np.arange(centers), size)
    arm = rng.integers(2, size=center.size)
    age = rng.normal(size=center.size)
    slope = EFFECT + tau * rng.normal(size=centers)
    level = 0.5 * rng.normal(size=centers)
    hazard = np.exp(level[center] + slope[center] * arm + 0.3 * age)
    time = np.ceil(rng.exponential(1 / hazard) * 52)
    censored = np.ceil(rng.uniform(10, 70, size=center.size))
    return np.minimum(time, censored), time <= censored, np.column_stack([arm, age]), center


def intervals(time, event, x, center) -> Iterator[tuple[str, float, float]]:
    """Each method's limits of the treatment effect."""
    names = ["arm", "age"]
    fit = fit_cox(time, event, x, names, strata=center)
    estimate = fit.coef[0]
    yield "strata, model SE (primary)", *_around(estimate, Z * fit.std_error[0])
    plain = cluster_sandwich(fit, center, correction=False)
    yield "strata, cluster SE, z", *_around(estimate, Z * plain.std_error[0])
    yield "strata, cluster x J/(J-1), t", *cluster_sandwich(fit, center).interval("arm")
    yield "strata, jackknife, t(J-1)", *center_jackknife(fit).interval("arm")
    slope = fit_random_slope(fit, "arm")
    yield "random slope, z", *_around(slope.coef[0], Z * slope.std_error[0])
    yield "random slope, t(J-1) (beside it)", *slope.interval("arm")
    alone = center_estimates(fit_cox(time, event, x[:, :1], ["arm"], strata=center), "arm")
    usable = [one for one in alone if not one.note and one.n_events >= 2]
    pooled = meta_analysis([one.coef for one in usable], [one.std_error for one in usable])
    for name, result in (
        ("two-stage REML, z", pooled.wald),
        ("two-stage REML, Hartung-Knapp", pooled.hartung_knapp),
        ("two-stage REML, HK never below fixed", pooled.hartung_knapp_floor),
    ):
        yield name, result.ci_low, result.ci_high


def _around(middle: float, half: float) -> tuple[float, float]:
    return middle - half, middle + half


def main() -> None:
    """Print a table of coverage and width per method and setting."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    runs = parser.parse_args().runs
    covered: dict[str, list[str]] = defaultdict(list)
    for number, (centers, size, tau) in enumerate(SETTINGS):
        hits, widths = defaultdict(int), defaultdict(float)
        for run in range(runs):
            rng = np.random.default_rng([20250602, number, run])
            for name, low, high in intervals(*study(rng, centers, size, tau)):
                hits[name] += low <= EFFECT <= high
                widths[name] += (high - low) / runs
        for name in hits:
            covered[name].append(f"{100 * hits[name] / runs:5.1f} ({widths[name]:.3f})")
    heads = [f"{c}x{s}, tau {t:g}" for c, s, t in SETTINGS]
    print(f"{runs} studies per setting; two standard errors of 95 %: {43.6 / math.sqrt(runs):.1f}")
    print(f"{'':38}" + "".join(f"{head:>16}" for head in heads))
    for name, cells in covered.items():
        print(f"{name:38}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
