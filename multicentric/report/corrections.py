"""What the coordinating center has corrected, and how much of the results hangs on it."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from multicentric.report.sources import NOT_ESTIMABLE, Sources
from multicentric.report.survival import PRIMARY
from multicentric.report.table import Text, in_sentence, joined, unbroken

# The population of the cohort without corrections (multicentric.as_sent).
AS_SENT = "as_sent"


def corrections_text(sources: Sources, status: dict[str, Any]) -> Text:
    """How many values were corrected, and the number and ratios that would be without.

    Parameters
    ----------
    status
        ``results/gate/status.json``; for readers outside, counts of all centers together.
    """
    together = "together" in status
    centers = [status["together"]] if together else status["centers"]
    counts = [
        finding["n"]
        for center in centers
        if together or center["state"] == "ready"
        for finding in center.get("findings", [])
        if finding["rule"] == "corrected"
    ]
    if not counts:
        return "The coordinating center has corrected no value: all results are of data as sent."
    if together:
        return "The coordinating center has corrected values; their effect is not shown outside it."
    n = sum(counts)
    return Markup("The coordinating center has corrected {} {} with a reason. {}.").format(
        sources.numbers.count(n, "text/corrections"),
        "value," if n == 1 else "values, each",
        joined([_patients(sources), *_ratios(sources)], "; "),
    )


def _patients(sources: Sources) -> Text:
    """How many patients would be analysed; the same of every endpoint."""
    for endpoint in sources.study.times_to_event:
        counted = sources.estimates.one(
            model=PRIMARY, population=AS_SENT, endpoint=endpoint, statistic="analysed"
        )
        now = sources.estimates.one(model="complete_cases", endpoint=endpoint, statistic="patients")
        if counted is not None and now is not None:
            without = sources.numbers.count(counted.value, f"{counted.source}:value")
            if counted.value == now.n:
                return Markup(
                    "Without these corrections as many patients ({}) are analyzed"
                ).format(without)
            instead = sources.numbers.count(now.n, f"{now.source}:n")
            return Markup(
                "Without these corrections {} patients would be analyzed instead of {}"
            ).format(without, instead)
    return "How many patients would be analyzed without them is not known"


def _ratios(sources: Sources) -> list[Text]:
    said: list[Text] = []
    for endpoint, declared in sources.study.times_to_event.items():
        primary = sources.hazard_ratio(endpoint, PRIMARY)
        as_sent = sources.estimates.one(
            model=PRIMARY,
            population=AS_SENT,
            endpoint=endpoint,
            term=sources.study.exposure.term,
            statistic="hazard_ratio",
        )
        if as_sent is None or primary is None:
            continue
        label = in_sentence(declared.label)
        if as_sent.value is None:
            said.append(f"the primary hazard ratio of {label} could not be estimated")
            continue
        now = (
            NOT_ESTIMABLE
            if primary.value is None
            else sources.numbers.ratio(primary.value, f"text/corrections/{primary.source}:value")
        )
        said.append(
            Markup("the primary hazard ratio of {} would be {} instead of {}").format(
                label, unbroken(sources.ratio_with_interval(as_sent)), now
            )
        )
    return said
