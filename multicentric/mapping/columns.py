"""Which columns of a drop a mapping reads; all others stay in the raw file."""

from __future__ import annotations

from multicentric.mapping.language import Cell, Mapping
from multicentric.mapping.load import cells_of


def heading_of(cell: Cell) -> str:
    """Heading of the one column that a block reads."""
    box = getattr(cell, "checkbox", None)
    return str(box if isinstance(box, str) else cell.from_)


def columns_read(mapping: Mapping) -> dict[tuple[str, str], tuple[str, ...]]:
    """Table and heading of every column that the mapping reads, with the variables read from it."""
    read: dict[tuple[str, str], dict[str, None]] = {}

    def use(table: str, heading: str, variable: str | None = None) -> None:
        names = read.setdefault((table, heading), {})
        if variable is not None:
            names[variable] = None

    for name, table in mapping.tables.items():
        use(name, table.key)
    if mapping.centers is not None:
        use(mapping.first_table, mapping.centers.column)
    for rule in mapping.filters:
        for heading in rule.drop or rule.keep or {}:
            use(mapping.table_of(rule), heading)
    for location, cell, block in cells_of(mapping):
        table_name, variable = mapping.table_of(cell), str(location[1])
        if isinstance(block.checkbox, dict):
            for heading in block.checkbox:
                use(table_name, heading, variable)
        elif cell.from_ is not None or block.checkbox is not None:
            use(table_name, heading_of(cell), variable)
        collapse = block.collapse
        if collapse is not None:
            if collapse.by is not None:
                use(table_name, heading_of(collapse.by), variable)
            for heading in (*(collapse.where or {}), *(collapse.until_first or {})):
                use(table_name, heading, variable)
    return {key: tuple(names) for key, names in read.items()}
