"""A run in three lines: centers, patients, queries. It reads results and nothing else."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from multicentric.gate import told
from multicentric.job import read_json
from multicentric.tables import read_table

ASKED = ("block", "query")


class NoResults(Exception):
    """There is nothing to sum up, in one sentence."""


def summary(results: Path) -> list[str]:
    """The path of the report, then a line each on centers, patients and queries.

    Parameters
    ----------
    results
        The folder ``results`` of a study.

    Raises
    ------
    NoResults
        The study has not come as far as the gate.
    """
    gate, report = results / "gate" / "status.json", results / "report.pdf"
    if not gate.is_file():
        raise NoResults(f"{gate} does not exist yet; run snakemake first.")
    status = read_json(gate)
    return [
        _report(report, status["stop"]),
        _centers(status["centers"]),
        _patients(results / "pooled" / "disposition.parquet"),
        _queries(status["centers"], results / "findings"),
    ]


def _report(report: Path, stop: str) -> str:
    if stop:
        return stop.partition("\n")[0]
    return report.as_posix() if report.is_file() else f"{report} does not exist yet."


def _centers(centers: list[dict[str, Any]]) -> str:
    out = told(centers)
    line = f"Centers: {sum(entry['state'] == 'ready' for entry in centers)} of {len(centers)}"
    return f"{line}. {' '.join(out)}" if out else line


def _patients(disposition: Path) -> str:
    if not disposition.is_file():
        return "Patients: none is analyzed"
    counts = Counter(read_table(disposition, ["disposition"])["disposition"])
    others = [f"{counts[name]} {name}" for name in ("excluded", "quarantined", "duplicate")]
    analysed = f"{counts['analysed']} analyzed of {counts.total()} records sent"
    return f"Patients: {analysed} ({', '.join(others)})"


def _queries(centers: list[dict[str, Any]], findings: Path) -> str:
    asked = Counter({entry["center"]: entry["queries"] for entry in centers})
    for path in sorted(findings.glob("_*.parquet")):
        # What the gate found is in its own entries already.
        if path.stem != "_gate":
            found = read_table(path, ["center", "severity"])
            found = found[found["severity"].isin(ASKED)]
            asked.update(found["center"].fillna(path.stem.removeprefix("_unassigned_")))
    by_center = ", ".join(f"{center} {n}" for center, n in sorted(asked.items()) if n)
    return f"Queries: {asked.total()} open ({by_center})" if by_center else "Queries: none open"
