"""What a report is made from, passed in as tables and plain objects."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from multicentric import __version__
from multicentric.adjudications import DECIDED
from multicentric.dictionary import Dictionary, read_dictionary
from multicentric.protocol import Study
from multicentric.report.pdf import MissingLibrary, layout_library
from multicentric.settings import Settings
from multicentric.study import load_settings, load_study
from multicentric.tables import read_table

# What the numbers and pages depend on, named in the appendix.
_PACKAGES = (
    "pandas", "pandera", "pyarrow", "numpy", "scipy", "statsmodels", "snakemake", "weasyprint",
    "matplotlib",
)  # fmt: skip
_TABLES = ("estimates", "curves", "baseline", "disposition", "quality")


@dataclass(frozen=True)
class ReportInputs:
    """Everything that a report says, before it is said.

    Attributes
    ----------
    estimates, curves, baseline, disposition, quality
        The tables of the contract.
    status
        What the gate found: ``{"centers": [...]}``, one entry per center with its state, reason,
        counts of records and findings by rule.
    diagnostics
        Residuals of the primary models; None where they are not to be shown.
    decisions
        What the disclosure gate decided, where the tables have passed it; their `disposition` and
        `status` are then counted and masked (`multicentric.audit.disclosure.Shareable`).
    software
        Package to version, printed in the appendix.
    fingerprint
        Input to digest, printed in the appendix; their digest names the run.
    files
        Input to the path of the file that it was read from.
    """

    study: Study
    settings: Settings
    dictionary: Dictionary
    estimates: pd.DataFrame
    curves: pd.DataFrame
    baseline: pd.DataFrame
    disposition: pd.DataFrame
    quality: pd.DataFrame
    status: dict[str, Any]
    diagnostics: pd.DataFrame | None = None
    decisions: pd.DataFrame | None = None
    software: dict[str, str] = field(default_factory=dict)
    fingerprint: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def run(self) -> str:
        """A short name of the run: the digest of what went into it."""
        text = json.dumps(self.fingerprint, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]


def protocol_of(study: Study) -> bytes:
    """A study as the bytes that are digested and attached to the report."""
    return study.model_dump_json(indent=1).encode()


def read_inputs(folder: Path, files: Mapping[str, str], program: str = "") -> ReportInputs:
    """Read what a report is made from.

    Parameters
    ----------
    folder
        The study's folder.
    files
        Paths under the names estimates, curves, baseline, disposition, quality, questions, status
        and dictionary; diagnostics and decisions where there are any.
    program
        What else the report depends on, its rule's key: code, libraries, templates, settings. It is
        part of the run's name, so that the ledger finds the report by the name in its footer.

    Raises
    ------
    multicentric.documents.Mistakes
        The study file or the settings have mistakes.
    """
    settings = load_settings(folder)
    tables = {name: read_table(Path(files[name])) for name in _TABLES}
    paths = {name: Path(files[name]) for name in (*_TABLES, "status", "dictionary", "questions")}
    study = load_study(folder, settings)
    said = {name: path.read_bytes() for name, path in paths.items()}
    status, decisions = json.loads(said["status"]), None
    if decided := files.get("decisions"):
        decisions = pd.read_csv(decided, dtype="string")
        said["decisions"] = Path(decided).read_bytes()
    else:
        status = with_later_questions(status, read_table(paths["questions"]), tables["disposition"])
    diagnostics = None
    if drawn := files.get("diagnostics"):
        diagnostics = read_table(Path(drawn))
        said["diagnostics"] = Path(drawn).read_bytes()
    said["study"] = protocol_of(study)
    if program:
        said["program"] = program.encode()
    return ReportInputs(
        study=study,
        settings=settings,
        dictionary=read_dictionary(paths["dictionary"]),
        status=status,
        diagnostics=diagnostics,
        decisions=decisions,
        software=software_versions(),
        fingerprint={name: hashlib.sha256(text).hexdigest() for name, text in said.items()},
        files={name: path for name in said if (path := files.get(name))},
        **tables,
    )


def with_later_questions(
    status: dict[str, Any], questions: pd.DataFrame, disposition: pd.DataFrame
) -> dict[str, Any]:
    """The gate's status with what was asked only after it.

    Parameters
    ----------
    questions
        What pooling asked, `multicentric.pool.Pooled.questions`; what a person has decided since
        is no question any more.
    disposition
        Its records without a center are asked about, too.

    Returns
    -------
    dict
        As `status`; the centers' findings and queries complete, and ``unassigned``, the records
        that name no center.
    """
    asked = questions[~questions["detail"].str.startswith(DECIDED).fillna(False)]
    counts = asked.groupby(["center", "rule"]).size()
    centers = []
    for entry in status["centers"]:
        own = {rule: int(n) for (center, rule), n in counts.items() if center == entry["center"]}
        later = [
            {"rule": rule, "severity": "query", "effect": "record held", "variables": "", "n": n}
            for rule, n in own.items()
        ]
        centers.append(
            entry
            | {
                "findings": [*entry.get("findings", []), *later],
                "queries": int(entry.get("queries") or 0) + sum(own.values()),
            }
        )
    unassigned = int(disposition["center"].isna().sum())
    return status | {"centers": centers, "unassigned": unassigned}


def software_versions() -> dict[str, str]:
    """Versions of this program, of Python and of what the results and the pages depend on.

    Without Pango only the PDF cannot be made; the report for a screen says that it was not there.
    """
    versions = {"Multicentric": __version__, "Python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in _PACKAGES}
    try:
        return versions | {"Pango": layout_library()}
    except MissingLibrary:
        return versions | {"Pango": "not installed"}
