"""The texts of a mapping (codes, constants) as values of the dictionary's kinds."""

from __future__ import annotations

import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from multicentric.dictionary import Variable
from multicentric.mapping.dates import FIRST_YEAR, LAST_YEAR
from multicentric.mapping.folding import Folding, tidy

# Text, whole number, number, yes-or-no or date: what a cell of the harmonized table can hold.
Value = Any


def value_of(text: str, variable: Variable) -> Value | None:
    """The value that a text of the mapping or of the dictionary's own form stands for, or None.

    Codes must be of the codelist, flags are yes or no, numbers have a decimal point, dates are
    written YYYY-MM-DD.
    """
    if variable.kind == "code":
        return text if text in variable.codes else None
    if variable.kind == "flag":
        return {"yes": True, "no": False}.get(text)
    if variable.kind == "text":
        return text
    if variable.kind == "date":
        try:
            day = datetime.date.fromisoformat(text)
        except ValueError:
            return None
        return day if len(text) == 10 and FIRST_YEAR <= day.year <= LAST_YEAR else None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number_of(number, variable)


def copied_value(text: str, variable: Variable, fold: Folding) -> Value | None:
    """The value that a center's text already is, as its mapping compares texts; None if it is none.

    A text that can be two codes of the codelist, once folded, must be one of them to the letter.
    """
    exact = value_of(tidy(text), variable)
    if exact is not None or variable.kind not in ("code", "flag"):
        return exact
    known = variable.codes if variable.kind == "code" else ("yes", "no")
    same = [code for code in known if fold(code) == fold(text)]
    return value_of(same[0], variable) if len(same) == 1 else None


def number_of(number: Decimal, variable: Variable) -> int | float | None:
    """A number as the dictionary's kind; None where a whole number is wanted and it is none."""
    if not number.is_finite():
        return None
    if variable.kind == "integer":
        return int(number) if number == number.to_integral_value() and abs(number) < 2**53 else None
    return float(number)


def takes(variable: Variable) -> str:
    """What a mapping may write for a variable, in words."""
    if variable.kind == "code":
        return f"Known here: {', '.join(variable.codes)}."
    return {
        "flag": "It takes yes or no.",
        "integer": "It takes a whole number.",
        "number": "It takes a number with a decimal point.",
        "date": "It takes a date written YYYY-MM-DD.",
    }.get(variable.kind, "")
