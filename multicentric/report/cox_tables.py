"""Cox tables: every term alone and all together, without strata and stratified by center."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from markupsafe import Markup

from multicentric.report.lookup import Estimate
from multicentric.report.numbers import NBSP
from multicentric.report.sources import Sources
from multicentric.report.table import (
    Cell,
    Column,
    Notes,
    Row,
    Spanner,
    Table,
    Text,
    in_sentence,
    joined,
    unbroken,
)


def cox_tables(sources: Sources, endpoint: str, number: Callable[[str], int]) -> list[Table]:
    """The univariable and the adjusted table of an endpoint, where the study declares terms."""
    models = sources.study.models
    label = sources.endpoint_of(endpoint).label
    tables = []
    if models.univariable:
        tables.append(
            _table(
                sources,
                endpoint,
                "univariable",
                f"{label}, one factor at a time",
                models.univariable,
                ("cox", "cox_stratified"),
                number(f"cox-{endpoint}-univariable"),
            )
        )
    if models.adjusted:
        tables.append(
            _table(
                sources,
                endpoint,
                "adjusted",
                f"{label}, all factors together",
                models.adjusted,
                ("cox_adjusted", "cox_adjusted_stratified"),
                number(f"cox-{endpoint}-adjusted"),
            )
        )
    return tables


def _table(
    sources: Sources,
    endpoint: str,
    kind: str,
    title: str,
    terms: list[str],
    models: tuple[str, ...],
    number: int,
) -> Table:
    notes = Notes()
    notes.abbreviation("HR", "hazard ratio")
    counted = kind == "univariable"
    if not sources.by_center:
        models = models[-1:]
    rows = []
    for term in terms:
        found = [_row_of(sources, endpoint, model, term) for model in models]
        cells = [Cell(sources.study.terms[term].label)]
        if counted:
            cells.append(_events(sources, found[0]))
        for estimate in found:
            cells += [sources.ratio_cell(estimate, notes), sources.p_cell(estimate, notes)]
        exposure = term == sources.study.exposure.term
        rows.append(Row(tuple(cells), "primary" if exposure else "plain"))
    caption = ""
    if not counted:
        caption = _complete_cases(sources, endpoint, models, terms)
        notes.say(
            f"The model {sources.by_center or 'of all factors'} is the study’s primary model of "
            f"{in_sentence(sources.endpoint_of(endpoint).label)}."
        )
        for remark in _as_a_whole(sources, endpoint, models[-1]):
            notes.say(remark)
    p_value = Column(Markup("<i>P</i>"), align="point", width=11)
    heads = [
        column
        for _ in models
        for column in (Column(f"HR ({sources.level()} CI)", width=30), p_value)
    ]
    events = [Column("Events / patients", width=25)] if counted else []
    return Table(
        id=f"cox-{endpoint}-{kind}",
        title=title,
        caption=caption,
        number=number,
        spanners=[
            Spanner("", 1 + len(events)),
            Spanner("Not stratified", 2),
            Spanner("Stratified by center", 2),
        ]
        if sources.by_center
        else [],
        columns=[Column("Factor", align="left"), *events, *heads],
        rows=rows,
        notes=notes,
        style="cox",
    )


def _row_of(sources: Sources, endpoint: str, model: str, term: str) -> Estimate | None:
    return sources.estimates.one(
        model=model, endpoint=endpoint, term=term, statistic="hazard_ratio"
    )


def _events(sources: Sources, estimate: Estimate | None) -> Cell:
    if estimate is None or (estimate.n is None and not estimate.withheld):
        return Cell("–")
    events, patients = sources.counted(estimate, "n_events"), sources.counted(estimate, "n")
    return Cell(f"{events}{NBSP}/{NBSP}{patients}")


def _complete_cases(
    sources: Sources, endpoint: str, models: tuple[str, ...], terms: list[str]
) -> str:
    for model in models:
        estimate = _row_of(sources, endpoint, model, terms[0])
        if estimate is not None and estimate.n is not None and estimate.n_events is not None:
            events = sources.numbers.count(estimate.n_events, f"{estimate.source}:n_events")
            patients = sources.numbers.count(estimate.n, f"{estimate.source}:n")
            return f"{patients} patients with a value of every factor, {events} events."
    return ""


def _as_a_whole(sources: Sources, endpoint: str, model: str) -> Iterator[Text]:
    """What is told of the primary model as a whole: its test, concordance, events per factor."""
    find, numbers = sources.estimates.one, sources.numbers
    said: list[Text] = []
    test = find(model=model, endpoint=endpoint, statistic="likelihood_ratio_test")
    if test is not None and test.p_value is not None:
        said.append(
            Markup("likelihood-ratio test of all factors, {}").format(sources.p_phrase(test))
        )
    found = find(model=model, endpoint=endpoint, statistic="concordance")
    if found is not None and found.value is not None:
        value = numbers.fixed(found.value, f"{found.source}:value", decimals=2)
        bounds = numbers.interval(found.ci_low, found.ci_high, f"{found.source}:ci", decimals=2)
        said.append(
            Markup("concordance within centers {} ({})").format(
                value, unbroken(f"{sources.ci()}{NBSP}{bounds}")
            )
        )
    share = find(model="complete_cases", endpoint=endpoint, statistic="events_per_term")
    if share is not None and share.value is not None:
        events = numbers.fixed(share.value, f"{share.source}:value")
        said.append(f"{events} events for each factor")
    if said:
        yield Markup("Of this model: {}.").format(joined(said, "; "))
