"""What each center shows alone, as a table with drawn intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from multicentric.report.canvas import text_width
from multicentric.report.drawings import Axis, axis_row, guides, interval_row
from multicentric.report.heterogeneity import between_centers
from multicentric.report.lookup import Estimate
from multicentric.report.numbers import NBSP
from multicentric.report.sources import Sources
from multicentric.report.table import Cell, Notes, Text

ALL_CENTERS = "All centers"
_RATE_WIDTH = 36.0
_RATIO_WIDTH = 46.0
_RATIO_LIMITS = (0.2, 5.0)
# With fewer events in a group, a hazard ratio of a center alone says next to nothing.
_FEWEST_EVENTS = 5
# The heads of a row's counts where its groups are not told apart.
_TOTALS = (Cell("N"), Cell("Events"))


@dataclass(frozen=True)
class Drawn:
    """A drawing behind a cell: the row's own, and the guides that run through all rows."""

    own: str
    guides: str
    width: float


@dataclass(frozen=True)
class CenterRow:
    """One center: counts, rate and hazard ratio as text and as drawing.

    Attributes
    ----------
    counts
        Two cells: patients and events, or events and patients of each of two groups.
    kind
        ``plain``, ``total``, ``level`` (indented) or ``group`` (opens a group, has no numbers).
    estimates
        What is drawn, as data.
    """

    name: str
    counts: tuple[Text, Text]
    rate: Cell
    rate_drawing: Drawn | None
    ratio: Cell
    ratio_drawing: Drawn | None
    kind: str = "plain"
    extra: Text = ""
    estimates: tuple[Estimate, ...] = ()


@dataclass(frozen=True)
class CenterView:
    """The table of an endpoint by center."""

    number: int
    id: str
    title: str
    caption: str
    rate_title: str
    rate_head: str | None
    ratio_head: str | None
    rows: list[CenterRow]
    rate_axis: str
    ratio_axis: str
    notes: Notes
    counts: tuple[Cell, Cell] = _TOTALS
    row_head: str = "Center"
    extra_head: Text = ""


@dataclass(frozen=True)
class RatioRow:
    """A hazard ratio to be drawn; `kind` and `extra` as of `CenterRow`.

    A row of the kind ``prediction`` is an interval alone.
    """

    name: str
    estimate: Estimate | None
    kind: str = "plain"
    extra: Text = ""


def centers_of(sources: Sources, status: dict[str, Any]) -> list[str]:
    """Centers that are in, in the order of their name."""
    return sorted(c["center"] for c in status["centers"] if c["state"] == "ready")


def center_view(
    sources: Sources, endpoint: str, centers: list[str], number: int
) -> CenterView | None:
    """The endpoint by center, largest first; None where no center has a number."""
    month = sources.first_landmark()
    declared = sources.endpoint_of(endpoint)
    counted = [
        (center, found)
        for center in centers
        if (found := _of_center(sources, endpoint, center, "kaplan_meier", "n")) is not None
    ]
    if not counted:
        return None
    counted.sort(key=lambda pair: (-(pair[1].value or 0), pair[0]))
    notes = Notes()
    rate_axis = Axis(0, 1, _RATE_WIDTH)
    ratio_axis = Axis(*_RATIO_LIMITS, _RATIO_WIDTH, logarithmic=True)
    overall_rate = sources.group_estimate(endpoint, "kaplan_meier", None, "survival", month)
    overall_ratio = sources.hazard_ratio(endpoint, "cox_stratified")
    with_ratio = sources.is_comparison
    add = sources.bundle.add
    stem = f"figures/centers-{endpoint}"
    rate_guides = add(f"{stem}-rate-guides.svg", _rate_guides(rate_axis, overall_rate))
    ratio_guides = add(f"{stem}-ratio-guides.svg", _ratio_guides(ratio_axis, overall_ratio))
    rows: list[CenterRow] = []
    largest = max(math.sqrt(max(found.n_events or 0, 1)) for _, found in counted)

    def add_row(
        name: str,
        population: str,
        found: Estimate,
        rate: Estimate | None,
        ratio: Estimate | None,
    ) -> None:
        total = name == ALL_CENTERS
        cell = Cell()
        if with_ratio and not total and _few_events(sources, endpoint, population):
            few = sources.numbers.count(_FEWEST_EVENTS, f"{stem}/fewest events")
            mark = notes.mark(
                f"Fewer than {few} events in a group; what is pooled holds this center, too."
            )
            cell, ratio = Cell(Markup("not shown{}").format(mark), style="absent"), None
        elif with_ratio:
            cell = sources.ratio_cell(ratio, notes)
        shapes = ("diamond", "diamond") if total else ("dot", "square")
        size = 1.0 + 1.2 * math.sqrt(max(found.n_events or 0, 1)) / largest
        drawing = f"{stem}-{len(rows)}"
        rows.append(
            CenterRow(
                name=name,
                counts=(sources.counted(found, "n"), sources.counted(found, "n_events")),
                rate=sources.share_cell(rate, notes) if month is not None else Cell(),
                rate_drawing=_drawn(
                    add, rate, rate_axis, f"{drawing}-rate.svg", rate_guides, size, shapes[0]
                ),
                ratio=cell,
                ratio_drawing=_drawn(
                    add, ratio, ratio_axis, f"{drawing}-ratio.svg", ratio_guides, size, shapes[1]
                ),
                kind="total" if total else "plain",
                estimates=tuple(drawn for drawn in (rate, ratio) if drawn is not None),
            )
        )

    for center, found in counted:
        rate = _of_center(sources, endpoint, center, "kaplan_meier", "survival", month)
        ratio = _of_center(sources, endpoint, center, "cox_by_center", "hazard_ratio")
        add_row(center, f"center:{center}", found, rate, ratio)
    total = sources.group_estimate(endpoint, "kaplan_meier", None, "n")
    if total is not None and len(rows) > 1:
        add_row(ALL_CENTERS, "primary", total, overall_rate, overall_ratio)
    pooled: list[CenterRow] = []
    if with_ratio and len(rows) > 1:
        pooled = list(_pooled_rows(sources, endpoint, ratio_axis, ratio_guides, notes))
        rows += pooled
        for remark in between_centers(sources, endpoint):
            notes.say(remark)
    rate_title, rate_head = "", None
    caption = "Centers in order of size."
    if month is not None:
        shown = sources.numbers.plain(month, f"centers/{endpoint}/landmark")
        rate_title = f"{shown}-month {declared.short}"
        rate_head = f"% ({sources.level()} CI)"
        caption += " Band and dashed line, all patients."
    if with_ratio:
        notes.abbreviation("HR", "hazard ratio")
        caption += (
            f" Hazard ratios {sources.of_the_ratio()}, "
            "unadjusted; that of all centers is stratified by center."
        )
    if pooled:
        caption += (
            " Below it the estimates of the centers pooled by random effects, and where that of a "
            "new center would lie."
        )
    return CenterView(
        number=number,
        id=f"centers-{endpoint}",
        title=f"{declared.label} by center",
        caption=caption,
        rate_title=rate_title,
        rate_head=rate_head,
        ratio_head=f"HR ({sources.level()} CI)" if with_ratio else None,
        rows=rows,
        rate_axis=_rate_axis(sources, endpoint, rate_axis, f"{stem}-rate-axis.svg")
        if month is not None
        else "",
        ratio_axis=_ratio_axis(sources, endpoint, ratio_axis, f"{stem}-ratio-axis.svg")
        if with_ratio
        else "",
        notes=notes,
    )


def count_heads(sources: Sources, endpoint: str, populations: list[str]) -> tuple[Cell, Cell]:
    """The heads of two columns of counts: by group where there are two and all are counted."""
    by_group = len(sources.groups) == 2 and sources.is_comparison
    if not by_group or not all(sources.counts_by_group(endpoint, p) for p in populations):
        return _TOTALS
    first, second = (Cell(sources.named(g), sub="events / n") for g in sources.groups)
    return first, second


def row_counts(
    sources: Sources,
    endpoint: str,
    population: str,
    estimate: Estimate | None,
    heads: tuple[Cell, Cell],
) -> tuple[Text, Text]:
    """What stands under `count_heads` in a row."""
    if heads == _TOTALS:
        return sources.counted(estimate, "n"), sources.counted(estimate, "n_events")
    first, second = (
        f"{sources.counted(one, 'n_events')}{NBSP}/{NBSP}{sources.counted(one, 'n')}"
        for one in sources.counts_by_group(endpoint, population)
    )
    return first, second


def _few_events(sources: Sources, endpoint: str, population: str) -> bool:
    compared = (sources.contrast.code, sources.reference.code)
    counts = sources.counts_by_group(endpoint, population)
    return any((one.n_events or 0) < _FEWEST_EVENTS for one in counts if one.level in compared)


def _pooled_rows(
    sources: Sources, endpoint: str, axis: Axis, behind: str, notes: Notes
) -> Iterator[CenterRow]:
    """The centers' own estimates pooled by random effects, and where a new center's would lie."""
    found = [
        ("Random effects", "two_stage_reml", "hazard_ratio", "diamond"),
        (
            f"{sources.level()} prediction",
            "two_stage_hartung_knapp",
            "prediction_interval",
            "bar",
        ),
    ]
    for label, model, statistic, shape in found:
        estimate = sources.estimates.one(model=model, endpoint=endpoint, statistic=statistic)
        if estimate is None or estimate.value is None:
            continue
        name = f"figures/centers-{endpoint}-{statistic}.svg"
        if shape == "bar":
            cell = _bounds(sources, estimate, "centers")
        else:
            cell = sources.ratio_cell(estimate, notes)
        drawing = _drawn(sources.bundle.add, estimate, axis, name, behind, 1.6, shape)
        yield CenterRow(
            name=label,
            counts=("", ""),
            rate=Cell(),
            rate_drawing=None,
            ratio=cell,
            ratio_drawing=drawing,
            kind="pooled",
            estimates=(estimate,),
        )


def _bounds(sources: Sources, estimate: Estimate, place: str) -> Cell:
    """An interval alone."""
    source = f"{place}/{estimate.source}:ci"
    return Cell(sources.numbers.ratio_interval(estimate.ci_low, estimate.ci_high, source))


def ratio_view(
    sources: Sources,
    endpoint: str,
    rows: list[RatioRow],
    *,
    kind: str,
    row_head: str,
    title: str,
    caption: str,
    dashed: Estimate | None,
    number: int,
    notes: Notes,
    extra_head: Text = "",
    heads: tuple[Cell, Cell] = _TOTALS,
) -> CenterView:
    """Hazard ratios below each other, with drawn intervals.

    Parameters
    ----------
    rows
        A row without an estimate opens a group.
    dashed
        The estimate whose place runs through all rows as a dashed line.
    heads
        `count_heads` of the rows.
    """
    axis = Axis(*_RATIO_LIMITS, _RATIO_WIDTH, logarithmic=True)
    stem = f"figures/{kind}-{endpoint}"
    add = sources.bundle.add
    behind = add(f"{stem}-guides.svg", _ratio_guides(axis, dashed))
    notes.abbreviation("HR", "hazard ratio")
    shown = []
    for n, row in enumerate(rows):
        estimate = row.estimate
        shape = {"total": "diamond", "prediction": "bar"}.get(row.kind, "square")
        if estimate is None:
            cell = Cell()
        elif row.kind == "prediction":
            cell = _bounds(sources, estimate, stem)
        else:
            cell = sources.ratio_cell(estimate, notes)
        shown.append(
            CenterRow(
                name=row.name,
                counts=("", "")
                if estimate is None
                else row_counts(sources, endpoint, estimate.population, estimate, heads),
                rate=Cell(),
                rate_drawing=None,
                ratio=cell,
                ratio_drawing=_drawn(add, estimate, axis, f"{stem}-{n}.svg", behind, 1.7, shape),
                kind=row.kind,
                extra=row.extra,
                estimates=() if estimate is None else (estimate,),
            )
        )
    return CenterView(
        number=number,
        id=f"{kind}-{endpoint}",
        title=title,
        caption=caption,
        rate_title="",
        rate_head=None,
        ratio_head=f"HR ({sources.level()} CI)",
        rows=shown,
        rate_axis="",
        ratio_axis=_ratio_axis(sources, endpoint, axis, f"{stem}-axis.svg"),
        notes=notes,
        counts=heads,
        row_head=row_head,
        extra_head=extra_head,
    )


def _of_center(
    sources: Sources,
    endpoint: str,
    center: str,
    model: str,
    statistic: str,
    at: float | None = None,
) -> Estimate | None:
    return sources.estimates.one(
        model=model,
        population=f"center:{center}",
        endpoint=endpoint,
        statistic=statistic,
        at=at,
    )


def _drawn(
    add: Callable[[str, bytes], str],
    estimate: Estimate | None,
    axis: Axis,
    name: str,
    behind: str,
    size: float,
    shape: str,
) -> Drawn:
    if estimate is None or estimate.value is None:
        return Drawn("", behind, axis.width)
    drawing = interval_row(
        axis, estimate.value, estimate.ci_low, estimate.ci_high, size=size, shape=shape
    )
    return Drawn(add(name, drawing), behind, axis.width)


def _rate_guides(axis: Axis, overall: Estimate | None) -> bytes:
    if overall is None or overall.value is None:
        return guides(axis, None, None, None)
    known = overall.ci_low is not None and overall.ci_high is not None
    band = (overall.ci_low or 0.0, overall.ci_high or 0.0) if known else None
    return guides(axis, None, overall.value, band)


def _ratio_guides(axis: Axis, overall: Estimate | None) -> bytes:
    dashed = overall.value if overall is not None else None
    return guides(axis, 1.0, dashed, None)


def _rate_axis(sources: Sources, endpoint: str, axis: Axis, name: str) -> str:
    ticks = [
        (v, sources.numbers.percent(v, f"axis/{name}", decimals=0, sign=False))
        for v in (0, 0.25, 0.5, 0.75, 1)
    ]
    words = [(axis.width / 2, f"{sources.endpoint_of(endpoint).short}, %", "middle")]
    return sources.bundle.add(name, axis_row(axis, ticks, words))


def _ratio_axis(sources: Sources, endpoint: str, axis: Axis, name: str) -> str:
    ticks = [(v, sources.numbers.plain(v, f"axis/{name}")) for v in (0.2, 0.5, 1, 2, 5)]
    left, right = f"Favors {sources.contrast.label}", f"Favors {sources.reference.label}"
    room = axis.width / 2 - 1.5
    if not sources.is_contrast:
        left, right = "event later", "event sooner"
    elif max(text_width(left, 7.8), text_width(right, 7.8)) > room:
        left, right = "Favors exposed", "Favors reference"
    words = [(axis.x(1) - 1, left, "end"), (axis.x(1) + 1, right, "start")]
    return sources.bundle.add(name, axis_row(axis, ticks, words))
