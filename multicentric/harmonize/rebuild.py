"""From a cell's lineage back to its value: the proof that lineage tells the whole story.

Nothing but the lineage row, the mapping and the dictionary is asked. Where this and the harmonized
table differ, one of them is wrong; a test and ``multicentric audit verify`` compare them.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from multicentric.dictionary import Dictionary, Variable
from multicentric.harmonize.conversion import Converted, Reading, box_ticked, conversion_of
from multicentric.mapping import thresholds
from multicentric.mapping.dates import NATIVE, read_dates, read_native
from multicentric.mapping.language import Cell, Mapping, VariableBlock
from multicentric.mapping.numbers import read_number
from multicentric.mapping.values import Value, copied_value, number_of, value_of

_WITHOUT_VALUE = ("missing", "unmapped", "unreadable")
_DAYS = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}


class Unexplained(ValueError):
    """A lineage row whose text and place in the mapping do not lead to a value."""


@dataclass(frozen=True)
class Trace:
    """One row of lineage, as far as a value follows from it."""

    variable: str
    raw: str | None
    rule: str
    outcome: str
    eligible_rows: str | None = None


def rebuild(trace: Trace, mapping: Mapping, dictionary: Dictionary) -> Value:
    """Rebuild a harmonized value; None where lineage says that there is none.

    Raises
    ------
    Unexplained
        The raw text does not lead to a value by the rule that lineage names.
    """
    if trace.outcome in _WITHOUT_VALUE:
        return None
    variable = dictionary[trace.variable]
    if trace.rule.startswith("corrections."):
        return _corrected(trace, mapping, variable)
    location, rest = mapping.location_of(trace.rule)
    block = mapping.variables[trace.variable]
    cell: Cell = block
    steps = list(location[2:])
    if steps[:1] == ["coalesce"] and block.coalesce is not None:
        cell = block.coalesce[int(steps[1])]
        steps = steps[2:]
    value = _Rebuilding(trace, mapping, variable, block, cell).by(str(steps[0]), steps[1:], rest)
    if value is None:
        raise Unexplained(f"{trace.rule}: '{trace.raw}' gives no value")
    return value


def _corrected(trace: Trace, mapping: Mapping, variable: Variable) -> Value:
    correction = mapping.corrections[int(trace.rule.partition(".")[2]) - 1]
    if mapping.fold(correction.was) != mapping.fold(trace.raw or ""):
        raise Unexplained(f"{trace.rule}: '{trace.raw}' is not what was found wrong")
    block = mapping.variables[correction.variable]
    reading = Reading(
        f"variables.{correction.variable}",
        variable,
        mapping.fold,
        mapping.center.language,
        mapping.tables[mapping.table_of(block)].decimal,
        items=frozenset(mapping.fold(item) for item in correction.becomes.split(",")),
    )
    converted: Converted = conversion_of(block, reading)(correction.becomes or None, False)
    return converted.value


@dataclass(frozen=True)
class _Rebuilding:
    trace: Trace
    mapping: Mapping
    variable: Variable
    block: VariableBlock
    cell: Cell

    def by(self, verb: str, steps: list[Any], rest: str) -> Value:
        native = rest == NATIVE
        raw = self.trace.raw
        if verb == "empty":
            return None if raw is not None else self._value(self.cell.empty)
        if verb == "constant":
            return self._value(self.block.constant)
        if verb == "collapse":
            return len([row for row in (self.trace.eligible_rows or "").split(", ") if row])
        if raw is None:
            return None
        if verb == "codes":
            same = self.mapping.fold(raw) == self.mapping.fold(str(steps[0]))
            return self._value((self.cell.codes or {})[str(steps[0])]) if same else None
        if verb == "labels":
            return self._value((self.cell.labels or {})[str(steps[0])])
        if verb == "classes":
            number = self._number(raw, native)
            inside = number is not None and thresholds.holds(number, str(steps[0]))
            return self._value((self.cell.classes or {})[str(steps[0])]) if inside else None
        if verb == "number" or (verb == "from" and self.variable.kind in ("integer", "number")):
            number = self._number(raw, native)
            return None if number is None else number_of(number, self.variable)
        if verb == "from":
            return copied_value(raw, self.variable, self.mapping.fold)
        if verb == "dates":
            return self._day(raw, (self.cell.dates or ())[steps[0]] if steps else rest)
        if verb == "contains":
            items = {self.mapping.fold(item) for item in raw.split(self.cell.separator)}
            return not items.isdisjoint(map(self.mapping.fold, self.cell.contains or ()))
        if verb == "checkbox":
            return self._ticked(raw, steps)
        if verb == "duration" and self.block.duration is not None:
            first, last = re.findall(r"= (\d{4}-\d{2}-\d{2})", raw)
            between = datetime.date.fromisoformat(last) - datetime.date.fromisoformat(first)
            return between.days / _DAYS[self.block.duration.unit]
        raise Unexplained(f"{self.trace.rule}: no verb of the language")

    def _value(self, text: str | None) -> Value:
        return None if text is None else value_of(text, self.variable)

    def _number(self, raw: str, native: bool) -> Decimal | None:
        how = self.cell.number
        table = self.mapping.tables[self.mapping.table_of(self.cell)]
        decimal = "." if native else (how.decimal if how else None) or table.decimal
        thousands = how.thousands if how and not native else ""
        found = read_number(raw, decimal=decimal, thousands=thousands, unit=how.unit if how else "")
        if found is None:
            return None
        halved = found.bound == "<" and how is not None and how.below == "half"
        value = found.value / 2 if halved else found.value
        return value * Decimal(how.factor) if how and how.factor else value

    def _day(self, raw: str, form: str) -> Value:
        if form == NATIVE:
            return read_native(raw)
        impute = self.cell.impute.parts() if self.cell.impute else None
        found = read_dates(
            raw,
            [form],
            language=self.mapping.center.language,
            impute=impute,
            years_from=self.cell.years_from,
        )
        return found[0].day if found else None

    def _ticked(self, raw: str, steps: list[Any]) -> Value:
        boxes = self.block.checkbox
        if not isinstance(boxes, dict):
            return box_ticked(raw)
        answers = dict(zip(boxes, raw.split("; "), strict=True))
        alone = [heading for heading, text in answers.items() if box_ticked(text or None)]
        return self._value(boxes[alone[0]]) if alone == [str(steps[0])] else None
