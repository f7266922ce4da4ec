"""The title page: what was found, who is missing, what to know before use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from multicentric.report import words
from multicentric.report.flow import Records, number_of
from multicentric.report.inputs import ReportInputs
from multicentric.report.key_results import (
    at_a_glance,
    heterogeneity,
    key_table,
    missing_of_models,
)
from multicentric.report.km_figure import LOW, SMALL
from multicentric.report.quality import OutCenter, out_centers
from multicentric.report.sources import Sources
from multicentric.report.survival import panel_of
from multicentric.report.table import Text

# Reasons up to this many letters stand on the title page, longer ones in the section on data.
_ROOM_FOR_REASONS = 250


@dataclass(frozen=True)
class Missing:
    """The centers that are out; their reasons are told here where there is room for them."""

    head: str
    centers: list[OutCenter]
    told: bool


def title_page(inputs: ReportInputs, sources: Sources, records: Records) -> dict[str, Any]:
    """What the template of the title page shows.

    Parameters
    ----------
    records
        What became of the records; without a patient analysed there is no table and no figure.
    """
    numbers, status, analysed = sources.numbers, inputs.status, records.of("analysed") != 0
    ready = number_of(center for center in status["centers"] if center["state"] == "ready")
    centers = f"{numbers.count(ready, 'title/centers')} center{'' if ready == 1 else 's'}"
    n = records.of("analysed")
    patients = f"{numbers.count(n, 'title/patients')} patient{'' if n == 1 else 's'}"
    endpoints = list(inputs.study.times_to_event)
    table = key_table(sources) if analysed else None
    missing = _missing(inputs, sources)
    panels = (
        [panel_of(sources, name, LOW if missing else SMALL) for name in endpoints[:2]]
        if analysed
        else []
    )
    drawn = [panel for panel in panels if panel is not None]
    return {
        "subtitle": f"{inputs.study.subtitle} in {patients} from {centers}",
        "follow_up": _follow_up(sources, endpoints),
        "finding": words.finding(sources) if analysed else _nothing_analysed(inputs),
        "table": table,
        "out": missing,
        "panels": drawn,
        # One for both: the longer says whatever holds of either.
        "how_drawn": max((panel.caption for panel in drawn), key=len, default=""),
        "read_before_use": [
            *inputs.study.texts.read_before_use,
            *heterogeneity(sources),
            *missing_of_models(sources, inputs.baseline),
        ],
        "quality": at_a_glance(sources, records, status),
    }


def _follow_up(sources: Sources, endpoints: list[str]) -> str:
    # Whoever has had the event is followed no further for it: the last endpoint, mostly death, says
    # longest how long patients were seen.
    for name in endpoints[-1:]:
        median = sources.group_estimate(name, "reverse_kaplan_meier", None, "median")
        if median is not None and median.value is not None:
            months = sources.numbers.fixed(median.value, f"title/{median.source}")
            of = sources.endpoint_of(name).short
            return f"median follow-up {months}\u00a0months (reverse Kaplan–Meier of {of})"
    return ""


def _nothing_analysed(inputs: ReportInputs) -> Text:
    if not any(center["state"] == "ready" for center in inputs.status["centers"]):
        return "No center is in the results, so no patient could be analyzed."
    return "No record of the centers could be analyzed; the flow of records says why."


def _missing(inputs: ReportInputs, sources: Sources) -> Missing | None:
    out = out_centers(inputs.status)
    if not out:
        return None
    of = len(inputs.status["centers"])
    if len(out) == 1:
        head = "A center is not in these results"
    else:
        count = sources.numbers.count
        head = (
            f"{count(len(out), 'title/out')} of {count(of, 'title/all')} centers "
            "are not in these results"
        )
    letters = sum(len(f"{c.name}{c.state}{c.reason}{c.place}") for c in out)
    return Missing(head, out, told=letters <= _ROOM_FOR_REASONS)
