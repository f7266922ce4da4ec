"""What a mapping reads and a drop lacks: columns not there or twice there, tables without rows.

For a variable that the study needs (`always`), or whose empty cells say something (`if_sent`: no
date of death, no progression), that is not the same as empty cells, so nothing of the drop can be
used. A variable that is `spared` is empty for every patient instead, and the center is asked once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from multicentric.dictionary import Dictionary
from multicentric.mapping.columns import uses_of
from multicentric.mapping.language import Mapping as CenterMapping
from multicentric.mapping.order import asked_by
from multicentric.reading import ProblemKind, RawTable
from multicentric.reading.nearest import did_you_mean


@dataclass(frozen=True)
class Unusable:
    """One column that cannot be told, or one table without rows.

    Attributes
    ----------
    table
        Name of the table in the mapping.
    heading
        None for a table as a whole.
    variables
        Variables that would be read from it.
    needed
        Whether nothing of the drop can be used without it.
    rule
        ``missing_column``, ``duplicate_heading`` or ``empty_table``.
    words
        What is said of it: the nearest heading, and what its lack costs.
    """

    table: str
    heading: str | None
    variables: tuple[str, ...]
    needed: bool
    rule: str
    words: str


def unusable_columns(
    mapping: CenterMapping, dictionary: Dictionary, tables: Mapping[str, RawTable]
) -> list[Unusable]:
    """Find the columns that cannot be told, in the order in which the mapping asks for them."""
    read: dict[tuple[str, str], dict[str | None, None]] = {}
    for use in uses_of(mapping):
        read.setdefault((use.table, use.heading), {})[use.variable] = None
    needed = _needed(mapping, dictionary)
    found = []
    for (name, heading), asked in read.items():
        table = tables[name]
        if heading not in table.columns:
            rule = "missing_column"
            words = f"The column '{heading}' is missing; {did_you_mean(heading, table.columns)}"
            words += "" if words.endswith("?") else "."
        elif _stands_twice(table, heading, {other for at, other in read if at == name}):
            rule = "duplicate_heading"
            words = f"The heading '{heading}' stands over two columns that differ; "
            words += "only the center can say which of them is meant."
        else:
            continue
        variables = tuple(variable for variable in asked if variable is not None)
        costly = None in asked or not needed.isdisjoint(variables)
        words += "" if costly else _lacking(variables, dictionary)
        found.append(Unusable(name, heading, variables, costly, rule, words))
    return found


def empty_tables(
    mapping: CenterMapping, dictionary: Dictionary, tables: Mapping[str, RawTable]
) -> list[Unusable]:
    """Find the tables without rows; nobody is a patient if it is that of the patients."""
    needed = _needed(mapping, dictionary)
    found = []
    for name, table in tables.items():
        if len(table.rows):
            continue
        asked = dict.fromkeys(u.variable for u in uses_of(mapping) if u.table == name)
        variables = tuple(variable for variable in asked if variable is not None)
        costly = name == mapping.first_table or not needed.isdisjoint(variables)
        words = f"The table '{name}' holds no row."
        words += "" if costly else _lacking(variables, dictionary)
        found.append(Unusable(name, None, variables, costly, "empty_table", words))
    return found


def _lacking(variables: tuple[str, ...], dictionary: Dictionary) -> str:
    labels = [dictionary[one].label for one in variables if one in dictionary]
    return f" Until then all patients lack: {', '.join(labels)}." if labels else ""


def _needed(mapping: CenterMapping, dictionary: Dictionary) -> set[str]:
    """Variables that are not spared, and all that they ask about."""
    waiting = [variable.name for variable in dictionary if variable.needed != "spared"]
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in needed and name in mapping.variables:
            needed.add(name)
            waiting += asked_by(mapping.variables[name])
    return needed


def _stands_twice(table: RawTable, heading: str, read: set[str]) -> bool:
    """Whether another column that nobody reads has the same heading and other texts."""
    for problem in table.problems:
        if problem.kind is ProblemKind.DUPLICATE_HEADING and problem.raw == heading:
            other = table.columns.get(problem.column or "")
            if other is None or other.heading in read:
                continue
            if not np.array_equal(other.text, table.columns[heading].text):
                return True
    return False
