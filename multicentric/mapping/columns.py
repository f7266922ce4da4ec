"""Which columns of a drop a mapping reads; all others stay in the raw file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from multicentric.documents import Location
from multicentric.mapping.language import Cell, Mapping
from multicentric.mapping.load import cells_of


def heading_of(cell: Cell) -> str:
    """Heading of the one column that a block reads."""
    box = getattr(cell, "checkbox", None)
    return str(box if isinstance(box, str) else cell.from_)


class Use(NamedTuple):
    """One column that the mapping reads, for which variable (if for one), and where it says so."""

    table: str
    heading: str
    variable: str | None
    location: Location


def uses_of(mapping: Mapping) -> Iterator[Use]:
    """Every column that the mapping reads, in the mapping's order."""
    for name, table in mapping.tables.items():
        if table.key is not None:
            yield Use(name, table.key, None, ("tables", name, "key"))
    if mapping.centers is not None:
        yield Use(mapping.first_table, mapping.centers.column, None, ("centers", "column"))
    for at, rule in enumerate(mapping.filters):
        for heading in rule.drop or rule.keep or {}:
            yield Use(mapping.table_of(rule), heading, None, ("filters", at))
    for location, cell, block in cells_of(mapping):
        name, variable = mapping.table_of(cell), str(location[1])
        if isinstance(block.checkbox, dict):
            for heading in block.checkbox:
                yield Use(name, heading, variable, (*location, "checkbox", heading))
        elif block.checkbox is not None:
            yield Use(name, block.checkbox, variable, (*location, "checkbox"))
        elif cell.from_ is not None:
            yield Use(name, cell.from_, variable, (*location, "from"))
        collapse = block.collapse
        if collapse is not None:
            place = (*location, "collapse")
            if collapse.by is not None:
                yield Use(name, heading_of(collapse.by), variable, (*place, "by", "from"))
            for option, where in (("where", collapse.where), ("until_first", collapse.until_first)):
                for heading in where or {}:
                    yield Use(name, heading, variable, (*place, option, heading))


def columns_read(mapping: Mapping) -> dict[tuple[str, str], tuple[str, ...]]:
    """Table and heading of every column that the mapping reads, with the variables read from it."""
    read: dict[tuple[str, str], dict[str, None]] = {}
    for use in uses_of(mapping):
        names = read.setdefault((use.table, use.heading), {})
        if use.variable is not None:
            names[use.variable] = None
    return {key: tuple(names) for key, names in read.items()}
