"""Columns of the ADaM-like tables: their names of eight signs, labels, kinds and origins."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from multicentric.dictionary import Dictionary, Variable
from multicentric.protocol import Derived, Study

Kind = Literal["text", "integer", "number", "date"]
Origin = Literal["Collected", "Derived", "Assigned", "Predecessor"]

LONGEST_NAME = 8
LONGEST_LABEL = 40
# Standard names for what the study calls so; the label decides nothing.
_STANDARD = {"sex": "SEX", "age": "AGE"}


@dataclass(frozen=True)
class Column:
    """One column of an exported table.

    Attributes
    ----------
    source
        The study's own name, empty for what the export assigns.
    origin, method
        In the words of Define-XML: where the values come from, and how they were made.
    codes
        Code to label.
    """

    name: str
    label: str
    kind: Kind
    source: str = ""
    origin: Origin = "Assigned"
    method: str = ""
    codes: dict[str, str] = field(default_factory=dict)


def names_of(
    sources: Iterable[str], taken: Iterable[str], suffixes: dict[str, str]
) -> dict[str, str]:
    """A name of at most eight capital letters, digits and ``_`` for each of the study's names.

    Vowels inside a name go first, from its end; what is still too long is cut; what is still not
    unique gets a digit.

    Parameters
    ----------
    suffixes
        What a name must end with, such as ``DT`` for a date.
    """
    given: dict[str, str] = {}
    used = set(taken)
    for source in sources:
        suffix = suffixes.get(source, "")
        # A date leaves room for the F of its imputation flag.
        room = LONGEST_NAME - len(suffix) - (suffix == "DT")
        stem = _STANDARD.get(source) or _short(_without(source, suffix), room)
        name, number = f"{stem}{suffix}", 1
        while name in used:
            number += 1
            name = f"{stem[: room - len(str(number))]}{number}{suffix}"
        used.add(name)
        given[source] = name
    return given


def _without(source: str, suffix: str) -> str:
    return source.removesuffix("_date") if suffix == "DT" else source


def _short(source: str, room: int) -> str:
    words = [word for word in re.sub(r"[^A-Za-z0-9]+", " ", source).upper().split() if word]
    text = "".join(words)
    at = len(text) - 1
    while len(text) > room and at > 0:
        if text[at] in "AEIOU":
            text = text[:at] + text[at + 1 :]
        at -= 1
    return text[:room] if text[:1].isalpha() else f"X{text}"[:room]


def label_of(text: str) -> str:
    """A label of at most forty signs, in ASCII as the transport format has it."""
    plain = text.encode("ascii", "replace").decode()
    return plain if len(plain) <= LONGEST_LABEL else f"{plain[: LONGEST_LABEL - 3].rstrip()}..."


def columns_of_study(study: Study, dictionary: Dictionary, taken: Iterable[str]) -> list[Column]:
    """A column for each variable of the dictionary and each derived one, in that order."""
    kinds = {variable.name: variable.kind for variable in dictionary}
    kinds |= {name: "flag" for name, derived in study.derived.items() if derived.flag is not None}
    ends = {"date": "DT", "flag": "FL"}
    suffixes = {name: ends[kind] for name, kind in kinds.items() if kind in ends}
    sources = [*dictionary.names, *study.derived]
    names = names_of(sources, taken, suffixes)
    sent = [_sent(variable, names[variable.name]) for variable in dictionary]
    made = [_made(derived, name, names[name]) for name, derived in study.derived.items()]
    return [*sent, *made]


def _sent(variable: Variable, name: str) -> Column:
    kinds: dict[str, Kind] = {
        "code": "text",
        "text": "text",
        "flag": "text",
        "integer": "integer",
        "number": "number",
        "date": "date",
    }
    unit = f" ({variable.unit})" if variable.unit else ""
    return Column(
        name=name,
        label=label_of(variable.label + unit),
        kind=kinds[variable.kind],
        source=variable.name,
        origin="Collected",
        method=variable.description,
        codes={"Y": "Yes", "N": "No"} if variable.kind == "flag" else dict(variable.codes),
    )


def _made(derived: Derived, source: str, name: str) -> Column:
    unit = f" ({derived.unit})" if derived.unit else ""
    kind: Kind = "number" if derived.years_between is not None else "text"
    return Column(
        name=name,
        label=label_of(derived.label + unit),
        kind=kind,
        source=source,
        origin="Derived",
        method=_method(derived),
        codes={"Y": "Yes", "N": "No"} if derived.flag is not None else dict(derived.codes),
    )


def _method(derived: Derived) -> str:
    if derived.years_between is not None:
        return f"Years of 365.25 days from {' to '.join(derived.years_between)}"
    if derived.flag is not None:
        return f"Whether {derived.flag}"
    cases = "; ".join(f"{case.then} if {case.when}" for case in derived.cases or [])
    return f"First of: {cases}; otherwise {derived.otherwise}"
