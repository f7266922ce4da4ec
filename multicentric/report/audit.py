"""The appendix on audit: what the centers sent, how it was read, and who is not analyzed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from multicentric.report.flow import Records, reason_in_words, reasons_in_order
from multicentric.report.inputs import ReportInputs
from multicentric.report.numbers import Numbers
from multicentric.report.quality import CENTERS_PER_PART
from multicentric.report.sources import Sources
from multicentric.report.table import Cell, Column, Notes, Row, Table

# What can become of a cell, in the order of a reader: taken as it is, translated, or without value.
_OUTCOMES = {
    "copied": "Copied",
    "mapped": "Mapped",
    "converted": "Converted",
    "derived": "Derived",
    "imputed": "Completed",
    "missing": "Missing",
    "unmapped": "Unmapped",
    "unreadable": "Unreadable",
}


def audit_tables(
    inputs: ReportInputs, sources: Sources, records: Records, number: Callable[[str], int]
) -> list[Table]:
    """Drops, files and cells of the centers, and reasons for exclusion by center.

    What may be shown outside has no drop, file or single reason of a center; those tables are
    then left out.
    """
    centers = sorted(inputs.status["centers"], key=lambda c: str(c["center"]))
    numbers = sources.numbers
    tables = []
    if centers and inputs.decisions is None:
        tables.append(_drops(centers, numbers, number("drops")))
    if any(center.get("delivery") for center in centers):
        tables.append(_files(centers, number("files")))
    if any(center.get("cells") for center in centers):
        tables.append(_cells(centers, numbers, number("cells")))
    return [*tables, *_reasons(sources, records, number)]


def _drops(centers: list[dict[str, Any]], numbers: Numbers, number: int) -> Table:
    rows = []
    for center in centers:
        name = center["center"]
        is_in = center["state"] == "ready"
        # Of a center that is out nobody has counted the records.
        counts = [
            Cell(numbers.count(center[what], f"drops/{name}/{what}"))
            if is_in or what == "queries"
            else Cell("–")
            for what in ("records", "held", "queries")
        ]
        state = "in" if is_in else center["state"]
        rows.append(Row((Cell(name), Cell(center["drop"] or "–"), Cell(state), *counts)))
    columns = [
        Column("Center", align="left"),
        Column("Drop", align="left"),
        Column("State", align="left"),
        Column("Records"),
        Column("Held back"),
        Column("Questions"),
    ]
    notes = Notes()
    if any(center["state"] == "ready" for center in centers):
        notes.say("State in: the center is in the results.")
    return Table(
        "drops",
        "Drops of the centers",
        columns,
        rows,
        number=number,
        notes=notes,
        style="estimates",
    )


def _files(centers: list[dict[str, Any]], number: int) -> Table:
    """Every file once, also where several centers share it."""
    found: dict[tuple[str, str], str] = {}
    for center in centers:
        sent = center.get("delivery") or {"files": {}}
        for file, sha256 in sent["files"].items():
            found[sent["folder"], file] = sha256
    rows = [
        Row((Cell(folder), Cell(file), Cell(sha256)))
        for (folder, file), sha256 in sorted(found.items())
    ]
    columns = [
        Column("Drop", align="left", width=34),
        Column("File", align="left", width=42),
        Column("SHA-256", align="left"),
    ]
    title = "Files that were read"
    return Table("files", title, columns, rows, number=number, style="facts digests")


def _cells(centers: list[dict[str, Any]], numbers: Numbers, number: int) -> Table:
    """How many cells of the dictionary's variables had which outcome, center by center."""
    told = [(str(c["center"]), c["cells"]) for c in centers if c.get("cells")]
    everyone: dict[str, int] = {}
    for _, cells in told:
        for outcome, n in cells.items():
            everyone[outcome] = everyone.get(outcome, 0) + n
    shown = [name for name in _OUTCOMES if name in everyone]
    lines = [*told, *([("All centers", everyone)] if len(told) > 1 else [])]
    rows = []
    for center, cells in lines:
        counts = [cells.get(name, 0) for name in shown]
        texts = [
            Cell(numbers.count(n, f"cells/{center}/{what}"))
            for n, what in zip([sum(counts), *counts], ["all", *shown], strict=True)
        ]
        rows.append(Row((Cell(center), *texts), "total" if cells is everyone else "plain"))
    columns = [Column("Center", align="left"), Column("Cells")]
    columns += [Column(_OUTCOMES[name]) for name in shown]
    notes = Notes()
    notes.say(
        "A cell is a variable of the dictionary in a record sent. Copied: the value is as it was "
        "sent. Mapped: a code of the center became one of the dictionary. Converted: a date or a "
        "number was read from text. Completed: part of a date or the bound of a number was sent, "
        "and the mapping says what to take. Missing holds what a center does not send at all. "
        "Unmapped and unreadable cells have no value and are asked about."
    )
    return Table(
        id="cells",
        title="What became of the cells",
        columns=columns,
        rows=rows,
        number=number,
        notes=notes,
        style="estimates",
    )


def _reasons(sources: Sources, records: Records, number: Callable[[str], int]) -> Iterator[Table]:
    """Records that are not analyzed, by reason, center by center."""
    out = records.by_center[records.by_center["disposition"] != "analysed"]
    out = out.dropna(subset="reason")
    if out.empty:
        return
    named = out.assign(center=out["center"].fillna("Without a center"))
    counts = {
        (str(row["reason"]), str(row["center"])): int(row["n"]) for row in named.to_dict("records")
    }
    reasons: dict[str, int | None] = {reason: None for reason, _ in counts}
    centers = sorted({center for _, center in counts})
    which = number("reasons")
    for start in range(0, len(centers), CENTERS_PER_PART):
        part = centers[start : start + CENTERS_PER_PART]
        is_last = start + CENTERS_PER_PART >= len(centers)
        rows = []
        for reason, _ in reasons_in_order(sources, reasons):
            of = [counts.get((reason, center), 0) for center in part]
            texts = [
                Cell(sources.numbers.count(n, f"reasons/{reason}/{center}"))
                for n, center in zip(of, part, strict=True)
            ]
            if is_last:
                total = sum(n for (why, _), n in counts.items() if why == reason)
                texts.append(Cell(sources.numbers.count(total, f"reasons/{reason}")))
            rows.append(Row((Cell(reason_in_words(sources, reason)), *texts)))
        if len(rows) > 1:
            rows.append(_all_reasons(part, is_last, counts, sources.numbers))
        columns = [Column("Reason", align="left"), *(Column(center) for center in part)]
        yield Table(
            id=f"reasons-{start}" if start else "reasons",
            title="Records not analyzed, by reason and center" + (" (continued)" if start else ""),
            columns=[*columns, *([Column("All")] if is_last else [])],
            rows=rows,
            number=which,
            style="estimates",
        )


def _all_reasons(
    centers: list[str], is_last: bool, counts: dict[tuple[str, str], int], numbers: Numbers
) -> Row:
    """The records of each center that are not analyzed, whatever the reason."""
    of = {center: sum(n for (_, at), n in counts.items() if at == center) for center in centers}
    texts = [Cell(numbers.count(n, f"reasons/all/{center}")) for center, n in of.items()]
    if is_last:
        texts.append(Cell(numbers.count(sum(counts.values()), "reasons/all")))
    return Row((Cell("All reasons"), *texts), "total")
