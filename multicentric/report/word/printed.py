"""The report's tables as data, read back from the page that is composed for the PDF.

So they hold what was printed and nothing else. Drawn columns and axes are left out: what they show
stands beside them in figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from multicentric.report.numbers import FIGURE_SPACE

_BREAK = "\n"
_SPACES = re.compile(r"[ \t\r\n\f]+")


@dataclass(frozen=True)
class Run:
    """Letters of one kind; a line break is a run of its own."""

    text: str
    bold: bool = False
    italic: bool = False
    raised: bool = False


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Head:
    """A head of a column, or of several."""

    runs: Runs
    columns: int = 1
    left: bool = False


@dataclass(frozen=True)
class Line:
    """A row: its first cell is its header.

    Attributes
    ----------
    kind
        ``plain``, ``group`` (opens a group of rows), ``level`` (belongs to one) or ``total``.
    """

    cells: tuple[Runs, ...]
    kind: str


@dataclass(frozen=True)
class PrintedTable:
    """A table as it stands in the report.

    Attributes
    ----------
    id
        What its place in the page is called; made of letters, digits and hyphens.
    label
        ``Table 3``, or ``Figure 2`` for the numbers below a figure; empty for one without number.
    spanners
        Heads above several columns; empty where there are none.
    notes
        Footnotes and remarks below it, each a paragraph.
    """

    id: str
    label: str
    caption: Runs
    spanners: tuple[Head, ...]
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    notes: tuple[Runs, ...]


@dataclass(frozen=True)
class Printed:
    """The tables of a report, and what its head and foot say of all of them."""

    title: str
    running: tuple[str, ...]
    tables: tuple[PrintedTable, ...]


def printed_tables(page: str) -> Printed:
    """Read the tables of a page in their order.

    Parameters
    ----------
    page
        The HTML of `multicentric.report.Page`.
    """
    import tinyhtml5

    tree = tinyhtml5.parse(page, namespace_html_elements=False)
    body = tree.find("body")
    assert body is not None  # a parsed page has one
    parents = {child: parent for parent in body.iter() for child in parent}
    taken: set[str] = set()
    tables = []
    for table in body.iter("table"):
        read = _table(table, parents)
        tables.append(replace(read, id=_once(read.id, taken)))
    running = tuple(
        text_of(_runs(element))
        for element in body
        if element.get("class", "").startswith("running-")
    )
    return Printed((tree.findtext("head/title") or "").strip(), running, tuple(tables))


def text_of(runs: Iterable[Run], between: str = ", ") -> str:
    """What runs say in one line; no comma stands before a bracket."""
    text = "".join(run.text for run in runs)
    return text.replace(f"{_BREAK}(", " (").replace(_BREAK, between)


def _once(name: str, taken: set[str]) -> str:
    """A name that no table before has."""
    found, n = name, 1
    while found in taken:
        n += 1
        found = f"{name}-{n}"
    taken.add(found)
    return found


def _table(table: Element, parents: dict[Element, Element]) -> PrintedTable:
    classes = set(table.get("class", "").split())
    above = parents[table]
    while not above.get("id"):
        above = parents[above]
    id = re.sub(r"[^a-z0-9]+", "-", above.get("id", "").lower()).strip("-")
    caption = _of_first(table, "caption")
    if "risk" in classes:
        of_figure = next(p for p in parents[table] if p.get("class") == "caption")
        titled = tuple(run for run in _runs(of_figure) if run.bold)
        caption = (*titled, *(replace(run, text=f" {run.text}", bold=True) for run in caption))
        id = f"{id.removeprefix('figure-')}-at-risk"
    label = re.match(r"(?:Table|Figure) \d+", text_of(caption))
    rows = table.findall("thead/tr")
    drawn = ["drawn" in head.get("class", "").split() for head in rows[-1]]
    shown = [n for n, is_drawn in enumerate(drawn) if not is_drawn]
    return PrintedTable(
        id=id,
        label=label[0] if label else "",
        caption=caption,
        spanners=tuple(_head(head) for row in rows[:-1] for head in row),
        heads=tuple(_beside(rows[-1], n, drawn) for n in shown),
        lines=tuple(_lines(table, shown)),
        notes=tuple(_notes(table, parents[table])),
    )


def _of_first(parent: Element, tag: str) -> Runs:
    found = parent.find(tag)
    return () if found is None else _runs(found)


def _head(element: Element) -> Head:
    left = "left" in element.get("class", "").split()
    return Head(_runs(element), int(element.get("colspan", "1")), left)


def _beside(row: Element, at: int, drawn: list[bool]) -> Head:
    """A column's head; what is drawn before it bears the name of both."""
    head = replace(_head(row[at]), left=at == 0 or "left" in row[at].get("class", "").split())
    if at and drawn[at - 1]:
        return replace(head, runs=(*_runs(row[at - 1]), Run(_BREAK), *head.runs))
    return head


def _lines(table: Element, shown: list[int]) -> Iterator[Line]:
    grouped = "risk" in table.get("class", "").split()
    for row in table.findall("tbody/tr"):
        kinds = row.get("class", "").split()
        if "axis" in kinds:
            continue
        cells = list(row)
        # The numbers below a figure name the group in the first of its rows.
        name = row.find("th/span[@class]") if grouped else None
        if name is not None and "risk-name" in name.get("class", "").split():
            yield Line((_runs(name), *((),) * (len(shown) - 1)), "group")
            cells[0].remove(name)
            cells[0].text = name.tail
        if "group" in kinds or "risk-group" in kinds:
            kind = "group"
        elif grouped or "level" in kinds:
            kind = "level"
        else:
            kind = "total" if {"total", "primary"} & set(kinds) else "plain"
        yield Line(tuple(_runs(cells[n]) for n in shown), kind)


def _notes(table: Element, block: Element) -> Iterator[Runs]:
    below = list(block)[list(block).index(table) + 1 :]
    for element in below:
        if element.tag == "table":
            return
        if element.get("class") == "note":
            yield _runs(element)


def _runs(element: Element) -> Runs:
    """What an element says, with spaces as a page shows them."""
    runs: list[Run] = []
    for run in _pieces(element, Run("")):
        if run.text == _BREAK:
            if runs:
                runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip(" "))
            runs.append(run)
            continue
        text = _SPACES.sub(" ", run.text.replace(FIGURE_SPACE, ""))
        if not runs or runs[-1].text.endswith((" ", _BREAK)):
            text = text.lstrip(" ")
        if text:
            runs.append(replace(run, text=text))
    if runs:
        runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip(" "))
    return tuple(run for run in runs if run.text)


def _pieces(element: Element, style: Run) -> Iterator[Run]:
    if element.text:
        yield replace(style, text=element.text)
    for child in element:
        classes = child.get("class", "").split()
        own = replace(
            style,
            bold=style.bold or child.tag in ("b", "strong"),
            italic=style.italic or child.tag in ("i", "em"),
            raised=style.raised or child.tag == "sup",
        )
        if "sub" in classes and child.tag == "span":
            yield replace(style, text=_BREAK)
        yield from _pieces(child, own)
        if child.tail:
            yield replace(style, text=child.tail)
