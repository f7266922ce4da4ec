"""The exposure's hazard ratio under every way of treating centers, and without each of them."""

from __future__ import annotations

from collections.abc import Callable

from multicentric.report.centers import CenterView, RatioRow, ratio_view
from multicentric.report.heterogeneity import number_of, random_effects
from multicentric.report.lookup import Estimate
from multicentric.report.sources import Sources
from multicentric.report.survival import PRIMARY
from multicentric.report.table import Cell, Column, Notes, Row, Table

# What the table calls a model, in the order from the plain to the pooled.
MODELS = {
    "cox_adjusted": "Not stratified",
    "cox_adjusted_cluster_corrected": "Not stratified, robust variance between centers",
    "cox_adjusted_fixed_center": "Fixed effect of each center",
    PRIMARY: "Stratified by center (primary model)",
    "cox_adjusted_stratified_cluster": "Stratified, robust variance between centers",
    "cox_adjusted_stratified_jackknife": "Stratified, jackknife over centers",
    "cox_adjusted_gamma_frailty": "Random effect of center, gamma",
    "cox_adjusted_gaussian_frailty": "Random effect of center, log-normal",
    "cox_adjusted_random_slope": "Stratified, effect that varies between centers",
    "two_stage_fixed": "Each center alone, pooled, common effect",
    "two_stage_dersimonian_laird": "Each center alone, pooled, random effects by moments",
    "two_stage_reml": "Each center alone, pooled, random effects",
    "two_stage_hartung_knapp": "The same, Hartung–Knapp interval",
}
_BEYOND = [name for name in MODELS if name not in ("cox_adjusted", PRIMARY)]


def model_view(sources: Sources, endpoint: str, number: Callable[[str], int]) -> CenterView | None:
    """The table of models; None where only the primary analysis ran."""
    found = {name: sources.hazard_ratio(endpoint, name) for name in MODELS}
    if not any(found[name] is not None for name in _BEYOND):
        return None
    rows = [
        RatioRow(MODELS[name], estimate, "total" if name == PRIMARY else "plain")
        for name, estimate in found.items()
        if estimate is not None
    ]
    notes = Notes()
    interval = sources.estimates.one(
        model="two_stage_hartung_knapp", endpoint=endpoint, statistic="prediction_interval"
    )
    if interval is not None and interval.value is not None:
        name = f"{sources.level()} prediction interval for a new center"
        rows.append(RatioRow(name, interval, "prediction"))
    for remark in random_effects(sources, endpoint):
        notes.say(remark)
    few = sources.hazard_ratio(endpoint, "cox_adjusted_stratified_jackknife")
    if few is not None and few.note:
        notes.say(f"Robust and jackknife errors rest on {few.note}.")
    label = sources.endpoint_of(endpoint).label
    return ratio_view(
        sources,
        endpoint,
        rows,
        kind="center-models",
        row_head="Model",
        title=f"{label}: {sources.term_label}, ways of treating centers",
        caption="Pooled centers are unadjusted; all other models are adjusted. Dashed line, "
        "primary model.",
        dashed=found[PRIMARY],
        number=number(f"center-models-{endpoint}"),
        notes=notes,
    )


def leave_one_out_view(
    sources: Sources, endpoint: str, number: Callable[[str], int]
) -> CenterView | None:
    """The primary model without each center; None where that was not run."""
    prefix = "without:"
    names = [p for p in sources.estimates.populations() if p.startswith(prefix)]
    rows: list[RatioRow] = []
    for population in names:
        estimate = sources.estimates.one(
            model="leave_one_center_out",
            population=population,
            endpoint=endpoint,
            statistic="hazard_ratio",
        )
        if estimate is not None:
            rows.append(RatioRow(population.removeprefix(prefix), estimate))
    primary = sources.hazard_ratio(endpoint, PRIMARY)
    if not rows or primary is None:
        return None
    notes = Notes()
    if sources.disclosure is not None:
        notes.say("Small centers are not left out one by one.")
    return ratio_view(
        sources,
        endpoint,
        [*rows, RatioRow("All centers", primary, "total")],
        kind="leave-one-out",
        row_head="Left out",
        title=f"{sources.endpoint_of(endpoint).label}: the primary model without each center",
        caption="",
        dashed=primary,
        number=number(f"leave-one-out-{endpoint}"),
        notes=notes,
    )


def own_hazards(sources: Sources, number: Callable[[str], int]) -> list[Table]:
    """The shrunken hazard of every center against an average one, by each random effect.

    No table where no random effect has a variance: every center is then the average one.
    """
    found: dict[str, dict[str, Estimate]] = {}
    heads: list[tuple[str, str]] = []
    for endpoint, declared in sources.study.times_to_event.items():
        for distribution, name in (("gamma", "gamma"), ("gaussian", "log-normal")):
            model = f"cox_adjusted_{distribution}_frailty"
            theta = number_of(sources, endpoint, model, "theta")
            if theta is None or not theta.value:
                continue
            key = f"{endpoint}/{distribution}"
            heads.append((key, f"{declared.short}, {name}"))
            for population in sources.estimates.populations():
                estimate = sources.estimates.one(
                    model=model,
                    population=population,
                    endpoint=endpoint,
                    statistic="center_hazard_ratio",
                )
                if estimate is not None and estimate.value is not None:
                    found.setdefault(population.removeprefix("center:"), {})[key] = estimate
    if not found:
        return []
    notes = Notes()
    notes.abbreviation("HR", "hazard ratio")
    rows = [
        Row((Cell(center), *(sources.ratio_cell(own.get(key), notes) for key, _ in heads)))
        for center, own in sorted(found.items())
    ]
    columns = [Column(f"{head}, HR ({sources.level()} CI)") for _, head in heads]
    return [
        Table(
            id="own-hazards",
            title="Hazard of each center against an average one",
            caption="Random effects, drawn together by how little a center shows alone. Above one, "
            "events come sooner.",
            columns=[Column("Center", align="left"), *columns],
            rows=rows,
            number=number("own-hazards"),
            notes=notes,
            style="estimates",
        )
    ]
