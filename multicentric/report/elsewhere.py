"""The primary comparison elsewhere: in subgroups, and as sensitivity analyses change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from markupsafe import Markup

from multicentric.report.centers import CenterView, RatioRow, count_heads, ratio_view
from multicentric.report.corrections import AS_SENT
from multicentric.report.lookup import Estimate
from multicentric.report.sources import Sources
from multicentric.report.survival import CRUDE, PRIMARY
from multicentric.report.table import Notes, on_the_point
from multicentric.report.theme import labels_of

IMPUTED = "cox_adjusted_stratified_imputed"
_YES_NO = {"yes": "Yes", "no": "No"}


def subgroup_view(
    sources: Sources, endpoint: str, number: Callable[[str], int]
) -> CenterView | None:
    """The exposure's hazard ratio within subgroups; None where none was declared."""
    rows: list[RatioRow] = []
    populations = sources.estimates.populations()
    for variable in sources.study.subgroups:
        label, codes = labels_of(variable, sources.study, sources.dictionary)
        prefix = f"subgroup:{variable}="
        levels = [p.removeprefix(prefix) for p in populations if p.startswith(prefix)]
        order = list(codes)
        levels.sort(key=lambda level: (order.index(level) if level in order else len(order), level))
        interaction = sources.estimates.one(
            model="interaction",
            population=f"subgroup:{variable}",
            endpoint=endpoint,
            statistic="p_value",
        )
        rows.append(RatioRow(label, None, "group", _p_value(sources, interaction)))
        for level in levels:
            estimate = _exposure(sources, endpoint, "interaction", f"{prefix}{level}")
            name = codes.get(level) or _YES_NO.get(level, level)
            rows.append(RatioRow(name, estimate, "level"))
    extras = on_the_point([row.extra for row in rows])
    rows = [replace(row, extra=extra) for row, extra in zip(rows, extras, strict=True)]
    overall = sources.hazard_ratio(endpoint, CRUDE)
    if not rows or overall is None:
        return None
    parts = [row.estimate.population for row in rows if row.estimate is not None]
    return ratio_view(
        sources,
        endpoint,
        [*rows, RatioRow("All patients", overall, "total")],
        kind="subgroups",
        row_head="Subgroup",
        title=f"{sources.endpoint_of(endpoint).label} in subgroups",
        caption=f"Hazard ratios {sources.of_the_ratio()}, {sources.by_center or 'unadjusted'}, "
        "each variable in one model with its interaction, not adjusted further; exploratory. "
        "Dashed line, all patients; those without a value of the variable are in no row.",
        dashed=overall,
        number=number(f"subgroups-{endpoint}"),
        notes=Notes(),
        extra_head=Markup("<i>P</i>, interaction"),
        heads=count_heads(sources, endpoint, parts),
    )


def sensitivity_view(
    sources: Sources, endpoint: str, number: Callable[[str], int]
) -> CenterView | None:
    """The primary model as each sensitivity analysis changes it; None where none was declared."""
    rows, notes = _changed(sources, endpoint), Notes()
    for name, analysis in sources.study.sensitivity.items():
        told = sources.estimates.one(
            model=PRIMARY,
            population=f"sensitivity:{name}",
            endpoint=endpoint,
            statistic="recensored",
        )
        if told is not None and told.value is not None:
            moved = sources.numbers.count(told.value, f"{told.source}:value")
            notes.say(
                f"{analysis.label}: {moved} censored patients of this model end earlier; "
                f"{told.note}."
            )
    primary = sources.hazard_ratio(endpoint, PRIMARY)
    if not rows or primary is None:
        return None
    return ratio_view(
        sources,
        endpoint,
        [RatioRow("Primary analysis", primary, "total"), *rows],
        kind="sensitivity",
        row_head="What changed",
        title=f"{sources.endpoint_of(endpoint).label}: sensitivity analyses",
        caption="The primary model with other patients, levels, censoring or imputed values; a "
        "factor that no longer varies is left out. Dashed line, primary analysis.",
        dashed=primary,
        number=number(f"sensitivity-{endpoint}"),
        notes=notes,
    )


def sensitivity_estimates(sources: Sources, endpoint: str) -> list[Estimate]:
    """The hazard ratios of an endpoint's sensitivity analyses."""
    return [row.estimate for row in _changed(sources, endpoint) if row.estimate is not None]


def _changed(sources: Sources, endpoint: str) -> list[RatioRow]:
    exposure = sources.study.exposure.term
    rows: list[RatioRow] = []
    for name, analysis in sources.study.sensitivity.items():
        population = f"sensitivity:{name}"
        terms = analysis.instead.get(exposure, [exposure])
        for term in terms:
            estimate = _exposure(sources, endpoint, PRIMARY, population, term)
            if estimate is None:
                continue
            apart = f": {sources.study.terms[term].label}" if terms != [exposure] else ""
            rows.append(RatioRow(f"{analysis.label}{apart}", estimate))
    imputed = _exposure(sources, endpoint, IMPUTED, "primary")
    if imputed is not None:
        rows.append(RatioRow("Missing values imputed, all patients", imputed))
    as_sent = _exposure(sources, endpoint, PRIMARY, AS_SENT)
    if as_sent is not None:
        rows.append(RatioRow("Values as sent, without corrections", as_sent))
    return rows


def _exposure(
    sources: Sources, endpoint: str, model: str, population: str, term: str = ""
) -> Estimate | None:
    return sources.estimates.one(
        model=model,
        population=population,
        endpoint=endpoint,
        term=term or sources.study.exposure.term,
        statistic="hazard_ratio",
    )


def _p_value(sources: Sources, estimate: Estimate | None) -> str:
    if estimate is None or estimate.p_value is None:
        return "–"
    return sources.numbers.p_value(estimate.p_value, f"{estimate.source}:p_value")
