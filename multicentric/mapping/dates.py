"""Dates as centers write them: formats a person declared, never a guess.

A format is written with the letters of the calendar: ``DD`` ``D`` day (two digits; one or two),
``MM`` ``M`` month, ``MMM`` the month's name or its short form in English or the center's language,
``YYYY`` year, ``YY`` year of two digits; everything else stands for itself. ``native`` is a cell
that the file itself types as a date.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from multicentric.mapping.folding import folding, tidy

NATIVE = "native"
# What a table between the stages can hold (nanoseconds since 1970 in 64 bits).
FIRST_YEAR, LAST_YEAR = 1678, 2261

_MONTHS = {
    "en": "january february march april may june july august september october november december",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
}
_TOKEN = re.compile("YYYY|YY|MMM|MM|M|DD|D|[^YMD]")
_PARTS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "YY": "(?P<short>[0-9]{2})",
    "MMM": r"(?P<name>[^\W\d_]{3,12})\.?",
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{2})",
    "D": "(?P<day>[0-9]{1,2})",
}
_same = folding(ignore_case=True, ignore_accents=True)


class Written(NamedTuple):
    """A date that was read: by which format, and which parts of it were completed."""

    day: datetime.date
    form: str
    imputed: bool


@lru_cache(maxsize=16)
def _month_names(language: str) -> Mapping[str, int]:
    names: dict[str, int] = {}
    for tongue in dict.fromkeys(["en", language]):
        full = [_same(name) for name in _MONTHS[tongue].split()]
        for number, name in enumerate(full, start=1):
            for length in range(3, len(name) + 1):
                if sum(other.startswith(name[:length]) for other in full) == 1:
                    names.setdefault(name[:length], number)
    return names


def tokens(form: str) -> list[str]:
    """The tokens of a format, in order."""
    return _TOKEN.findall(form)


def problem_of(form: str) -> str | None:
    """What is wrong with a format, in words; None for a sound one."""
    if form == NATIVE:
        return None
    parts = [token for token in tokens(form) if token in _PARTS]
    years = [part for part in parts if part.startswith("Y")]
    months = [part for part in parts if part.startswith("M")]
    days = [part for part in parts if part.startswith("D")]
    if re.search("[ymd]", form):
        return f"'{form}' must be written in capitals, such as DD.MM.YYYY"
    if "".join(tokens(form)) != form or len(years) != 1 or len(months) > 1 or len(days) > 1:
        return f"'{form}' is no date format; write it like DD.MM.YYYY, YYYY-MM-DD or MM.YYYY"
    if days and not months:
        return f"'{form}' names a day but no month"
    for left, right in pairwise(tokens(form)):
        if {left, right} & {"D", "M"} and left in _PARTS and right in _PARTS:
            return f"'{form}' leaves open where one part ends; use DD and MM"
    return None


def lacks(form: str) -> set[str]:
    """The parts of a date that a format does not give: "day", "month", "century"."""
    if form == NATIVE:
        return set()
    have = {token[0] for token in tokens(form) if token in _PARTS}
    missing = {name for name, letter in (("day", "D"), ("month", "M")) if letter not in have}
    return missing | ({"century"} if "YY" in tokens(form) else set())


@lru_cache(maxsize=1024)
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile("".join(_PARTS.get(token, re.escape(token)) for token in tokens(form)))


def read_dates(
    text: str,
    forms: Sequence[str],
    *,
    language: str = "en",
    impute: Mapping[str, int] | None = None,
    years_from: int | None = None,
) -> list[Written]:
    """Read a text by each declared format: every reading that gives a date of the calendar.

    More than one day among the readings means that the text is ambiguous; none, that it is no date.

    Parameters
    ----------
    forms
        Formats in the declared order.
    language
        Language of month names besides English.
    impute
        Day, and month, that complete a partial date.
    years_from
        First year of the hundred that a two-digit year stands for.
    """
    text = tidy(text)
    found = []
    for form in forms:
        match = None if form == NATIVE else _pattern(form).fullmatch(text)
        if match is None:
            continue
        day = _day(match.groupdict(), language, impute or {}, years_from)
        if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
            found.append(Written(day, form, imputed=bool(lacks(form) & {"day", "month"})))
    return found


def _day(
    parts: Mapping[str, str],
    language: str,
    impute: Mapping[str, int],
    years_from: int | None,
) -> datetime.date | None:
    if "name" in parts:
        month = _month_names(language).get(_same(parts["name"]))
    else:
        month = int(parts["month"]) if "month" in parts else impute.get("month")
    day = int(parts["day"]) if "day" in parts else impute.get("day")
    if "short" in parts:
        if years_from is None:
            return None
        year = years_from + (int(parts["short"]) - years_from) % 100
    else:
        year = int(parts["year"])
    if month is None or day is None:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def read_native(text: str) -> datetime.date | None:
    """The day of a cell that the file types as a date; its text is in ISO form."""
    found = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: [0-9:]{8})?", text)
    if not found:
        return None
    day = datetime.date.fromisoformat(found[1])
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
