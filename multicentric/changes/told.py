"""Changes as a person reads them on a terminal: four layers, one line for each."""

from __future__ import annotations

from typing import Any

import pandas as pd

from multicentric.changes.table import LAYERS

HEADINGS = {
    "files": "Files and columns",
    "patients": "Patients",
    "cells": "Cells",
    "distributions": "Distributions and codes",
}
_KINDS = {
    "table_gone": "table {note} is gone",
    "table_added": "table {note} is new",
    "file_renamed": "file {old} is now {new}",
    "sheet_renamed": "sheet {old} is now {new}",
    "column_gone": "column '{column}' of {file} is gone",
    "column_added": "column '{column}' of {file} is new",
    "column_renamed": "column '{old}' is gone and '{new}' is new: {note}",
    "rows": "{file}{sheet}: {old} rows, now {new}",
    "patient_added": "{patient_id} is new",
    "patient_gone": "{patient_id} is gone{note}",
    "patient_renamed": "{old} is now {new}",
    "record_released": "{patient_id} was held back and is in now",
    "record_held": "{patient_id} was in and is held back now",
    "cell_changed": "{patient_id}, {column}: {old} → {new} [{about}]",
    "value_moved": "{patient_id}, {variables}: {old} → {new}{note}",
    "new_code": "{variables}: '{new}' was not sent before",
    "missingness": "{variables}: missing in {old}, now in {new}",
    "median": "{variables}: median {old}, now {new}",
    "unit": "{variables}: median {old}, now {new}, {note}: another unit?",
    "follow_up_backwards": "{patient_id}, {variables} went backwards: {old} → {new}",
    "event_vanished": "{patient_id}: {variables} is no longer there",
    "fewer_events": "{variables}: {old} events, now {new}{note}",
}
_BESIDE = frozenset({"patient_gone", "value_moved", "fewer_events"})


def sentence(change: dict[str, Any]) -> str:
    """One change in words."""
    fields = {key: "empty" if pd.isna(value) else str(value) for key, value in change.items()}
    fields["sheet"] = "" if pd.isna(change["sheet"]) else f", {change['sheet']}"
    if change["kind"] in _BESIDE:
        fields["note"] = f" ({change['note']})" if change["note"] else ""
    return _KINDS[change["kind"]].format(**fields)


def in_words(changes: pd.DataFrame) -> dict[str, list[str]]:
    """Heading to sentences: the four layers, the moved mapping apart from the moved data."""
    told: dict[str, list[str]] = {}
    ours = changes["cause"] == "mapping"
    for layer in LAYERS:
        part = changes[(changes["layer"] == layer) & ~ours]
        told[HEADINGS[layer]] = [sentence(row) for row in part.to_dict("records")]
    told["Read otherwise by us"] = [sentence(row) for row in changes[ours].to_dict("records")]
    return told
