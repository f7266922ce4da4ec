"""Tables between the stages: Parquet with stable bytes, dates without a time of day."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet: same table, same bytes; whole or not at all.

    Columns of type ``datetime64`` are dates in our tables and are stored as such. There is no index
    column. The file appears under its name only when it is complete.
    """
    table = pa.Table.from_pandas(frame.reset_index(drop=True), preserve_index=False)
    for position, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(position, field.name, table.column(position).cast(pa.date32()))
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    pq.write_table(table, unfinished, compression="zstd")
    os.replace(unfinished, path)


def read_table(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a table that `write_table` wrote; dates come back as ``datetime64[ns]``."""
    # One file by itself: what reads many at once costs memory that the report is short of.
    with pq.ParquetFile(path) as file:
        table = file.read(columns=columns, use_threads=False)
    dates = [field.name for field in table.schema if pa.types.is_date(field.type)]
    for name in dates:
        position = table.schema.get_field_index(name)
        table = table.set_column(position, name, table.column(position).cast(pa.timestamp("ns")))
    frame = table.to_pandas(ignore_metadata=True, types_mapper=_NULLABLE.get)
    return frame


_NULLABLE = {
    pa.string(): pd.StringDtype(),
    pa.large_string(): pd.StringDtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}
