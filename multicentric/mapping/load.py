"""From a mapping file to a typed mapping, or to all its mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from multicentric.documents import (
    Document,
    Location,
    Mistake,
    Mistakes,
    nearest,
    parse_document,
    read_document,
    validate_document,
)
from multicentric.mapping.language import Cell, Mapping, VariableBlock
from multicentric.mapping.order import cycle_in


def load_mapping(path: Path, shown_as: str | None = None) -> Mapping:
    """Read a center's mapping.

    Parameters
    ----------
    path
        The file.
    shown_as
        The name under which mistakes mention it; the path as given by default.

    Raises
    ------
    Mistakes
        Everything that is wrong with the mapping in itself, each with its line. What can only be
        told beside the dictionary or a drop is found by `multicentric.mapping.check`.
    """
    return _typed(read_document(path, shown_as))


def parse_mapping(text: str, name: str = "mapping.yaml") -> Mapping:
    """Read a mapping from its text; see `load_mapping`."""
    return _typed(parse_document(text, name))


def sound_part(path: Path, shown_as: str | None = None) -> Mapping | None:
    """What is left of a mapping whose variables' blocks are wrong, so that the rest can be checked.

    Returns
    -------
    Mapping or None
        The mapping with its wrong blocks as undetermined; None where more than blocks is wrong.
    """
    try:
        part = _part(read_document(path, shown_as))
    except Mistakes:
        return None
    return None if part is None or list(_mistakes(part)) else part


def _typed(document: Document) -> Mapping:
    try:
        mapping = _of(document)
    except Mistakes as mistakes:
        part = _part(document)
        also = [] if part is None else _mistakes(part)
        raise Mistakes([*mistakes.mistakes, *also]) from None
    found = list(_mistakes(mapping))
    if found:
        raise Mistakes(found)
    return mapping


def _of(document: Document) -> Mapping:
    mapping = validate_document(document, Mapping)
    mapping._document = document
    return mapping


def _part(document: Document) -> Mapping | None:
    """The mapping without its wrong blocks, and without the corrections of their variables."""
    said = document.value
    blocks = said.get("variables") if isinstance(said, dict) else None
    if not isinstance(blocks, dict):
        return None
    wrong = {name for name, block in blocks.items() if not _is_block(block)}
    instead = {"status": "undetermined", "reason": "Its block is wrong."}
    kept = {name: instead if name in wrong else block for name, block in blocks.items()}
    corrections = said.get("corrections", [])
    if wrong and isinstance(corrections, list) and all(isinstance(c, dict) for c in corrections):
        said = {**said, "corrections": [c for c in corrections if c.get("variable") not in wrong]}
    try:
        return _of(Document(document.file, {**said, "variables": kept}, document.lines))
    except Mistakes:
        return None


def _is_block(block: Any) -> bool:
    try:
        VariableBlock.model_validate(block)
    except ValidationError:
        return False
    return True


def cells_of(mapping: Mapping) -> Iterator[tuple[Location, Cell, VariableBlock]]:
    """Every cell that the mapping reads for a variable, with its place and the variable's block."""
    for name, block in mapping.variables.items():
        if not block.made:
            continue
        if block.coalesce:
            for number, cell in enumerate(block.coalesce):
                yield ("variables", name, "coalesce", number), cell, block
        elif block.verb not in ("constant", "duration"):
            yield ("variables", name), block, block


def _mistakes(mapping: Mapping) -> Iterator[Mistake]:
    def mistake(location: Location, problem: str, remedy: str = "") -> Mistake:
        return Mistake(mapping.file, mapping.line(location), problem, remedy)

    named: list[tuple[Location, str | None]] = [
        *((("filters", at), rule.table) for at, rule in enumerate(mapping.filters)),
        *((location, cell.table) for location, cell, _ in cells_of(mapping)),
    ]
    for place, name in named:
        if name is not None and name not in mapping.tables:
            problem = f"there is no table '{name}'."
            yield mistake((*place, "table"), problem, nearest(name, mapping.tables))
    for location, cell, block in cells_of(mapping):
        table = mapping.tables.get(mapping.table_of(cell))
        if table is None:
            continue
        if table.rows == "visit" and block.collapse is None:
            yield mistake(
                location,
                f"the table '{mapping.table_of(cell)}' has many rows per patient.",
                "Say with collapse which of them gives the value.",
            )
        if table.rows == "patient" and block.collapse is not None:
            yield mistake(
                (*location, "collapse"),
                f"the table '{mapping.table_of(cell)}' has one row per patient, "
                "so there is nothing to collapse.",
            )
        for option in ("codes", "labels", "missing"):
            yield from _colliding(mapping, (*location, option), getattr(cell, option) or {})
    ids = [rule.id for rule in mapping.filters]
    for at, name in enumerate(ids):
        if name in ids[:at]:
            yield mistake(("filters", at, "id"), f"the filter '{name}' stands here a second time.")
    yield from _correction_mistakes(mapping)
    cycle = cycle_in(mapping)
    if cycle:
        yield mistake(
            ("variables", cycle[0]), f"the variables depend on each other: {' → '.join(cycle)}."
        )


def _colliding(mapping: Mapping, location: Location, codes: dict[str, str]) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for raw, code in codes.items():
        first = seen.setdefault(mapping.fold(raw), raw)
        if codes[first] != code:
            yield Mistake(
                mapping.file,
                mapping.line((*location, raw)),
                f"'{raw}' and '{first}' are the same text as this mapping compares them, "
                f"but mean '{code}' and '{codes[first]}'.",
                "Change the text block or one of them.",
            )


def _correction_mistakes(mapping: Mapping) -> Iterator[Mistake]:
    seen: set[tuple[str, str]] = set()
    for at, correction in enumerate(mapping.corrections):
        line = mapping.line(("corrections", at))
        block = mapping.variables.get(correction.variable)
        if block is None:
            remedy = nearest(correction.variable, mapping.variables)
            problem = f"there is no variable '{correction.variable}'."
            yield Mistake(mapping.file, line, problem, remedy)
        elif block.from_ is None or block.collapse is not None or not block.made:
            yield Mistake(
                mapping.file,
                line,
                f"'{correction.variable}' is not read from one cell, so no cell can be corrected.",
            )
        key = correction.patient, correction.variable
        if key in seen:
            problem = f"{correction.variable} of {correction.patient} is corrected a second time."
            yield Mistake(mapping.file, line, problem)
        seen.add(key)
