"""What became of each question over a center's drops, derived from the drops alone.

Nothing is remembered between runs: the drops of a center are judged anew, oldest first, each with
the answers that lay in its folder, and the state of every question follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pandas as pd

from multicentric.queries.answers import Answer
from multicentric.queries.shown import fingerprint

# Severities that a center is asked about; notes stay with the coordinating center.
ASKED = ("block", "query")

COLUMNS = (
    "finding_id",
    "center",
    "patient_id",
    "variables",
    "rule",
    "severity",
    "effect",
    "message",
    "told",
    "wanted",
    "file",
    "sheet",
    "row",
    "column",
    "raw",
    "state",
    "standing",
    "whose",
    "remark",
    "first_drop",
    "last_drop",
    "times_asked",
    "answer",
    "new_value",
    "comment",
    "answered_by",
    "answered_on",
    "answered_drop",
)


@dataclass(frozen=True)
class DropFindings:
    """One drop as judged: what was found in it, whom it holds, what came back with it.

    Attributes
    ----------
    drop
        Its date, ``YYYY-MM-DD``.
    findings
        Findings (`multicentric.findings.COLUMNS`), with ``told`` and ``wanted``: the message and
        what is expected in the center's language (`multicentric.queries.told`).
    patients
        Patient keys of every record sent.
    cells
        Raw text by (patient, variable), which tells whether a cell was changed.
    answers
        Answers found in the drop's folder, in the order given.
    """

    drop: str
    findings: pd.DataFrame
    patients: frozenset[str]
    cells: dict[tuple[str, str], str | None] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Query:
    """One question to a center, as of the newest drop.

    Attributes
    ----------
    state
        ``new``; ``pending`` (asked before, unchanged); ``miscorrected`` (the cell was changed after
        the question and is still wrong); ``reopened`` (was solved, gone or waived before);
        ``waived`` (the center says that the value is right, and nothing hangs on it); ``solved``;
        ``orphaned`` (the patient is no longer sent).
    standing
        The sheet it belongs to: ``open``, ``answered`` or ``solved``.
    whose
        Who is to act: ``center``, ``us``, or nobody.
    remark
        Key of a phrase that the center is told beside the question.
    """

    finding_id: str
    center: str | None
    patient_id: str | None
    variables: str | None
    rule: str
    severity: str
    effect: str
    message: str
    told: str
    wanted: str | None
    file: str | None
    sheet: str | None
    row: int | None
    column: str | None
    raw: str | None
    state: str = "new"
    standing: str = "open"
    whose: str = "center"
    remark: str = ""
    first_drop: str = ""
    last_drop: str = ""
    times_asked: int = 0
    answer: str = ""
    new_value: str = ""
    comment: str = ""
    answered_by: str = ""
    answered_on: str = ""
    answered_drop: str = ""
    # Fingerprint of the raw text that the answer was about; about another it no longer counts.
    answered_about: str = ""

    @property
    def cell(self) -> tuple[str | None, str]:
        """The cell that the question is about."""
        return self.patient_id, (self.variables or "").split(", ")[0]

    @property
    def is_there(self) -> bool:
        """Whether the finding stands in the newest drop."""
        return self.state not in ("solved", "orphaned")


def follow(drops: Sequence[DropFindings]) -> pd.DataFrame:
    """The state of every question that a center was ever asked, as of its newest drop.

    Parameters
    ----------
    drops
        The center's drops, oldest first.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, one row per question: standing, patient, severity, rule.
    """
    queries: dict[str, Query] = {}
    last_cells: dict[tuple[str, str], str | None] = {}
    for drop in drops:
        queries = _answered(queries, drop)
        queries = _judged(queries, drop, last_cells)
        # Answers that came in the same folder as the data they speak of.
        queries = {key: _settled(query) for key, query in _answered(queries, drop).items()}
        last_cells = drop.cells
    strays = [_no_longer_asked(answer, drop.drop) for drop in drops for answer in drop.answers]
    settled = {query.finding_id: query for query in strays if query.finding_id not in queries}
    return as_table([*queries.values(), *settled.values()])


def _no_longer_asked(answer: Answer, drop: str) -> Query:
    """The question of an answer that no drop raises any more: our mapping or rule was the fault."""
    return Query(
        finding_id=answer.finding_id,
        center=None,
        patient_id=answer.patient_id or None,
        variables=None,
        rule=answer.rule,
        severity="query",
        effect="none",
        message=answer.told,
        told=answer.told,
        wanted=None,
        file=answer.file or None,
        sheet=answer.sheet or None,
        row=int(answer.row) if answer.row.isdigit() else None,
        column=answer.column or None,
        raw=answer.raw or None,
        state="solved",
        standing="solved",
        whose="",
        remark="solved_by_us",
        answer=answer.code,
        new_value=answer.new_value,
        comment=answer.comment,
        answered_by=answer.by,
        answered_on=answer.on,
        answered_drop=drop,
    )


def as_table(queries: Iterable[Query]) -> pd.DataFrame:
    """Questions as a table, in the order in which a center reads them."""
    names = [each.name for each in fields(Query)]
    rows = [{name: getattr(query, name) for name in names} for query in queries]
    table = pd.DataFrame(rows, columns=names)[list(COLUMNS)]
    table = table.astype(
        {name: "Int64" if name in ("row", "times_asked") else "string" for name in COLUMNS}
    )
    rank = {
        "standing": {"open": 0, "answered": 1, "solved": 2},
        "severity": {"block": 0, "query": 1},
    }
    order = ["standing", "patient_id", "severity", "rule", "variables", "row", "finding_id"]
    return table.sort_values(
        order, kind="stable", key=lambda c: c.map(rank[c.name]) if c.name in rank else c
    ).reset_index(drop=True)


def _answered(queries: dict[str, Query], drop: DropFindings) -> dict[str, Query]:
    """The questions with the drop's answers entered; the last answer to a question counts."""
    queries = dict(queries)
    for answer in drop.answers:
        query = queries.get(answer.finding_id)
        if query is not None:
            queries[answer.finding_id] = replace(
                query,
                answer=answer.code,
                new_value=answer.new_value,
                comment=answer.comment,
                answered_by=answer.by,
                answered_on=answer.on,
                answered_drop=drop.drop,
                answered_about=answer.about,
            )
    return queries


def _judged(
    before: dict[str, Query],
    drop: DropFindings,
    last_cells: dict[tuple[str, str], str | None],
) -> dict[str, Query]:
    asked = drop.findings[drop.findings["severity"].isin(ASKED)]
    found = {row["finding_id"]: _query(row) for row in asked.to_dict("records")}
    gone = {key: query for key, query in before.items() if key not in found}
    after: dict[str, Query] = {}
    replaced: set[str] = set()
    for key, query in found.items():
        earlier = before.get(key)
        if earlier is None:
            earlier = _same_cell(query, gone, drop, last_cells)
            if earlier is not None:
                replaced.add(earlier.finding_id)
                state = "miscorrected"
            else:
                state = "new"
        elif not earlier.is_there:
            state = "reopened"
        elif query.raw == earlier.raw:
            state = "waived" if earlier.state == "waived" else "pending"
        else:
            state = "reopened" if earlier.state == "waived" else "miscorrected"
        after[key] = _carried(query, earlier, state, drop.drop)
    for key, query in gone.items():
        if key in replaced:
            continue
        after[key] = _ended(query, drop, last_cells)
    return after


def _query(row: dict[Any, Any]) -> Query:
    known = {each.name for each in fields(Query)} - {"state"}
    values: dict[str, Any] = {k: None if pd.isna(v) else v for k, v in row.items() if k in known}
    return Query(**values)


def _same_cell(
    query: Query,
    gone: dict[str, Query],
    drop: DropFindings,
    last_cells: dict[tuple[str, str], str | None],
) -> Query | None:
    """The earlier question about this cell, if the cell was changed and is still wrong."""
    patient_id, variable = query.cell
    if patient_id is None:
        return None
    cell = (patient_id, variable)
    if drop.cells.get(cell) == last_cells.get(cell):
        return None
    for key in sorted(gone):
        earlier = gone[key]
        if earlier.is_there and earlier.cell == query.cell:
            return earlier
    return None


def _carried(query: Query, earlier: Query | None, state: str, drop: str) -> Query:
    if earlier is None:
        return replace(query, state=state, first_drop=drop, last_drop=drop, times_asked=1)
    return replace(
        query,
        state=state,
        first_drop=earlier.first_drop,
        last_drop=drop,
        times_asked=earlier.times_asked + (state != "waived"),
        answer=earlier.answer,
        new_value=earlier.new_value,
        comment=earlier.comment,
        answered_by=earlier.answered_by,
        answered_on=earlier.answered_on,
        answered_drop=earlier.answered_drop,
        answered_about=earlier.answered_about,
    )


def _ended(
    query: Query, drop: DropFindings, last_cells: dict[tuple[str, str], str | None]
) -> Query:
    """A question whose finding no longer stands: solved, or its patient is gone."""
    if not query.is_there and query.patient_id not in drop.patients:
        return query
    if query.patient_id is not None and query.patient_id not in drop.patients:
        return replace(query, state="orphaned", standing="solved", whose="us", remark="orphaned")
    if not query.is_there:
        return replace(query, state="solved", standing="solved", whose="", remark=query.remark)
    remark = "solved"
    if query.patient_id is not None:
        names = [name for name in (query.variables or "").split(", ") if name]
        cells = [(query.patient_id, name) for name in names]
        if cells and all(drop.cells.get(cell) == last_cells.get(cell) for cell in cells):
            # The center changed none of the cells: a mapping or a rule of ours moved.
            remark = "solved_by_us"
    return replace(query, state="solved", standing="solved", whose="", remark=remark)


def _settled(query: Query) -> Query:
    """What the answer to a question that still stands makes of it."""
    if not query.is_there:
        return query
    still_counts = bool(query.answer) and query.answered_about == fingerprint(query.raw)
    if not still_counts:
        remark = "" if query.state == "new" else query.state
        return replace(query, standing="open", whose="center", remark=remark)
    if query.answer == "value_is_right" and query.effect == "none":
        return replace(query, state="waived", standing="answered", whose="", remark="waived")
    if query.answer == "corrected":
        return replace(query, standing="open", whose="center", remark="said_corrected")
    if query.answer == "cannot_be_resolved":
        return replace(query, standing="answered", whose="", remark="cannot_be_resolved")
    if query.answer in ("value_is_right", "mapping_is_wrong"):
        return replace(query, standing="answered", whose="us", remark=query.answer)
    return replace(query, standing="open", whose="center", remark="")
