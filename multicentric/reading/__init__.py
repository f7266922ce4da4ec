"""Raw files of clinical centers to cells with their place, their text and their type."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from multicentric.reading.cells import (
    CellProblem,
    DropFault,
    ProblemKind,
    RawColumn,
    RawTable,
    column_letter,
)
from multicentric.reading.delimited import read_delimited
from multicentric.reading.drop import find_file, list_drop
from multicentric.reading.redcap import read_redcap
from multicentric.reading.spec import TableSpec
from multicentric.reading.spss import read_spss
from multicentric.reading.table import where
from multicentric.reading.workbook import Workbook

__all__ = [
    "CellProblem",
    "DropFault",
    "ProblemKind",
    "RawColumn",
    "RawTable",
    "TableSpec",
    "column_letter",
    "list_drop",
    "read_tables",
]


def read_tables(drop: Path, specs: Mapping[str, TableSpec]) -> dict[str, RawTable]:
    """Read the tables of a drop as the mapping declares them; no file is opened twice.

    Parameters
    ----------
    drop
        The drop's folder.
    specs
        Name of each table to its declaration.

    Returns
    -------
    dict of str to RawTable
        In the order of `specs`; only rows that `where` chooses.

    Raises
    ------
    DropFault
        If a file is missing, unreadable or not what the mapping says. No other exception leaves
        a reader because of what a file holds.
    """
    files = list_drop(drop)
    tables: dict[str, RawTable] = {}
    whole: dict[tuple[Path, str], RawTable] = {}
    books: dict[Path, Workbook] = {}
    with ExitStack() as opened:
        for name, spec in specs.items():
            path = find_file(drop, files, spec.file)
            file = path.relative_to(drop).as_posix()
            key = path, spec.model_dump_json(exclude={"file", "where"})
            if key not in whole:
                if spec.format == "workbook":
                    if path not in books:
                        books[path] = opened.enter_context(Workbook(path, file))
                    whole[key] = books[path].read(name, spec)
                elif spec.format == "spss":
                    whole[key] = read_spss(path, file, name, spec)
                elif spec.format == "redcap":
                    dictionary = (
                        find_file(drop, files, spec.dictionary) if spec.dictionary else None
                    )
                    whole[key] = read_redcap(path, file, name, spec, dictionary)
                else:
                    whole[key] = read_delimited(path, file, name, spec)
            tables[name] = where(whole[key].renamed(name), spec.where)
    return tables
