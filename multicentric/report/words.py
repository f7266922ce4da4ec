"""Sentences written from the numbers, cautiously: no difference is claimed or denied for them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from markupsafe import Markup

from multicentric.report.heterogeneity import share_between
from multicentric.report.lookup import Estimate
from multicentric.report.numbers import NBSP
from multicentric.report.sources import Sources
from multicentric.report.survival import CRUDE, PRIMARY
from multicentric.report.table import Text, in_sentence, joined, listed, unbroken
from multicentric.report.theme import SIDE_BY_SIDE, labels_of

_VERDICTS = {
    "relevant difference": "the interval lies wholly beyond it: a relevant difference",
    "difference": "the interval excludes {} but reaches into it: a difference, whether relevant "
    "or not",
    "difference within the margin": "the interval excludes {} and lies within it: a difference, "
    "but none that was declared relevant",
    "no relevant difference": "the interval lies within it: no relevant difference",
    "inconclusive": "the result is inconclusive: the interval reaches beyond it",
}


# A test of proportional hazards below this is told in the text.
_DOUBTFUL = 0.1
# From here on a standardized difference is commonly called an imbalance.
_FAR = 0.1


def finding(sources: Sources) -> Markup:
    """The report's finding: one or two sentences on every time-to-event endpoint."""
    endpoints = list(sources.study.times_to_event)
    if not sources.is_comparison:
        return joined([median_sentence(sources, endpoint) for endpoint in endpoints])
    clear = [e for e in endpoints if _is_clear(sources.hazard_ratio(e, PRIMARY))]
    said: list[Text] = []
    for endpoint in endpoints:
        if endpoint in clear:
            said.append(_difference(sources, endpoint))
    unclear = [e for e in endpoints if _has_ratio(sources, e) and e not in clear]
    if unclear:
        said.append(_no_clear_difference(sources, unclear))
    for endpoint in endpoints:
        if not _has_ratio(sources, endpoint):
            said.append(_not_estimable(sources, endpoint))
    return joined(said)


def _has_ratio(sources: Sources, endpoint: str) -> bool:
    estimate = sources.hazard_ratio(endpoint, PRIMARY)
    return estimate is not None and estimate.value is not None


def _is_clear(estimate: Estimate | None) -> bool:
    return estimate is not None and estimate.value is not None and estimate.excludes(1)


def _difference(sources: Sources, endpoint: str) -> Markup:
    adjusted = sources.hazard_ratio(endpoint, PRIMARY)
    assert adjusted is not None
    assert adjusted.value is not None
    how = "shorter" if adjusted.value > 1 else "longer"
    label = sources.endpoint_of(endpoint).label
    if sources.is_contrast:
        said = Markup("{} was {} in {} than in {} after adjustment").format(
            label, how, sources.called(sources.contrast), sources.called(sources.reference)
        )
    else:
        said = Markup("Higher values (“{}”) went with {} {} after adjustment").format(
            sources.term_label, how, in_sentence(label)
        )
    return Markup("{} (hazard ratio {}{}).").format(
        said,
        _ratio_phrase(sources, adjusted),
        _unadjusted(sources, endpoint, f"; {_alone(sources)}, {{}}"),
    )


def _no_clear_difference(sources: Sources, endpoints: list[str]) -> Markup:
    parts = []
    for n, endpoint in enumerate(endpoints):
        adjusted = sources.hazard_ratio(endpoint, PRIMARY)
        assert adjusted is not None
        what = "adjusted hazard ratio " if n == 0 else "adjusted "
        beside = "alone" if n and sources.by_center else _alone(sources)
        parts.append(
            Markup("{} ({}{}{})").format(
                in_sentence(sources.endpoint_of(endpoint).label),
                what,
                _ratio_phrase(sources, adjusted),
                _unadjusted(sources, endpoint, f"; {beside} {{}}"),
            )
        )
    if not sources.is_contrast:
        return Markup("The data show no clear association of “{}” with {}.").format(
            sources.term_label, joined(parts, " or ")
        )
    return Markup("The data show no clear difference between {} and {} in {}.").format(
        sources.called(sources.contrast),
        sources.called(sources.reference),
        joined(parts, " or in "),
    )


def _alone(sources: Sources) -> str:
    return f"{sources.by_center} alone" if sources.by_center else "unadjusted"


def _unadjusted(sources: Sources, endpoint: str, around: str) -> Markup:
    crude = sources.hazard_ratio(endpoint, CRUDE)
    if crude is None or crude.value is None:
        return Markup("")
    return Markup(around).format(_ratio_phrase(sources, crude, with_level=False))


def _ratio_phrase(sources: Sources, estimate: Estimate, *, with_level: bool = True) -> Markup:
    """``1.24, 95% CI 1.01–1.53``."""
    assert estimate.value is not None
    source = f"finding/{estimate.source}"
    value = sources.numbers.ratio(estimate.value, f"{source}:value")
    bounds = sources.numbers.ratio_interval(estimate.ci_low, estimate.ci_high, f"{source}:ci")
    interval = f"{sources.ci()}{NBSP}{bounds}" if with_level else bounds
    return Markup("{}, {}").format(value, unbroken(interval))


def _not_estimable(sources: Sources, endpoint: str) -> Markup:
    estimate = sources.hazard_ratio(endpoint, PRIMARY)
    reason = "the model was not run" if estimate is None else estimate.note
    reason = reason.removeprefix("not estimable:").strip() or "no reason was recorded"
    label = in_sentence(sources.endpoint_of(endpoint).label)
    if estimate is not None and estimate.withheld:
        said = "The adjusted hazard ratio of {} is not shown ({})."
        return Markup(said).format(label, estimate.withheld)
    return Markup("The adjusted hazard ratio of {} could not be estimated ({}).").format(
        label, reason
    )


def median_sentence(sources: Sources, endpoint: str) -> Markup:
    """The median of all patients, for a study without a comparison."""
    label = in_sentence(sources.endpoint_of(endpoint).label)
    estimate = sources.group_estimate(endpoint, "kaplan_meier", None, "median")
    if estimate is not None and estimate.withheld and estimate.value is None:
        return Markup("The median {} is not shown ({}).").format(label, estimate.withheld)
    if estimate is None or not estimate.n:
        return Markup("The median {} could not be estimated.").format(label)
    if estimate.value is None:
        return Markup("The median {} was not reached.").format(label)
    source = f"finding/{estimate.source}"
    value = sources.numbers.fixed(estimate.value, f"{source}:value")
    bounds = sources.numbers.interval(estimate.ci_low, estimate.ci_high, f"{source}:ci")
    return Markup("The median {} was {} ({}).").format(
        label, unbroken(f"{value}{NBSP}months"), unbroken(f"{sources.ci()}{NBSP}{bounds}")
    )


def imbalance(sources: Sources, baseline: pd.DataFrame) -> Markup:
    """In what the groups differ at the start, and whether the primary model holds it."""
    if not sources.is_comparison or baseline.empty or baseline["smd"].isna().all():
        return Markup("")
    known = baseline.dropna(subset="smd").drop_duplicates("variable")
    # As printed: what reads as the limit is at the limit.
    far = known[known["smd"].abs().round(2) >= _FAR].sort_values(
        ["smd", "variable"], key=lambda own: own.abs() if own.name == "smd" else own
    )
    limit = sources.numbers.plain(_FAR, "text/baseline/limit")
    if far.empty:
        return Markup("All standardized differences between the groups are below {}.").format(limit)
    held = {sources.study.terms[term].variable for term in sources.study.models.adjusted}
    told = [
        f"{in_sentence(str(row['label']))} "
        + sources.numbers.fixed(
            abs(float(row["smd"])), f"text/baseline/{row['variable']}/smd", decimals=2
        )
        + ("" if row["variable"] in held else ", not in the primary model")
        for row in reversed(far.to_dict("records"))
    ]
    return Markup("Standardized differences between the groups of {} or more: {}.").format(
        limit, "; ".join(told)
    )


def survival_text(sources: Sources, endpoint: str) -> Markup:
    """What stands above the figure of an endpoint: events, medians, hazard ratios."""
    declared = sources.endpoint_of(endpoint)
    said: list[Text] = []
    called = [outcome.called for outcome in declared.events]
    if not called and declared.or_sent is not None:
        called = [declared.or_sent.event_called]
    ended = listed_or(called)
    counts: list[Markup] = []
    for group in sources.groups if len(sources.groups) <= 3 else []:
        estimate = sources.group_estimate(endpoint, "kaplan_meier", group, "n")
        if estimate is None or estimate.n is None or estimate.n_events is None:
            continue
        events = sources.numbers.count(estimate.n_events, f"text/{estimate.source}:n_events")
        patients = sources.numbers.count(estimate.n, f"text/{estimate.source}:n")
        of = "of {} patients" if not counts else "of {}"
        whom = Markup(" with {}").format(sources.called(group)) if sources.is_comparison else ""
        counts.append(Markup("{} " + of + "{}").format(events, patients, whom))
    if counts:
        ending = f" had an event ({ended})" if ended else " had an event"
        text = Markup("By the data cut-off, {}{}.").format(joined(counts, " and "), ending)
        said.append(text)
    follow_up = sources.group_estimate(endpoint, "reverse_kaplan_meier", None, "median")
    if follow_up is not None and follow_up.value is not None:
        months = sources.numbers.fixed(follow_up.value, f"text/{follow_up.source}:value")
        said.append(
            Markup("Median follow-up (reverse Kaplan–Meier) was {}{}.").format(
                unbroken(f"{months}{NBSP}months"), _follow_up_by_group(sources, endpoint)
            )
        )
    if not sources.is_comparison:
        said.append(median_sentence(sources, endpoint))
        return joined(said)
    adjusted = sources.hazard_ratio(endpoint, PRIMARY)
    crude = sources.hazard_ratio(endpoint, CRUDE)
    phrases = []
    if crude is not None and crude.value is not None:
        phrases.append(
            Markup("{} it was {}").format(
                sources.by_center or "unadjusted", _interval_phrase(sources, crude)
            )
        )
    if adjusted is not None and adjusted.value is not None:
        how = (
            _adjusted_for(sources) if crude is not None and crude.value is not None else "adjusted"
        )
        phrases.append(Markup("{}, {}").format(how, _interval_phrase(sources, adjusted)))
    if phrases:
        said.append(
            Markup("The hazard ratio {}: {}.").format(
                _what_it_compares(sources), joined(phrases, "; ")
            )
        )
        said.append(_compatible(sources, adjusted if adjusted and adjusted.has_value else crude))
        said += [_against_the_margin(sources, endpoint), _power(sources, endpoint)]
        said.append(_over_time(sources, endpoint))
    else:
        said.append(_not_estimable(sources, endpoint))
    return joined([sentence for sentence in said if sentence])


def _what_it_compares(sources: Sources) -> Text:
    if sources.is_contrast:
        return Markup("compares {} with {}").format(
            sources.called(sources.contrast), sources.called(sources.reference)
        )
    return f"is that of “{sources.term_label}”"


def _against_the_margin(sources: Sources, endpoint: str) -> Text:
    """What the interval says against the margin that the study file declares."""
    verdict = sources.estimates.one(model="reading", endpoint=endpoint, statistic="verdict")
    if verdict is None or verdict.ci_low is None or verdict.ci_high is None:
        return ""
    margin = sources.numbers.ratio_interval(verdict.ci_low, verdict.ci_high, verdict.source)
    said = _VERDICTS.get(verdict.note, f"the result is {verdict.note}")
    if "{}" in said:
        said = said.format(sources.numbers.count(1, f"{verdict.source}/no_effect"))
    return Markup("Against the declared margin of {} {}.").format(unbroken(margin), said)


def _over_time(sources: Sources, endpoint: str) -> Text:
    """A warning where one hazard ratio may not hold for all times."""
    test = sources.hazards_test(endpoint, sources.study.exposure.term)
    if test is None or test.p_value is None or test.p_value >= _DOUBTFUL:
        return ""
    return Markup(
        "The hazard ratio of {} may change over time ({}); it is then an average over follow-up."
    ).format(sources.term_label, sources.p_phrase(test))


def _power(sources: Sources, endpoint: str) -> Text:
    wanted = sources.study.models.worth_finding
    power = sources.estimates.one(model="reading", endpoint=endpoint, statistic="power")
    if wanted is None or power is None or power.value is None or power.n_events is None:
        return ""
    ratio = sources.numbers.ratio(wanted, "study/models/worth_finding")
    share = sources.numbers.percent(power.value, f"{power.source}:value", decimals=0)
    events = sources.numbers.count(power.n_events, f"{power.source}:n_events")
    return Markup(
        "With the {} events of the adjusted model the power to find a hazard ratio of {} is {}."
    ).format(events, ratio, share)


def _follow_up_by_group(sources: Sources, endpoint: str) -> Text:
    """Follow-up of each group, where there are a few: what differs here biases a comparison."""
    if not sources.is_comparison or len(sources.groups) > SIDE_BY_SIDE:
        return ""
    told: list[Text] = []
    for group in sources.groups:
        found = sources.group_estimate(endpoint, "reverse_kaplan_meier", group, "median")
        if found is None or found.value is None:
            return ""
        months = sources.numbers.fixed(found.value, f"text/{found.source}:value")
        told.append(Markup("{} with {}").format(months, sources.called(group)))
    return Markup(" ({})").format(joined(told, ", "))


def _adjusted_for(sources: Sources) -> str:
    others = [t for t in sources.study.models.adjusted if t != sources.study.exposure.term]
    if not others:
        return "in the primary model, which holds no other factor"
    counted = sources.numbers.count(len(others), "study/models/adjusted")
    return f"adjusted for {counted} other {'factor' if len(others) == 1 else 'factors'} as well"


def _interval_phrase(sources: Sources, estimate: Estimate) -> Markup:
    assert estimate.value is not None
    source = f"text/{estimate.source}"
    value = sources.numbers.ratio(estimate.value, f"{source}:value")
    bounds = sources.numbers.ratio_interval(estimate.ci_low, estimate.ci_high, f"{source}:ci")
    return unbroken(f"{value}{NBSP}({bounds})")


def _compatible(sources: Sources, estimate: Estimate | None) -> Markup:
    """What the interval leaves open; no more is claimed."""
    if estimate is None or estimate.ci_low is None or estimate.ci_high is None:
        return Markup("")
    source = f"text/compatible/{estimate.source}"
    low = sources.numbers.ratio(estimate.ci_low, f"{source}:ci_low")
    high = sources.numbers.ratio(estimate.ci_high, f"{source}:ci_high")
    if estimate.excludes(1):
        one = sources.numbers.count(1, f"{source}/no_effect")
        opening = f"The interval excludes {one}; it is compatible with"
    else:
        opening = "The data show no clear difference and are compatible with"
    return Markup("{} hazard ratios from {} to {}.").format(opening, low, high)


def response_text(sources: Sources, endpoint: str) -> Markup:
    """What stands above the response table."""
    declared = sources.study.proportions[endpoint]
    said: list[Text] = []
    shares = []
    for group in sources.groups if len(sources.groups) <= 3 else []:
        rate = sources.group_estimate(endpoint, "response_rate", group, "rate")
        if rate is None or rate.value is None or rate.n is None or rate.n_events is None:
            continue
        source = f"text/{rate.source}"
        percent = sources.numbers.percent(rate.value, f"{source}:value")
        events = sources.numbers.count(rate.n_events, f"{source}:n_events")
        patients = sources.numbers.count(rate.n, f"{source}:n")
        whom = Markup(" with {}").format(sources.called(group)) if sources.is_comparison else ""
        shares.append(Markup("{} of {} patients{} ({})").format(events, patients, whom, percent))
    if shares:
        said.append(Markup("{} was seen in {}.").format(declared.label, joined(shares, " and in ")))
    difference = sources.estimates.one(
        model="response_difference", endpoint=endpoint, level=sources.contrast.code
    )
    if difference is not None and difference.value is not None:
        source = f"text/{difference.source}"
        points = sources.numbers.percent(difference.value, f"{source}:value", sign=False)
        bounds = sources.numbers.share_interval(
            difference.ci_low, difference.ci_high, f"{source}:ci"
        )
        clear = difference.excludes(0)
        opening = "The difference was" if clear else "The data show no clear difference:"
        said.append(
            Markup("{} {} percentage points ({}).").format(
                opening, points, unbroken(f"{sources.ci()}{NBSP}{bounds}")
            )
        )
    return joined([*said, *_within_centers(sources, endpoint)])


def _within_centers(sources: Sources, endpoint: str) -> Iterator[Text]:
    """The common odds ratio of a response within centers, and its test."""
    found = sources.estimates.one(
        model="response_mantel_haenszel", endpoint=endpoint, level=sources.contrast.code
    )
    if found is None or found.value is None or found.p_value is None:
        return
    ratio = sources.numbers.ratio(found.value, f"{found.source}:value")
    bounds = sources.numbers.ratio_interval(found.ci_low, found.ci_high, f"{found.source}:ci")
    yield Markup("Within centers the common odds ratio of {} is {} ({}; {}).").format(
        in_sentence(sources.study.proportions[endpoint].label),
        ratio,
        unbroken(f"{sources.ci()}{NBSP}{bounds}"),
        sources.p_phrase(found),
    )


def listed_or(words: list[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    return listed(words).replace(" and ", " or ")


def centers_text(sources: Sources) -> Markup:
    """What stands above the tables of centers: how far they are apart, and who moves the result."""
    said: list[Text] = [
        "What a center shows alone is imprecise. It is shown for its spread, not to rank centers."
    ]
    for endpoint, declared in sources.study.times_to_event.items() if sources.is_comparison else []:
        i2 = sources.estimates.one(model="two_stage_reml", endpoint=endpoint, statistic="i2")
        prediction = sources.estimates.one(
            model="two_stage_hartung_knapp", endpoint=endpoint, statistic="prediction_interval"
        )
        parts: list[Text] = []
        if i2 is not None and i2.value is not None:
            parts.append(share_between(sources, i2, "text"))
        if prediction is not None and prediction.value is not None:
            bounds = sources.numbers.ratio_interval(
                prediction.ci_low, prediction.ci_high, f"text/{prediction.source}:ci"
            )
            parts.append(
                Markup("{} prediction interval for a new center {}").format(
                    sources.level(), unbroken(bounds)
                )
            )
        label = in_sentence(declared.label)
        if parts:
            said.append(
                Markup("Unadjusted hazard ratio of {} between centers: {}.").format(
                    label, joined(parts, "; ")
                )
            )
        left_out = _range(sources, f"text/{endpoint}/without", _leaving_out(sources, endpoint))
        if left_out:
            said.append(
                Markup(
                    "With one center left out at a time the primary (adjusted) hazard ratio of {} "
                    "runs from {}."
                ).format(label, left_out)
            )
    return joined(said)


def _leaving_out(sources: Sources, endpoint: str) -> list[Estimate]:
    found = [
        sources.estimates.one(
            model="leave_one_center_out",
            population=population,
            endpoint=endpoint,
            statistic="hazard_ratio",
        )
        for population in sources.estimates.populations()
        if population.startswith("without:")
    ]
    return [estimate for estimate in found if estimate is not None]


def subgroups_text(sources: Sources) -> Markup:
    """How many interactions were tested, and how small the smallest P value is among them."""
    tested: list[tuple[Estimate, str]] = []
    for endpoint, declared in sources.study.times_to_event.items():
        for variable in sources.study.subgroups:
            found = sources.estimates.one(
                model="interaction",
                population=f"subgroup:{variable}",
                endpoint=endpoint,
                statistic="p_value",
            )
            if found is not None and found.p_value is not None:
                label, _ = labels_of(variable, sources.study, sources.dictionary)
                tested.append((found, f"{in_sentence(label)} in {declared.short}"))
    if not tested:
        return Markup("No interaction could be tested.")
    smallest, where = min(tested, key=lambda pair: pair[0].p_value or 0.0)
    n = sources.numbers.count(len(tested), "text/subgroups/tested")
    if len(tested) == 1:
        return Markup("One interaction was tested ({}).").format(sources.p_phrase(smallest))
    return Markup(
        "{} interactions were tested, without correction for multiplicity; some small values are "
        "to be expected by chance. The smallest is {}, of {}."
    ).format(n, sources.p_phrase(smallest), where)


def sensitivity_text(sources: Sources, of_endpoint: dict[str, list[Estimate]]) -> Markup:
    """From where to where the primary estimate moves.

    Parameters
    ----------
    of_endpoint
        The hazard ratios of the sensitivity analyses, by endpoint.
    """
    said: list[Text] = []
    for endpoint, estimates in of_endpoint.items():
        span = _range(sources, f"text/{endpoint}/sensitivity", estimates)
        primary = sources.hazard_ratio(endpoint, PRIMARY)
        if not span or primary is None or primary.value is None:
            continue
        ratio = sources.numbers.ratio(primary.value, f"text/sensitivity/{primary.source}:value")
        label = in_sentence(sources.endpoint_of(endpoint).label)
        said.append(
            Markup("that of {} runs from {} (primary analysis {})").format(label, span, ratio)
        )
    if not said:
        return Markup("None of them has an estimate.")
    return Markup("Across these analyses of the hazard ratio, {}.").format(joined(said, ", and "))


def _range(sources: Sources, source: str, estimates: list[Estimate]) -> Markup | None:
    """``0.86 to 1.14``; None of fewer than two estimates."""
    values = [estimate.value for estimate in estimates if estimate.value is not None]
    if len(values) < 2:
        return None
    low, high = (
        sources.numbers.ratio(value, f"{source}/{end}")
        for value, end in ((min(values), "lowest"), (max(values), "highest"))
    )
    return unbroken(f"{low} to {high}")
