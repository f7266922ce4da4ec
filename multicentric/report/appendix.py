"""The appendix on reproducibility: what went in, by which software."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from multicentric.report.inputs import ReportInputs
from multicentric.report.numbers import Numbers
from multicentric.report.pdf import Attached
from multicentric.report.table import Cell, Column, Row, Table

# What is digested and no file of the results.
_NO_FILE = {
    "study": "study.json, attached to this file",
    "program": "key of code, libraries, templates and settings",
}


def facts(inputs: ReportInputs, numbers: Numbers) -> list[tuple[str, str]]:
    """Names of the run and of what it was set to."""
    return [
        ("Run", inputs.run),
        ("Study", f"{inputs.study.id}, {inputs.settings.study}"),
        ("Report profile", inputs.settings.profile),
        ("Number style", inputs.settings.number_style),
        ("Command", "snakemake --cores all results/report.pdf"),
        ("Random numbers", _random(inputs, numbers)),
        (
            "Commit and time",
            f"in {inputs.settings.audit.ledger}, under the name of the run; not in this file, so "
            "that the same inputs give the same bytes",
        ),
    ]


def _random(inputs: ReportInputs, numbers: Numbers) -> str:
    asked = inputs.study.models.imputation
    if asked is None:
        return "none are drawn"
    seed = numbers.given(str(asked.seed), "study:models.imputation.seed")
    return f"multiple imputation, seed {seed}; no others are drawn"


def appendix_tables(
    inputs: ReportInputs, numbers: Numbers, number: Callable[[str], int]
) -> list[Table]:
    """What was withheld, digests of the inputs and versions of the software."""
    tables = []
    if inputs.decisions is not None:
        tables.append(_withheld(inputs.decisions, numbers, number("withheld")))
    if inputs.fingerprint:
        told = {**inputs.files, **_NO_FILE}
        rows = [(name, sha, told.get(name, "")) for name, sha in sorted(inputs.fingerprint.items())]
        heads = ("Input", "SHA-256", "What it is")
        title = "What went into this report"
        tables.append(_facts("inputs", title, heads, rows, number("inputs"), "facts digests"))
    if inputs.software:
        versions = list(inputs.software.items())
        which = number("software")
        tables.append(
            _facts("software", "Software", ("Package", "Version"), versions, which, "facts")
        )
    return tables


def attachments_table(attached: Mapping[str, Attached], number: int) -> Table:
    """What travels in the PDF, each file with its digest."""
    rows = [
        (name, hashlib.sha256(content).hexdigest(), words)
        for name, (content, words, _) in attached.items()
    ]
    heads = ("File", "SHA-256", "What it holds")
    title = "Files attached to the PDF"
    return _facts("attachments", title, heads, rows, number, "facts digests")


def _withheld(decisions: pd.DataFrame, numbers: Numbers, number: int) -> Table:
    """What the disclosure gate decided, by rule; every single decision is attached."""
    counts = decisions.groupby(["output", "rule", "action"], sort=True).size()
    rows = [
        Row(
            (
                Cell(rule[0].upper() + rule[1:]),
                Cell(output),
                Cell(action),
                Cell(numbers.count(int(n), f"decisions/{output}/{rule}/{action}")),
            )
        )
        for (output, rule, action), n in counts.items()
    ]
    columns = [
        Column("Rule", align="left"),
        Column("Table", align="left"),
        Column("What was done", align="left"),
        Column("Times"),
    ]
    title = "What is not shown as it is, and why"
    caption = "Every decision stands in decisions.csv, attached to this file."
    return Table("withheld", title, columns, rows, caption=caption, number=number, style="facts")


def _facts(
    id: str,
    title: str,
    heads: Sequence[str],
    facts: Sequence[tuple[str, ...]],
    number: int,
    style: str,
) -> Table:
    rows = [Row(tuple(Cell(text) for text in fact)) for fact in facts]
    columns = [Column(head, align="left", width=None if n else 40) for n, head in enumerate(heads)]
    return Table(id, title, columns, rows, number=number, style=style)
