"""The workflow run for real, in copies of the project.

Which jobs ran is told by their logs. Every rule names one, ``logs/<rule>.log`` or
``logs/<rule>/<center>.log``, and every script opens it as its first act; so logs/ is emptied before
a run, and what stands there afterwards ran. This asks neither Snakemake's words nor its memory.
What a dry-run announces is read from its job statistics and messages.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PARTS = (
    "Snakefile",
    "rules",
    "scripts",
    "profiles",
    "envs",
    "multicentric",
    "config",
    "schemas",
    "centers",
    "templates",
    "studies",
)
CENTERS = ("aras", "ceyhan", "dicle", "firat", "gediz", "meric")

Job = tuple[str, str]
# What readers get, made from the same tables.
REPORT = {("report", ""), ("editions", "")}
ESTIMATES = {("estimates", ""), ("curves", ""), ("diagnostics", ""), *REPORT}
POOLED = {("pool", ""), ("across_centers", ""), ("quality", ""), ("baseline", ""), *ESTIMATES}
GATE = {("gate", "")}
# They follow whenever anything else was made; test_audit.py and test_exports.py are about them.
RECORD = {("exports", ""), ("ledger", ""), ("crate", "")}


def of(rule: str, *centers: str) -> set[Job]:
    """Jobs of a rule for some centers."""
    return {(rule, center) for center in centers}


def judged(*centers: str) -> set[Job]:
    """What judges a center anew, and asks it what was found."""
    return of("validate", *centers) | of("ask", *centers)


def chain(*centers: str) -> set[Job]:
    """What makes a center anew, from its drop to its verdict and its questions."""
    return of("census", *centers) | harmonized(*centers)


def harmonized(*centers: str) -> set[Job]:
    """What harmonizes a center anew, and what follows."""
    return of("harmonize", *centers) | judged(*centers)


@dataclass(frozen=True)
class Run:
    """A finished run: exit code, what it said, and which jobs it ran."""

    code: int
    said: str
    jobs: set[Job]


class Tree:
    """A copy of the project with the example study in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def snakemake(self, *options: str, study: str = ".", **variables: str) -> Run:
        """Run the workflow with what stands in the tree, and further environment variables."""
        folder = self.folder / study
        shutil.rmtree(folder / "logs", ignore_errors=True)
        run = subprocess.run(
            [*self.command(study), *options],
            cwd=folder,
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(run.returncode, run.stdout, ran(folder))

    def announced(self, **variables: str) -> set[Job]:
        """The jobs that a dry-run announces."""
        run = self.snakemake("-n", **variables)
        assert run.code == 0, run.said
        return announced(run.said)

    def command(self, study: str = ".") -> list[str]:
        """The bare command, as a user gives it."""
        command = [sys.executable, "-m", "snakemake", "--cores", "2"]
        if study != ".":
            command += ["--snakefile", os.path.relpath("Snakefile", study), "--directory", "."]
        return command

    @property
    def environment(self) -> dict[str, str]:
        """Python as a user starts it, whatever started the tests."""
        return {name: os.environ[name] for name in os.environ if not name.startswith("PYTHON")}

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that stands once in a file."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def results(self) -> dict[str, bytes]:
        """Every result by its name."""
        results = self.folder / "results"
        return {
            path.relative_to(results).as_posix(): path.read_bytes()
            for path in sorted(results.rglob("*"))
            if path.is_file()
        }


def ran(study: Path) -> set[Job]:
    """Jobs whose log was opened."""
    logs = (path.relative_to(study / "logs") for path in (study / "logs").rglob("*.log"))
    jobs = {(log.parts[0], log.stem) if len(log.parts) > 1 else (log.stem, "") for log in logs}
    return without_record(jobs)


def announced(said: str) -> set[Job]:
    """Jobs of a dry-run: rules from the job statistics, centers from the messages."""
    counts = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", said, re.MULTILINE)}
    jobs: set[Job] = set()
    for rule in set(counts) - {"all", "total"}:
        centers = re.findall(
            rf"^ *Job \d+: {rule.capitalize()} ([a-z0-9_-]+)\.$", said, re.MULTILINE
        )
        jobs |= of(rule, *centers) if centers else {(rule, "")}
        assert len(set(centers)) in (0, counts[rule])
    return without_record(jobs)


def without_record(jobs: set[Job]) -> set[Job]:
    """Jobs without the record that follows them; the record where nothing else was made."""
    return jobs - RECORD or jobs
