"""The exposure's hazard ratio under every way of treating centers, and without each of them."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from multicentric.report.centers import CenterView, RatioRow, ratio_view
from multicentric.report.lookup import Estimate
from multicentric.report.numbers import NBSP
from multicentric.report.sources import Sources
from multicentric.report.survival import PRIMARY
from multicentric.report.table import Notes, Text, joined, unbroken

# What the table calls a model, in the order from the plain to the pooled.
MODELS = {
    "cox_adjusted": "Centers not considered",
    "cox_adjusted_cluster_robust": "Centers not considered, robust variance",
    "cox_adjusted_fixed_center": "Fixed effect of each center",
    PRIMARY: "Strata by center (primary model)",
    "cox_adjusted_stratified_cluster": "Strata, robust variance between centers",
    "cox_adjusted_stratified_jackknife": "Strata, jackknife over centers",
    "cox_adjusted_gamma_frailty": "Random effect of center, gamma",
    "cox_adjusted_gaussian_frailty": "Random effect of center, log-normal",
    "cox_adjusted_random_slope": "Effect that varies between centers",
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
        rows.append(RatioRow(f"{sources.level()} prediction interval of a new center", interval))
    for remark in _heterogeneity(sources, endpoint):
        notes.say(remark)
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
            rows.append(RatioRow(f"Without {population.removeprefix(prefix)}", estimate))
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


def _heterogeneity(sources: Sources, endpoint: str) -> list[Text]:
    """How far centers are apart, in every way it was estimated, and each one's own hazard."""
    numbers = sources.numbers

    def of(model: str, statistic: str) -> Estimate | None:
        found = sources.estimates.one(model=model, endpoint=endpoint, statistic=statistic)
        return found if found is not None and found.value is not None else None

    said: list[Text] = []
    tau2, i2 = of("two_stage_reml", "tau2"), of("two_stage_reml", "i2")
    if tau2 is not None and i2 is not None and i2.value is not None:
        share = numbers.percent(i2.value / 100, f"{i2.source}:value", decimals=0)
        parts = [
            Markup("τ²{}={}{}, by restricted maximum likelihood").format(
                NBSP, NBSP, _variance(sources, tau2)
            ),
            unbroken(Markup("<i>I</i>²{}={}{}").format(NBSP, NBSP, share)),
        ]
        q = of("two_stage_reml", "q")
        if q is not None and q.value is not None and q.p_value is not None:
            value = numbers.fixed(q.value, f"{q.source}:value")
            parts.append(
                Markup("<i>Q</i>{}={}{} ({})").format(NBSP, NBSP, value, sources.p_phrase(q))
            )
        said.append(Markup("Between centers: {}.").format(joined(parts, ", ")))
    slope = of("cox_adjusted_random_slope", "tau2")
    if slope is not None:
        said.append(Markup("Variance of the effect: {}.").format(_variance(sources, slope)))
    interaction = of("interaction", "p_value")
    if interaction is not None and interaction.p_value is not None:
        said.append(
            Markup("Interaction of exposure and center: {}.").format(sources.p_phrase(interaction))
        )
    for distribution, name in _RANDOM_EFFECTS.items():
        model = f"cox_adjusted_{distribution}_frailty"
        theta, median = of(model, "theta"), of(model, "median_hazard_ratio")
        if theta is None:
            continue
        words = [_variance(sources, theta)]
        if median is not None and median.value is not None:
            ratio = numbers.ratio(median.value, f"{median.source}:value")
            words.append(Markup("median hazard ratio of two centers {}").format(ratio))
        said.append(
            Markup("Variance of the {} random effect: {}.").format(name, joined(words, ", "))
        )
    return [*said, *_of_each_center(sources, endpoint)]


_RANDOM_EFFECTS = {"gamma": "gamma", "gaussian": "log-normal"}
# So many centers are named in a footnote; of more, the table of estimates tells.
_NAMED = 12


def _variance(sources: Sources, estimate: Estimate) -> Markup:
    """A variance with its interval and its test against 0, as far as there are any."""
    assert estimate.value is not None
    value = sources.numbers.fixed(estimate.value, f"{estimate.source}:value", decimals=3)
    beside: list[Text] = []
    if estimate.ci_low is not None and estimate.ci_high is not None:
        bounds = sources.numbers.interval(
            estimate.ci_low, estimate.ci_high, f"{estimate.source}:ci", decimals=3
        )
        beside.append(unbroken(f"{sources.ci()}{NBSP}{bounds}"))
    if estimate.p_value is not None:
        beside.append(sources.p_phrase(estimate))
    return Markup("{} ({})").format(value, joined(beside, "; ")) if beside else Markup(value)


def _of_each_center(sources: Sources, endpoint: str) -> list[Text]:
    """The shrunken hazard of every center against an average one, of the log-normal effect."""
    theta = sources.estimates.one(
        model="cox_adjusted_gaussian_frailty", endpoint=endpoint, statistic="theta"
    )
    if theta is None or not theta.value:  # without a variance every center is the average one
        return []
    found = []
    for population in sources.estimates.populations():
        estimate = sources.estimates.one(
            model="cox_adjusted_gaussian_frailty",
            population=population,
            endpoint=endpoint,
            statistic="center_hazard_ratio",
        )
        if estimate is not None and estimate.value is not None:
            name = population.removeprefix("center:")
            found.append(unbroken(f"{name} {sources.ratio_with_interval(estimate)}"))
    if not found or len(found) > _NAMED:
        return []
    return [
        Markup("Hazard against an average center, by the log-normal random effect: {}.").format(
            joined(found, ", ")
        )
    ]
