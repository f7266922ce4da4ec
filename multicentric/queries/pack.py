"""The query pack: a workbook that a center opens, answers and sends back.

Three sheets, grouped by patient; only the answer columns can be written in. Every cell is text, so
that nothing a center once typed can become a formula, and the bytes depend on the questions alone.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multicentric.queries.answers import CODES
from multicentric.queries.shown import fingerprint, in_cell
from multicentric.queries.words import Words
from multicentric.reading.returned import MARK

FORMAT = "1"
SHEETS = ("open", "answered", "solved")
# Columns as they stand; the given ones are the center's to write in.
ASKED = (
    "finding_id",
    "patient_id",
    "weight",
    "told",
    "raw",
    "wanted",
    "file",
    "sheet",
    "row",
    "column",
    "state",
    "remark",
)
GIVEN = ("answer", "new_value", "comment", "answered_by", "answered_on")
LAST = ("first_drop", "times_asked", "rule", "about")
_WIDTHS = {
    "finding_id": 14,
    "patient_id": 14,
    "weight": 18,
    "told": 52,
    "raw": 22,
    "wanted": 34,
    "file": 20,
    "sheet": 12,
    "row": 7,
    "column": 18,
    "state": 14,
    "remark": 26,
    "answer": 26,
    "new_value": 18,
    "comment": 32,
    "answered_by": 18,
    "answered_on": 12,
    "first_drop": 12,
    "times_asked": 9,
    "rule": 16,
    "about": 14,
}
# Rows above the questions: hidden keys, title, subtitle, how to, headings.
HEADING_ROW = 6
_INK, _PALE, _LINE, _WHITE = "FF14375E", "FFF1F4F7", "FFC9D1D9", "FFFFFFFF"
# The oldest moment that a zip archive can name; there is no clock in a pack.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PROPERTIES = "docProps/core.xml"
_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


@dataclass(frozen=True)
class Addressee:
    """Whose pack it is.

    Attributes
    ----------
    center, name
        Id and name of the center.
    drop
        Date of the delivery that the questions are about.
    """

    center: str
    name: str
    drop: str
    simulated: bool = False


def write_pack(queries: pd.DataFrame, to: Addressee, words: Words) -> bytes:
    """The workbook for one center.

    Parameters
    ----------
    queries
        `multicentric.queries.states.COLUMNS`, in the order in which they are to stand.

    Returns
    -------
    bytes
        The same for the same questions.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for key in SHEETS:
        part = queries[queries["standing"] == key]
        sheet = book.create_sheet(words(f"sheet.{key}"))
        _fill(sheet, key, part, queries, to, words)
    _about(book.create_sheet(MARK), to, words)
    book.properties.creator = "Multicentric"
    book.properties.title = words("title", center=to.name)
    raw = io.BytesIO()
    book.save(raw)
    return _timeless(raw.getvalue(), to.drop)


def _about(sheet: Any, to: Addressee, words: Words) -> None:
    """The hidden sheet by which a returned pack is known, and the list behind the drop-downs."""
    facts = {"format": FORMAT, "center": to.center, "drop": to.drop, "language": words.language}
    facts |= {key: words(f"sheet.{key}") for key in SHEETS}
    for at, row in enumerate([("what", "value", "answers"), *facts.items()], start=1):
        for column, text in enumerate(row, start=1):
            _text(sheet, at, column, text)
    for at, code in enumerate(CODES, start=2):
        _text(sheet, at, 3, words(f"answer.{code}"))
    sheet.sheet_state = "hidden"
    sheet.protection.sheet = True


def _text(sheet: Any, row: int, column: int, text: str | None) -> Any:
    """Write a text as text: openpyxl would take a leading '=' for a formula."""
    cell = sheet.cell(row=row, column=column)
    if text:
        cell.value = in_cell(text)
        cell.data_type = "s"
        cell.number_format = "@"
        # What is typed over it stays text too.
        cell.quotePrefix = text[0] in "=+-@\t\r\n'"
    return cell


def _fill(
    sheet: Any, key: str, part: pd.DataFrame, everything: pd.DataFrame, to: Addressee, words: Words
) -> None:
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

    names = (*ASKED, *GIVEN, *LAST)
    counts = {name: int((everything["standing"] == name).sum()) for name in SHEETS}
    privacy = words("privacy", center=to.name)
    if to.simulated:
        privacy = f"{words('simulated')} {privacy}"
    above = [
        words("title", center=to.name),
        words("subtitle", drop=to.drop, **counts),
        words("how_to" if key == "open" else f"how_to.{key}"),
        privacy,
    ]
    for column, name in enumerate(names, start=1):
        _text(sheet, 1, column, name)
    sheet.row_dimensions[1].hidden = True
    sheet.column_dimensions[_letter(names, "about")].hidden = True
    for at, text in enumerate(above, start=2):
        cell = _text(sheet, at, 1, text)
        cell.font = Font(bold=at == 2, size=14 if at == 2 else 10, color=_INK)
    thin, none = Side(style="thin", color=_LINE), Side(style=None)
    pale = PatternFill("solid", fgColor=_PALE)
    white = PatternFill("solid", fgColor=_WHITE)
    wrapped = Alignment(wrap_text=True, vertical="top")
    for column, name in enumerate(names, start=1):
        cell = _text(sheet, HEADING_ROW, column, words(f"column.{name}"))
        cell.font = Font(bold=True, color=_WHITE)
        cell.fill = PatternFill("solid", fgColor=_INK)
        cell.alignment = wrapped
        sheet.column_dimensions[cell.column_letter].width = _WIDTHS[name]
    before = None
    row = HEADING_ROW
    for row, query in enumerate(part.to_dict("records"), start=HEADING_ROW + 1):
        query = {k: None if pd.isna(v) else str(v) for k, v in query.items()}
        edge = none if query["patient_id"] == before and before is not None else thin
        before = query["patient_id"]
        for column, name in enumerate(names, start=1):
            cell = _text(sheet, row, column, _said(query, name, words))
            cell.alignment = wrapped
            ours = name not in GIVEN or key == "solved"
            cell.fill = pale if ours else white
            # A center's own cells are framed, so that they are found.
            cell.border = Border(top=edge) if ours else Border(thin, thin, thin, thin)
            cell.protection = Protection(locked=ours)
            if name in GIVEN:
                cell.number_format = "@"
    if part.empty:
        _text(sheet, HEADING_ROW + 1, 1, words("none"))
    elif key != "solved":
        first, last = HEADING_ROW + 1, row
        _offer(sheet, f"{_letter(names, 'answer')}{first}:{_letter(names, 'answer')}{last}", words)
        answered = FormulaRule(
            formula=[f"LEN(${_letter(names, 'answer')}{first})>0"],
            fill=PatternFill("solid", bgColor="FFE3F1E6"),
        )
        given = f"{_letter(names, GIVEN[0])}{first}:{_letter(names, GIVEN[-1])}{last}"
        sheet.conditional_formatting.add(given, answered)
    _lay_out(sheet, names, row)


def _lay_out(sheet: Any, names: tuple[str, ...], last: int) -> None:
    sheet.freeze_panes = sheet.cell(row=HEADING_ROW + 1, column=3)
    sheet.auto_filter.ref = f"A{HEADING_ROW}:{_letter(names, names[-1])}{max(last, HEADING_ROW)}"
    sheet.protection.sheet = True
    # Without a password: it keeps fingers off, and hides nothing.
    sheet.protection.formatColumns = False
    sheet.protection.formatRows = False
    sheet.protection.autoFilter = False
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"


def _letter(names: tuple[str, ...], name: str) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(names.index(name) + 1)


def _offer(sheet: Any, cells: str, words: Words) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    choice = DataValidation(
        type="list",
        formula1=f"{MARK}!$C$2:$C${1 + len(CODES)}",
        allow_blank=True,
        showErrorMessage=True,
        error=words("answer.error"),
    )
    choice.add(cells)
    sheet.add_data_validation(choice)


def _said(query: dict[str, str | None], name: str, words: Words) -> str | None:
    """What stands in a cell: texts as they are, keys in the center's language."""
    if name == "about":
        return fingerprint(query["raw"])
    if name == "weight":
        return words(f"weight.{query['effect']}")
    if name == "state":
        return words(f"state.{query['state']}")
    if name in ("remark", "answer"):
        key = query[name]
        return words(f"{name}.{key}") if key else None
    return query[name]


def _timeless(raw: bytes, drop: str) -> bytes:
    """The same workbook, dated by the delivery instead of by the clock."""
    moment = f"{drop}T00:00:00Z".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == _PROPERTIES:
                content = _MOMENT.sub(rb"\g<1>" + moment + rb"\g<2>", content)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, content)
    return out.getvalue()
