"""How each kind of figure of the report is laid out on a sheet of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from multicentric.report.bundle import Bundle
from multicentric.report.canvas import POINT, text_width, wrapped
from multicentric.report.centers import CenterRow, CenterView, Drawn
from multicentric.report.drawings import ROW
from multicentric.report.flow import Flow, Line
from multicentric.report.journal.sheet import Sheet
from multicentric.report.km_figure import FULL
from multicentric.report.survival import Figure, RiskTable
from multicentric.report.table import Text, plain_text
from multicentric.report.theme import INK, SECONDARY, TERTIARY

_STEM = 38.0  # mm, where the flow of records goes down: the middle of its boxes
_GAP = 4.0  # mm between columns
_LINE = 3.7  # mm from line to line
_HEIGHT = re.compile(r'<svg\b[^>]*\bheight="([\d.]+)pt"')
_SHADE = re.compile(r"\.(shade-\d+)\s*\{[^}]*background:\s*(#[0-9A-Fa-f]{6})")


def curves_sheet(figure: Figure, risk: RiskTable | None, label: str, bundle: Bundle) -> Sheet:
    """Kaplan-Meier curves with the numbers at risk under their ticks."""
    sheet = Sheet(FULL.width)
    sheet.drawing(0, 0, bundle[figure.drawing], FULL.height, scale=(1 / POINT, 1 / POINT))
    for n, line in enumerate(wrapped(f"{label}, %", 18)):
        sheet.text(0, 4 + _LINE * n, line, bold=True)
    if risk is None:
        return sheet
    y = FULL.height + 4
    sheet.text(0, y, "Numbers at risk; censored and events are cumulative", bold=True)
    step = (risk.width - risk.stub) / len(risk.ticks)
    for of in risk.groups:
        y += 0.8
        name = f"{of.group.key}  {of.group.label}" if risk.with_keys else of.group.label
        own_line = risk.with_keys or len(of.group.label) > 13
        if own_line:
            y += _LINE
            sheet.text(0, y, name, bold=True, color=of.group.color)
        for at, (statistic, texts) in enumerate(of.rows):
            y += _LINE
            color = INK if at == 0 else SECONDARY
            if at == 0 and not own_line:
                sheet.text(0, y, name, bold=True, color=of.group.color)
            sheet.text(risk.stub - 5, y, statistic, anchor="end", color=color)
            for n, text in enumerate(texts):
                sheet.text(risk.stub + step * (n + 0.5), y, text, anchor="middle", color=color)
    return sheet


def drawing_sheet(figure: Figure, bundle: Bundle) -> Sheet:
    """A drawing as it stands in the report, at its size."""
    drawing = bundle[figure.drawing]
    sheet = Sheet(figure.width)
    points = float(_HEIGHT.findall(drawing.decode())[0])
    sheet.drawing(0, 0, drawing, points / POINT, scale=(1 / POINT, 1 / POINT))
    return sheet


def forest_sheet(view: CenterView, bundle: Bundle) -> Sheet:
    """Names, counts, drawn intervals and their numbers, row by row, over their axes."""
    columns: list[tuple[Text, str, list[Text]]] = [
        (view.row_head, "start", [_indented(row) for row in view.rows]),
    ]
    for n, counted in enumerate(view.counts):
        words = f"{plain_text(counted.text)}, {counted.sub}" if counted.sub else counted.text
        columns += [(words, "end", [row.counts[n] for row in view.rows])]
    drawn: dict[int, tuple[list[Drawn | None], str]] = {}
    if view.rate_head:
        drawn[len(columns)] = ([row.rate_drawing for row in view.rows], view.rate_axis)
        columns += [(view.rate_title, "middle", [])]
        columns += [(view.rate_head, "end", [row.rate.text for row in view.rows])]
    if view.ratio_head:
        drawn[len(columns)] = ([row.ratio_drawing for row in view.rows], view.ratio_axis)
        columns += [("Hazard ratio", "middle", [])]
        columns += [(view.ratio_head, "end", [row.ratio.text for row in view.rows])]
    if view.extra_head:
        columns += [(view.extra_head, "end", [row.extra for row in view.rows])]
    widths = [
        max((d.width for d in drawn[n][0] if d is not None), default=40.0)
        if n in drawn
        else max(_width(text) for text in (head, *texts))
        for n, (head, _, texts) in enumerate(columns)
    ]
    sheet = Sheet(round(sum(widths) + _GAP * (len(widths) - 1), 1))
    lefts = [sum(widths[:n]) + _GAP * n for n in range(len(widths))]
    top = 6.0
    for n, (head, anchor, texts) in enumerate(columns):
        place = lefts[n] + {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * widths[n]
        sheet.text(place, 4, head, anchor=anchor, bold=True)
        if n in drawn:
            _drawn_column(sheet, lefts[n], top, *drawn[n], bundle)
        for at, text in enumerate(texts):
            bold = view.rows[at].kind in ("total", "group")
            sheet.text(place, top + ROW * at + 3.5, text, anchor=anchor, bold=bold)
    sheet.line(0, top - 0.6, sheet.width, top - 0.6)
    return sheet


def _drawn_column(
    sheet: Sheet, left: float, top: float, rows: list[Drawn | None], axis: str, bundle: Bundle
) -> None:
    behind = next((drawn.guides for drawn in rows if drawn is not None), "")
    for n, drawn in enumerate(rows):
        # Row by row, as on the page: stretched over all of them a dashed line would be in pieces.
        if behind:
            sheet.drawing(left, top + ROW * n, bundle[behind], ROW, scale=(1, ROW / 10))
        if drawn is not None and drawn.own:
            sheet.drawing(left, top + ROW * n, bundle[drawn.own], ROW)
    if axis:
        sheet.drawing(left, top + ROW * len(rows), bundle[axis], 9)


def _indented(row: CenterRow) -> Text:
    return f"\u2003{row.name}" if row.kind == "level" else row.name


def _width(text: Text) -> float:
    return text_width(plain_text(text), 8, bold=True)


def flow_sheet(flow: Flow) -> Sheet:
    """Boxes from top to bottom, and beside them who leaves."""
    sheet = Sheet(170)
    y = 0.0
    for n, step in enumerate(flow.steps):
        detail = ", ".join(f"{plain_text(line.text)} {line.count}" for line in step.detail)
        y = _box(sheet, 0, y, 76, step.box, wrapped(detail, 60) if detail else [])
        if n == len(flow.steps) - 1:
            break
        start = y
        if step.leaving is not None:
            reasons = [f"{line.count}  {plain_text(line.text)}".strip() for line in step.reasons]
            lines = [part for reason in reasons for part in wrapped(reason, 62)]
            y = _box(sheet, 86, y + 1.4, 84, step.leaving, lines, fill="#F4F6F8")
            middle = (start + 1.4 + y) / 2
            sheet.line(_STEM, middle, 86, middle, color=TERTIARY, width=0.25)
        y += 3.4
        sheet.line(_STEM, start, _STEM, y - 1.4, color=TERTIARY, width=0.25)
        sheet.arrow_head(_STEM, y, color=TERTIARY)
    start = y
    for n in range(0, len(flow.groups), 4):
        bar = y + 2.4
        sheet.line(_STEM, start, _STEM, bar, color=TERTIARY, width=0.25)
        start, y = bar, _fork(sheet, bar, [line for _, line in flow.groups[n : n + 4]])
    return sheet


def _fork(sheet: Sheet, bar: float, groups: Sequence[Line]) -> float:
    """Draw a bar from the stem to the boxes of a row of groups; return where the boxes end."""
    top = bar + 3.4
    middles = [18.25 + 39.5 * n for n in range(len(groups))]
    ends = [_STEM, *middles]
    sheet.line(min(ends), bar, max(ends), bar, color=TERTIARY, width=0.25)
    for middle in middles:
        sheet.line(middle, bar, middle, top - 1.4, color=TERTIARY, width=0.25)
        sheet.arrow_head(middle, top, color=TERTIARY)
    return max(
        _box(sheet, middle - 18.25, top, 36.5, line, [])
        for middle, line in zip(middles, groups, strict=True)
    )


def _box(
    sheet: Sheet,
    x: float,
    y: float,
    width: float,
    line: Line,
    below: Sequence[str],
    *,
    fill: str = "none",
) -> float:
    """Draw a box with its count and text; return where it ends."""
    lines = wrapped(f"{line.count} {plain_text(line.text)}", int(width * 0.62))
    height = 2.4 + 4.0 * len(lines) + 3.6 * len(below)
    sheet.box(x, y, width, height, fill=fill, edge=TERTIARY)
    for n, text in enumerate(lines):
        sheet.text(x + 2.6, y + 4.2 + 4.0 * n, text, size=8.5, bold=True)
    for n, text in enumerate(below):
        sheet.text(x + 2.6, y + 4.2 + 4.0 * len(lines) + 3.6 * n, text, color=SECONDARY)
    return y + height


def grid_sheet(heads: Sequence[Text], rows: Sequence[Sequence[tuple[Text, str]]]) -> Sheet:
    """A heat map: a name and cells with their text, each with the style that shades it.

    Parameters
    ----------
    rows
        The first cell is the row's name; a row of nothing else opens a group.
    """
    shades = dict(_SHADE.findall(Bundle()["report.css"].decode()))
    names = max(_width(row[0][0]) for row in rows) + _GAP
    cells = [text for row in rows for text, _ in row[1:]]
    cell = max([12.0, *(_width(text) + 2 for text in [*heads[1:], *cells])])
    sheet = Sheet(round(names + cell * (len(heads) - 1), 1))
    sheet.text(0, 4, heads[0], bold=True)
    for n, head in enumerate(heads[1:]):
        sheet.text(names + cell * (n + 0.5), 4, head, anchor="middle", bold=True)
    sheet.line(0, 5.4, sheet.width, 5.4)
    y = 6.0
    for row in rows:
        group = len(row) == 1
        y += 1.4 if group else 0
        sheet.text(0 if group else 2, y + 3.5, row[0][0], bold=group)
        for n, (text, style) in enumerate(row[1:]):
            fill = next((shades[name] for name in style.split() if name in shades), "none")
            sheet.box(names + cell * n + 0.2, y + 0.1, cell - 0.4, ROW - 0.2, fill=fill)
            sheet.text(names + cell * (n + 0.5), y + 3.5, text, anchor="middle")
        y += ROW
    return sheet
