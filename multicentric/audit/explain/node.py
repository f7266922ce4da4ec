"""An explanation: something, how it came about, and what it came from, down to cells of files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Cell:
    """Where a text stands in a file as sent."""

    file: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    raw: str | None = None

    def __str__(self) -> str:
        sheet = f", sheet {self.sheet}" if self.sheet else ""
        row = "" if self.row is None else f", row {self.row}"
        column = f", column {self.column}" if self.column else ""
        raw = "empty" if self.raw is None else f"'{self.raw}'"
        return f"{self.file}{sheet}{row}{column}: {raw}"


@dataclass(frozen=True)
class Node:
    """One step of an explanation.

    Attributes
    ----------
    name, label
        What is explained: the study's name for it, and words.
    value
        As people write it; ``missing`` where there is none.
    how
        What made it, one sentence each.
    place, line
        File and line of the decision that made it, and what stands on that line.
    cell
        Where its text stands in a file as sent.
    made_from
        What it was made from.
    """

    name: str
    label: str
    value: str
    how: tuple[str, ...] = ()
    place: str = ""
    line: str = ""
    cell: Cell | None = None
    made_from: tuple[Node, ...] = field(default_factory=tuple)

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join(_lines(self, ""))


def _lines(node: Node, indent: str) -> Iterator[str]:
    label = f" ({node.label})" if node.label else ""
    yield f"{indent}{node.name}{label}: {node.value}"
    inner = indent + "  "
    for sentence in node.how:
        yield f"{inner}{sentence}"
    if node.place:
        yield f"{inner}{node.place}{f': {node.line}' if node.line else ''}"
    if node.cell is not None:
        yield f"{inner}{node.cell}"
    for part in node.made_from:
        yield from _lines(part, inner)


def shown(value: Any) -> str:
    """A value as people write it."""
    if value is None or pd.isna(value):
        return "missing"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, bool) or str(type(value)).endswith("numpy.bool'>"):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.7g}"
    return str(value)
