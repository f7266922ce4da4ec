"""What a study publishes, dataset by dataset, and what stands in each at this moment.

A dataset is what people hand on and cite: a center's validated table, a pooled table, the
estimates, the report. Its state is measured from the files alone, so the same results give the same
state; time and account come in only when it is written into the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from multicentric.audit.content import Content, content_of_file
from multicentric.audit.ledger import sha256
from multicentric.dictionary import read_dictionary
from multicentric.documents import Document, Mistakes, read_document
from multicentric.fingerprint import code_digest
from multicentric.job import read_json
from multicentric.tables import read_table

# What puts the rows of our tables in order; a table has some of these columns.
KEYS = (
    "center",
    "patient_id",
    "USUBJID",
    "PARAMCD",
    "endpoint",
    "model",
    "population",
    "variable",
    "term",
    "level",
    "reference",
    "at",
    "time",
    "group",
    "statistic",
    "finding_id",
)

# How the rule of a row is called that a filter left out.
_FILTER = "filter_"

State = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """How a dataset was made, as the workflow knows it.

    Attributes
    ----------
    files
        Its files, the one that counts as the dataset itself first; paths within the study folder.
    stages
        Stage to what its rule depended on (`multicentric.fingerprint.key`, parsed).
    inputs
        Files as sent.
    decisions
        Files that people wrote: mapping, schema, study file.
    above
        Names of the datasets that it is made from.
    drop
        Date of the drop; empty for what is pooled.
    """

    files: tuple[str, ...]
    stages: Mapping[str, Any]
    inputs: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    drop: str = ""

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Made:
        """Read what the workflow wrote as plain data."""
        lists = ("files", "inputs", "decisions", "above")
        named = {name: tuple(plain.get(name, ())) for name in lists}
        return cls(stages=plain["stages"], drop=plain.get("drop", ""), **named)


def states(folder: Path, made: Mapping[str, Made]) -> dict[str, State]:
    """The state of every dataset, from its files.

    Parameters
    ----------
    folder
        The study's folder.
    made
        Dataset to how it was made; what a dataset is made from may stand before or after it.

    Returns
    -------
    dict
        Dataset to plain data without time, account, absolute path or any value of a patient.
    """
    measured = {name: _measured(folder, how) for name, how in sorted(made.items())}
    for name, how in made.items():
        measured[name]["above"] = {
            above: identity(measured[above]["files"][made[above].files[0]]) for above in how.above
        }
    return measured


def measure(path: Path) -> dict[str, Any]:
    """Size and hash of a file and, of a table, its content hash."""
    content = path.read_bytes()
    state: dict[str, Any] = {"size": len(content), "sha256": sha256(content)}
    if path.suffix == ".parquet":
        said: Content = content_of_file(path, KEYS)
        state |= {"content": said.sha256, "columns": said.columns, "rows": said.rows}
    return state


def identity(file: Mapping[str, Any]) -> str:
    """What makes a file the same: its content if it is a table, else its bytes."""
    return str(file.get("content", file["sha256"]))


def _measured(folder: Path, how: Made) -> State:
    state: State = {
        "main": how.files[0],
        "files": {name: measure(folder / name) for name in how.files},
        "stages": dict(how.stages),
        "inputs": {name: measure_input(folder / name) for name in how.inputs},
        "counts": _counts(folder, how.files),
    }
    if how.drop:
        state["drop"] = how.drop
        state["findings"] = _findings(folder, how.files)
        state["filtered"] = _filtered(folder, how.files)
        state["corrections"] = _corrections(folder, how.decisions)
        state["stale_corrections"] = _stale(folder, how.files)
        state["waivers"] = _waivers(folder, how.files)
        state["changes"] = _changes(folder, how.files)
    run = _run_of_report(folder, how.files)
    if run:
        state["run"] = run
    return state


def measure_input(path: Path) -> dict[str, Any]:
    """Size and hash of a file as sent."""
    content = path.read_bytes()
    return {"size": len(content), "sha256": sha256(content)}


def decisions(folder: Path, made: Mapping[str, Made]) -> dict[str, dict[str, Any]]:
    """Hashes of the files that people wrote, dataset by dataset.

    They stand apart from the states: a comment changes the bytes of a mapping and nothing that is
    made from it.
    """
    return {
        name: {file: measure_decision(folder / file) for file in how.decisions}
        for name, how in made.items()
    }


def measure_decision(path: Path) -> dict[str, Any]:
    """Hash of a file that people write, and the digest of what it says, comments aside."""
    state: dict[str, Any] = {"sha256": sha256(path.read_bytes())}
    try:
        if path.suffix == ".yaml":
            state["meaning"] = read_document(path, path.name).digest
        elif path.suffix == ".py":
            state["meaning"] = code_digest(path, path.parent)
    except (Mistakes, SyntaxError):
        # What cannot be read has no meaning, only bytes.
        return state
    return state


def _table(folder: Path, files: Iterable[str], part: str) -> pd.DataFrame | None:
    for name in files:
        if f"/{part}/" in name and name.endswith(".parquet"):
            return read_table(folder / name)
    return None


def _counts(folder: Path, files: tuple[str, ...]) -> dict[str, Any]:
    """How much a dataset holds, in the numbers that people ask for."""
    if not files[0].endswith(".parquet"):
        return {}
    table = read_table(folder / files[0])
    counts: dict[str, Any] = {"rows": len(table)}
    if {"center", "patient_id"} <= set(table.columns):
        counts["patients"] = len(table[["center", "patient_id"]].drop_duplicates())
        counts["centers"] = int(table["center"].nunique())
    if {"endpoint", "event"} <= set(table.columns):
        events = table.groupby("endpoint", sort=True)["event"].sum()
        counts["events"] = {str(name): int(n) for name, n in events.items()}
    if "disposition" in table.columns:
        counts["disposition"] = _tally(table, "disposition")
        reasons = table[table["disposition"] != "analysed"]
        counts["reasons"] = _tally(reasons, "reason")
        counts["analysed"] = _tally(table[table["disposition"] == "analysed"], "center")
    records = _table(folder, files, "records")
    if records is not None:
        counts |= {"records": len(records), "held": int(records["held"].sum())}
    return counts


def _tally(table: pd.DataFrame, column: str) -> dict[str, int]:
    counted = table[column].value_counts(dropna=True, sort=False)
    return {str(name): int(n) for name, n in sorted(counted.items())}


def _findings(folder: Path, files: tuple[str, ...]) -> dict[str, int]:
    found = _table(folder, files, "findings")
    return {} if found is None else _tally(found, "severity")


def _filtered(folder: Path, files: tuple[str, ...]) -> dict[str, int]:
    """Rows of the drop that a filter of the mapping left out, by the filter's id."""
    found = _table(folder, files, "findings")
    if found is None:
        return {}
    rules = _tally(found[found["rule"].str.startswith(_FILTER)], "rule")
    return {rule.removeprefix(_FILTER): n for rule, n in rules.items()}


def _stale(folder: Path, files: tuple[str, ...]) -> int:
    """How many corrections did not apply, since the cell says something else by now."""
    found = _table(folder, files, "findings")
    return 0 if found is None else int((found["rule"] == "stale_correction").sum())


def _waivers(folder: Path, files: tuple[str, ...]) -> list[str]:
    """Ids of the findings that a center's answer waives."""
    questions = _table(folder, files, "queries")
    if questions is None:
        return []
    return sorted(str(name) for name in questions.loc[questions["state"] == "waived", "finding_id"])


def _changes(folder: Path, files: tuple[str, ...]) -> dict[str, int]:
    """How many patients and cells differ from the drop before, by kind."""
    changes = _table(folder, files, "changes")
    if changes is None:
        return {}
    cells = changes[changes["kind"] == "cell_changed"]
    outcome = cells["about"].str.contains("outcome").fillna(False)
    dates = _dates(folder)
    of_dates = [bool(dates) and set(names.split(", ")) <= dates for names in cells["variables"]]
    of_patients = changes.loc[changes["kind"].str.startswith("patient_"), "kind"]
    counts = {str(kind): int(n) for kind, n in of_patients.value_counts().items()}
    moved = int((outcome & pd.Series(of_dates, cells.index, dtype=bool)).sum())
    return counts | {
        "outcome_dates": moved,
        "outcome": int(outcome.sum()) - moved,
        "other": int((~outcome).sum()),
    }


def _dates(folder: Path) -> set[str]:
    """The study's variables that are dates."""
    path = folder / "results/dictionary.json"
    known = read_dictionary(path) if path.is_file() else ()
    return {variable.name for variable in known if variable.kind == "date"}


def _corrections(folder: Path, decisions: tuple[str, ...]) -> list[str]:
    """Corrections that the mapping declares, by variable and line: no value and no patient."""
    named: list[str] = []
    for name in decisions:
        if not name.endswith("mapping.yaml"):
            continue
        document: Document = read_document(folder / name, name)
        for at, block in enumerate(document.value.get("corrections", [])):
            line = document.line(("corrections", at))
            named.append(f"{block['variable']} ({name}, line {line})")
    return named


def _run_of_report(folder: Path, files: tuple[str, ...]) -> str:
    from multicentric.audit.pdf_text import run_in

    return run_in(folder / files[0]) if files[0].endswith("report.pdf") else ""


def read_made(path: Path) -> dict[str, Made]:
    """Read how each dataset was made, as the workflow wrote it down."""
    return {name: Made.of(plain) for name, plain in read_json(path).items()}


def pooled_from(passing: list[str], told: dict[str, Any]) -> dict[str, Any]:
    """How each dataset was made, without the centers that were not pooled in what is above."""
    out = {name for name in told if name.startswith("validated/")}
    out -= {f"validated/{center}" for center in passing}
    return {
        name: {**how, "above": [above for above in how["above"] if above not in out]}
        for name, how in told.items()
    }
