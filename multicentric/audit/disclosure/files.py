"""The disclosure gate between files: exact results in, what may be shown out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from multicentric.audit.disclosure.shareable import Results, Shareable
from multicentric.job import read_json, write_json
from multicentric.report.inputs import with_later_questions
from multicentric.tables import read_table, write_table

# What the gate reads, below ``results/``.
FILES = {
    "status": "gate/status.json",
    "estimates": "estimates.parquet",
    "baseline": "baseline.parquet",
    "disposition": "pooled/disposition.parquet",
    "questions": "pooled/questions.parquet",
    "patients": "pooled/patients.parquet",
    "times": "pooled/time_to_event.parquet",
}
# What the report asks for and nobody outside gets a row of.
_EMPTIED = ("quality", "questions")


def read_results(files: Mapping[str, str]) -> Results:
    """Read what the gate decides on; paths under the names of `FILES`."""
    tables = {name: read_table(Path(files[name])) for name in FILES if name != "status"}
    questions, disposition = tables.pop("questions"), tables["disposition"]
    status = with_later_questions(read_json(files["status"]), questions, disposition)
    return Results(status=status, **tables)


def write_shareable(shown: Shareable, given: Mapping[str, str], made: Mapping[str, str]) -> None:
    """Write what may be shown in the form of the results that it stands for.

    Parameters
    ----------
    given
        The exact results, for the columns of the tables that stay empty.
    made
        Paths under the names of `Shareable`, and of the tables that stay empty.
    """
    write_json(shown.status, made["status"])
    tables = shown.tables()
    decisions = tables.pop("decisions").to_csv(index=False, lineterminator="\n")
    Path(made["decisions"]).write_text(decisions, encoding="utf-8")
    for name in _EMPTIED:
        tables[name] = read_table(Path(given[name])).iloc[:0]
    for name, table in tables.items():
        write_table(table, Path(made[name]))
