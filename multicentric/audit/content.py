"""The identity of a table: what it says, whatever program wrote the file and in which order.

The bytes of a Parquet file name the program that wrote them, so the same data can have other bytes.
A content hash is made from the values alone: rows in the order of their keys, columns by name, each
value as canonical text of its kind. There is one hash per column, so that a difference names it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

# Part of every content hash: another canonical text would be another version.
CANONICAL_FORM = 1
# 64 bits name a column that differs; the table's own hash is whole.
COLUMN_DIGITS = 16

_Text = Callable[[Any], str]


@dataclass(frozen=True)
class Content:
    """What a table says.

    Attributes
    ----------
    sha256
        Hash of the whole: names, kinds and values of all columns.
    columns
        Column to the first digits of its own hash, in the order of names.
    rows
        Number of rows.
    """

    sha256: str
    columns: dict[str, str]
    rows: int


def content_of_file(path: Path, keys: Sequence[str]) -> Content:
    """Content of a Parquet file; see `content_of`.

    Raises
    ------
    OSError
        The file is missing, or is no Parquet file.
    """
    try:
        return content_of(pq.read_table(path), keys)
    except pa.ArrowInvalid as why:
        raise OSError(f"{path} is no Parquet file: {why}") from None


def content_of(table: pa.Table, keys: Sequence[str]) -> Content:
    """Content of a table.

    Parameters
    ----------
    table
        Columns of text, whole numbers, numbers, dates and flags.
    keys
        Columns that put the rows in order; rows that agree in them are ordered by all the others.
        A key that is no column is passed over.

    Raises
    ------
    TypeError
        A column holds another kind of value.
    """
    names = sorted(table.column_names)
    kinds = {name: _kind(name, table.schema.field(name).type) for name in names}
    texts = {name: _texts(table.column(name), _WRITE[kinds[name]]) for name in names}
    first = [name for name in keys if name in texts]
    ordering = [texts[name] for name in (*first, *(n for n in names if n not in first))]
    order = sorted(range(table.num_rows), key=lambda row: [column[row] for column in ordering])
    hashes = {
        name: _hash([name, kinds[name], *(texts[name][row] for row in order)]) for name in names
    }
    whole = _hash([str(CANONICAL_FORM), str(table.num_rows), *hashes.values()])
    return Content(
        sha256=whole,
        columns={name: text[:COLUMN_DIGITS] for name, text in hashes.items()},
        rows=table.num_rows,
    )


def _hash(texts: Iterable[str]) -> str:
    """Hash of texts, each with its length: no two lists run together to the same bytes."""
    whole = hashlib.sha256()
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        whole.update(b"%d:" % len(encoded))
        whole.update(encoded)
    return whole.hexdigest()


def _texts(column: pa.ChunkedArray, write: _Text) -> list[str]:
    # A missing value is the empty text, a value its text after a sign, so the two stay apart.
    return ["" if value is None else f"={write(value)}" for value in column.to_pylist()]


def _kind(name: str, kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    for is_kind, word in _KINDS:
        if is_kind(kind):
            return word
    raise TypeError(f"the column {name} holds {kind}, for which there is no canonical text")


def _day(value: date | datetime) -> str:
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat()


_KINDS: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_string, "text"),
    (pa.types.is_large_string, "text"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_boolean, "flag"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "date"),
    (pa.types.is_null, "text"),
)
_WRITE: dict[str, _Text] = {
    "text": str,
    "integer": str,
    # The shortest text that reads back as the same number; minus zero is zero.
    "number": lambda value: repr(float(value) + 0.0),
    "flag": lambda value: "true" if value else "false",
    "date": _day,
}
