"""Compares the survival engine with R on sixteen data sets of R's survival package.

    python -m bench.against_r

Needs Rscript with the package survival. Printed is the worst error of every quantity in each data
set, over both tie rules, with and without strata: relative, but absolute for log-likelihoods. It
fails above 1e-9. The tests hold other data sets, with R's answers beside them, and need no R.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from multicentric.survival.concordance import fit_concordance
from multicentric.survival.cox import fit_cox
from multicentric.survival.kaplan_meier import kaplan_meier
from multicentric.survival.log_rank import log_rank
from multicentric.survival.proportional_hazards import proportional_hazards_test
from multicentric.survival.residuals import deviance_residuals, martingale_residuals
from multicentric.survival.restricted_mean import restricted_mean
from multicentric.survival.robust import cluster_sandwich

WORST = 1e-9
SHARES = (0.1, 0.25, 0.5, 0.75)
Columns = dict[str, np.ndarray]


def of_fit(data: Columns, asked: dict[str, Any]) -> Iterator[tuple[str, ArrayLike]]:
    """The engine's answers about a Cox model, by the names of R's."""
    fit = fit_cox(
        data["time"],
        data["event"],
        np.column_stack([data[name] for name in asked["terms"]]),
        asked["terms"],
        strata=data[asked["stratum"]] if asked["stratified"] else None,
        entry=data[asked["entry"]] if asked["entry"] else None,
        ties=asked["ties"],
    )
    yield "coefficients", fit.coef
    yield "errors", fit.std_error
    yield "robust", cluster_sandwich(fit, data[asked["cluster"]], correction=False).std_error
    yield "loglik", [fit.loglik_null, fit.loglik]
    yield "score", [fit.score_test.chisq]
    drifts = [proportional_hazards_test(fit, scale) for scale in ("km", "identity")]
    yield "drift", [test.chisq for drift in drifts for test in (*drift.tests, drift.overall)]
    pairs = fit_concordance(fit)
    yield "concordance", [pairs.concordance, pairs.std_error]
    squares = [(of(fit) ** 2).sum() for of in (martingale_residuals, deviance_residuals)]
    yield "residuals", squares


def of_curve(data: Columns, asked: dict[str, Any]) -> Iterator[tuple[str, ArrayLike]]:
    """The engine's answers about groups and their curve, by the names of R's."""
    outcome, group = (data["time"], data["event"]), data[asked["group"]]
    strata = (None, data[asked["stratum"]])
    yield "tests", [log_rank(*outcome, group, s, rho).chisq for rho in (0, 1) for s in strata]
    curve = kaplan_meier(*outcome, conf_type="log-log")
    yield "quantiles", np.transpose([curve.quantile(share) for share in SHARES]).ravel()
    mean = restricted_mean(curve, asked["horizon"])
    yield "mean", [mean.mean, mean.std_error]


def error(name: str, got: ArrayLike, want: list[float | None]) -> float:
    """The largest error of a quantity; infinite where one side has no number."""
    ours, theirs = np.asarray(got, dtype=float), np.array(want, dtype=float)
    if not np.array_equal(np.isnan(ours), np.isnan(theirs)):
        return float("inf")
    gap = np.abs(ours - theirs)
    if name != "loglik":
        gap /= np.where(theirs == 0, 1.0, np.abs(theirs))
    return float(np.nanmax(gap, initial=0.0))


def main() -> None:
    """Print one line per data set and quantity that R has an answer for."""
    worst: dict[str, dict[str, float]] = defaultdict(dict)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = Path(__file__).with_suffix(".R")
        subprocess.run(["Rscript", str(script), name], check=True)
        for asked in json.loads((folder / "answers.json").read_text(encoding="utf-8")):
            with (folder / f"{asked['data']}.csv").open(encoding="utf-8", newline="") as handle:
                rows = list(csv.DictReader(handle))
            data = {column: np.array([float(row[column]) for row in rows]) for column in rows[0]}
            found = of_curve(data, asked) if "horizon" in asked else of_fit(data, asked)
            seen = worst[f"{asked['data']} ({len(rows)})"]
            for quantity, got in found:
                seen[quantity] = max(seen.get(quantity, 0.0), error(quantity, got, asked[quantity]))
    for title, seen in worst.items():
        print(f"{title:19}" + "  ".join(f"{name} {value:.0e}" for name, value in seen.items()))
    overall = max(value for seen in worst.values() for value in seen.values())
    print(f"worst: {overall:.1e}")
    if not overall < WORST:
        sys.exit(f"An answer is more than {WORST:g} away from R's.")


if __name__ == "__main__":
    main()
