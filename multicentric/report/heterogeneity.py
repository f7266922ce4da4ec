"""How far centers are apart, in the words of a footnote."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from multicentric.report.lookup import Estimate
from multicentric.report.numbers import NBSP
from multicentric.report.sources import Sources
from multicentric.report.table import Text, joined, unbroken

_RANDOM_EFFECTS = {"gamma": "gamma", "gaussian": "log-normal"}


def between_centers(sources: Sources, endpoint: str) -> Iterator[Text]:
    """Variance, its share and its test of the centers' own estimates, where there are any."""
    numbers = sources.numbers
    tau2 = number_of(sources, endpoint, "two_stage_reml", "tau2")
    i2 = number_of(sources, endpoint, "two_stage_reml", "i2")
    if tau2 is None or i2 is None or i2.value is None:
        return
    parts: list[Text] = [
        Markup("τ²{}={}{}, by restricted maximum likelihood").format(
            NBSP, NBSP, variance(sources, tau2)
        ),
        share_between(sources, i2, "table"),
    ]
    q = number_of(sources, endpoint, "two_stage_reml", "q")
    if q is not None and q.value is not None and q.p_value is not None:
        value = numbers.fixed(q.value, f"{q.source}:value")
        parts.append(Markup("<i>Q</i>{}={}{} ({})").format(NBSP, NBSP, value, sources.p_phrase(q)))
    yield Markup("Between centers: {}.").format(joined(parts, ", "))


def share_between(sources: Sources, i2: Estimate, place: str) -> Markup:
    """*I*² with its interval.

    Parameters
    ----------
    place
        Where it is printed, since one number may stand at several.
    """
    assert i2.value is not None
    numbers, source = sources.numbers, f"{place}/{i2.source}"
    said = numbers.percent(i2.value / 100, f"{source}:value", decimals=0)
    text = Markup("<i>I</i>²{}={}{}").format(NBSP, NBSP, said)
    if i2.ci_low is None or i2.ci_high is None:
        return unbroken(text)
    bounds = numbers.share_interval(i2.ci_low / 100, i2.ci_high / 100, f"{source}:ci", decimals=0)
    return Markup("{} {}").format(unbroken(text), unbroken(f"({sources.ci()} {bounds})"))


def random_effects(sources: Sources, endpoint: str) -> Iterator[Text]:
    """Variances of the effect and of the random effects of centers, and the interaction."""
    slope = number_of(sources, endpoint, "cox_adjusted_random_slope", "tau2")
    if slope is not None:
        yield Markup("Variance between centers of the effect that varies: {}.").format(
            variance(sources, slope)
        )
    interaction = number_of(sources, endpoint, "interaction", "p_value")
    if interaction is not None and interaction.p_value is not None:
        yield Markup("Interaction of exposure and center: {}.").format(
            sources.p_phrase(interaction)
        )
    for distribution, name in _RANDOM_EFFECTS.items():
        model = f"cox_adjusted_{distribution}_frailty"
        theta = number_of(sources, endpoint, model, "theta")
        median = number_of(sources, endpoint, model, "median_hazard_ratio")
        if theta is None:
            continue
        words: list[Text] = [variance(sources, theta)]
        if median is not None and median.value is not None:
            ratio = sources.numbers.ratio(median.value, f"{median.source}:value")
            words.append(Markup("median hazard ratio between two centers {}").format(ratio))
        yield Markup("Variance of the {} random effect of center: {}.").format(
            name, joined(words, ", ")
        )


def number_of(sources: Sources, endpoint: str, model: str, statistic: str) -> Estimate | None:
    """An estimate that has a number."""
    found = sources.estimates.one(model=model, endpoint=endpoint, statistic=statistic)
    return found if found is not None and found.value is not None else None


def variance(sources: Sources, estimate: Estimate) -> Markup:
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
