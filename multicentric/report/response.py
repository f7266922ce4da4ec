"""The section of a yes-or-no endpoint: rates by group and their difference."""

from __future__ import annotations

from markupsafe import Markup

from multicentric.report.lookup import Estimate
from multicentric.report.numbers import NBSP
from multicentric.report.sources import Sources
from multicentric.report.table import Cell, Column, Notes, Row, Table


def response_table(sources: Sources, endpoint: str, number: int) -> Table:
    """One row per group, then the difference of each exposed group from the reference."""
    declared = sources.study.proportions[endpoint]
    notes = Notes()
    rows = []
    for group in sources.groups:
        rate = sources.group_estimate(endpoint, "response_rate", group, "rate")
        difference = sources.estimates.one(
            model="response_difference", endpoint=endpoint, level=group.code
        )
        cells = [
            Cell(sources.named(group)),
            counted(sources, rate),
            sources.share_cell(rate, notes),
        ]
        if sources.is_comparison:
            cells += (
                [Cell("reference"), Cell()]
                if group.is_reference
                else [
                    sources.share_cell(difference, notes),
                    sources.p_cell(difference, notes),
                ]
            )
        rows.append(Row(tuple(cells)))
    columns = [
        Column("Group", align="left"),
        Column("Responders / patients"),
        Column(f"{declared.short}, % ({sources.level()} CI)"),
    ]
    if sources.is_comparison:
        columns += [
            Column(f"Difference, percentage points ({sources.level()} CI)"),
            Column(Markup("<i>P</i> value"), align="point", width=15),
        ]
        if sources.estimates.ran("response_difference", endpoint=endpoint):
            notes.say(Markup("<i>P</i> values are from Fisher’s exact test."))
    notes.abbreviation(declared.short, declared.label[0].lower() + declared.label[1:] + " rate")
    return Table(
        id=f"table-{endpoint}",
        title=declared.label,
        number=number,
        columns=columns,
        rows=rows,
        notes=notes,
        style="estimates",
    )


def counted(sources: Sources, rate: Estimate | None) -> Cell:
    """Responders and patients of a group."""
    if rate is None or (rate.n is None and not rate.withheld):
        return Cell("–")
    events, patients = sources.counted(rate, "n_events"), sources.counted(rate, "n")
    return Cell(f"{events}{NBSP}/{NBSP}{patients}")
