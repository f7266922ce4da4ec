"""Which figures there are, under which name, with which words and data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from multicentric.report.centers import CenterView
from multicentric.report.document import Page, Section
from multicentric.report.figure_data import (
    of_curves,
    of_diagnostics,
    of_findings,
    of_flow,
    of_forest,
    part_name,
)
from multicentric.report.flow import Flow
from multicentric.report.inputs import ReportInputs
from multicentric.report.journal.draw import (
    curves_sheet,
    drawing_sheet,
    flow_sheet,
    forest_sheet,
    grid_sheet,
)
from multicentric.report.journal.sheet import Sheet
from multicentric.report.quality import QualityPart
from multicentric.report.survival import Figure
from multicentric.report.table import plain_text


@dataclass(frozen=True)
class JournalFigure:
    """A figure by itself.

    Attributes
    ----------
    name
        The stem of its files.
    title, caption
        What stands with it in the report.
    alt
        What a screen reader says.
    data
        The numbers that are drawn.
    """

    name: str
    title: str
    caption: str
    alt: str
    sheet: Sheet
    data: pd.DataFrame


def journal_figures(page: Page, inputs: ReportInputs) -> Iterator[JournalFigure]:
    """The figures of a report, in its order.

    Parameters
    ----------
    page
        The composed report, `multicentric.report.compose`.
    inputs
        What it was made from.
    """
    for section in page.sections:
        if section.flow is not None:
            yield _flow(section.flow)
        elif section.figure is not None:
            yield _curves(section, page, inputs)
        for figure in section.figures:
            yield _diagnostics(figure, page, inputs)
        for view in section.centers:
            yield _forest(view, page)
        if section.quality is not None:
            for n, part in enumerate(section.quality.parts):
                yield _findings(part, n)


def _flow(flow: Flow) -> JournalFigure:
    sheet = flow_sheet(flow)
    return JournalFigure("flow", "Flow of records", "", "Flow of records.", sheet, of_flow(flow))


def _curves(section: Section, page: Page, inputs: ReportInputs) -> JournalFigure:
    figure = section.figure
    assert figure is not None
    return JournalFigure(
        f"km-{section.id}",
        plain_text(figure.title),
        plain_text(figure.caption),
        figure.alt,
        curves_sheet(figure, section.risk, section.title, page.bundle),
        of_curves(inputs, section.id),
    )


def _diagnostics(figure: Figure, page: Page, inputs: ReportInputs) -> JournalFigure:
    return JournalFigure(
        figure.id,
        plain_text(figure.title),
        plain_text(figure.caption),
        figure.alt,
        drawing_sheet(figure, page.bundle),
        of_diagnostics(inputs, figure.id),
    )


def _forest(view: CenterView, page: Page) -> JournalFigure:
    title = plain_text(view.title)
    return JournalFigure(
        view.id,
        title,
        plain_text(view.caption),
        f"{title}, drawn as points with their intervals.",
        forest_sheet(view, page.bundle),
        of_forest(view),
    )


def _findings(part: QualityPart, number: int) -> JournalFigure:
    """The heat map of findings; of many centers there are several."""
    title = "Findings by rule and center"
    heads = ["Rule", *(name for name, _ in part.centers), *(["All"] if part.with_total else [])]
    rows = [
        [(row.label, "")]
        if not row.cells
        else [
            (row.label, ""),
            *((cell.text, f"shade-{cell.shade}") for cell in row.cells),
            *([(row.total, "")] if part.with_total else []),
        ]
        for row in part.rows
    ]
    return JournalFigure(
        part_name(number),
        title,
        "Number of findings. Darker: a larger share of the center’s records.",
        f"{title}, as a heat map.",
        grid_sheet(heads, rows),
        of_findings(part),
    )
