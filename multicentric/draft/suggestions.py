"""What a drop suggests and does not prove: which of many rows, rows to leave out, several centers.

Every suggestion is text for a comment, with the counts that speak for it; what a person must decide
is left blank. Only words that this module itself knows are quoted, and the codes of centers.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from multicentric.dictionary import Variable
from multicentric.draft.columns import MOST_CODES, Column
from multicentric.draft.identifiers import looks_personal
from multicentric.draft.values import DateForms, as_date
from multicentric.draft.words import CENTERS, NO_PATIENT, TOTALS, compact, plain
from multicentric.mapping.folding import tidy
from multicentric.reading import RawTable

# Centers that share a drop have a short code each, which stands in several rows.
_MOST_CENTERS, _FEWEST_ROWS, _LONGEST_CODE = 60, 3, 40
_LOOKED_AT = 5
_DATE_LIKE = re.compile(r"\d[-./ ]|\d{8}|[-./ ]\d")
_CENTERS = {compact(name) for name in CENTERS}
_PICKS = {
    "date": "min, max, first or last",
    "flag": "any, all or last",
    "code": "first, last, or best with an order",
    "integer": "min, max, first, last or count",
    "number": "min, max, first or last",
    "text": "first or last",
}


def collapse_for(
    variable: Variable,
    column: Column,
    table: RawTable,
    key: str,
    by: Order | None,
) -> str:
    """The line that says which of a patient's rows gives the value, as far as the rows tell it.

    Parameters
    ----------
    by
        What puts the rows of the table in order.
    """
    several, differing = rows_that_differ(table, key, column.heading)
    if not differing:
        counted = f"{several} patients have several values, and none has two that differ"
        return f"collapse: {{pick: only}} # {counted}"
    counted = f"in {differing} of {several} patients with several values they differ"
    order = f", by: {{from: {_quoted(by.column.heading)}, dates: [{by.forms}]}}" if by else ""
    return f"collapse: {{pick: {order}}} # {_PICKS[variable.kind]}? {counted}"


def rows_that_differ(table: RawTable, key: str, heading: str) -> tuple[int, int]:
    """Patients with several filled cells of a column, and those whose cells are not the same."""
    texts: dict[str, list[str]] = defaultdict(list)
    cells = zip(table.columns[key].text, table.columns[heading].text, strict=True)
    for patient, text in cells:
        if patient is not None and text is not None:
            texts[tidy(patient)].append(tidy(text))
    several = [found for found in texts.values() if len(found) > 1]
    return len(several), sum(len(set(found)) > 1 for found in several)


@dataclass(frozen=True)
class Order:
    """A column of dates, which can put a patient's rows in order, and how it writes them."""

    column: Column
    forms: str


def orders_of(columns: Sequence[Column], table: str, dates: DateForms) -> list[Order]:
    """The columns of a table that put its rows in order, those that most rows have first."""
    found = []
    for column in columns:
        if column.table != table or column.personal is not None or not _like_dates(column):
            continue
        reading = as_date(column, dates)
        forms = reading.options.get("dates")
        if reading.complete and isinstance(forms, list):
            found.append(Order(column, ", ".join(forms)))
    return sorted(found, key=lambda order: -order.column.filled)


def _like_dates(column: Column) -> bool:
    """Whether it is worth while to read a column as dates; most columns are none."""
    some = list(islice(column.counts, _LOOKED_AT))
    return column.filled > 0 and all(_DATE_LIKE.search(text) for text in some)


def suggested_filters(
    name: str, table: RawTable, key: str | None, columns: Sequence[Column]
) -> Iterator[str]:
    """Filters for rows that seem to be no patient: totals, rows of a test, records struck out."""
    if key is not None:
        texts = Counter(tidy(text) for text in table.columns[key].text if text is not None)
        yield from _filter(name, key, texts, TOTALS | NO_PATIENT, "no_id_of_a_patient")
    for column in columns:
        few = len(column.counts) <= MOST_CODES
        if column.table == name and column.personal is None and few:
            yield from _filter(name, column.heading, column.counts, NO_PATIENT, "no_patient")


def _filter(
    table: str, heading: str, texts: dict[str, int] | Counter[str], words: frozenset[str], rule: str
) -> Iterator[str]:
    found = {text: n for text, n in texts.items() if plain(text) in words}
    if not found or len(found) == len(texts):
        return
    drop = ", ".join(_quoted(text) for text in found)
    rows = sum(found.values())
    yield (
        f"- {{id: {rule}, table: {table}, drop: {{{_quoted(heading)}: [{drop}]}}, reason: }} "
        f"# {rows} rows"
    )


def suggested_centers(columns: Sequence[Column], first: str) -> Iterator[str]:
    """The block for a drop of several centers, where a column of the patients seems to name them.

    Parameters
    ----------
    first
        The table of the patients.
    """
    for column in columns:
        codes = column.counts
        named = {compact(name) for name in column.names} & _CENTERS
        shared = 2 <= len(codes) <= _MOST_CENTERS and min(codes.values()) >= _FEWEST_ROWS
        if column.table != first or column.personal is not None or not named or not shared:
            continue
        yield f"column: {_quoted(column.heading)} # {len(codes)} codes, {column.empty} empty cells"
        yield "codes: # the id of each center, as its folder would be called"
        for code, n in codes.items():
            label = column.labels.get(code, "")
            said = f", {tidy(label)}" if label and label != code else ""
            hidden = len(code) > _LONGEST_CODE or looks_personal(code + said)
            shown = "(a text that is not shown)" if hidden else _quoted(code)
            yield f"  {shown}: # {n} rows{'' if hidden else said}"
        return


def _quoted(text: str) -> str:
    """A text in quotes, on one line, that neither ends its quotes nor its comment."""
    plain_text = "".join(sign if sign.isprintable() else "?" for sign in tidy(text))
    escaped = plain_text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
