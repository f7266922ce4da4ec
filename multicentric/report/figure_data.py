"""The numbers behind each figure: what a journal asks for as its source data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd

from multicentric.report.centers import CenterView
from multicentric.report.flow import Flow
from multicentric.report.quality import QualityPart
from multicentric.report.table import plain_text

if TYPE_CHECKING:
    from multicentric.report.document import Section
    from multicentric.report.inputs import ReportInputs

_DRAWN = ["endpoint", "model", "population", "term", "level", "at", "statistic"]
_DRAWN += ["value", "ci_low", "ci_high", "p_value", "n", "n_events", "unit", "note"]
# The dots of the figure of scaled Schoenfeld residuals, which are those of single patients.
DOTS = "schoenfeld"
# What the figures of diagnostics draw, by the beginning of their name.
_DIAGNOSTICS = {
    "overlap-score": ("overlap_bin",),
    "log-log": ("log_log",),
    "schoenfeld-": ("coefficient", DOTS, "schoenfeld_smooth"),
}


def figure_sources(
    sections: Sequence[Section], inputs: ReportInputs
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and numbers of every figure, in the report's order, without those of single patients."""
    for section in sections:
        if section.flow is not None:
            yield "flow", of_flow(section.flow)
        elif section.figure is not None:
            yield f"km-{section.id}", of_curves(inputs, section.id)
        for figure in section.figures:
            rows = of_diagnostics(inputs, figure.id)
            yield figure.id, rows[rows["kind"] != DOTS]
        for view in section.centers:
            yield view.id, of_forest(view)
        for n, part in enumerate(section.quality.parts if section.quality is not None else []):
            yield part_name(n), of_findings(part)


def part_name(number: int) -> str:
    """The name of a part of the heat map of findings; of many centers there are several."""
    return "data-quality" + (f"-{number + 1}" if number else "")


def of_flow(flow: Flow) -> pd.DataFrame:
    """Who is kept, who leaves and why: ``step, what, records``."""
    rows = []
    for step in flow.steps:
        rows.append(("kept", plain_text(step.box.text), step.box.count))
        if step.leaving is not None:
            rows.append(("left", plain_text(step.leaving.text), step.leaving.count))
            rows += [("reason", plain_text(r.text), r.count) for r in step.reasons if r.count]
    rows += [("group", plain_text(line.text), line.count) for _, line in flow.groups]
    return pd.DataFrame(rows, columns=["step", "what", "records"])


def of_curves(inputs: ReportInputs, endpoint: str) -> pd.DataFrame:
    """The steps of an endpoint's curves."""
    return inputs.curves[inputs.curves["endpoint"] == endpoint].reset_index(drop=True)


def of_diagnostics(inputs: ReportInputs, figure: str) -> pd.DataFrame:
    """What a figure of diagnostics draws, in the columns that its kinds of rows fill."""
    assert inputs.diagnostics is not None
    rows = inputs.diagnostics
    name = next(name for name in _DIAGNOSTICS if figure.startswith(name))
    # Only the name of residuals ends with an endpoint.
    own = (rows["endpoint"] == figure.removeprefix(name)) | (figure == name)
    found = rows[own & rows["kind"].isin(_DIAGNOSTICS[name])].reset_index(drop=True)
    return found.loc[:, (found.notna() & (found != "")).any()]


def of_forest(view: CenterView) -> pd.DataFrame:
    """A line for each drawn interval, named as its row."""
    rows = [
        {"row": plain_text(row.name)} | {key: asdict(e)[key] for key in _DRAWN}
        for row in view.rows
        for e in row.estimates
    ]
    return pd.DataFrame(rows, columns=["row", *_DRAWN])


def of_findings(part: QualityPart) -> pd.DataFrame:
    """Findings by rule and center, each with what the rule led to."""
    heads = [*(name for name, _ in part.centers), *(["All"] if part.with_total else [])]
    rows, effect = [], ""
    for row in part.rows:
        if not row.cells:
            effect = row.label
            continue
        texts = [*(cell.text for cell in row.cells), *([row.total] if part.with_total else [])]
        rows += [(effect, row.label, *pair) for pair in zip(heads, texts, strict=True)]
    return pd.DataFrame(rows, columns=["effect", "rule", "center", "findings"])
