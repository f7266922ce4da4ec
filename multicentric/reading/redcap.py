"""REDCap raw exports: codes, and the data dictionary that says what they mean."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from multicentric.reading.cells import DropFault, RawColumn, RawTable
from multicentric.reading.delimited import read_bytes, read_delimited
from multicentric.reading.nearest import did_you_mean
from multicentric.reading.spec import TableSpec

# Headings of the downloaded dictionary and, after the bar, of the one that the API gives.
_FIELD = ("Variable / Field Name", "field_name")
_FORM = ("Form Name", "form_name")
_TYPE = ("Field Type", "field_type")
_LABEL = ("Field Label", "field_label")
_CHOICES = ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations")
_WITH_CHOICES = frozenset({"radio", "dropdown", "checkbox"})
_FIXED_CHOICES = {
    "yesno": {"0": "No", "1": "Yes"},
    "truefalse": {"0": "False", "1": "True"},
}
_FORM_STATUS = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}


@dataclass(frozen=True)
class _Field:
    form: str
    kind: str
    label: str
    choices: dict[str, str]


def read_redcap(
    path: Path, file: str, name: str, spec: TableSpec, dictionary: Path | None
) -> RawTable:
    """Read a raw REDCap export with the labels of its dictionary.

    Choice fields get `{code: label}`; a checkbox column `name___code` gets `{"1": label}` of that
    choice; yes/no fields and the status of a form get REDCap's own words. `description` is the
    field label.

    Parameters
    ----------
    path, file, name, spec
        As for `read_delimited`; `spec.where` is not applied.
    dictionary
        The data dictionary, or None for an export without one.

    Raises
    ------
    DropFault
        If either file cannot be read, or the dictionary is none.
    """
    table = read_delimited(path, file, name, spec)
    if dictionary is None:
        return table
    fields = read_dictionary(dictionary, dictionary.name, spec)
    columns = {heading: _with_meaning(column, fields) for heading, column in table.columns.items()}
    return dataclasses.replace(table, columns=columns)


def read_dictionary(path: Path, file: str, spec: TableSpec) -> dict[str, _Field]:
    """Read a REDCap data dictionary: field name to form, type, label and choices."""
    heading = read_bytes(path, file).split(b"\n", 1)[0].replace(b"\0", b"")
    # A user's own settings decide how REDCap separates fields, for each download anew.
    delimiter = max(b",", b";", b"\t", key=heading.count).decode()
    declared: dict[str, str] = {"file": file, "format": "delimited", "delimiter": delimiter}
    if spec.encoding:
        declared["encoding"] = spec.encoding
    table = read_delimited(path, file, "dictionary", TableSpec.model_validate(declared))
    names = _column(table, _FIELD)
    forms, kinds = _column(table, _FORM), _column(table, _TYPE)
    labels, choices = _column(table, _LABEL), _column(table, _CHOICES)
    found: dict[str, _Field] = {}
    for at, field_name in enumerate(names.text):
        if field_name is None:
            continue
        kind = (kinds.text[at] or "").strip().casefold()
        listed = parse_choices(choices.text[at] or "") if kind in _WITH_CHOICES else {}
        found[field_name.strip()] = _Field(
            (forms.text[at] or "").strip(),
            kind,
            (labels.text[at] or "").strip(),
            _FIXED_CHOICES.get(kind, listed),
        )
    return found


def _column(table: RawTable, headings: tuple[str, str]) -> RawColumn:
    for heading in headings:
        if heading in table.columns:
            return table.columns[heading]
    raise DropFault(
        f"the data dictionary has no column {headings[0]}",
        file=table.file,
        remedy=did_you_mean(headings[0], table.columns),
    )


def parse_choices(text: str) -> dict[str, str]:
    """Read REDCap choices: "1, Male | 2, Female" gives `{"1": "Male", "2": "Female"}`."""
    choices: dict[str, str] = {}
    for choice in re.split(r"[|\n]", text):
        code, comma, label = choice.partition(",")
        if comma and code.strip():
            choices[code.strip()] = label.strip()
    return choices


def _with_meaning(column: RawColumn, fields: Mapping[str, _Field]) -> RawColumn:
    name, box, suffix = column.heading.partition("___")
    known = fields.get(column.heading)
    if known is not None:
        return dataclasses.replace(column, labels=dict(known.choices), description=known.label)
    if box and name in fields and fields[name].kind == "checkbox":
        # REDCap writes a code into a heading in lower case, with "_" for every other sign.
        codes = {re.sub("[^a-z0-9_]", "_", code.casefold()): code for code in fields[name].choices}
        if suffix in codes:
            choice = fields[name].choices[codes[suffix]]
            description = f"{fields[name].label} ({choice})"
            return dataclasses.replace(column, labels={"1": choice}, description=description)
    form, status, rest = column.heading.rpartition("_complete")
    if status and not rest and any(field.form == form for field in fields.values()):
        return dataclasses.replace(column, labels=dict(_FORM_STATUS))
    return column
