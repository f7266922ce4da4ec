"""Data quality beside what chance allows: rates of rules, completeness, growth of questions.

Centers stand in the order of their names; nothing ranks them. A center is told apart from the
others only where its rate lies outside the funnel limits of a center of its size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pandas as pd

from multicentric.conditions import variables_of
from multicentric.funnel import ACTION, WARNING
from multicentric.protocol import Study
from multicentric.report.numbers import Numbers
from multicentric.report.quality import CENTERS_PER_PART, rule_label
from multicentric.report.sources import Sources
from multicentric.report.table import Cell, Column, Notes, Row, Table, listed

# Drops that the growth of a center's questions is shown over.
DROPS = ("Newest", "Before it", "Third last", "Fourth last")
NOT_APPLICABLE = Cell("–", style="shade-0")


def quality_tables(
    sources: Sources, quality: pd.DataFrame, next_number: Callable[[str], int]
) -> list[Table]:
    """The tables of data quality, those without a row left out.

    Parameters
    ----------
    quality
        `multicentric.quality.rates.COLUMNS`.
    next_number
        Gives a table its number in the report.
    """
    asked = _asked(quality)
    rates = asked[asked["measure"] == "rule"]
    complete = asked[asked["measure"] == "completeness"]
    complete = complete[complete["variables"].isin(_never_empty(sources.study))]
    complete = complete.assign(told=[_label(name, sources) for name in complete["variables"]])
    rates = rates.assign(
        told=[
            _of_rule(rule, names, sources)
            for rule, names in zip(rates["rule"], rates["variables"], strict=True)
        ]
    )
    return [
        *_by_center("rates", _RATES, rates, sources.numbers, next_number),
        *_by_center("completeness", _GAPS, complete, sources.numbers, next_number),
        *_growth(quality[quality["measure"] == "questions"], sources.numbers, next_number),
    ]


# So many breaches are told one by one; more would be a table in a sentence.
_NAMED = 4


def beyond_allowed(sources: Sources, quality: pd.DataFrame) -> list[str]:
    """Where a center breaks a rule in a larger share of its records than the rule allows."""
    found = quality[(quality["measure"] == "rule") & quality["beyond"].fillna(False).astype(bool)]
    told = []
    found = found.sort_values(["center", "rule", "variables"])
    if len(found) > _NAMED:
        centers = sources.numbers.count(found["center"].nunique(), "quality/beyond/centers")
        return [f"{centers} centers, bold in the table of rates"]
    for row in found.to_dict("records"):
        source = f"quality/beyond/{row['center']}/{row['rule']}/{row['variables']}"
        failed, n = (
            sources.numbers.count(row[name], f"{source}/{name}") for name in ("failed", "n")
        )
        rate, allowed = (
            sources.numbers.percent(float(row[name]), f"{source}/{name}")
            for name in ("rate", "threshold")
        )
        rule = str(row["rule"])
        label = rule_label(rule, str(row["variables"]), sources).replace(f"{rule}: ", f"{rule} ")
        told.append(
            f"{row['center']}, {label}, by {failed} of the {n} records to which it applies "
            f"({rate}; {allowed} allowed)"
        )
    return told


_RATES = (
    "Rates of the rules by center",
    "Rule",
    "Percent of the records to which a rule applies that break it; below it the funnel limits.",
)
_GAPS = (
    "Missing values of the analysis variables by center",
    "Variable",
    "Percent of all records sent that were asked for a variable and lack it; below it the funnel "
    "limits.",
)

_DASHES = {
    "rates": "A dash: does not apply to any record of the center, which is no success.",
    "completeness": "A dash: not asked of the center.",
}
_LEFT_OUT = {
    "rates": "Rules that every center keeps are left out.",
    "completeness": "Variables that no record lacks are left out; a variable that a center cannot "
    "send is not asked of it.",
}


def _asked(quality: pd.DataFrame) -> pd.DataFrame:
    """What was broken somewhere; a rule that every center keeps has no line."""
    failed = quality.groupby(["measure", "rule", "variables"])["failed"].transform("sum")
    return quality[failed > 0]


def _never_empty(study: Study) -> set[str]:
    """Variables of the analysis whose absence is a gap: all but the dates of events."""
    names = {study.exposure.variable, *study.baseline, *study.subgroups}
    names |= {term.variable for term in study.terms.values()}
    for criterion in study.eligibility:
        names |= set(variables_of(criterion.keep))
    for endpoint in study.times_to_event.values():
        names |= {endpoint.start} if endpoint.start else set()
        names |= {endpoint.censored.date} if endpoint.censored else set()
    names |= {proportion.variable for proportion in study.proportions.values()}
    made = names & study.derived.keys()
    while made:
        inputs = {name for one in made for name in study.derived[one].inputs()}
        names = (names - made) | inputs
        made = inputs & study.derived.keys()
    events = {o.date for e in study.times_to_event.values() for o in e.events}
    return names - events


def _label(name: str, sources: Sources) -> str:
    return sources.dictionary[name].label if name in sources.dictionary else name


def _of_rule(rule: str, variables: str, sources: Sources) -> str:
    """A rule and what it is about; a rule of the reading is one for each variable."""
    label = rule_label(rule, variables, sources)
    if rule != rule.lower():
        return label
    names = [_label(name, sources) for name in variables.split(", ") if name]
    return f"{label}: {listed(names)}" if names else label


def _by_center(
    id: str,
    words: tuple[str, str, str],
    rates: pd.DataFrame,
    numbers: Numbers,
    next_number: Callable[[str], int],
) -> Iterator[Table]:
    """A line for each rule, a column for each center, a table for every few centers."""
    if rates.empty:
        return
    title, head, caption = words
    number = next_number(id)
    centers = sorted(set(rates["center"]))
    limited = bool(rates["threshold"].notna().any())
    parts = {
        start: centers[start : start + CENTERS_PER_PART]
        for start in range(0, len(centers), CENTERS_PER_PART)
    }
    lines = {start: list(_lines(id, rates, parts[start], limited, numbers)) for start in parts}
    all_lines = [line for part in lines.values() for line in part]
    for start, part in parts.items():
        columns = [Column(head, align="left"), *(Column(c, align="center-head") for c in part)]
        columns += [Column("All", align="all")]
        columns += [Column("Allowed", align="center-head")] if limited else []
        yield Table(
            f"{id}-{start}" if start else id,
            title + (" (continued)" if start else ""),
            columns,
            lines[start],
            caption="" if start else caption,
            number=number,
            notes=Notes() if start else _notes(id, all_lines, limited, numbers),
            style="quality rates",
        )


def _notes(id: str, lines: list[Row], limited: bool, numbers: Numbers) -> Notes:
    """What the limits are, and every sign that stands in some cell of a center."""
    notes = Notes()
    outer = numbers.percent(1 - ACTION, "quality/limits/action")
    notes.say(
        f"Limits: where chance alone puts {outer} of centers of that size if the rate of all "
        "centers holds for each."
    )
    # Behind the centers stand all of them, and what is allowed.
    own = [cell for line in lines for cell in line.cells[1 : -2 if limited else -1]]
    styles = {style for cell in own for style in cell.style.split()}
    if "shade-2" in styles:
        inner = numbers.percent(1 - WARNING, "quality/limits/warning", decimals=0)
        notes.say(f"Shaded: outside the limits of {inner}.")
    if "shade-5" in styles:
        notes.say("Dark, with an arrow: outside those shown.")
    if NOT_APPLICABLE in own:
        notes.say(_DASHES[id])
    notes.say(_LEFT_OUT[id])
    if "strong" in styles:
        notes.say("Bold in a center’s column: above the share that the rule allows a center.")
    if limited and any(line.cells[-1] is NOT_APPLICABLE for line in lines):
        notes.say("A dash under Allowed: the rule sets no share.")
    notes.say("Centers are not ranked.")
    return notes


def _lines(
    id: str, rates: pd.DataFrame, centers: list[str], limited: bool, numbers: Numbers
) -> Iterator[Row]:
    for (rule, variables), line in rates.groupby(["rule", "variables"], sort=True):
        of = {row["center"]: row for row in line.to_dict("records")}
        source = f"quality/{id}/{rule}/{variables}"
        first = line.iloc[0]
        cells = [Cell(str(first["told"]))]
        cells += [
            _rate(of[c], f"{source}/{c}", numbers) if c in of else NOT_APPLICABLE for c in centers
        ]
        cells.append(_percent(first["expected"], f"{source}/all", numbers))
        if limited:
            cells.append(_percent(line["threshold"].min(), f"{source}/allowed", numbers))
        yield Row(tuple(cells))


def _percent(share: Any, source: str, numbers: Numbers) -> Cell:
    return (
        NOT_APPLICABLE
        if pd.isna(share)
        else Cell(numbers.percent(float(share), source, sign=False))
    )


def _rate(row: dict[Any, Any], source: str, numbers: Numbers) -> Cell:
    """A center's rate with its limits; what compares whole centers is broken or kept."""
    if not row["n"]:
        return NOT_APPLICABLE
    if pd.isna(row["expected"]):
        return Cell("asked", style="shade-4") if row["failed"] else Cell("kept", style="shade-0")
    rate, low, high = (float(row[name]) for name in ("rate", "action_low", "action_high"))
    arrow = {"above": "\u00a0↑", "below": "\u00a0↓"}.get(row["outside"], "")
    if arrow:
        style = "shade-5"
    elif rate > row["warning_high"] or rate < row["warning_low"]:
        style = "shade-2"
    else:
        style = "shade-0" if not row["failed"] else ""
    if pd.notna(row["beyond"]) and row["beyond"]:
        style = f"{style} strong".strip()
    limits = numbers.share_interval(low, high, f"{source}:limits")
    return Cell(numbers.percent(rate, f"{source}:rate", sign=False) + arrow, limits, style)


def _growth(
    questions: pd.DataFrame, numbers: Numbers, next_number: Callable[[str], int]
) -> Iterator[Table]:
    """A column for each center: the questions about its last drops, the newest on top."""
    if questions.empty:
        return
    sent = {
        str(center): part.sort_values("drop", ascending=False).to_dict("records")
        for center, part in questions.groupby("center", sort=True)
    }
    number, centers = next_number("questions"), list(sent)
    for start in range(0, len(centers), CENTERS_PER_PART):
        part = centers[start : start + CENTERS_PER_PART]
        lines = [
            Row((Cell(head), *(_drop(c, sent[c], at, numbers) for c in part)))
            for at, head in enumerate(DROPS)
            if any(len(sent[c]) > at for c in part)
        ]
        yield Table(
            f"questions-{start}" if start else "questions",
            "Questions about the drops" + (" (continued)" if start else ""),
            [Column("Drop", align="left"), *(Column(c, align="center-head") for c in part)],
            lines,
            caption=""
            if start
            else "Questions to the centers, as the rules of today "
            "ask them; without those that show only when centers are seen together.",
            number=number,
            style="quality rates",
        )


def _drop(center: str, sent: list[dict[Any, Any]], at: int, numbers: Numbers) -> Cell:
    if at >= len(sent):
        return NOT_APPLICABLE
    source = f"quality/questions/{center}/{sent[at]['drop']}"
    day = numbers.day(date.fromisoformat(sent[at]["drop"]), f"{source}:drop")
    return Cell(numbers.count(sent[at]["failed"], source), day)
