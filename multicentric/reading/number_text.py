"""Numbers and dates of a typed cell as the text that a person saw."""

from __future__ import annotations

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

_LITERAL_SIGNS = "$-+/():!^&'~{}<>= "


class NumberFormat(NamedTuple):
    """What of a spreadsheet's number format changes a value's text.

    Attributes
    ----------
    percent_decimals
        Decimals of a percentage, None where the format is none.
    template
        Pieces of a format of zeros and fixed text ("AR-"000): "0" for a digit, "'" and a sign
        for fixed text. Empty for any other format.
    shows_year, shows_month, shows_day
        Parts of a date that the format shows.
    """

    percent_decimals: int | None
    template: tuple[str, ...]
    shows_year: bool
    shows_month: bool
    shows_day: bool


def number_text(value: int | float) -> str:
    """Shortest decimal text that is exactly `value`: 90.0 is "90", 1e-05 is "0.00001"."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


@lru_cache(maxsize=1024)
def number_format(code: str) -> NumberFormat:
    """Read a number format of a spreadsheet; only its section for positive numbers counts."""
    tokens = _tokens(code)
    placeholders = "".join(sign for sign, literal in tokens if not literal)
    decimals = None
    if "%" in placeholders:
        _, _, fraction = placeholders.partition("%")[0].partition(".")
        decimals = len(re.findall("[0#?]", fraction))
    bare = [(sign, literal or sign in _LITERAL_SIGNS) for sign, literal in tokens]
    template: tuple[str, ...] = ()
    zeros = sum(1 for sign, literal in bare if not literal and sign == "0")
    plain = all(literal or sign == "0" for sign, literal in bare)
    if plain and zeros and (zeros > 1 or any(literal for _, literal in bare)):
        template = tuple("0" if not literal else f"'{sign}" for sign, literal in bare)
    letters = placeholders.casefold()
    return NumberFormat(decimals, template, "y" in letters, "m" in letters, "d" in letters)


def _tokens(code: str) -> list[tuple[str, bool]]:
    """Signs of the first section, each with whether it is fixed text."""
    found: list[tuple[str, bool]] = []
    pattern = r'"([^"]*)"|\\(.)|\[([^\]]*)\]|[_*].|(;)|(.)'
    for match in re.finditer(pattern, code, re.DOTALL):
        quoted, escaped, _, end, sign = match.groups()
        if end:
            break
        if quoted is not None or escaped is not None:
            found += [(letter, True) for letter in quoted or escaped or ""]
        elif sign is not None:
            found.append((sign, False))
    return found


def shown_number(value: int | float, code: str) -> str:
    """Text of a number: percent and leading zeros as its format shows them, else exact."""
    form = number_format(code)
    exact = number_text(value)
    if form.percent_decimals is not None:
        step = Decimal(1).scaleb(-form.percent_decimals)
        return f"{(Decimal(exact) * 100).quantize(step, ROUND_HALF_UP):f}%"
    if form.template and exact.isdigit():
        width = form.template.count("0")
        digits = exact.zfill(width)
        head, rest = digits[: len(digits) - width], iter(digits[len(digits) - width :])
        shown = [next(rest) if piece == "0" else piece[1:] for piece in form.template]
        shown.insert(form.template.index("0"), head)
        return "".join(shown)
    return exact


def shown_date(
    value: datetime.date | datetime.datetime, code: str
) -> tuple[str, datetime.date | datetime.datetime | None]:
    """ISO text of a date and the date itself, without a time at midnight.

    A spreadsheet turns a typed "05.2019" into the first of May and shows the month only. Nobody
    entered that day, so such a cell gives "2019-05" and no date ("2019" where the year alone was
    entered).
    """
    if isinstance(value, datetime.datetime) and value.time() != datetime.time(0):
        return value.isoformat(sep=" ", timespec="seconds"), value
    day = value.date() if isinstance(value, datetime.datetime) else value
    form = number_format(code)
    if form.shows_year and not form.shows_day and day.day == 1:
        if form.shows_month:
            return day.isoformat()[:7], None
        if day.month == 1:
            return day.isoformat()[:4], None
    return day.isoformat(), day
