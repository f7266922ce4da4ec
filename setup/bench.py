"""Times what a user waits for: a run from clean, a run after one center changed, and a no-op.

It works on a copy, so that no result of the clone is touched. CPU time and peak memory per stage
are sampled from the processes that Snakemake starts, which are told apart by their script's name.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
SAMPLE_EVERY = 0.05  # seconds
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".snakemake", "results", "logs", "__pycache__", ".*_cache", ".hypothesis"
)


def stage(command: list[str]) -> str:
    """Return the script that a process runs; Snakemake copies it to `<random>.<script>.py`."""
    scripts = [Path(word).stem for word in command[:3] if word.endswith(".py")]
    return scripts[0].split(".")[-1] if scripts else "snakemake"


def run(study: Path) -> tuple[float, dict[str, dict[str, float]]]:
    """Run the workflow; return its seconds, and CPU seconds and peak MB by stage."""
    used: dict[tuple[str, int], tuple[float, float]] = {}
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        workflow = psutil.Popen(
            [sys.executable, "-m", "snakemake", "--cores", "2"],
            cwd=study,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        while workflow.poll() is None:
            for process in [workflow, *workflow.children(recursive=True)]:
                try:
                    name, cpu = stage(process.cmdline()), process.cpu_times()
                    memory = process.memory_info().rss / 1e6
                except psutil.NoSuchProcess:  # it ended since it was listed
                    continue
                _, peak = used.get((name, process.pid), (0.0, 0.0))
                used[name, process.pid] = (cpu.user + cpu.system, max(peak, memory))
            time.sleep(SAMPLE_EVERY)
        seconds = time.perf_counter() - start
        if workflow.returncode:
            output.seek(0)
            sys.exit(f"{output.read()}\nThe workflow failed; nothing to time.")
    stages: dict[str, dict[str, float]] = defaultdict(lambda: {"jobs": 0, "cpu": 0, "peak": 0})
    for (name, _), (cpu_seconds, peak) in used.items():
        row = stages[name]
        row["jobs"] += 1
        row["cpu"] += cpu_seconds
        row["peak"] = max(row["peak"], peak)
    return seconds, stages


def drop_last_row(study: Path) -> Path:
    """Take the last row from the first center file in CSV, and return the file."""
    extract = min(study.glob("centers/*/*/*.csv"))
    rows = extract.read_bytes().splitlines(keepends=True)
    extract.write_bytes(b"".join(rows[:-1]))
    return extract


def tell(what: str, limit: int, study: Path) -> bool:
    """Run the workflow, print what it cost beside what it may cost; say whether it kept to that."""
    seconds, stages = run(study)
    print(f"{what}: {seconds:.1f} s (at most {limit} s)")
    for name, row in sorted(stages.items(), key=lambda item: -item[1]["cpu"]):
        print(f"  {name:<24}{row['jobs']:>4.0f} x {row['cpu']:>7.1f} s CPU {row['peak']:>7.0f} MB")
    return seconds <= limit


def main() -> None:
    """Time the three runs."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        shutil.copytree(ROOT, study, ignore=NOT_COPIED)
        kept = [tell("from clean", 60, study)]
        extract = drop_last_row(study)
        kept.append(tell(f"one patient less in {extract.relative_to(study)}", 25, study))
        kept.append(tell("nothing changed", 4, study))
    if not all(kept):
        sys.exit("A run took longer than it may; measure on an idle machine before you believe it.")


if __name__ == "__main__":
    main()
