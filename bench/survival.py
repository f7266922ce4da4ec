"""Times the survival engine against lifelines, statsmodels and R on the same simulated study.

    python -m bench.survival                     10k, 100k and 1M rows, medians of 5
    python -m bench.survival --rows 10000 --runs 3

50 uneven centers, 10 mixed covariates, tied days, about half events. Every engine runs in a process
of its own, with one BLAS thread as in the workflow, after a small fit that loads its libraries;
memory is its peak above the loaded data. Told are CPU seconds, which others at work on the machine
change least, and the seconds that passed. An engine that takes longer than SLOW is run once, and
the line says so; one that is not installed is left out, and the line says that.
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
SLOW = 20.0  # CPU seconds; what takes longer is run once
# What the engine is held to, by what is timed and how many rows: CPU seconds and MiB.
GOALS = {("engine", 1_000_000): (3.0, 400.0), ("frailty", 100_000): (1.5, float("inf"))}
MOST_EVALUATIONS = 3


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


class Clock:
    """Seconds from now on: of this process, and on the wall."""

    def __init__(self) -> None:
        """Start."""
        self.cpu, self.wall = time.process_time(), time.perf_counter()

    def told(self, first: float) -> dict[str, float]:
        """What a run took, and the first number of its answer."""
        cpu, wall = time.process_time() - self.cpu, time.perf_counter() - self.wall
        return {"cpu": cpu, "seconds": wall, "first": float(first)}


def run_engine(table: np.ndarray) -> dict[str, float]:
    """The stratified fit, sorting and all."""
    from multicentric.survival.cox import fit_cox

    time_, event, center, x = table[:, 0], table[:, 1], table[:, 2], table[:, 3:]
    clock = Clock()
    fit = fit_cox(time_, event, x, NAMES, strata=center)
    return clock.told(fit.coef[0])


def run_lifelines(table: np.ndarray) -> dict[str, float]:
    """The stratified fit of lifelines."""
    import pandas as pd
    from lifelines import CoxPHFitter

    frame = pd.DataFrame(table, columns=list(COLUMNS))
    clock = Clock()
    fit = CoxPHFitter().fit(frame, "time", "event", strata=["center"])
    return clock.told(fit.params_["x0"])


def run_statsmodels(table: np.ndarray) -> dict[str, float]:
    """The stratified fit of statsmodels."""
    from statsmodels.duration.hazard_regression import PHReg

    clock = Clock()
    model = PHReg(table[:, 0], table[:, 3:], table[:, 1], strata=table[:, 2], ties="efron")
    fit = model.fit(disp=0)
    return clock.told(fit.params[0])


def run_frailty(table: np.ndarray) -> dict[str, float]:
    """Gamma frailty by center: the fit without it, the maximum, its interval and test."""
    from multicentric.survival.cox import fit_cox
    from multicentric.survival.frailty import fit_frailty

    clock = Clock()
    plain = fit_cox(table[:, 0], table[:, 1], table[:, 3:], NAMES)
    frailty = fit_frailty(plain, table[:, 2], "gamma")
    return clock.told(frailty.theta)


def run_added_center(table: np.ndarray) -> dict[str, float]:
    """The fiftieth center's block, and the fit from where the other 49 stand."""
    from multicentric.survival.block import Block, make_block
    from multicentric.survival.cox import add_block, fit_cox
    from multicentric.survival.observations import observations

    last = table[:, 2] == CENTERS - 1
    rest = table[~last]
    cached = fit_cox(rest[:, 0], rest[:, 1], rest[:, 3:], NAMES, strata=rest[:, 2])
    own = table[last]
    counted, evaluate = [0], Block.terms_at

    def count(block: Block, *given: np.ndarray) -> object:
        counted[0] += block is cached.blocks[0]
        return evaluate(block, *given)

    Block.terms_at = count
    clock = Clock()
    block = make_block(
        CENTERS - 1, np.arange(len(own)), observations(own[:, 0], own[:, 1]), own[:, 3:]
    )
    told = clock.told(add_block(cached, block).coef[0])
    Block.terms_at = evaluate
    assert counted[0] <= MOST_EVALUATIONS, f"{counted[0]} evaluations of a cached center"
    return told | {"evaluations": counted[0]}


R_SCRIPT = """
args <- commandArgs(TRUE); library(survival)
m <- matrix(readBin(args[1], "double", n = as.integer(args[2]) * 13L), ncol = 13)
d <- as.data.frame(m); names(d) <- c("time", "event", "center", paste0("x", 0:9))
rm(m); invisible(gc(reset = TRUE)); base <- sum(gc()[, 6])
f <- as.formula(paste("Surv(time, event) ~", paste0("x", 0:9, collapse = "+"), "+ strata(center)"))
for (i in seq_len(as.integer(args[3]))) {
  s <- system.time(fit <- coxph(f, d))
  mib <- sum(gc()[, 6]) - base
  cat(sprintf('{"cpu": %.6f, "seconds": %.6f, "first": %.15g, "mib": %.1f}\\n',
              s[["user.self"]] + s[["sys.self"]], s[["elapsed"]], coef(fit)[1], mib))
  if (s[["user.self"]] > as.numeric(args[4])) break
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
    environment = os.environ | ONE_THREAD
    if name == "R":
        if not shutil.which("Rscript"):
            return None
        script = folder / "fit.R"
        script.write_text(R_SCRIPT)
        call = ["Rscript", str(script), str(folder / "table.bin"), str(rows), str(runs)]
        call.append(str(SLOW))
        done = subprocess.run(call, capture_output=True, text=True, check=True, env=environment)
        results = [json.loads(line) for line in done.stdout.splitlines()]
    else:
        if name in ("lifelines", "statsmodels") and find_spec(name) is None:
            return None
        results = []
        while len(results) < runs and not (results and results[0]["cpu"] > SLOW):
            call = [sys.executable, "-m", "bench.survival", "--one", name]
            call.append(str(folder / "table.npy"))
            done = subprocess.run(call, capture_output=True, text=True, check=True, env=environment)
            results.append(json.loads(done.stdout))
    median = {key: statistics.median(r[key] for r in results) for key in results[0]}
    return median | {"runs": len(results)}


def line(rows: int, name: str, got: dict[str, float], ours: dict[str, float], runs: int) -> str:
    """One engine's line of the table."""
    told = (
        f"{rows:>9}  {name:<13} {got['cpu']:>9.3f} {got['seconds']:>9.3f} {got['mib']:>7.0f}  "
        f"{got['runs']:>4}  {got['cpu'] / ours['cpu']:>6.1f}"
    )
    if got["runs"] < runs:
        told += f"  run once, above {SLOW:g} s"
    if "evaluations" in got:
        told += f"  {got['evaluations']:.0f} evaluations of each cached center"
    if (name, rows) in GOALS:
        seconds, mib = GOALS[name, rows]
        kept = got["cpu"] <= seconds and got["mib"] <= mib
        told += f"  goal {seconds:g} s" + (f", {mib:g} MiB" if mib < float("inf") else "")
        told += ": kept" if kept else ": NOT kept"
    return told


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
    heads = f"{'CPU s':>9} {'seconds':>9} {'MiB':>7}  {'runs':>4}  {'CPU / ours':>6}"
    print(f"{'rows':>9}  {'engine':<13} {heads}")
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
                print(line(rows, engine, got, ours, options.runs), flush=True)


if __name__ == "__main__":
    main()
