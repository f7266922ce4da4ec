"""Which figures there are, under which name, with which words and data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import pandas as pd

from multicentric.report.centers import CenterView
from multicentric.report.document import Page, Section
from multicentric.report.flow import Flow
from multicentric.report.inputs import ReportInputs
from multicentric.report.journal.draw import (
    curves_sheet,
    drawing_sheet,
    flow_sheet,
    forest_sheet,
    grid_sheet,
)
from multicentric.report.journal.sheet import Sheet, plain_text
from multicentric.report.quality import QualityPart
from multicentric.report.survival import Figure

_DRAWN = ["endpoint", "model", "population", "term", "level", "at", "statistic"]
_DRAWN += ["value", "ci_low", "ci_high", "p_value", "n", "n_events", "unit", "note"]


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
            yield _residuals(figure, section, page, inputs)
        for view in section.centers:
            yield _forest(view, page)
        if section.quality is not None:
            for n, part in enumerate(section.quality.parts):
                yield _findings(part, n)


def _flow(flow: Flow) -> JournalFigure:
    rows = []
    for step in flow.steps:
        rows.append(("kept", plain_text(step.box.text), step.box.count))
        if step.leaving is not None:
            rows.append(("left", plain_text(step.leaving.text), step.leaving.count))
            rows += [("reason", plain_text(r.text), r.count) for r in step.reasons if r.count]
    rows += [("group", plain_text(line.text), line.count) for _, line in flow.groups]
    data = pd.DataFrame(rows, columns=["step", "what", "records"])
    return JournalFigure("flow", "Flow of records", "", "Flow of records.", flow_sheet(flow), data)


def _curves(section: Section, page: Page, inputs: ReportInputs) -> JournalFigure:
    figure = section.figure
    assert figure is not None
    of_endpoint = inputs.curves["endpoint"] == section.id
    return JournalFigure(
        f"km-{section.id}",
        plain_text(figure.title),
        plain_text(figure.caption),
        figure.alt,
        curves_sheet(figure, section.risk, section.title, page.bundle),
        inputs.curves[of_endpoint].reset_index(drop=True),
    )


def _residuals(figure: Figure, section: Section, page: Page, inputs: ReportInputs) -> JournalFigure:
    assert inputs.diagnostics is not None
    rows = inputs.diagnostics
    own = rows["endpoint"] == section.id.removeprefix("diagnostics-")
    drawn = rows["kind"].isin(["coefficient", "schoenfeld", "schoenfeld_smooth"])
    return JournalFigure(
        figure.id,
        plain_text(figure.title),
        plain_text(figure.caption),
        figure.alt,
        drawing_sheet(figure, page.bundle),
        rows[own & drawn].reset_index(drop=True),
    )


def _forest(view: CenterView, page: Page) -> JournalFigure:
    rows = [
        {"row": plain_text(row.name)} | {key: asdict(e)[key] for key in _DRAWN}
        for row in view.rows
        for e in row.estimates
    ]
    title = plain_text(view.title)
    return JournalFigure(
        view.id,
        title,
        plain_text(view.caption),
        f"{title}, drawn as points with their intervals.",
        forest_sheet(view, page.bundle),
        pd.DataFrame(rows, columns=["row", *_DRAWN]),
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
    data = [
        {"rule": row[0][0], "center": head, "findings": text}
        for row in rows
        for head, (text, _) in zip(heads[1:], row[1:], strict=bool(row[1:]))
    ]
    return JournalFigure(
        "data-quality" + (f"-{number + 1}" if number else ""),
        title,
        "Number of findings. Darker: a larger share of the center’s records.",
        f"{title}, as a heat map.",
        grid_sheet(heads, rows),
        pd.DataFrame(data, columns=["rule", "center", "findings"]),
    )
