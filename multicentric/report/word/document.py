"""The tables as a Word document: a table per page, caption above, notes below, three rules.

Word's own tables with a head that is repeated on every page, as journals ask; no vertical rule, no
picture, no field. The bytes hold no clock.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from multicentric.report.word.printed import Head, Line, Printed, PrintedTable, Run, Runs, text_of

# A table of more columns than this stands on a page laid across.
UPRIGHT_COLUMNS = 8
_FONT = "Arial"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MM = 56.7  # twentieths of a point
_PAGE = (210, 297)
_MARGIN = 20
# Letters in a line of a column of words, as far as widths are shared out.
_LONGEST_WORDS = 50
# The earliest date that the archive around a document can hold.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def write_word(printed: Printed, author: str, dated: date) -> bytes:
    """All tables in one document.

    Parameters
    ----------
    author
        Who is named as its author: the study.
    dated
        The date that it bears.

    Returns
    -------
    bytes
        The same bytes for the same tables.
    """
    import docx
    from docx.enum.section import WD_SECTION

    document = docx.Document()
    _properties(document, printed, author, dated)
    _styles(document)
    _opening(document, printed)
    across = False
    for table in printed.tables:
        wide = len(table.heads) > UPRIGHT_COLUMNS
        turned = wide != across
        across = wide
        if turned:
            _set_page(document.add_section(WD_SECTION.NEW_PAGE), across=across)
        _add(document, table, across, break_before=not turned)
    out = io.BytesIO()
    document.save(out)
    return _timeless(out.getvalue())


def _properties(document: Any, printed: Printed, author: str, dated: date) -> None:
    moment = datetime.combine(dated, time())
    about = document.core_properties
    about.author = about.last_modified_by = _clean(author)
    about.title = _clean(f"Tables: {printed.title}")[:255]
    about.comments, about.language, about.revision = "", "en-US", 1
    about.created = about.modified = moment


def _styles(document: Any) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    for name, size, bold in (("Normal", 9, False), ("Caption", 10, False), ("Title", 14, True)):
        style = document.styles[name]
        style.font.name, style.font.size, style.font.bold = _FONT, Pt(size), bold
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in [key for key in fonts.attrib if "Theme" in key]:
            del fonts.attrib[theme]
        for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(script), _FONT)
        style.paragraph_format.space_after = Pt(4)
    document.styles["Caption"].paragraph_format.keep_with_next = True
    title = document.styles["Title"].element.get_or_add_pPr()
    for border in title.findall(qn("w:pBdr")):
        title.remove(border)
    _set_page(document.sections[0], across=False)


def _opening(document: Any, printed: Printed) -> None:
    document.add_paragraph(_clean(f"Tables: {printed.title}"), style="Title")
    for text in printed.running:
        document.add_paragraph(_clean(text))
    for table in printed.tables:
        document.add_paragraph(_clean(_name(table)))


def _name(table: PrintedTable) -> str:
    """The bold part of a caption: label and title."""
    return text_of(run for run in table.caption if run.bold)


def _set_page(section: Any, *, across: bool) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    width, height = reversed(_PAGE) if across else _PAGE
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = Mm(_MARGIN)
    section.top_margin = section.bottom_margin = Mm(_MARGIN)


def _add(document: Any, table: PrintedTable, across: bool, *, break_before: bool) -> None:
    from docx.oxml import parse_xml

    caption = document.add_paragraph(style="Caption")
    caption.paragraph_format.page_break_before = break_before
    _write(caption, table.caption)
    width = _PAGE[across] - 2 * _MARGIN
    grid = parse_xml(_xml(table, width))
    # A table comes before the section's properties, which close the body.
    document.element.body.insert_element_before(grid, "w:sectPr")
    for note in table.notes or ((),):
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_before = 0
        _write(paragraph, note)


def _write(paragraph: Any, runs: Runs) -> None:
    for run in runs:
        written = paragraph.add_run(_clean(run.text))
        written.bold, written.italic = run.bold or None, run.italic or None
        written.font.superscript = run.raised or None


# --- a table in Word's words ---


def _xml(table: PrintedTable, width: float) -> str:
    widths = [round(share * width * _MM) for share in _shares(table)]
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    head = _head_row(table.spanners, widths, last=False) if table.spanners else ""
    head += _head_row(table.heads, widths, last=True)
    rows = "".join(
        _row(line, widths, table.heads, last=n == len(table.lines))
        for n, line in enumerate(table.lines, start=1)
    )
    rule = '<w:{} w:val="single" w:sz="8" w:space="0" w:color="000000"/>'
    return (
        f'<w:tbl xmlns:w="{_WORD}"><w:tblPr><w:tblW w:w="5000" w:type="pct"/>'
        f"<w:tblBorders>{rule.format('top')}{rule.format('bottom')}</w:tblBorders>"
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="40" w:type="dxa"/>'
        '<w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
        '<w:tblLook w:val="0620" w:firstRow="1" w:lastRow="0" w:firstColumn="0" '
        'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
        f"<w:tblCaption w:val={quoteattr(_clean(_name(table)))}/></w:tblPr>"
        f"<w:tblGrid>{grid}</w:tblGrid>{head}{rows}</w:tbl>"
    )


def _shares(table: PrintedTable) -> Iterator[float]:
    """Share of the width of each column, by its longest line.

    A head may break between words, a cell with a number should not; cells of words do, and the
    rows' headers first.
    """
    longest = []
    for n, head in enumerate(table.heads):
        words = text_of(head.runs, " ").split(" ")
        cells = [text_of(line.cells[n], "\n").split("\n") for line in table.lines]
        of_cells = max((len(part) for parts in cells for part in parts), default=0)
        of_cells = min(of_cells, _LONGEST_WORDS) if head.left else of_cells
        longest.append(2 + max(4, 1.15 * max(map(len, words)), of_cells))
    if len(longest) > 1:
        longest[0] = min(longest[0], max(sum(longest[1:]) * 0.6, 14))
    yield from (length / sum(longest) for length in longest)


def _head_row(heads: tuple[Head, ...], widths: list[int], *, last: bool) -> str:
    cells, at = [], 0
    for head in heads:
        of_head = widths[at : at + head.columns]
        at += head.columns
        rule = "single" if last or head.runs else "nil"
        runs = tuple(_bold(run) for run in head.runs)
        side = "left" if head.left else "center" if head.columns > 1 else "right"
        cells.append(_cell(runs, sum(of_head), side, rule, span=head.columns, keep=True))
    return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{''.join(cells)}</w:tr>"


def _bold(run: Run) -> Run:
    return Run(run.text, True, run.italic, run.raised)


def _row(line: Line, widths: list[int], heads: tuple[Head, ...], *, last: bool) -> str:
    cells = []
    for n, (runs, width, head) in enumerate(zip(line.cells, widths, heads, strict=True)):
        strong = line.kind == "total" or (line.kind == "group" and n == 0)
        shown = tuple(_bold(run) for run in runs) if strong else runs
        indent = 170 if line.kind == "level" and n == 0 else 0
        side = "left" if head.left or n == 0 else "right"
        keep = line.kind == "group" and not last
        cells.append(_cell(shown, width, side, "", indent=indent, keep=keep))
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _cell(
    runs: Runs,
    width: int,
    side: str,
    rule: str,
    *,
    span: int = 1,
    indent: int = 0,
    keep: bool = False,
) -> str:
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    border = (
        f'<w:tcBorders><w:bottom w:val="{rule}" w:sz="4" w:space="0" w:color="000000"/>'
        "</w:tcBorders>"
        if rule
        else ""
    )
    indented = f'<w:ind w:left="{indent}"/>' if indent else ""
    kept = "<w:keepNext/>" if keep else ""
    bottom = '<w:vAlign w:val="bottom"/>' if rule else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spanned}{border}{bottom}</w:tcPr>'
        f'<w:p><w:pPr>{kept}<w:spacing w:before="0" w:after="0"/>{indented}'
        f'<w:jc w:val="{side}"/></w:pPr>{"".join(map(_run, runs))}</w:p></w:tc>'
    )


def _run(run: Run) -> str:
    if run.text == "\n":
        return "<w:r><w:br/></w:r>"
    kinds = [
        tag
        for on, tag in (
            (run.bold, "<w:b/>"),
            (run.italic, "<w:i/>"),
            (run.raised, '<w:vertAlign w:val="superscript"/>'),
        )
        if on
    ]
    style = f"<w:rPr>{''.join(kinds)}</w:rPr>" if kinds else ""
    text = escape(_clean(run.text))
    return f'<w:r>{style}<w:t xml:space="preserve">{text}</w:t></w:r>'


def _clean(text: str) -> str:
    """A text with what XML cannot hold replaced."""
    return _NOT_IN_XML.sub("\ufffd", text)


def _timeless(document: bytes) -> bytes:
    """The same document without the time at which its parts were packed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(document)) as packed,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again,
    ):
        for part in packed.infolist():
            kept = zipfile.ZipInfo(part.filename, _NO_TIME)
            kept.compress_type = zipfile.ZIP_DEFLATED
            kept.external_attr, kept.create_system = 0o600 << 16, 3
            again.writestr(kept, packed.read(part))
    return out.getvalue()
