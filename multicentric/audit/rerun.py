"""The study built anew in a scratch folder, and held to what was published."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from multicentric import ENGINE
from multicentric.audit.entries import latest
from multicentric.audit.ledger import read_ledger
from multicentric.audit.verify import ALTERED, Item, compare

# What a study folder holds of what people wrote and sent.
STUDY = ("config", "schemas", "centers")


def rebuild(folder: Path, ledger: str, cores: int) -> list[Item]:
    """Make every dataset anew from drops and decisions, and compare with the ledger.

    Parameters
    ----------
    folder
        The study's folder; nothing in it is written.
    ledger
        Path of the ledger within it.
    cores
        How many jobs run at a time.
    """
    entries = latest(read_ledger(folder / ledger))
    published = [entry for entry in entries.values() if entry["kind"] == "dataset"]
    with tempfile.TemporaryDirectory(prefix="multicentric-") as scratch:
        study = Path(scratch) / "study"
        study.mkdir(mode=0o700)
        for part in STUDY:
            if (folder / part).is_dir():
                shutil.copytree(folder / part, study / part)
        # A release for readers outside is held to the last one, so that one is an input, too.
        releases = Path(ledger).parent / "releases"
        if (folder / releases).is_dir():
            shutil.copytree(folder / releases, study / releases)
        said = _run(study, cores)
        items = [
            replace(item, name=f"{item.name} rebuilt")
            for entry in published
            for item in _compared(study, entry)
        ]
    return items if said is None else [Item("the study rebuilt", ALTERED, said), *items]


def _compared(study: Path, entry: dict) -> Iterator[Item]:
    for name, measured in entry["files"].items():
        yield compare(study / name, name, measured, f"version {entry['version']}")


def _run(study: Path, cores: int) -> str | None:
    """Run the workflow; None, or the last thing it said when it failed."""
    snakefile = os.path.relpath(ENGINE / "Snakefile", study)
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", str(cores), "--snakefile", snakefile],
        cwd=study,
        env={**os.environ, "PYTHONPATH": ENGINE.as_posix()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if run.returncode == 0:
        return None
    said = [line for line in run.stdout.splitlines() if line.strip()]
    return f"the workflow ended with exit code {run.returncode} ({said[-1] if said else 'silent'})."
