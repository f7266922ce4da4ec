"""The section of a yes-or-no endpoint: rates by group, their difference, and the categories."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from markupsafe import Markup

from multicentric.report.baseline import GROUPS_PER_PART
from multicentric.report.lookup import Estimate
from multicentric.report.numbers import NBSP
from multicentric.report.sources import Sources
from multicentric.report.table import Cell, Column, Notes, Row, Table, in_sentence
from multicentric.report.theme import labels_of

# What the estimates call the category of those whose response was not sent.
_MISSING = "missing"


def response_table(sources: Sources, endpoint: str, number: int) -> Table:
    """One row per group, then the difference of each exposed group from the reference."""
    declared = sources.study.proportions[endpoint]
    notes = Notes()
    rows = []
    for group in sources.groups:
        rate = sources.group_estimate(endpoint, "response_rate", group, "rate")
        difference = sources.estimates.one(
            model="response_difference", endpoint=endpoint, level=group.code
        )
        cells = [
            Cell(sources.named(group)),
            counted(sources, rate),
            sources.share_cell(rate, notes),
        ]
        if sources.is_comparison:
            cells += (
                [Cell("reference"), Cell()]
                if group.is_reference
                else [
                    sources.share_cell(difference, notes),
                    sources.p_cell(difference, notes),
                ]
            )
        rows.append(Row(tuple(cells)))
    columns = [
        Column("Group", align="left"),
        Column("Responders / patients"),
        Column(f"{declared.short}, % ({sources.level()} CI)"),
    ]
    if sources.is_comparison:
        columns += [
            Column(f"Difference, percentage points ({sources.level()} CI)"),
            Column(Markup("<i>P</i> value"), align="point", width=15),
        ]
        if sources.estimates.ran("response_difference", endpoint=endpoint):
            notes.say(Markup("<i>P</i> values are from Fisher’s exact test."))
    notes.abbreviation(declared.short, declared.label[0].lower() + declared.label[1:] + " rate")
    return Table(
        id=f"table-{endpoint}",
        title=declared.label,
        number=number,
        columns=columns,
        rows=rows,
        notes=notes,
        style="estimates",
    )


def category_tables(sources: Sources, endpoint: str, number: Callable[[str], int]) -> list[Table]:
    """Each category of the response by group, in the dictionary's order.

    None where there are but two, which the rate tells; more than one table where there are more
    groups than fit side by side.
    """
    declared = sources.study.proportions[endpoint]
    label, codes = labels_of(declared.variable, sources.study, sources.dictionary)
    found = {
        (estimate.term, estimate.level): estimate
        for estimate in sources.estimates.all(model="response_category", endpoint=endpoint)
    }
    known = {code for code, _ in found}
    shown = [code for code in codes if code in known]
    shown += sorted(known - set(shown))
    if len(shown) < 3:
        return []
    groups = [(group.code, group.style, group.label) for group in sources.groups]
    groups = [*(groups if sources.is_comparison else []), ("", "", "All")]
    title, which = f"{label} by group", number(f"categories-{endpoint}")
    tables = []
    for start in range(0, len(groups), GROUPS_PER_PART):
        part = groups[start : start + GROUPS_PER_PART]
        notes = Notes()
        success = " or ".join(in_sentence(codes.get(code, code)) for code in declared.success)
        notes.say(f"Patients (percent of the group). {declared.label}: {success}.")
        columns = [Column(label, align="left", width=60)]
        for code, style, name in part:
            size = next((e for (_, level), e in found.items() if level == code), None)
            sub = f"n{NBSP}={NBSP}{sources.counted(size, 'n')}"
            columns.append(Column(name, sub=sub, style=style))
        tables.append(
            Table(
                id=f"categories-{endpoint}-{start}" if start else f"categories-{endpoint}",
                title=title + (" (continued)" if start else ""),
                number=which,
                columns=columns,
                rows=[
                    Row((Cell(_words(category, codes)), *_shares(sources, found, category, part)))
                    for category in shown
                ],
                notes=notes,
                style="estimates",
            )
        )
    return tables


def _words(category: str, codes: dict[str, str]) -> str:
    return codes.get(category, "Not known" if category == _MISSING else category)


def _shares(
    sources: Sources,
    found: dict[tuple[str, str], Estimate],
    category: str,
    groups: list[tuple[str, str, str]],
) -> Iterator[Cell]:
    for code, _, _ in groups:
        estimate = found.get((category, code))
        if estimate is None or estimate.value is None or estimate.n_events is None:
            yield Cell("–")
            continue
        source = estimate.source
        share = sources.numbers.count_and_share(estimate.n_events, estimate.value, source)
        yield Cell(share)


def counted(sources: Sources, rate: Estimate | None) -> Cell:
    """Responders and patients of a group."""
    if rate is None or (rate.n is None and not rate.withheld):
        return Cell("–")
    events, patients = sources.counted(rate, "n_events"), sources.counted(rate, "n")
    return Cell(f"{events}{NBSP}/{NBSP}{patients}")
