"""One section per time-to-event endpoint: figure, numbers at risk, estimates."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from multicentric.report.km_figure import (
    FEW_AT_RISK,
    FULL,
    Curve,
    Frame,
    draw,
    few_from,
    named_by_letters,
    ticks_of,
)
from multicentric.report.lookup import Estimate
from multicentric.report.numbers import NBSP, SUPPRESSED
from multicentric.report.sources import Sources
from multicentric.report.table import (
    Cell,
    Column,
    Notes,
    Row,
    Table,
    Text,
    in_sentence,
    unbroken,
)
from multicentric.report.theme import SIDE_BY_SIDE, Group, labels_of

# (model, what the table calls it); the last is the study's primary model. Those without strata
# stand among the Cox models.
COX_MODELS = (
    ("cox_stratified", "Cox, unadjusted"),
    ("cox_adjusted_stratified", "Cox, adjusted"),
)
PRIMARY = "cox_adjusted_stratified"
CRUDE = "cox_stratified"
LONGEST_ALT = 250  # characters; some screen readers read no more of an alternative text
TESTS = (
    ("log_rank", "Log-rank test"),
    ("log_rank_stratified", "Log-rank test"),
    ("peto_peto_stratified", "Peto–Peto test"),
)
_COUNTED = (("at_risk", "At risk"), ("censored", "Censored"), ("events", "Events"))
_NARROWEST_COLUMN = 8.0  # mm; four digits with air


@dataclass(frozen=True)
class RiskGroup:
    """A group's rows of the table under the curve: label and numbers per tick."""

    group: Group
    rows: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class RiskTable:
    """Numbers at risk; widths in mm set each column's middle under its tick."""

    stub: float
    width: float
    ticks: list[str]
    groups: list[RiskGroup]
    with_keys: bool


@dataclass(frozen=True)
class Figure:
    """A figure: its number, title, caption, drawing, and what a screen reader says."""

    number: int
    id: str
    title: str
    caption: str
    drawing: str
    alt: str
    width: float
    keys: tuple[Group, ...] = ()


@dataclass(frozen=True)
class SurvivalView:
    """What the section of an endpoint shows."""

    id: str
    label: str
    figure: Figure | None
    why_no_figure: str
    risk: RiskTable | None
    tables: list[Table]


def curves_of(sources: Sources, endpoint: str) -> list[Curve]:
    """The endpoint's curves by group, exposed groups first; groups without patients have none."""
    table, open_counts = sources.curves, sources.disclosure is None
    numbers = ("time", "n_risk", "n_event", "n_censor", "survival", "ci_low", "ci_high")
    found = []
    for group in sources.groups:
        steps = table[(table["endpoint"] == endpoint) & (table["level"] == group.code)]
        if steps.empty:
            continue
        steps = steps.sort_values("time", kind="stable").astype(dict.fromkeys(numbers, float))
        median = sources.group_estimate(endpoint, "kaplan_meier", group, "median")
        known = median is not None and not median.withheld
        found.append(
            Curve(
                group,
                steps.reset_index(drop=True),
                median.value if median is not None else None,
                median_known=known,
                # On a coarse grid the line of a median does not meet its curve.
                median_drawn=known and open_counts,
                # It ends where few patients are at risk, and its counts are rounded.
                few_from=few_from(steps) if open_counts else math.inf,
            )
        )
    return found


def figure_of(sources: Sources, endpoint: str, number: int) -> Figure | None:
    """The endpoint's Kaplan-Meier figure at full width."""
    declared = sources.endpoint_of(endpoint)
    curves = curves_of(sources, endpoint)
    if not curves:
        return None
    ticks = ticks_of(declared.axis_months, declared.tick_months, _NARROWEST_COLUMN, FULL.across)
    drawing = draw(
        FULL,
        curves,
        declared.axis_months,
        ticks,
        _remark(sources, endpoint),
        f"Months from {_zero(sources, endpoint)}",
        sources.numbers,
        f"figure/{endpoint}",
    )  # fmt: skip
    variable = _exposure_label(sources)
    caption = _how_drawn(sources, endpoint, curves, f"figure/{endpoint}")
    if any(curve.steps["time"].max() > declared.axis_months for curve in curves):
        end = sources.numbers.plain(declared.axis_months, f"figure/{endpoint}/end")
        caption += f"; drawn to {end} months"
    if sources.disclosure is None:
        caption += "; vertical ticks mark censored patients"
        caption += ", dashed lines medians." if _medians_drawn(curves) else "."
    else:
        caption += _of_rounded_counts(sources, endpoint)
    if named_by_letters(FULL, sources.groups):
        caption += " Letters name the groups in the table below."
    return Figure(
        number=number,
        id=f"figure-{endpoint}",
        title=f"{declared.label} by {variable}" if sources.is_comparison else declared.label,
        caption=caption,
        drawing=sources.bundle.add(f"figures/{endpoint}.svg", drawing),
        alt=_alt(sources, endpoint, curves, "Full table below the figure."),
        width=FULL.width,
    )


def _how_drawn(sources: Sources, endpoint: str, curves: list[Curve], source: str) -> str:
    said = "Kaplan–Meier estimates"
    if len(curves) <= SIDE_BY_SIDE:
        said += f" with {sources.level()} pointwise confidence bands"
        said += f" ({sources.study.models.kaplan_meier_interval})"
    if any(curve.few_from < sources.endpoint_of(endpoint).axis_months for curve in curves):
        few = sources.numbers.plain(FEW_AT_RISK, f"{source}/few at risk")
        thin = "thin, without a band," if len(curves) <= SIDE_BY_SIDE else "thin"
        said += f"; {thin} where fewer than {few} are at risk"
    return said


def _medians_drawn(curves: list[Curve]) -> bool:
    return len(curves) <= SIDE_BY_SIDE and any(curve.median for curve in curves)


def panel_of(sources: Sources, endpoint: str, frame: Frame) -> Figure | None:
    """The small figure of the title page."""
    declared = sources.endpoint_of(endpoint)
    curves = curves_of(sources, endpoint)
    if not curves:
        return None
    step = max(12, declared.tick_months)
    ratio, _ = _remark(sources, endpoint)
    drawing = draw(
        frame,
        curves,
        declared.axis_months,
        ticks_of(declared.axis_months, step, 9, frame.across),
        (ratio, (sources.by_center or "unadjusted") if ratio else ""),
        "Months",
        sources.numbers,
        f"panel/{endpoint}",
    )
    medians = " Dashed lines, medians." if _medians_drawn(curves) else ""
    return Figure(
        number=0,
        id=f"panel-{endpoint}",
        title=f"{declared.label}, %",
        caption=f"{_how_drawn(sources, endpoint, curves, f'panel/{endpoint}')}.{medians}",
        drawing=sources.bundle.add(f"figures/{endpoint}-panel.svg", drawing),
        alt=_alt(sources, endpoint, curves, "Full table in its section."),
        width=frame.width,
        keys=tuple(sources.groups) if named_by_letters(frame, sources.groups) else (),
    )


def _of_rounded_counts(sources: Sources, endpoint: str) -> str:
    rules, plain = sources.disclosure, sources.numbers.plain
    assert rules is not None
    source = f"settings/disclosure/{endpoint}"
    return (
        f"; from counts rounded to {plain(rules.round_to, source)}, in steps of "
        f"{plain(rules.grid_months, source)} months, as far as {plain(rules.threshold, source)} "
        f"patients are at risk. {SUPPRESSED} stands for a smaller count and for what lies beyond."
    )


def _exposure_label(sources: Sources) -> str:
    label, _ = labels_of(sources.study.exposure.variable, sources.study, sources.dictionary)
    return in_sentence(label)


def _zero(sources: Sources, endpoint: str) -> str:
    start = sources.endpoint_of(endpoint).start
    if start is None or start not in sources.dictionary:
        return "time zero"
    return in_sentence(sources.dictionary[start].label)


def _remark(sources: Sources, endpoint: str) -> tuple[str, str]:
    if not sources.is_comparison:
        return "", ""
    estimate = sources.hazard_ratio(endpoint, CRUDE)
    if estimate is None or estimate.value is None:
        return "", ""
    source = f"figure/{estimate.source}"
    value = sources.numbers.ratio(estimate.value, f"{source}:value")
    interval = sources.numbers.ratio_interval(estimate.ci_low, estimate.ci_high, f"{source}:ci")
    return f"HR {value} ({sources.ci()} {interval})", f"{sources.by_center}, not adjusted".lstrip(
        ", "
    )


def _alt(sources: Sources, endpoint: str, curves: list[Curve], table: str) -> str:
    """What the figure shows, from the estimates, and where its numbers stand.

    What makes it too long is left out: what is compared first, then intervals, then medians.
    """
    pen = sources.numbers.aside()
    level = pen.plain(100 * sources.study.models.interval_level, f"alt/{endpoint}/level")
    opening = f"Kaplan–Meier curves of {in_sentence(sources.endpoint_of(endpoint).label)}."
    bare, full = [], []
    for curve in curves if len(curves) <= SIDE_BY_SIDE else []:
        source = f"alt/{endpoint}/{curve.group.code}"
        told = "not reached" if curve.median_known else "not shown"
        if curve.median is not None:
            told = pen.fixed(curve.median, f"{source}/median")
        bare.append(f"{curve.group.label} {told}")
        found = sources.group_estimate(endpoint, "kaplan_meier", curve.group, "median")
        if curve.median_known and found is not None and found.ci_low is not None:
            told += f" ({pen.interval(found.ci_low, found.ci_high, f'{source}/ci')})"
        full.append(f"{curve.group.label} {told}")
    compared = ratio = ""
    estimate = sources.hazard_ratio(endpoint, CRUDE) if sources.is_comparison else None
    if estimate is not None and estimate.value is not None:
        source = f"alt/{estimate.source}"
        interval = pen.ratio_interval(estimate.ci_low, estimate.ci_high, f"{source}:ci")
        value = f"{pen.ratio(estimate.value, f'{source}:value')} ({level}% CI {interval})"
        crude = sources.by_center or "unadjusted"
        compared = f" Hazard ratio of {sources.term_label}, {crude}: {value}."
        ratio = f" Hazard ratio, {crude}: {value}."
    with_intervals = f" Median months ({level}% CI): {', '.join(full)}." if full else ""
    medians = f" Median months: {', '.join(bare)}." if bare else ""
    choices = (
        with_intervals + compared,
        with_intervals + ratio,
        medians + ratio,
        compared,
        ratio,
        "",
    )
    texts = (f"{opening}{said} {table}" for said in choices)
    return next((text for text in texts if len(text) <= LONGEST_ALT), opening)


def risk_table(sources: Sources, endpoint: str) -> RiskTable | None:
    """Numbers at risk, censored and with an event, on the figure's ticks."""
    declared = sources.endpoint_of(endpoint)
    ticks = ticks_of(declared.axis_months, declared.tick_months, _NARROWEST_COLUMN, FULL.across)
    step = FULL.across * (ticks[1] - ticks[0]) / declared.axis_months if len(ticks) > 1 else 12.0
    groups = []
    for group in sources.groups:
        rows = []
        for statistic, label in _COUNTED:
            found = [
                sources.group_estimate(endpoint, "kaplan_meier", group, statistic, float(tick))
                for tick in ticks
            ]
            rows.append((label, [sources.counted(estimate, "value") for estimate in found]))
        if any(text != "–" for _, texts in rows for text in texts):
            groups.append(RiskGroup(group, rows))
    if not groups:
        return None
    shown = [sources.numbers.count(tick, f"risk/{endpoint}/months") for tick in ticks]
    return RiskTable(
        stub=FULL.left - step / 2,
        width=FULL.left - step / 2 + step * len(ticks),
        ticks=shown,
        groups=groups,
        with_keys=named_by_letters(FULL, sources.groups),
    )


def group_rows(sources: Sources, endpoint: str, notes: Notes) -> list[tuple[str, list[Cell]]]:
    """Label and one cell per group: events, median, landmark rates, follow-up."""
    level = sources.level
    rows: list[tuple[str, list[Cell]]] = []

    def add(label: str, cells: list[Cell]) -> None:
        rows.append((label, cells))

    find = sources.group_estimate
    add(
        "Events / patients",
        [_events(sources, find(endpoint, "kaplan_meier", g, "n"), notes) for g in sources.groups],
    )
    add(
        f"Median, months ({level()} CI)",
        [
            sources.median_cell(find(endpoint, "kaplan_meier", g, "median"), notes)
            for g in sources.groups
        ],
    )
    for month in sources.study.landmarks:
        shown = sources.numbers.plain(month, f"study/landmarks/{endpoint}")
        add(
            f"{shown}-month rate, % ({level()} CI)",
            [
                sources.share_cell(find(endpoint, "kaplan_meier", g, "survival", month), notes)
                for g in sources.groups
            ],
        )
    add(
        f"Median follow-up, months ({level()} CI)",
        [
            sources.median_cell(find(endpoint, "reverse_kaplan_meier", g, "median"), notes)
            for g in sources.groups
        ],
    )
    horizon = sources.endpoint_of(endpoint).restricted_mean_months
    means = [find(endpoint, "rmst", g, "restricted_mean", horizon) for g in sources.groups]
    if horizon is not None and any(mean is not None for mean in means):
        until = sources.numbers.plain(horizon, f"table/{endpoint}/horizon")
        add(
            f"Mean up to {until} months ({level()} CI)",
            [_mean_cell(sources, mean, notes) for mean in means],
        )
    return rows


def _mean_cell(sources: Sources, mean: Estimate | None, notes: Notes) -> Cell:
    if mean is None or mean.value is None:
        return sources.absent(mean, notes)
    return Cell(sources.months_with_interval(mean))


def _events(sources: Sources, estimate: Estimate | None, notes: Notes) -> Cell:
    known = estimate is not None and estimate.n_events is not None and estimate.n is not None
    if not known and (estimate is None or not estimate.withheld):
        return sources.absent(estimate, notes)
    events, patients = sources.counted(estimate, "n_events"), sources.counted(estimate, "n")
    return Cell(f"{events}{NBSP}/{NBSP}{patients}")


def effect_rows(
    sources: Sources, endpoint: str, notes: Notes
) -> list[tuple[str, Cell, Cell, bool]]:
    """Label, hazard ratio, P value and whether it is the primary model, per model and test."""
    rows = []
    for model, label in TESTS:
        stratified = model.endswith("_stratified")
        if stratified and not sources.by_center and model != "peto_peto_stratified":
            continue  # without strata it is the test before it
        estimate = sources.estimates.one(model=model, endpoint=endpoint, statistic="p_value")
        if estimate is not None:
            label = f"{label}, {sources.by_center}" if stratified and sources.by_center else label
            rows.append((label, Cell(), _test_cell(sources, estimate, notes), False))
    for model, label in COX_MODELS:
        estimate = sources.hazard_ratio(endpoint, model)
        primary = model == PRIMARY
        label = f"{label}, {sources.by_center}" if sources.by_center else label
        label = f"{label.removesuffix(' by center')} (primary model)" if primary else label
        cell = sources.ratio_cell(estimate, notes, strong=primary)
        rows.append((label, cell, sources.p_cell(estimate, notes), primary))
        penalized = sources.hazard_ratio(endpoint, f"{model}_firth")
        if penalized is not None:
            cell = sources.ratio_cell(penalized, notes)
            rows.append((f"{label}, with Firth’s penalty", cell, Cell("–"), False))
    return rows


def _test_cell(sources: Sources, estimate: Estimate, notes: Notes) -> Cell:
    if estimate.p_value is None and estimate.value is None:
        return sources.absent(estimate, notes)
    value = estimate.p_value if estimate.p_value is not None else estimate.value
    assert value is not None
    return Cell(sources.numbers.p_value(value, f"{estimate.source}:p_value"))


def endpoint_tables(sources: Sources, endpoint: str, number: int) -> list[Table]:
    """The endpoint's estimates: groups side by side, or below each other where there are many."""
    label = sources.endpoint_of(endpoint).label
    notes = Notes()
    of_groups = group_rows(sources, endpoint, notes)
    if len(sources.groups) > SIDE_BY_SIDE:
        return _groups_below_each_other(sources, endpoint, number, of_groups, notes)
    columns = [
        Column("Estimate", align="left", width=58),
        *(Column(group.label, style=group.style) for group in sources.groups),
    ]
    rows = [Row((Cell(text), *cells)) for text, cells in of_groups]
    if sources.is_comparison:
        columns += [
            Column(f"Hazard ratio ({sources.level()} CI)"),
            Column(Markup("<i>P</i> value"), align="point", width=15),
        ]
        rows = [Row((*row.cells, Cell(), Cell())) for row in rows]
        rows += _effects_beside(sources, endpoint, notes)
        for remark in (
            proportional_hazards_note(sources, endpoint),
            mean_difference(sources, endpoint),
            confounding(sources, endpoint),
        ):
            if remark:
                notes.say(remark)
    return [
        Table(
            id=f"table-{endpoint}",
            title=label,
            number=number,
            columns=columns,
            rows=rows,
            notes=notes,
            style="estimates",
        )
    ]


def _effects_beside(sources: Sources, endpoint: str, notes: Notes) -> list[Row]:
    rows = []
    for label, ratio, p_value, primary in effect_rows(sources, endpoint, notes):
        told = ratio.text and sources.is_contrast
        one = sources.numbers.count(1, f"{endpoint}/reference") if told else ""
        reference = Cell(f"{one} (reference)") if one else Cell()
        beside = [reference if group.is_reference else Cell() for group in sources.groups]
        rows.append(Row((Cell(label), *beside, ratio, p_value), "primary" if primary else "plain"))
    if len(sources.exposed) > 1 or not sources.is_contrast:
        notes.say(f"Hazard ratios {sources.of_the_ratio()}.")
    return rows


def proportional_hazards_note(sources: Sources, endpoint: str) -> Text:
    """The test of proportional hazards in the primary model; empty where it was not run."""
    together, exposure = (
        sources.hazards_test(endpoint, term) for term in ("", sources.study.exposure.term)
    )
    if together is None or together.p_value is None:
        return ""
    text = Markup(
        "Proportional hazards in the primary model (score test): all factors together {}"
    ).format(sources.p_phrase(together))
    if exposure is not None and exposure.p_value is not None:
        term = sources.study.terms[sources.study.exposure.term].label
        text += Markup("; {} {}").format(term, sources.p_phrase(exposure))
    return text + "."


def mean_difference(sources: Sources, endpoint: str) -> Text:
    """The difference of mean times, in all patients and within centers; empty where not made."""
    found, pooled = (
        sources.estimates.one(
            model=model, endpoint=endpoint, level=sources.contrast.code, statistic="difference"
        )
        for model in ("rmst", "rmst_by_center")
    )
    if found is None or found.value is None or found.at is None:
        return ""
    within: Text = ""
    if pooled is not None and pooled.value is not None:
        within = Markup("; within centers, pooled, {}{}").format(
            _months(sources, pooled), f" ({pooled.note})" if pooled.note else ""
        )
    return Markup("Mean {} up to {} months, {} minus {}: {}{}.").format(
        in_sentence(sources.endpoint_of(endpoint).label),
        sources.numbers.plain(found.at, f"{found.source}:at"),
        sources.called(sources.contrast),
        sources.called(sources.reference),
        _months(sources, found),
        within,
    )


def _months(sources: Sources, estimate: Estimate) -> Markup:
    """``−0.5 months (95% CI −3.6 to 2.7)``."""
    assert estimate.value is not None
    source = estimate.source
    months = sources.numbers.fixed(estimate.value, f"{source}:value")
    bounds = sources.numbers.interval(estimate.ci_low, estimate.ci_high, f"{source}:ci")
    return Markup("{} months ({})").format(months, unbroken(f"{sources.ci()}{NBSP}{bounds}"))


def confounding(sources: Sources, endpoint: str) -> Text:
    """How strong an unmeasured confounder would have to be to explain the estimate away."""
    estimate, limit = (
        sources.estimates.one(model="reading", endpoint=endpoint, statistic=statistic)
        for statistic in ("e_value", "e_value_limit")
    )
    if estimate is None or estimate.value is None or limit is None or limit.value is None:
        return ""
    return Markup(
        "To explain the estimate away, an unmeasured confounder would need a risk ratio of at "
        "least {} with exposure and with outcome (E-value, common outcome; of the interval’s "
        "nearer limit, {})."
    ).format(
        sources.numbers.ratio(estimate.value, f"{estimate.source}:value"),
        sources.numbers.ratio(limit.value, f"{limit.source}:value"),
    )


def _groups_below_each_other(
    sources: Sources,
    endpoint: str,
    number: int,
    of_groups: list[tuple[str, list[Cell]]],
    notes: Notes,
) -> list[Table]:
    label = sources.endpoint_of(endpoint).label
    rows = [
        Row((Cell(sources.named(group)), *(cells[n] for _, cells in of_groups)))
        for n, group in enumerate(sources.groups)
    ]
    first = Table(
        id=f"table-{endpoint}",
        title=f"{label} by group",
        number=number,
        columns=[Column("Group", align="left"), *(Column(text) for text, _ in of_groups)],
        rows=rows,
        notes=notes,
        style="by-group",
    )
    effect_notes = Notes()
    second = Table(
        id=f"table-{endpoint}-effects",
        title=f"{label}: {sources.term_label}",
        columns=[
            Column("Estimate", align="left"),
            Column(f"Hazard ratio ({sources.level()} CI)"),
            Column(Markup("<i>P</i> value"), align="point", width=15),
        ],
        rows=[
            Row((Cell(text), ratio, p_value), "primary" if primary else "plain")
            for text, ratio, p_value, primary in effect_rows(sources, endpoint, effect_notes)
        ],
        notes=effect_notes,
        style="estimates",
    )
    return [first, second] if sources.is_comparison else [first]
