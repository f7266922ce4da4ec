"""One raw text to one value, or to the reason why there is none: the verbs at work.

A text is converted once, however many cells hold it. Nothing is guessed: a text that the mapping
does not provide for becomes no value, and a problem that turns into a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from multicentric.dictionary import Variable
from multicentric.mapping import thresholds
from multicentric.mapping.dates import NATIVE, read_dates, read_native
from multicentric.mapping.folding import Folding, tidy
from multicentric.mapping.language import Cell
from multicentric.mapping.numbers import read_number
from multicentric.mapping.values import Value, copied_value, number_of, value_of
from multicentric.reading import RawColumn

_BOX = {"1": True, "checked": True, "0": False, "unchecked": False}


class Converted(NamedTuple):
    """What became of a raw text.

    Attributes
    ----------
    value
        None where there is none.
    outcome
        ``copied``, ``mapped``, ``converted``, ``derived``, ``imputed``, ``missing``, ``unmapped``
        or ``unreadable``.
    rule
        Place in the mapping that decided.
    reason
        Why a value is missing, where the outcome is ``missing``.
    problem
        Rule id of the finding that this raises, if any.
    words
        What a finding says of the text, after the variable's label.
    """

    value: Value
    outcome: str
    rule: str
    reason: str | None = None
    problem: str | None = None
    words: str = ""


# Raw text (None for an empty cell), and whether the file gives it a type, to what becomes of it.
Conversion = Callable[[str | None, bool], Converted]
_Verb = Callable[[str, bool], Converted]


@dataclass(frozen=True)
class Reading:
    """What surrounds a cell: how its table and its center write, and what its file says of it.

    Attributes
    ----------
    path
        Place of the cell's block in the mapping, such as ``variables.sex``.
    items
        For lists: every item that some block of the same column names.
    """

    path: str
    variable: Variable
    fold: Folding
    language: str = "en"
    decimal: str = "."
    labels: Mapping[str, str] = field(default_factory=dict)
    declared_missing: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        path: str,
        variable: Variable,
        fold: Folding,
        column: RawColumn,
        *,
        language: str,
        decimal: str,
        items: frozenset[str],
    ) -> Reading:
        """With what the file says of the column: labels, and codes that it declares missing."""
        return cls(path, variable, fold, language, decimal, column.labels, column.missing, items)


def conversion_of(cell: Cell, reading: Reading) -> Conversion:
    """Make the function that a cell's block describes: raw text, and whether it is typed, to value.

    In this order: an empty cell, a declared missing code, the verb. A code that the file itself
    declares missing counts as missing where the verb does not map it.
    """
    verb = _VERBS[cell.verb](cell, reading)
    if cell.verb == "number" and cell.classes:
        verb = _classes(cell, reading)
    missing = {reading.fold(raw): (raw, reason) for raw, reason in cell.missing.items()}
    empty = None if cell.empty is None else value_of(cell.empty, reading.variable)

    def convert(text: str | None, typed: bool) -> Converted:
        if text is None:
            if empty is not None:
                return Converted(empty, "mapped", f"{reading.path}.empty")
            return Converted(None, "missing", f"{reading.path}.from", reason="empty")
        if missing:
            raw, reason = missing.get(reading.fold(text), (None, None))
            if reason:
                return Converted(None, "missing", f"{reading.path}.missing.{raw}", reason=reason)
        converted = verb(text, typed)
        declared = tidy(text) in reading.declared_missing
        if declared and converted.outcome != "mapped":
            return Converted(None, "missing", f"{reading.path}.from", reason="declared_missing")
        return converted

    return convert


def _unmapped(reading: Reading, text: str, part: str) -> Converted:
    words = f"'{text}' is no code that the center's mapping provides for."
    return Converted(None, "unmapped", f"{reading.path}.{part}", None, "unmapped_code", words)


def _copy(cell: Cell, reading: Reading) -> _Verb:
    number = reading.variable.kind in ("integer", "number")
    read = _number(cell, reading) if number else None

    def convert(text: str, typed: bool) -> Converted:
        if read is not None:
            converted = read(text, typed)
            outcome = "copied" if converted.outcome == "converted" else converted.outcome
            native = f".{NATIVE}" if converted.rule.endswith(f".{NATIVE}") else ""
            return converted._replace(outcome=outcome, rule=f"{reading.path}.from{native}")
        value = copied_value(text, reading.variable, reading.fold)
        if value is None:
            return _unmapped(reading, text, "from")
        return Converted(value, "copied", f"{reading.path}.from")

    return convert


def _codes(cell: Cell, reading: Reading) -> _Verb:
    codes = {
        reading.fold(raw): (raw, value_of(code, reading.variable))
        for raw, code in (cell.codes or {}).items()
    }

    def convert(text: str, typed: bool) -> Converted:
        raw, value = codes.get(reading.fold(text), (None, None))
        if value is None:
            return _unmapped(reading, text, "codes")
        return Converted(value, "mapped", f"{reading.path}.codes.{raw}")

    return convert


def _labels(cell: Cell, reading: Reading) -> _Verb:
    codes = {
        reading.fold(label): (label, value_of(code, reading.variable))
        for label, code in (cell.labels or {}).items()
    }

    def convert(text: str, typed: bool) -> Converted:
        label = reading.labels.get(tidy(text))
        if label is None:
            words = f"'{text}' is a code to which the file gives no label."
            place = f"{reading.path}.labels"
            return Converted(None, "unmapped", place, None, "unmapped_code", words)
        written, value = codes.get(reading.fold(label), (None, None))
        if value is None:
            return _unmapped(reading, f"{text} = {label}", "labels")
        return Converted(value, "mapped", f"{reading.path}.labels.{written}")

    return convert


class _Exact(NamedTuple):
    number: Decimal
    bounded: str
    rule: str


def _exact(cell: Cell, reading: Reading, text: str, typed: bool) -> _Exact | Converted:
    """The exact number of a cell in the dictionary's unit, or why there is none."""
    how = cell.number
    decimal = (how.decimal if how else None) or reading.decimal
    place = f"{reading.path}.number" + (f".{NATIVE}" if typed and decimal != "." else "")
    unit = how.unit if how else ""
    found = read_number(
        text,
        decimal="." if typed else decimal,
        thousands="" if typed or how is None else how.thousands,
        unit=unit,
    )
    if found is None:
        words = f"'{text}' cannot be read as a number."
        return Converted(None, "unreadable", place, None, "unreadable_number", words)
    value = found.value
    if found.bound:
        side = "below" if found.bound == "<" else "above"
        stands_for = getattr(how, side, None)
        if stands_for is None:
            words = f"'{text}' is a bound, and the mapping does not say what stands for it."
            return Converted(None, "unreadable", place, None, "unreadable_number", words)
        place = f"{reading.path}.number.{side}"
        value = value / 2 if stands_for == "half" else value
    if how and how.factor:
        value *= Decimal(how.factor)
    return _Exact(value, found.bound, place)


def _number(cell: Cell, reading: Reading) -> _Verb:
    def convert(text: str, typed: bool) -> Converted:
        exact = _exact(cell, reading, text, typed)
        if isinstance(exact, Converted):
            return exact
        value = number_of(exact.number, reading.variable)
        if value is None:
            words = f"'{text}' is no whole number."
            return Converted(None, "unreadable", exact.rule, None, "unreadable_number", words)
        if exact.bounded:
            words = f"'{text}' is a bound; {value:g} stands for it."
            return Converted(value, "imputed", exact.rule, None, "bounded_number", words)
        return Converted(value, "converted", exact.rule)

    return convert


def _classes(cell: Cell, reading: Reading) -> _Verb:
    classes = {
        text: value_of(code, reading.variable) for text, code in (cell.classes or {}).items()
    }

    def convert(text: str, typed: bool) -> Converted:
        exact = _exact(cell, reading, text, typed)
        if isinstance(exact, Converted):
            return exact
        for written, value in classes.items():
            if value is not None and thresholds.holds(exact.number, written):
                place = f"{reading.path}.classes.{written}"
                if exact.bounded:
                    words = f"'{text}' is a bound; the class '{written}' was taken for it."
                    return Converted(value, "imputed", place, None, "bounded_number", words)
                return Converted(value, "mapped", place)
        words = f"'{text}' lies in none of the classes of the center's mapping."
        place = f"{reading.path}.classes"
        return Converted(None, "unmapped", place, None, "unmapped_code", words)

    return convert


def _dates(cell: Cell, reading: Reading) -> _Verb:
    forms = cell.dates or ()
    read = partial(
        read_dates,
        forms=forms,
        language=reading.language,
        impute=cell.impute.parts() if cell.impute else None,
        years_from=cell.years_from,
    )
    place = f"{reading.path}.dates"

    def convert(text: str, typed: bool) -> Converted:
        native = read_native(text) if typed else None
        if native is not None:
            return Converted(native, "converted", f"{place}.{NATIVE}")
        found = [] if typed else read(text)
        days = sorted({one.day for one in found})
        if len(days) > 1:
            readings = " or ".join(day.isoformat() for day in days)
            words = f"'{text}' can be {readings}; the order of day and month is open."
            return Converted(None, "unreadable", place, None, "ambiguous_date", words)
        if not found:
            words = f"'{text}' cannot be read as a date ({', '.join(forms)})."
            return Converted(None, "unreadable", place, None, "unreadable_date", words)
        # The same day by two formats: the one that needed no completion tells it.
        first = min(found, key=lambda one: one.imputed)
        rule = f"{place}.{first.form}"
        if first.imputed:
            words = f"'{text}' is not a full date; it was completed to {first.day.isoformat()}."
            return Converted(first.day, "imputed", rule, None, "imputed_date", words)
        return Converted(first.day, "converted", rule)

    return convert


def _contains(cell: Cell, reading: Reading) -> _Verb:
    wanted = {reading.fold(item) for item in cell.contains or ()}

    def convert(text: str, typed: bool) -> Converted:
        items = [reading.fold(item) for item in text.split(cell.separator)]
        items = [item for item in items if item]
        strangers = [item for item in items if item not in reading.items]
        if strangers or not items:
            words = f"'{strangers[0] if strangers else text}' is no item that the mapping names."
            place = f"{reading.path}.contains"
            return Converted(None, "unmapped", place, None, "unmapped_code", words)
        found = not wanted.isdisjoint(items)
        return Converted(found, "mapped", f"{reading.path}.contains")

    return convert


def box_ticked(text: str | None) -> bool | None:
    """Whether a check box is ticked; None where its cell is empty or says something else."""
    return None if text is None else _BOX.get(tidy(text).casefold())


def _checkbox(cell: Cell, reading: Reading) -> _Verb:
    def convert(text: str, typed: bool) -> Converted:
        ticked = box_ticked(text)
        if ticked is None:
            return _unmapped(reading, text, "checkbox")
        return Converted(ticked, "mapped", f"{reading.path}.checkbox")

    return convert


_VERBS: dict[str, Callable[[Cell, Reading], _Verb]] = {
    "copy": _copy,
    "codes": _codes,
    "labels": _labels,
    "number": _number,
    "dates": _dates,
    "contains": _contains,
    "checkbox": _checkbox,
}
