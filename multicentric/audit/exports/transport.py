"""Writes the exported tables: Parquet, SAS transport (XPT version 5), Dataset-JSON."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from multicentric.audit.exports.adam import Dataset
from multicentric.tables import write_table

# The transport format stamps the moment of writing into its headers, five times.
_STAMP = re.compile(rb"\d{2}[A-Z]{3}\d{2}:\d{2}:\d{2}:\d{2}")
_HEADERS = 4000


def write_parquet(dataset: Dataset, path: Path) -> None:
    """Write as Parquet, with the study's own types."""
    write_table(dataset.table, path)


def write_xpt(dataset: Dataset, path: Path, dated: date) -> None:
    """Write as SAS transport file, version 5: names of eight signs, labels of forty.

    Parameters
    ----------
    dated
        The date that the headers carry instead of the moment of writing, so that the same table
        gives the same bytes.
    """
    import pyreadstat

    frame = dataset.table.copy()
    for column in dataset.columns:
        values = frame[column.name]
        if column.kind == "date":
            days = (values - pd.Timestamp(1960, 1, 1)).dt.days
            frame[column.name] = days.astype("float64")
        elif column.kind in ("integer", "number"):
            frame[column.name] = values.astype("Float64").to_numpy("float64", na_value=float("nan"))
        else:
            frame[column.name] = values.fillna("").astype(object)
    path.parent.mkdir(parents=True, exist_ok=True)
    pyreadstat.write_xport(
        frame,
        path,
        file_label=dataset.label[:40],
        column_labels={column.name: column.label for column in dataset.columns},
        table_name=dataset.name.upper(),
        file_format_version=5,
        variable_format={c.name: "DATE9." for c in dataset.columns if c.kind == "date"},
    )
    content = path.read_bytes()
    stamp = f"{dated:%d}{_MONTHS[dated.month - 1]}{dated:%y}:00:00:00".encode()
    path.write_bytes(_STAMP.sub(stamp, content[:_HEADERS]) + content[_HEADERS:])


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def write_dataset_json(dataset: Dataset, path: Path, dated: date) -> None:
    """Write as CDISC Dataset-JSON 1.1; dates are ISO text, the creation date is `dated`."""
    kinds = {"text": "string", "integer": "integer", "number": "double", "date": "date"}
    columns = [
        {
            "itemOID": f"IT.{dataset.name.upper()}.{column.name}",
            "name": column.name,
            "label": column.label,
            "dataType": kinds[column.kind],
        }
        for column in dataset.columns
    ]
    rows = [[_plain(value) for value in row] for row in dataset.table.itertuples(index=False)]
    document = {
        "datasetJSONCreationDateTime": f"{dated.isoformat()}T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": f"IG.{dataset.name.upper()}",
        "records": len(rows),
        "name": dataset.name.upper(),
        "label": dataset.label,
        "columns": columns,
        "rows": rows,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value
