"""What travels inside the PDF: numbers, figures' sources and protocol, no patient's row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from multicentric.report.figure_data import figure_sources
from multicentric.report.inputs import protocol_of
from multicentric.report.pdf import Attached
from multicentric.settings import PRINTED

if TYPE_CHECKING:
    from multicentric.report.document import Section
    from multicentric.report.inputs import ReportInputs


def attachments(sections: Sequence[Section], inputs: ReportInputs) -> dict[str, Attached]:
    """The files by name; tables as CSV.

    Parameters
    ----------
    sections
        Those with figures.
    """
    tables = {
        "estimates.csv": (inputs.estimates, "Every number of the analysis"),
        "baseline.csv": (inputs.baseline, "The patients at the start, by group"),
    }
    for name, table in figure_sources(sections, inputs):
        tables[f"figure-{name}.csv"] = (table, "The numbers that the figure draws")
    if inputs.decisions is not None:
        tables["decisions.csv"] = (inputs.decisions, "What was withheld or rounded, by which rule")
    attached: dict[str, Attached] = {
        name: (table.to_csv(index=False, lineterminator="\n").encode(), words, "Data")
        for name, (table, words) in tables.items()
    }
    settings = inputs.settings.model_dump_json(indent=1, include=PRINTED)
    return attached | {
        "study.json": (protocol_of(inputs.study), "The protocol as the engine read it", "Source"),
        "config.json": (settings.encode(), "The settings of this report", "Source"),
    }
