"""The flow of records, derived from their disposition: what came in, what went out and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from multicentric.report.sources import Sources
from multicentric.report.table import Cell, Column, Row, Table, Text

_ENGINE_REASONS = {
    "quarantined": "A needed value missing, unreadable or contradictory",
    "duplicate": "The same person, followed longer in another center",
    "exposure_missing": "Group not known, or none of those compared",
}


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


def flow_of(sources: Sources, disposition: pd.DataFrame, status: dict[str, Any]) -> Flow:
    """The flow of all records of the centers that are in."""
    counts = disposition.groupby(["disposition", "reason"], dropna=False).size()
    by = {
        (str(what), "" if pd.isna(why) else str(why)): int(n) for (what, why), n in counts.items()
    }
    total = int(sum(by.values()))
    write = sources.numbers.count
    senders = sum(center["state"] == "ready" for center in status["centers"])
    plural = "center" if senders == 1 else "centers"
    missing = sorted(c["center"] for c in status["centers"] if c["state"] != "ready")
    without = f"; not in these results: {', '.join(missing)}" if missing else ""
    detail = _by_center(disposition, sources)
    box = Line(
        write(total, "flow/records"),
        f"{_records(total)} sent by {write(senders, 'flow/centers')} {plural}{without}",
    )
    stages = (
        ("quarantined", "held back", "usable records"),
        ("duplicate", "of a person counted elsewhere", "persons"),
        ("excluded", "not eligible", ""),
    )
    steps: list[Step] = []
    remaining = total
    for what, leaving, rest in stages:
        reasons = _in_order(sources, {why: n for (kind, why), n in by.items() if kind == what})
        out = sum(n for _, n in reasons)
        if not out:
            continue
        lines = [Line(write(n, f"flow/{what}/{why}"), _words(sources, why)) for why, n in reasons]
        steps.append(
            Step(
                box,
                detail if not steps else [],
                Line(write(out, f"flow/{what}"), _leaving(out, what, leaving)),
                lines if what == "excluded" or len(lines) > 1 else [Line("", lines[0].text)],
            )
        )
        remaining -= out
        if rest and _more_to_come(by, what):
            box = Line(write(remaining, f"flow/after/{what}"), rest)
    if not steps:
        steps.append(Step(box, detail, None, []))
    analysed = sum(n for (what, _), n in by.items() if what == "analysed")
    patients = "patient analysed" if analysed == 1 else "patients analysed"
    steps.append(Step(Line(write(analysed, "flow/analysed"), patients), [], None, []))
    return Flow(steps=steps, groups=_groups(sources))


def _records(n: int) -> str:
    return "record" if n == 1 else "records"


def _leaving(n: int, what: str, words: str) -> str:
    return words if what == "excluded" else f"{_records(n)} {words}"


def _by_center(disposition: pd.DataFrame, sources: Sources) -> list[Line]:
    """Records sent by each center, the largest first."""
    sent = disposition.groupby("center", dropna=False).size()
    ordered = sent.sort_values(ascending=False, kind="stable")
    return [
        Line(
            sources.numbers.count(n, f"flow/sent/{center}"),
            "without a center" if pd.isna(center) else str(center),
        )
        for center, n in ordered.items()
    ]


def _more_to_come(by: dict[tuple[str, str], int], after: str) -> bool:
    order = ("quarantined", "duplicate", "excluded")
    later = order[order.index(after) + 1 :]
    return any(n for (what, _), n in by.items() if what in later)


def _in_order(sources: Sources, reasons: dict[str, int]) -> list[tuple[str, int]]:
    """Reasons in the order of the study's criteria, the engine's own last."""
    criteria = [criterion.id for criterion in sources.study.eligibility]
    known = [name for name in criteria if name in reasons]
    others = sorted(set(reasons) - set(known))
    return [(name, reasons[name]) for name in [*known, *others]]


def _words(sources: Sources, reason: str) -> str:
    criteria = {criterion.id: criterion.excluded for criterion in sources.study.eligibility}
    return criteria.get(reason) or _ENGINE_REASONS.get(reason) or reason.replace("_", " ")


def _groups(sources: Sources) -> list[tuple[str, Line]]:
    found = []
    endpoints = list(sources.study.times_to_event)
    for group in sources.groups if endpoints and sources.is_comparison else []:
        estimate = sources.group_estimate(endpoints[0], "kaplan_meier", group, "n")
        if estimate is not None and estimate.n is not None:
            line = Line(sources.numbers.count(estimate.n, f"flow/group/{group.code}"), group.label)
            found.append((group.style, line))
    return found


def records_by_center(sources: Sources, disposition: pd.DataFrame, number: int) -> Table:
    """What became of each center's records, the largest center first."""
    named = disposition.assign(center=disposition["center"].fillna(""))
    counts = named.groupby(["center", "disposition"]).size().unstack(fill_value=0)
    counts["sent"] = counts.sum(axis=1)
    counts = counts.sort_values("sent", ascending=False, kind="stable")
    columns = {
        "sent": "Sent",
        "quarantined": "Held back",
        "duplicate": "Counted elsewhere",
        "excluded": "Not eligible",
        "analysed": "Analysed",
    }
    shown = [name for name in columns if name in ("sent", "analysed") or name in counts]
    rows = []
    for center, of_center in counts.iterrows():
        label = str(center) or "Without a center"
        cells = [
            Cell(sources.numbers.count(of_center.get(name, 0), f"flow/{center}/{name}"))
            for name in shown
        ]
        rows.append(Row((Cell(label), *cells)))
    if len(rows) > 1:
        total = [
            Cell(sources.numbers.count(counts[name].sum() if name in counts else 0, f"flow/{name}"))
            for name in shown
        ]
        rows.append(Row((Cell("All centers"), *total), "total"))
    return Table(
        id="records-by-center",
        title="Records by center",
        columns=[Column("Center", align="left"), *(Column(columns[name]) for name in shown)],
        rows=rows,
        number=number,
        style="estimates",
    )
