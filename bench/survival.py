"""Times the survival engine against lifelines, statsmodels and R on the same simulated study.

    python bench/survival.py                     10k, 100k and 1M rows, medians of 5
    python bench/survival.py --rows 10000 --runs 3

50 uneven centers, 10 mixed covariates, tied days, about half events. Every engine runs in a process
of its own, with one BLAS thread as in the workflow, after a small fit that loads its libraries;
memory is its peak above the loaded data. Engines that are not installed are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

CENTERS, COVARIATES, SEED = 50, 10, 20250602
NAMES = [f"x{k}" for k in range(COVARIATES)]
COLUMNS = ("time", "event", "center", *NAMES)
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
ENGINES = ("engine", "lifelines", "statsmodels", "R")
SLOW = {"lifelines": 20.0, "statsmodels": 20.0}  # seconds a run may take before it is run once


def simulate(rows: int) -> np.ndarray:
    """One table (rows, columns) as COLUMNS, with a center's rows anywhere."""
    rng = np.random.default_rng(SEED)
    center = rng.choice(CENTERS, size=rows, p=rng.dirichlet(np.full(CENTERS, 2.0)))
    x = np.empty((rows, COVARIATES))
    x[:, 0::2] = rng.normal(size=(rows, COVARIATES // 2))
    x[:, 1::2] = rng.integers(2, size=(rows, COVARIATES // 2))
    effect = x @ np.linspace(-0.4, 0.4, COVARIATES) + rng.normal(scale=0.4, size=CENTERS)[center]
    survival = np.ceil(rng.exponential(np.exp(-effect)) * 900)
    censored = np.ceil(rng.uniform(30, 1100, size=rows))
    time_, event = np.minimum(survival, censored), survival <= censored
    return np.column_stack([time_, event, center, x])


def run_engine(table: np.ndarray) -> dict[str, float]:
    """The stratified fit, sorting and all."""
    from multicentric.survival.cox import fit_cox

    time_, event, center, x = table[:, 0], table[:, 1], table[:, 2], table[:, 3:]
    begin = time.perf_counter()
    fit = fit_cox(time_, event, x, NAMES, strata=center)
    return {"seconds": time.perf_counter() - begin, "first": fit.coef[0]}


def run_lifelines(table: np.ndarray) -> dict[str, float]:
    """The stratified fit of lifelines."""
    import pandas as pd
    from lifelines import CoxPHFitter

    frame = pd.DataFrame(table, columns=list(COLUMNS))
    begin = time.perf_counter()
    fit = CoxPHFitter().fit(frame, "time", "event", strata=["center"])
    return {"seconds": time.perf_counter() - begin, "first": fit.params_["x0"]}


def run_statsmodels(table: np.ndarray) -> dict[str, float]:
    """The stratified fit of statsmodels."""
    from statsmodels.duration.hazard_regression import PHReg

    begin = time.perf_counter()
    model = PHReg(table[:, 0], table[:, 3:], table[:, 1], strata=table[:, 2], ties="efron")
    fit = model.fit(disp=0)
    return {"seconds": time.perf_counter() - begin, "first": fit.params[0]}


def run_frailty(table: np.ndarray) -> dict[str, float]:
    """Gamma frailty by center: the fit without it, the maximum, its interval and test."""
    from multicentric.survival.cox import fit_cox
    from multicentric.survival.frailty import fit_frailty

    begin = time.perf_counter()
    plain = fit_cox(table[:, 0], table[:, 1], table[:, 3:], NAMES)
    frailty = fit_frailty(plain, table[:, 2], "gamma")
    return {"seconds": time.perf_counter() - begin, "first": frailty.theta}


def run_added_center(table: np.ndarray) -> dict[str, float]:
    """The fiftieth center's block, and the fit from the estimate of the other 49."""
    from multicentric.survival.block import make_block
    from multicentric.survival.cox import fit_blocks, fit_cox
    from multicentric.survival.observations import observations

    last = table[:, 2] == CENTERS - 1
    rest = table[~last]
    cached = fit_cox(rest[:, 0], rest[:, 1], rest[:, 3:], NAMES, strata=rest[:, 2])
    own = table[last]
    begin = time.perf_counter()
    block = make_block(
        CENTERS - 1, np.arange(len(own)), observations(own[:, 0], own[:, 1]), own[:, 3:]
    )
    fit = fit_blocks([*cached.blocks, block], NAMES, start=cached.beta)
    return {
        "seconds": time.perf_counter() - begin,
        "first": fit.coef[0],
        "steps": fit.iterations,
    }


R_SCRIPT = """
args <- commandArgs(TRUE); library(survival)
m <- matrix(readBin(args[1], "double", n = as.integer(args[2]) * 13L), ncol = 13)
d <- as.data.frame(m); names(d) <- c("time", "event", "center", paste0("x", 0:9))
rm(m); invisible(gc(reset = TRUE)); base <- sum(gc()[, 6])
f <- as.formula(paste("Surv(time, event) ~", paste0("x", 0:9, collapse = "+"), "+ strata(center)"))
for (i in seq_len(as.integer(args[3]))) {
  s <- system.time(fit <- coxph(f, d))[["elapsed"]]
  mib <- sum(gc()[, 6]) - base
  cat(sprintf('{"seconds": %.6f, "first": %.15g, "mib": %.1f}\\n', s, coef(fit)[1], mib))
}
"""


def resident() -> float:
    """Memory in use now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def one(name: str, path: str) -> None:
    """Run one engine on a saved table and print what it took."""
    table = np.load(path)
    task = {
        "engine": run_engine,
        "lifelines": run_lifelines,
        "statsmodels": run_statsmodels,
        "frailty": run_frailty,
        "added center": run_added_center,
    }[name]
    task(table[:2000])
    base = resident()
    result = task(table)
    result["mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - base
    print(json.dumps(result))


def measure(name: str, folder: Path, rows: int, runs: int) -> dict[str, float] | None:
    """Medians over the runs of one engine, None when it is not installed."""
    results = []
    environment = os.environ | ONE_THREAD
    if name == "R":
        if not shutil.which("Rscript"):
            return None
        script = folder / "fit.R"
        script.write_text(R_SCRIPT)
        call = ["Rscript", str(script), str(folder / "table.bin"), str(rows), str(runs)]
        done = subprocess.run(call, capture_output=True, text=True, check=True, env=environment)
        results = [json.loads(line) for line in done.stdout.splitlines()]
    else:
        if name in ("lifelines", "statsmodels") and find_spec(name) is None:
            return None
        for _ in range(runs):
            call = [sys.executable, __file__, "--one", name, str(folder / "table.npy")]
            done = subprocess.run(call, capture_output=True, text=True, check=True, env=environment)
            results.append(json.loads(done.stdout))
            if results[0]["seconds"] > SLOW.get(name, float("inf")):
                break
    median = {key: statistics.median(r[key] for r in results) for key in results[0]}
    return median | {"runs": len(results)}


def main() -> None:
    """Print one line per engine and size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", nargs=2, metavar=("ENGINE", "TABLE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(*options.one)
        return
    print(f"{'rows':>9}  {'engine':<13} {'seconds':>9} {'MiB':>7}  {'runs':>4}  ratio")
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            table = simulate(rows)
            np.save(folder / "table.npy", table)
            table.T.tofile(folder / "table.bin")
            del table
            extra = ("frailty", "added center") if rows == 100_000 else ()
            ours = None
            for engine in (*ENGINES, *extra):
                got = measure(engine, folder, rows, options.runs)
                if got is None:
                    print(f"{rows:>9}  {engine:<13} not installed")
                    continue
                ours = ours or got
                if engine not in extra:
                    assert abs(got["first"] - ours["first"]) < 1e-5, f"{engine} has another answer"
                steps = f"  {got['steps']:.0f} Newton steps" if "steps" in got else ""
                print(
                    f"{rows:>9}  {engine:<13} {got['seconds']:>9.3f} {got['mib']:>7.0f}  "
                    f"{got['runs']:>4}  {got['seconds'] / ours['seconds']:.1f}x{steps}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
