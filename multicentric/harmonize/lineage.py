"""Lineage: for every cell of the harmonized table, where it stood and what decided its value."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from multicentric.dictionary import Dictionary
from multicentric.harmonize.filled import Filled

CELLS_AT_ONCE = 500_000
COLUMNS = (
    "patient_id",
    "variable",
    "file",
    "sheet",
    "row",
    "column",
    "raw",
    "rule",
    "outcome",
    "missing_reason",
    "eligible_rows",
)


def lineage_of(
    ids: Sequence[str], filled: dict[str, Filled], dictionary: Dictionary
) -> pd.DataFrame:
    """Lineage as a table: patients in their order, variables in that of the dictionary.

    Parameters
    ----------
    ids
        Patients, in the order of the harmonized table.
    filled
        Every variable of the dictionary.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`; `row` as a spreadsheet shows it, the rest text. `eligible_rows` lists the rows
        among which one was picked.
    """
    variables = [filled[name] for name in dictionary.names]
    n = len(ids)

    def laid_out(cells: Callable[[Filled], np.ndarray], dtype: type = object) -> np.ndarray:
        table: np.ndarray = np.empty((n, len(variables)), dtype=dtype)
        for number, variable in enumerate(variables):
            table[:, number] = cells(variable)
        return table.reshape(-1)

    def of_place(attribute: str) -> Callable[[Filled], np.ndarray]:
        def cells(variable: Filled) -> np.ndarray:
            known = np.empty(len(variable.places), dtype=object)
            known[:] = [getattr(place, attribute) for place in variable.places]
            return known[variable.place]

        return cells

    rows = laid_out(lambda variable: variable.row, np.int64)
    columns = {
        "patient_id": np.repeat(np.array(ids, dtype=object), len(variables)),
        "variable": np.tile(np.array(dictionary.names, dtype=object), n),
        "file": laid_out(of_place("file")),
        "sheet": laid_out(of_place("sheet")),
        "row": pd.array(rows, dtype="Int64"),
        "column": laid_out(of_place("column")),
        "raw": laid_out(lambda variable: variable.raw),
        "rule": laid_out(lambda variable: variable.column("rule")),
        "outcome": laid_out(lambda variable: variable.column("outcome")),
        "missing_reason": laid_out(lambda variable: variable.column("reason")),
        "eligible_rows": laid_out(_eligible),
    }
    columns["row"][rows < 0] = pd.NA
    texts = {name: "string" for name in COLUMNS if name != "row"}
    return pd.DataFrame(columns, copy=False).astype(texts)


def _eligible(variable: Filled) -> np.ndarray:
    if variable.eligible is None:
        return np.full(len(variable.index), None, dtype=object)
    return variable.eligible


def lineage_parts(
    ids: Sequence[str], filled: dict[str, Filled], dictionary: Dictionary
) -> Iterator[pd.DataFrame]:
    """Lineage in parts of whole patients, so that memory does not grow with their number."""
    at_once = max(1, CELLS_AT_ONCE // max(1, len(filled)))
    for start in range(0, max(len(ids), 1), at_once):
        some = slice(start, start + at_once)
        part = {name: variable.part(some) for name, variable in filled.items()}
        yield lineage_of(ids[some], part, dictionary)


def write_lineage(parts: Iterable[pd.DataFrame], path: Path) -> None:
    """Write lineage part by part as one Parquet file: whole or not at all, with stable bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    tables = (pa.Table.from_pandas(part, preserve_index=False) for part in parts)
    first = next(tables)
    with pq.ParquetWriter(unfinished, first.schema, compression="zstd") as writer:
        for table in itertools.chain([first], tables):
            writer.write_table(table)
    os.replace(unfinished, path)
