"""Second and third layer: patients who came and went, and cells that hold something else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pandas as pd

from multicentric.changes.table import Change

# What one cell of a file is told by.
CELL = ["patient_id", "file", "sheet", "column"]


def patient_changes(
    before: pd.DataFrame,
    after: pd.DataFrame,
    records: tuple[pd.DataFrame, pd.DataFrame],
    same: Collection[str],
    had_event: Collection[str],
) -> Iterator[Change]:
    """Patients added, gone, renamed, held back and released.

    Parameters
    ----------
    before, after
        Harmonized tables.
    records
        Records sent with either drop: ``patient_id, held``.
    same
        Variables by which a person is known under another key.
    had_event
        Patients with an event in the earlier drop.
    """
    old, new = (set(part["patient_id"].dropna()) for part in records)
    gone, added = sorted(old - new), sorted(new - old)
    renamed = _renamed(before, after, gone, added, list(same))
    for was, now in renamed.items():
        yield Change("patients", "patient_renamed", patient_id=now, old=was, new=now)
    for patient in gone:
        if patient not in renamed:
            note = "had an event" if patient in had_event else ""
            yield Change("patients", "patient_gone", patient_id=patient, note=note)
    for patient in added:
        if patient not in renamed.values():
            yield Change("patients", "patient_added", patient_id=patient)
    held = [set(part.loc[part["held"].fillna(False), "patient_id"].dropna()) for part in records]
    for patient in sorted((held[0] - held[1]) & new):
        yield Change("patients", "record_released", patient_id=patient)
    for patient in sorted((held[1] - held[0]) & old):
        yield Change("patients", "record_held", patient_id=patient)


def _renamed(
    before: pd.DataFrame, after: pd.DataFrame, gone: list[str], added: list[str], same: list[str]
) -> dict[str, str]:
    """Old key to new key, where exactly one newcomer is the person who is gone."""
    if not same:
        return {}
    left = before[before["patient_id"].isin(gone)].dropna(subset=same)
    right = after[after["patient_id"].isin(added)].dropna(subset=same)
    pairs = left[["patient_id", *same]].merge(
        right[["patient_id", *same]], on=same, suffixes=("_old", "_new")
    )
    once = pairs[
        ~pairs["patient_id_old"].duplicated(keep=False)
        & ~pairs["patient_id_new"].duplicated(keep=False)
    ]
    return dict(zip(once["patient_id_old"], once["patient_id_new"], strict=True))


def cell_changes(
    before: pd.DataFrame,
    after: pd.DataFrame,
    asked: Collection[tuple[str, str]],
    outcomes: Collection[str],
) -> Iterator[Change]:
    """Cells whose raw text changed, one change per cell however many variables it feeds.

    Parameters
    ----------
    before, after
        Lineages.
    asked
        Cells, as (patient, variable), on which a question of ours stood.
    outcomes
        Variables of the study's endpoints.
    """
    both = _side_by_side(before, after)
    changed = both[both["raw_old"].fillna("") != both["raw_new"].fillna("")]
    for key, cell in changed.groupby(CELL, dropna=False, sort=True):
        first = cell.iloc[0]
        variables = list(cell["variable"])
        about = []
        if any((key[0], name) in asked for name in variables):
            about.append("answer")
        if any(name in outcomes for name in variables):
            about.append("outcome")
        yield Change(
            "cells",
            "cell_changed",
            about=" + ".join(about) or "silent",
            patient_id=key[0],
            variables=", ".join(variables),
            **_place(first),
            old=_text(first["raw_old"]),
            new=_text(first["raw_new"]),
        )


def mapping_changes(
    lineages: tuple[pd.DataFrame, pd.DataFrame], tables: tuple[pd.DataFrame, pd.DataFrame]
) -> Iterator[Change]:
    """Values that differ although the raw text is the same: we moved, not the data."""
    both = _side_by_side(*lineages)
    same = both[both["raw_old"].fillna("") == both["raw_new"].fillna("")]
    values = [_long(table) for table in tables]
    same = same.merge(values[0].rename(columns={"value": "old"}), on=["patient_id", "variable"])
    same = same.merge(values[1].rename(columns={"value": "new"}), on=["patient_id", "variable"])
    moved = same[same["old"].fillna("") != same["new"].fillna("")]
    # What is derived from a changed cell moved with the data, although its own raw text is empty.
    data = both[both["raw_old"].fillna("") != both["raw_new"].fillna("")]
    fed_by_data = set(data["patient_id"])
    for row in moved.sort_values(["patient_id", "variable"]).to_dict("records"):
        if pd.isna(row["raw_new"]) and row["patient_id"] in fed_by_data:
            continue
        yield Change(
            "cells",
            "value_moved",
            cause="mapping",
            patient_id=row["patient_id"],
            variables=row["variable"],
            **_place(row),
            old=_text(row["old"]),
            new=_text(row["new"]),
            note="" if pd.isna(row["raw_new"]) else str(row["raw_new"]),
        )


def _side_by_side(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    columns = ["patient_id", "variable", "file", "sheet", "row", "column", "raw"]
    return before[["patient_id", "variable", "raw"]].merge(
        after[columns], on=["patient_id", "variable"], suffixes=("_old", "_new")
    )


def _long(table: pd.DataFrame) -> pd.DataFrame:
    """Patient, variable, value as text."""
    names = [name for name in table.columns if name not in ("center", "patient_id")]
    texts = {name: _as_text(table[name]) for name in names}
    wide = pd.DataFrame({"patient_id": table["patient_id"], **texts})
    return wide.melt("patient_id", var_name="variable", value_name="value")


def _as_text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.dt.strftime("%Y-%m-%d").astype("string")
    return values.astype("string")


def _place(cell: pd.Series | dict[str, object]) -> dict[str, Any]:
    place = {name: cell[name] for name in ("file", "sheet", "row", "column")}
    return {
        name: None if pd.isna(value) else int(str(value)) if name == "row" else value
        for name, value in place.items()
    }


def _text(value: object) -> str | None:
    return None if pd.isna(value) else str(value)
