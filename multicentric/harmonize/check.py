"""A mapping beside the drop it was written for: headings and distinct texts, no patient's row.

Two kinds of answers: mistakes, which keep the center out, and advice, which a person should read
(texts that nothing maps, codes that never occur, codes that nothing maps to, filters without rows).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from multicentric.dictionary import Dictionary, Variable
from multicentric.documents import Location, Mistake, nearest
from multicentric.findings import Finding
from multicentric.harmonize.center import read_drop
from multicentric.harmonize.filled import convert_column
from multicentric.harmonize.intake import Intake
from multicentric.harmonize.rows import Joined, Patients, rows_where
from multicentric.harmonize.variables import Maker
from multicentric.keyed_hash import KeyedHash
from multicentric.mapping.check import mistakes_beside
from multicentric.mapping.columns import heading_of, uses_of
from multicentric.mapping.language import Cell, Mapping, VariableBlock
from multicentric.mapping.load import cells_of
from multicentric.reading import RawTable

EXAMPLES = 5


@dataclass
class Checked:
    """What a check found: mistakes must be mended, advice must be read."""

    mistakes: list[Mistake] = field(default_factory=list)
    advice: list[Mistake] = field(default_factory=list)

    def __add__(self, other: Checked) -> Checked:
        """Both findings, each in the order of files and lines."""
        return Checked(
            sorted({*self.mistakes, *other.mistakes}), sorted({*self.advice, *other.advice})
        )

    @property
    def exit_code(self) -> int:
        """1 where something must be mended, else 0."""
        return 1 if self.mistakes else 0


def check_center(
    mapping: Mapping,
    dictionary: Dictionary,
    drop: Path | None,
    secret: KeyedHash | None = None,
) -> Checked:
    """Check one mapping beside the dictionary and, where there is one, beside a drop.

    Everything is collected in one pass. The texts of a drop are looked at column by column; a
    message quotes texts of mapped columns only. The drop is read as the workflow reads it: what
    would put the center out there is a mistake here, in the same words.
    """
    checked = Checked(mistakes_beside(mapping, dictionary), list(_gaps(mapping, dictionary)))
    checked.advice += _unreached_codes(mapping, dictionary)
    if drop is None:
        return checked + Checked()
    intake = Intake(None)
    delivered = read_drop(drop, mapping, dictionary, intake, secret)
    for finding in intake.found:
        if finding.rule == "mapping_mistake":
            continue  # among the mistakes already, with its own remedy
        if finding.effect == "center held":
            checked.mistakes.append(_told(mapping, finding))
        elif finding.effect == "value removed":
            checked.advice.append(_told(mapping, finding))
    if delivered is not None:
        checked.advice += _advice(mapping, dictionary, delivered.tables)
    return checked + Checked()


def _told(mapping: Mapping, finding: Finding) -> Mistake:
    """What the workflow finds, at the line of the mapping that asks for it."""
    line = mapping.line(_location(mapping, finding))
    if finding.rule == "unreadable_file":
        return Mistake(mapping.file, line, finding.message)
    place = ", ".join(part for part in (finding.file, finding.sheet) if part)
    return Mistake(mapping.file, line, finding.message, f"({place})")


def _location(mapping: Mapping, finding: Finding) -> Location:
    for use in uses_of(mapping):
        same = (use.table, use.heading) == (finding.table, finding.column)
        if same and (use.variable in finding.variables or not finding.variables):
            return use.location
    for name, table in mapping.tables.items():
        same_file = finding.file in (table.file, table.dictionary)
        if finding.table == name or (same_file and table.sheet in (None, finding.sheet)):
            return ("tables", name, "file")
    return ("tables", mapping.first_table, "file")


def _gaps(mapping: Mapping, dictionary: Dictionary) -> Iterator[Mistake]:
    for variable in dictionary:
        if variable.name not in mapping.variables:
            yield Mistake(
                mapping.file,
                mapping.line(("variables",)),
                f"there is no block for '{variable.name}' ({variable.label}).",
                "Map it, or record why not with status: impossible or undetermined.",
            )


def _targets(cell: Cell, block: VariableBlock) -> set[str] | None:
    """The codes that a cell can give; None where it can give all (copy)."""
    if isinstance(block.checkbox, dict):
        return set(block.checkbox.values())
    for option in (cell.codes, cell.labels, cell.classes):
        if option is not None:
            return {*option.values(), *([] if cell.empty is None else [cell.empty])}
    return None


def _unreached_codes(mapping: Mapping, dictionary: Dictionary) -> Iterator[Mistake]:
    """Codes of the codelist that nothing maps to."""
    reached: dict[str, set[str] | None] = {}
    for location, cell, block in cells_of(mapping):
        name = str(location[1])
        targets = _targets(cell, block)
        known = reached.setdefault(name, set())
        reached[name] = None if known is None or targets is None else known | targets
    for name, codes in reached.items():
        if name not in dictionary or codes is None or dictionary[name].kind != "code":
            continue
        never = [code for code in dictionary[name].codes if code not in codes]
        if never:
            yield Mistake(
                mapping.file,
                mapping.line(("variables", name)),
                f"nothing maps to {', '.join(never)} of {name}.",
            )


def _advice(
    mapping: Mapping, dictionary: Dictionary, tables: dict[str, RawTable]
) -> Iterator[Mistake]:
    joined = {
        name: Joined(name, mapping.tables[name], table, np.arange(len(table.rows)), [])
        for name, table in tables.items()
    }
    maker = Maker(mapping, dictionary, Patients([], joined))
    for location, cell, block in cells_of(mapping):
        name = str(location[1])
        if isinstance(block.checkbox, dict) or (cell.from_ is None and block.checkbox is None):
            continue
        if name in maker.without_column:
            continue
        yield from _beside_texts(maker, location, cell, dictionary[name])
    for name, declared in mapping.tables.items():
        for heading in declared.harmless:
            if heading not in tables[name].columns:
                line = mapping.line(("tables", name, "harmless", heading))
                problem = f"the column '{heading}', declared harmless, is not there."
                yield Mistake(mapping.file, line, problem, nearest(heading, tables[name].columns))
    yield from _unreached_filters(mapping, tables)


def _unreached_filters(mapping: Mapping, tables: dict[str, RawTable]) -> Iterator[Mistake]:
    """Filters that leave out no row, be it that those before them left none."""
    kept = {name: np.ones(len(table.rows), dtype=bool) for name, table in tables.items()}
    for at, rule in enumerate(mapping.filters):
        name = mapping.table_of(rule)
        matching = rows_where(tables[name], rule.drop or rule.keep or {}, mapping.fold)
        gone = matching if rule.drop else ~matching
        if not (kept[name] & gone).any():
            line = mapping.line(("filters", at))
            before = ": those before it left out all that it means" if gone.any() else ""
            problem = f"the filter '{rule.id}' leaves out no row{before}."
            yield Mistake(mapping.file, line, problem)
        kept[name] &= ~gone


def _beside_texts(
    maker: Maker, location: Location, cell: Cell, variable: Variable
) -> Iterator[Mistake]:
    mapping = maker.mapping
    table = maker.patients.tables[mapping.table_of(cell)].table
    heading = heading_of(cell)
    path = ".".join(str(part + 1) if isinstance(part, int) else part for part in location)
    results, index = convert_column(table, heading, maker.conversion(cell, variable, path))
    counts = np.bincount(index, minlength=len(results))
    texts: dict[int, str] = {}
    for number, text in zip(index.tolist(), table.columns[heading].text, strict=True):
        texts.setdefault(number, text)
    strange = [
        (int(counts[number]), texts[number])
        for number, result in enumerate(results)
        if result.outcome in ("unmapped", "unreadable") and counts[number]
    ]
    if strange:
        strange.sort(key=lambda one: (-one[0], one[1]))
        shown = ", ".join(f"'{text}' ({n})" for n, text in strange[:EXAMPLES])
        more = f" and {len(strange) - EXAMPLES} more" if len(strange) > EXAMPLES else ""
        yield Mistake(
            mapping.file,
            mapping.line(location),
            f"nothing is made of {shown}{more} in column '{heading}'.",
        )
    seen = {result.rule for number, result in enumerate(results) if counts[number]}
    for option in ("codes", "labels", "missing"):
        never = [raw for raw in getattr(cell, option) or {} if f"{path}.{option}.{raw}" not in seen]
        if never:
            yield Mistake(
                mapping.file,
                mapping.line((*location, option, never[0])),
                f"{', '.join(repr(raw) for raw in never)} never occurs in column '{heading}'.",
            )
