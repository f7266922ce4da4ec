"""A Workflow Run RO-Crate: who wants to exchange what ran on which inputs finds it in one file.

Made from the state of the published datasets (``results/audit/published.json``), which the ledger
holds too. Times are not in it, so the same results give the same crate; what is unknown is left
out. The crate follows Workflow Run Crate 0.5, with a copy of the workflow beside it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from multicentric import ENGINE
from multicentric.audit.published import State
from multicentric.protocol import Study

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILES = (
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
)
_SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
_LICENCE = "https://spdx.org/licenses/MIT"
# The crate lies in results/audit/ of the study folder.
_UP = "../../"
_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".xpt": "application/x-sas-xport",
    ".sav": "application/x-spss-sav",
    ".yaml": "application/yaml",
    ".py": "text/x-python",
    ".csv": "text/csv",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Entity = dict[str, Any]


def copy_workflow(target: Path) -> None:
    """Copy the workflow into a folder beside the crate, which holds it as its main file."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for path in [ENGINE / "Snakefile", *sorted((ENGINE / "rules").glob("*.smk"))]:
        copy = target / path.relative_to(ENGINE)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())


def crate(
    study: Study, published: Mapping[str, State], decisions: Iterable[str], snakemake: str
) -> dict[str, Any]:
    """The crate as plain data.

    The account, the time and the host of the run are left out: they stand in the ledger or nowhere.

    Parameters
    ----------
    published
        State of every dataset.
    decisions
        Files that people wrote: mappings, schema, study file; paths within the study folder.
    snakemake
        Version of Snakemake.
    """
    inputs = _inputs(published)
    inputs += [_file(name, f"Decision: {name}") for name in sorted(decisions)]
    outputs = [
        _file(name, f"{dataset}: {Path(name).name}", measured)
        for dataset, state in sorted(published.items())
        for name, measured in state["files"].items()
    ]
    workflow = _workflow(study)
    action: Entity = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"Run of {study.id}",
        "description": "Every published dataset, made from the drops and decisions named here.",
        "instrument": {"@id": workflow["@id"]},
        "object": _ids(inputs),
        "result": _ids(outputs),
    }
    profiles = [
        {"@id": url, "@type": "CreativeWork", "name": name, "version": version}
        for url, name, version in PROFILES
    ]
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": study.title,
        "description": f"{study.design}. Data: {study.data_origin}. Data cut-off {study.cut_off}.",
        "datePublished": study.cut_off.isoformat(),
        "license": {"@id": _LICENCE},
        "conformsTo": _ids(profiles),
        "mainEntity": {"@id": workflow["@id"]},
        "mentions": {"@id": action["@id"]},
        "hasPart": _ids([workflow, *inputs, *outputs]),
    }
    descriptor: Entity = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": [
            {"@id": "https://w3id.org/ro/crate/1.1"},
            {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"},
        ],
    }
    licence = {"@id": _LICENCE, "@type": "CreativeWork", "name": "MIT License", "url": _LICENCE}
    graph = [descriptor, root, workflow, _language(snakemake), action]
    return {"@context": CONTEXT, "@graph": [*graph, *inputs, *outputs, *profiles, licence]}


def _workflow(study: Study) -> Entity:
    return {
        "@id": "workflow/Snakefile",
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "name": "Multicentric",
        "description": "From the drops of a study's centers to validated tables and a report.",
        "encodingFormat": "text/x-snakemake",
        "programmingLanguage": {"@id": _SNAKEMAKE},
        "license": {"@id": _LICENCE},
    }


def _language(version: str) -> Entity:
    url = "https://snakemake.readthedocs.io"
    return {
        "@id": _SNAKEMAKE,
        "@type": "ComputerLanguage",
        "name": "Snakemake",
        "identifier": {"@id": url},
        "url": {"@id": url},
        "version": version,
    }


def _inputs(published: Mapping[str, State]) -> list[Entity]:
    files: dict[str, Any] = {}
    for state in published.values():
        files |= state["inputs"]
    return [_file(name, f"As sent: {name}", files[name]) for name in sorted(files)]


def _file(name: str, words: str, measured: Mapping[str, Any] | None = None) -> Entity:
    kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
    entity: Entity = {"@id": f"{_UP}{quote(name)}", "@type": "File", "name": words}
    entity["encodingFormat"] = kind
    if measured:
        entity |= {"contentSize": str(measured["size"]), "sha256": measured["sha256"]}
    return entity


def _ids(entities: Iterable[Entity]) -> list[dict[str, str]]:
    return [{"@id": entity["@id"]} for entity in entities]
