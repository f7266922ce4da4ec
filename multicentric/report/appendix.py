"""The appendix on reproducibility: what went in, by which software."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import pandas as pd

from multicentric.report.inputs import ReportInputs
from multicentric.report.numbers import Numbers
from multicentric.report.pdf import Attached
from multicentric.report.table import Cell, Column, Row, Table


def facts(inputs: ReportInputs, numbers: Numbers) -> list[tuple[str, str]]:
    """Names of the run and of what it was set to."""
    return [
        ("Run", inputs.run),
        ("Study", f"{inputs.study.id}, {inputs.settings.study}"),
        ("Report profile", inputs.settings.profile),
        ("Number style", inputs.settings.number_style),
        ("Command", "snakemake --cores all results/report.pdf"),
        ("Random numbers", _random(inputs, numbers)),
        ("Commit and time", "in the ledger, under the name of the run"),
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
        digests = sorted(inputs.fingerprint.items())
        title = "What went into this report"
        style = "facts digests"
        tables.append(_pairs("inputs", title, "Input", "SHA-256", digests, number("inputs"), style))
    if inputs.software:
        versions = list(inputs.software.items())
        which = number("software")
        tables.append(
            _pairs("software", "Software", "Package", "Version", versions, which, "facts")
        )
    return tables


def attachments_table(attached: Mapping[str, Attached], number: int) -> Table:
    """What travels in the PDF, each file with its digest."""
    digests = [
        (name, hashlib.sha256(content).hexdigest()) for name, (content, _, _) in attached.items()
    ]
    title = "Files attached to the PDF"
    return _pairs("attachments", title, "File", "SHA-256", digests, number, "facts digests")


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


def _pairs(
    id: str,
    title: str,
    first: str,
    second: str,
    pairs: list[tuple[str, str]],
    number: int,
    style: str,
) -> Table:
    rows = [Row((Cell(name), Cell(value))) for name, value in pairs]
    columns = [Column(first, align="left", width=40), Column(second, align="left")]
    return Table(id, title, columns, rows, number=number, style=style)
