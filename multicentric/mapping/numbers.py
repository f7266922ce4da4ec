"""Numbers as centers write them, read exactly or not at all."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from multicentric.mapping.folding import tidy

_SIGNS = str.maketrans({"−": "-", "＜": "<", "＞": ">"})


class Number(NamedTuple):
    """A number that was read, and the sign before it where it is only a bound ("<5")."""

    value: Decimal
    bound: str = ""


@lru_cache(maxsize=256)
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    mark = re.escape(decimal)
    whole = "[0-9]+"
    if thousands:
        whole = rf"(?:[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|[0-9]+)"
    number = rf"[+-]?(?:{whole}(?:{mark}[0-9]+)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]{{1,2}})?"
    return re.compile(f"(?P<bound>[<>]?) ?(?P<number>{number})")


def read_number(
    text: str, *, decimal: str = ".", thousands: str = "", unit: str = ""
) -> Number | None:
    """Read one number; None where the text is not exactly one.

    Parameters
    ----------
    text
        As sent. Digits are the ten ASCII digits: "5²" is no 52.
    decimal, thousands
        The decimal mark, and the mark between groups of three digits ("" where none is used).
    unit
        The unit as sent; its sign may stand before or after the number ("%90", "90 %").

    Examples
    --------
    >>> read_number("%67,5", decimal=",", unit="%")
    Number(value=Decimal('67.5'), bound='')
    """
    text = tidy(text).translate(_SIGNS)
    if unit:
        text = text.removeprefix(unit).removesuffix(unit).strip()
    found = _pattern(decimal, thousands).fullmatch(text)
    if not found:
        return None
    digits = found["number"]
    if thousands:
        digits = digits.replace(thousands, "")
    return Number(Decimal(digits.replace(decimal, ".")), found["bound"])
