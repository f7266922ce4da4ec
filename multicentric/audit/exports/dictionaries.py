"""The study's dictionary in the forms of others: Define-XML-shaped, REDCap, Frictionless."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from multicentric.audit.exports.adam import Dataset
from multicentric.dictionary import Dictionary, Variable
from multicentric.protocol import Study

REDCAP_COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)


def define(datasets: Iterable[Dataset]) -> pd.DataFrame:
    """One row per variable of the exported tables, in the words of Define-XML."""
    kinds = {"text": "text", "integer": "integer", "number": "float", "date": "date"}
    rows = [
        {
            "Dataset": dataset.name.upper(),
            "Order": number,
            "Variable": column.name,
            "Label": column.label,
            "Data Type": kinds[column.kind],
            "Codelist": "; ".join(f"{code} = {label}" for code, label in column.codes.items()),
            "Origin": column.origin,
            "Predecessor": column.source,
            "Method": column.method,
        }
        for dataset in datasets
        for number, column in enumerate(dataset.columns, start=1)
    ]
    return pd.DataFrame(rows)


def redcap(study: Study, dictionary: Dictionary) -> pd.DataFrame:
    """The dictionary as a REDCap data dictionary that a project can import."""
    key = {"Identifier?": "y"}
    rows = [_redcap("patient_id", "Patient key of the center", "text", required=True, **key)]
    rows += [_redcap_of(variable) for variable in dictionary]
    table = pd.DataFrame(rows, columns=list(REDCAP_COLUMNS)).fillna("")
    table["Form Name"] = "patient"
    return table


def _redcap(name: str, label: str, kind: str, *, required: bool, **more: str) -> dict[str, str]:
    row = dict.fromkeys(REDCAP_COLUMNS, "")
    row |= {REDCAP_COLUMNS[0]: name, "Field Type": kind, "Field Label": label}
    return row | {"Required Field?": "y" if required else ""} | more


def _redcap_of(variable: Variable) -> dict[str, str]:
    more: dict[str, str] = {
        "Field Note": " ".join(filter(None, [variable.unit, variable.description]))
    }
    kind = {"code": "dropdown", "flag": "yesno"}.get(variable.kind, "text")
    if variable.codes:
        # A comma parts a code from its label, so none may stand in the code.
        choices = " | ".join(f"{code}, {label}" for code, label in variable.codes.items())
        more["Choices, Calculations, OR Slider Labels"] = choices
    if variable.kind == "date":
        more["Identifier?"] = "y"
    form = {"integer": "integer", "number": "number", "date": "date_ymd"}.get(variable.kind)
    if form:
        more["Text Validation Type OR Show Slider Number"] = form
    if variable.minimum is not None:
        more["Text Validation Min"] = f"{variable.minimum:g}"
    if variable.maximum is not None:
        more["Text Validation Max"] = f"{variable.maximum:g}"
    required = variable.needed == "always"
    return _redcap(variable.name, variable.label, kind, required=required, **more)


def table_schema(study: Study, dictionary: Dictionary) -> dict[str, Any]:
    """The dictionary as a Frictionless Table Schema of a validated table."""
    key = {"type": "string", "constraints": {"required": True}}
    fields = [
        {"name": "center", "title": "Center", **key},
        {"name": "patient_id", "title": "Patient key of the center", **key},
        *(_field(variable) for variable in dictionary),
    ]
    return {
        "title": f"{study.id}: {study.title}",
        "fields": fields,
        "primaryKey": ["center", "patient_id"],
        "missingValues": [""],
    }


def _field(variable: Variable) -> dict[str, Any]:
    kinds = {"code": "string", "text": "string", "flag": "boolean"}
    field: dict[str, Any] = {
        "name": variable.name,
        "title": variable.label,
        "type": kinds.get(variable.kind, variable.kind),
    }
    description = " ".join(filter(None, [variable.description, _unit(variable)]))
    if description:
        field["description"] = description
    constraints: dict[str, Any] = {}
    if variable.needed == "always":
        constraints["required"] = True
    if variable.codes:
        constraints["enum"] = list(variable.codes)
    if variable.minimum is not None:
        constraints["minimum"] = variable.minimum
    if variable.maximum is not None:
        constraints["maximum"] = variable.maximum
    return field | ({"constraints": constraints} if constraints else {})


def _unit(variable: Variable) -> str:
    return f"Unit: {variable.unit}." if variable.unit else ""


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a dictionary as CSV, the same bytes on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def write_plain(value: Any, path: Path) -> None:
    """Write plain data as JSON for people and programs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
