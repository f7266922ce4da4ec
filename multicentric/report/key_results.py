"""The title page: key results, what to know before use, data quality at a glance."""

from __future__ import annotations

from typing import Any

import pandas as pd
from markupsafe import Markup

from multicentric.report.flow import Records, number_of
from multicentric.report.heterogeneity import share_between
from multicentric.report.numbers import NBSP
from multicentric.report.sources import Sources
from multicentric.report.survival import CRUDE, PRIMARY
from multicentric.report.table import Cell, Column, Notes, Row, Table, Text, in_sentence, listed
from multicentric.report.theme import SIDE_BY_SIDE, Group


def key_table(sources: Sources) -> Table | None:
    """Every endpoint by group with its unadjusted and adjusted effect."""
    if not len(sources.estimates):
        return None
    if len(sources.groups) > SIDE_BY_SIDE:
        return _effects_only(sources)
    notes = Notes()
    columns = [Column("Outcome", align="left")]
    columns += [
        Column(group.label, sub=_size(sources, group), style=group.style)
        for group in sources.groups
    ]
    title: Text = "Key results"
    caption = ""
    if sources.is_comparison:
        columns += _effect_columns(sources, notes)
        caption = f"Hazard ratios {sources.of_the_ratio()}."
        if sources.study.proportions and sources.is_contrast:
            caption = "Hazard ratios and differences" + caption.removeprefix("Hazard ratios")
    rows = []
    for name, endpoint in sources.study.times_to_event.items():
        medians = [
            sources.median_cell(
                sources.group_estimate(name, "kaplan_meier", group, "median"), notes
            )
            for group in sources.groups
        ]
        label = Cell(endpoint.label, sub=f"Median, months ({sources.level()} CI)")
        rows.append(Row((label, *medians, *_effects(sources, name, notes))))
    for name, proportion in sources.study.proportions.items():
        rates = [
            sources.share_cell(sources.group_estimate(name, "response_rate", g, "rate"), notes)
            for g in sources.groups
        ]
        label = Cell(proportion.label, sub=f"Patients, % ({sources.level()} CI)")
        rows.append(Row((label, *rates, *_difference(sources, name, notes))))
    return Table(
        id="key-results",
        title=title,
        caption=caption,
        columns=columns,
        rows=rows,
        notes=notes,
        style="key",
    )


def _size(sources: Sources, group: Group) -> str:
    for endpoint in sources.study.times_to_event:
        estimate = sources.group_estimate(endpoint, "kaplan_meier", group, "n")
        if estimate is not None and (estimate.n is not None or estimate.withheld):
            return f"n{NBSP}={NBSP}{sources.numbers.count(estimate.n, f'key/{group.code}/n')}"
    return ""


def _effect_columns(sources: Sources, notes: Notes) -> list[Column]:
    return [
        Column("Effect", sub=f"({sources.level()} CI)"),
        Column(
            Markup("Adjusted effect{}").format(notes.mark(_adjustment(sources))),
            sub=f"({sources.level()} CI)",
        ),
    ]


def _adjustment(sources: Sources) -> str:
    """What the adjusted effect is adjusted for."""
    exposure = sources.study.exposure.term
    others = [t for t in sources.study.models.adjusted if t != exposure]
    labels = "; ".join(in_sentence(sources.study.terms[t].label) for t in others)
    said = f"Cox model {sources.by_center}".rstrip()
    if others:
        said += f", adjusted for: {labels}"
    for endpoint in sources.study.times_to_event:
        estimate = sources.hazard_ratio(endpoint, PRIMARY)
        if estimate is not None and estimate.n is not None:
            n = sources.numbers.count(estimate.n, f"key/{estimate.source}:n")
            said += f" (complete cases, n{NBSP}={NBSP}{n})"
            break
    beside = "stratified only" if sources.by_center else "not adjusted"
    if sources.study.proportions:
        return f"{said}. Hazard ratios beside it are {beside}, differences are crude."
    return f"{said}. The effect beside it is {beside}."


def _effects(sources: Sources, endpoint: str, notes: Notes) -> list[Cell]:
    if not sources.is_comparison:
        return []
    notes.abbreviation("HR", "hazard ratio")
    cells = []
    for model in (CRUDE, PRIMARY):
        estimate = sources.hazard_ratio(endpoint, model)
        cell = sources.ratio_cell(estimate, notes, strong=model == PRIMARY)
        if estimate is None or estimate.value is None:
            cells.append(cell)
            continue
        p_value = sources.p_phrase(estimate) if estimate.p_value is not None else ""
        cells.append(Cell(Markup("HR{}{}").format(NBSP, cell.text), sub=p_value, style=cell.style))
    return cells


def _difference(sources: Sources, endpoint: str, notes: Notes) -> list[Cell]:
    if not sources.is_comparison:
        return []
    estimate = sources.estimates.one(
        model="response_difference", endpoint=endpoint, level=sources.contrast.code
    )
    cell = sources.share_cell(estimate, notes)
    points = "percentage points" if estimate is not None and estimate.has_value else ""
    return [Cell(cell.text, sub=points, style=cell.style), Cell("not planned", style="absent")]


def _effects_only(sources: Sources) -> Table:
    """Many groups: one row per group and endpoint would not fit the title page."""
    notes = Notes()
    rows = []
    for name, endpoint in sources.study.times_to_event.items():
        median = sources.median_cell(
            sources.group_estimate(name, "kaplan_meier", None, "median"), notes
        )
        label = Cell(endpoint.label, sub=f"Median, months ({sources.level()} CI)")
        rows.append(Row((label, median, *_effects(sources, name, notes))))
    for name, proportion in sources.study.proportions.items():
        everyone = sources.group_estimate(name, "response_rate", None, "rate")
        label = Cell(proportion.label, sub=f"Patients, % ({sources.level()} CI)")
        rate = sources.share_cell(everyone, notes)
        rows.append(Row((label, rate, *_difference(sources, name, notes))))
    columns = [Column("Outcome", align="left"), Column("All patients")]
    return Table(
        id="key-results",
        title="Key results",
        caption=f"Hazard ratios {sources.of_the_ratio()}.",
        columns=[*columns, *_effect_columns(sources, notes)],
        rows=rows,
        notes=notes,
        style="key",
    )


def at_a_glance(sources: Sources, records: Records, status: dict[str, Any]) -> list[Text]:
    """Data quality in a few lines."""
    write = sources.numbers.count
    centers = status["centers"]
    ready, known = number_of(c for c in centers if c["state"] == "ready"), number_of(centers)
    said: list[Text] = [
        f"{write(ready, 'glance/ready')} of {write(known, 'glance/centers')} "
        f"{_plural(known, 'center')} {'is' if ready == 1 else 'are'} in the results."
    ]
    if records.sent != 0:
        said.append(
            f"{write(records.of('analysed'), 'glance/analysed')} of "
            f"{write(records.sent, 'glance/records')} records analyzed."
        )
    held = records.of("quarantined")
    if held:
        said.append(
            f"{write(held, 'glance/held')} {_plural(held, 'record')} held back: a needed value was "
            "missing, unreadable or contradictory."
        )
    queries = _questions(status)
    if queries != 0:
        said.append(
            f"{write(queries, 'glance/queries')} {_plural(queries, 'question')} to the centers "
            f"{'is' if queries == 1 else 'are'} open."
        )
    return said


def _questions(status: dict[str, Any]) -> int | None:
    """Questions to all centers; None where their number is not shown."""
    if "together" in status:
        told: int | None = status["together"]["queries"]
        return told
    asked = sum(int(center.get("queries") or 0) for center in status["centers"])
    return asked + int(status.get("unassigned", 0))


def missing_of_models(sources: Sources, baseline: pd.DataFrame) -> list[Text]:
    """The two factors of the primary model that are missing most often."""
    if baseline.empty:
        return []
    variables = {sources.study.terms[t].variable for t in sources.study.models.adjusted}
    rows = baseline[(baseline["group"] == "all") & baseline["variable"].isin(variables)]
    rows = rows.drop_duplicates("variable")
    rows = rows[rows["n_missing"].fillna(0) > 0].sort_values(
        ["n_missing", "variable"], ascending=[False, True], kind="stable"
    )
    said: list[str] = []
    for row in rows.head(2).to_dict("records"):
        share = row["n_missing"] / (row["n"] + row["n_missing"])
        percent = sources.numbers.percent(float(share), f"glance/missing/{row['variable']}")
        label = str(row["label"]) if not said else in_sentence(str(row["label"]))
        said.append(f"{label} in {percent}")
    if not said:
        return []
    first = said[0].replace(" in ", " is missing in ", 1)
    return [f"{listed([first, *said[1:]])} of patients."]


def heterogeneity(sources: Sources) -> list[Text]:
    """How much of the hazard ratio's variance lies between centers, of the first endpoint."""
    for endpoint in list(sources.study.times_to_event)[:1]:
        i2 = sources.estimates.one(model="two_stage_reml", endpoint=endpoint, statistic="i2")
        if i2 is not None and i2.value is not None:
            share = share_between(sources, i2, "glance")
            label = in_sentence(sources.endpoint_of(endpoint).label)
            return [
                Markup(
                    "Between-center heterogeneity of the unadjusted hazard ratio of {}: {}."
                ).format(label, share)
            ]
    return []


def _plural(count: int | None, word: str) -> str:
    return word if count == 1 else f"{word}s"
