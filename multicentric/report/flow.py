"""The flow of records, derived from their disposition: what came in, what went out and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from multicentric.report.sources import Sources
from multicentric.report.table import Cell, Column, Row, Table, Text

_STAGES = ("quarantined", "duplicate", "excluded", "not_analysed")
_ENGINE_REASONS = {
    "quarantined": "A needed value missing, unreadable or contradictory",
    "duplicate": "The same person, followed longer in another center",
    "exposure_missing": "Group not known, or none of those compared",
}


@dataclass(frozen=True)
class Records:
    """What became of the records, counted; a count that is missing is not shown.

    Attributes
    ----------
    by_reason
        ``disposition, reason, n``.
    by_center
        ``center, disposition, n``, and ``reason`` where single reasons may be shown.
    """

    by_reason: pd.DataFrame
    by_center: pd.DataFrame

    def of(self, disposition: str) -> int | None:
        """How many records ended so; None where that is not shown."""
        table = self.by_reason
        return _total(table.loc[table["disposition"] == disposition, "n"])

    @property
    def sent(self) -> int | None:
        """All records; None where that is not shown."""
        return _total(self.by_reason["n"])


def records_of(disposition: pd.DataFrame) -> Records:
    """Count the records by reason and by center.

    Parameters
    ----------
    disposition
        One row per record; or counted already, as it comes through the disclosure gate.
    """
    if "n" in disposition:
        parts = [disposition[disposition["of"] == of] for of in ("reason", "center")]
        return Records(*parts)
    by_reason, by_center = (
        disposition.groupby(keys, dropna=False).size().rename("n").reset_index()
        for keys in (["disposition", "reason"], ["center", "disposition", "reason"])
    )
    return Records(by_reason, by_center)


def _total(counts: pd.Series) -> int | None:
    return _sum(None if pd.isna(count) else int(count) for count in counts)


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum of counts; None where one of them is not shown."""
    known = list(counts)
    return None if None in known else sum(count for count in known if count is not None)


def number_of(centers: Iterable[dict[str, Any]]) -> int:
    """How many centers some entries of the status stand for."""
    return sum(int(center.get("centers", 1)) for center in centers)


@dataclass(frozen=True)
class Line:
    """A count and what it counts."""

    count: str
    text: Text


@dataclass(frozen=True)
class Step:
    """A box of the flow and, beside it, who leaves after it and for which reasons."""

    box: Line
    detail: list[Line]
    leaving: Line | None
    reasons: list[Line]


@dataclass(frozen=True)
class Flow:
    """The boxes from top to bottom, and the groups at the foot."""

    steps: list[Step]
    groups: list[tuple[str, Line]]


def flow_of(sources: Sources, records: Records, status: dict[str, Any]) -> Flow:
    """The flow of all records of the centers that are in."""
    by: dict[tuple[str, str], int | None] = {
        (str(row["disposition"]), "" if pd.isna(row["reason"]) else str(row["reason"])): (
            None if pd.isna(row["n"]) else int(row["n"])
        )
        for row in records.by_reason.to_dict("records")
    }
    total = records.sent
    write = sources.numbers.count
    senders = number_of(center for center in status["centers"] if center["state"] == "ready")
    plural = "center" if senders == 1 else "centers"
    missing = sorted(c["center"] for c in status["centers"] if c["state"] != "ready")
    without = f"; not in these results: {', '.join(missing)}" if missing else ""
    detail = _by_center(records, sources)
    box = Line(
        write(total, "flow/records"),
        f"{_records(total)} sent by {write(senders, 'flow/centers')} {plural}{without}",
    )
    stages = (
        ("quarantined", "held back", "usable records"),
        ("duplicate", "of a person counted elsewhere", "persons"),
        ("excluded", "not eligible", ""),
        # Where single ways out are too few to be shown, they stand together.
        ("not_analysed", "not analyzed", ""),
    )
    steps: list[Step] = []
    remaining = total
    for what, leaving, rest in stages:
        of_stage = {why: n for (kind, why), n in by.items() if kind == what}
        reasons = reasons_in_order(sources, of_stage)
        out = records.of(what)
        if out == 0:
            continue
        lines = [
            Line(write(n, f"flow/{what}/{why}"), reason_in_words(sources, why))
            for why, n in reasons
        ]
        steps.append(
            Step(
                box,
                detail if not steps else [],
                Line(write(out, f"flow/{what}"), _leaving(out, what, leaving)),
                lines if what == "excluded" or len(lines) > 1 else [Line("", lines[0].text)],
            )
        )
        remaining = None if remaining is None or out is None else remaining - out
        if rest and _more_to_come(by, what):
            box = Line(write(remaining, f"flow/after/{what}"), rest)
    if not steps:
        steps.append(Step(box, detail, None, []))
    analysed = records.of("analysed")
    patients = "patient analyzed" if analysed == 1 else "patients analyzed"
    steps.append(Step(Line(write(analysed, "flow/analysed"), patients), [], None, []))
    return Flow(steps=steps, groups=_groups(sources))


def _records(n: int | None) -> str:
    return "record" if n == 1 else "records"


def _leaving(n: int | None, what: str, words: str) -> str:
    return words if what in ("excluded", "not_analysed") else f"{_records(n)} {words}"


def _by_center(records: Records, sources: Sources) -> list[Line]:
    """Records sent by each center, the largest first; those whose number is not shown last."""
    sent = {
        center: _total(own["n"])
        for center, own in records.by_center.groupby("center", dropna=False)
    }
    return [
        Line(
            sources.numbers.count(n, f"flow/sent/{center}"),
            "without a center" if pd.isna(center) else str(center),
        )
        for center, n in _largest_first(list(sent.items()))
    ]


def _largest_first(counts: list[tuple[Any, int | None]]) -> list[tuple[Any, int | None]]:
    return sorted(counts, key=lambda pair: (pair[1] is None, -(pair[1] or 0)))


def _more_to_come(by: dict[tuple[str, str], int | None], after: str) -> bool:
    later = _STAGES[_STAGES.index(after) + 1 :]
    return any(n != 0 for (what, _), n in by.items() if what in later)


def reasons_in_order(
    sources: Sources, reasons: dict[str, int | None]
) -> list[tuple[str, int | None]]:
    """Reasons in the order of the study's criteria, the engine's own last."""
    criteria = [criterion.id for criterion in sources.study.eligibility]
    known = [name for name in criteria if name in reasons]
    others = sorted(set(reasons) - set(known))
    return [(name, reasons[name]) for name in [*known, *others]]


def reason_in_words(sources: Sources, reason: str) -> str:
    """What a reader calls a reason: the study's own words, or the engine's."""
    criteria = {criterion.id: criterion.excluded for criterion in sources.study.eligibility}
    return criteria.get(reason) or _ENGINE_REASONS.get(reason) or reason.replace("_", " ")


def _groups(sources: Sources) -> list[tuple[str, Line]]:
    found = []
    endpoints = list(sources.study.times_to_event)
    for group in sources.groups if endpoints and sources.is_comparison else []:
        estimate = sources.group_estimate(endpoints[0], "kaplan_meier", group, "n")
        if estimate is not None and (estimate.n is not None or estimate.withheld):
            line = Line(sources.numbers.count(estimate.n, f"flow/group/{group.code}"), group.label)
            found.append((group.style, line))
    return found


def records_by_center(sources: Sources, records: Records, number: int) -> Table:
    """What became of each center's records, the largest center first."""
    named = records.by_center.assign(center=records.by_center["center"].fillna(""))
    cells = {
        (str(center), str(what)): _total(own["n"])
        for (center, what), own in named.groupby(["center", "disposition"])
    }
    centers = sorted({center for center, _ in cells})
    sent = [(center, _sum(n for (c, _), n in cells.items() if c == center)) for center in centers]
    columns = {
        "sent": "Sent",
        "quarantined": "Held back",
        "duplicate": "Counted elsewhere",
        "excluded": "Not eligible",
        "not_analysed": "Not analyzed",
        "analysed": "Analyzed",
    }
    found = {what for _, what in cells}
    shown = [name for name in columns if name in ("sent", "analysed") or name in found]
    count = sources.numbers.count
    rows = []
    for center, of_center in _largest_first(sent):
        label = center or "Without a center"
        of = {name: cells.get((center, name), 0) for name in shown} | {"sent": of_center}
        texts = [Cell(count(of[name], f"flow/{center}/{name}")) for name in shown]
        rows.append(Row((Cell(label), *texts)))
    if len(rows) > 1:
        of = {name: _sum(n for (_, what), n in cells.items() if what == name) for name in shown}
        of["sent"] = _sum(of_center for _, of_center in sent)
        rows.append(
            Row((Cell("All centers"), *(Cell(count(of[n], f"flow/{n}")) for n in shown)), "total")
        )
    return Table(
        id="records-by-center",
        title="Records by center",
        columns=[Column("Center", align="left"), *(Column(columns[name]) for name in shown)],
        rows=rows,
        number=number,
        style="estimates",
    )
