"""The appendices on reporting guidelines: each item with the pages that answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from multicentric.documents import read_document
from multicentric.report.bundle import TEMPLATES
from multicentric.report.table import Cell, Column, Notes, Row, Table, Text, joined

FILE = TEMPLATES / "checklists.yaml"
TITLE_PAGE = "title-page"
_AUTHORS = "author to supply"


@dataclass(frozen=True)
class Place:
    """A section, paragraph, table or figure: its anchor, and what it is called."""

    id: str
    name: str


@cache
def guidelines() -> dict[str, dict[str, Any]]:
    """The guidelines of ``templates/checklists.yaml`` by their id."""
    found: dict[str, dict[str, Any]] = read_document(FILE).value["checklists"]
    return found


def checklist_table(
    guideline: dict[str, Any],
    id: str,
    places: Sequence[Place],
    groups: dict[str, list[str]],
    n: int,
) -> Table:
    """A guideline's items, each with its sections and their pages, or why there are none.

    Parameters
    ----------
    places
        The sections, paragraphs, tables and figures of this report.
    groups
        What stands for several sections, such as ``endpoints``.
    n
        The table's number.
    """
    by_id = {place.id: place for place in places}
    rows = [
        Row((Cell(item["no"]), Cell(item["text"]), Cell(_answer(item, by_id, groups))))
        for item in guideline["items"]
    ]
    notes = Notes()
    notes.say(guideline["source"])
    return Table(
        id=f"items-{id}",
        title=guideline["title"],
        columns=[
            Column("Item", align="left", width=12),
            Column("What it asks", align="left", width=92),
            Column("Where", align="left"),
        ],
        rows=rows,
        number=n,
        notes=notes,
        style="checklist",
    )


def _answer(item: dict[str, Any], by_id: dict[str, Place], groups: dict[str, list[str]]) -> Text:
    if "not_applicable" in item:
        return f"not applicable: {item['not_applicable']}"
    if "where" not in item:
        return _AUTHORS
    ids = [id for name in item["where"] for id in groups.get(name, [name])]
    found = [by_id[id] for id in ids if id in by_id]
    if not found:
        return str(item.get("absent", _AUTHORS))
    link = Markup('<a class="at-page" href="#{}">{}</a>')
    said: list[Text] = [link.format(place.id, place.name) for place in found]
    return joined([*said, *([item["rest"]] if "rest" in item else [])], "; ")
