"""The appendices on the groups, and on what residuals of the primary models say of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
from markupsafe import Markup

from multicentric.report.log_log import log_log_figure
from multicentric.report.numbers import NBSP
from multicentric.report.overlap import overlap_of
from multicentric.report.residuals import residual_figure
from multicentric.report.sources import Sources
from multicentric.report.survival import Figure
from multicentric.report.table import Cell, Column, Notes, Row, Table, in_sentence

# Shares of the patients at which the influence of single ones is told.
_SHARES = (0.0, 0.01, 0.5, 0.99, 1.0)


def kinds_drawn(diagnostics: pd.DataFrame | None) -> set[str]:
    """The kinds of rows of which the appendix draws a figure."""
    if diagnostics is None:
        return set()
    known = diagnostics[diagnostics["value"].notna()]
    of_groups = known[known["kind"] == "log_log"].groupby("endpoint")["level"].nunique()
    alone = set() if (of_groups > 1).any() else {"log_log"}
    return set(known["kind"]) - alone


def groups_compared(
    sources: Sources,
    diagnostics: pd.DataFrame,
    figure: Callable[[str], int],
    table: Callable[[str], int],
) -> tuple[list[Figure], list[Table], str]:
    """Figures and tables on hazards and overlap of the groups, and why one is not there.

    Parameters are those of `diagnostics_of`.
    """
    curves, absent = log_log_figure(sources, diagnostics)
    scores, told, without = overlap_of(sources, diagnostics)
    figures = [replace(f, number=figure(f.id)) for f in (curves, scores) if f is not None]
    tables = [] if told is None else [replace(told, number=table(told.id))]
    return figures, tables, " ".join([*absent, *without])


def diagnostics_of(
    sources: Sources,
    diagnostics: pd.DataFrame,
    endpoint: str,
    figure: Callable[[str], int],
    table: Callable[[str], int],
) -> tuple[list[Figure], list[Table]]:
    """Figures and tables of an endpoint's primary model; none where it could not be fitted.

    Parameters
    ----------
    diagnostics
        The table of the contract, ``results/diagnostics.parquet``.
    figure, table
        Give the next number.
    """
    own = diagnostics[diagnostics["endpoint"] == endpoint]
    tables: list[Table] = []
    drawn = residual_figure(sources, own, endpoint)
    figures = [] if drawn is None else [replace(drawn, number=figure(drawn.id))]
    if (own["kind"] == "martingale").any():
        tables.append(_form(sources, own, endpoint, table(f"form-{endpoint}")))
    if (own["kind"] == "dfbeta").any():
        tables.append(_influence(sources, own, endpoint, table(f"influence-{endpoint}")))
    return figures, tables


def _form(sources: Sources, own: pd.DataFrame, endpoint: str, number: int) -> Table:
    """Observed and expected events along the variables that are numbers."""
    notes = Notes()
    notes.abbreviation("CI", "confidence interval")
    notes.say(
        "Expected by the primary model; exact Poisson intervals; factors of many values in fifths. "
        "A trend beyond what the intervals allow speaks against the form of the factor in the "
        "model."
    )
    rows: list[Row] = []
    of_kind = own[own["kind"] == "martingale"]
    for term in dict.fromkeys(of_kind["term"]):
        rows.append(Row((Cell(sources.study.terms[term].label), *[Cell()] * 4), "group"))
        for row in of_kind[of_kind["term"] == term].to_dict("records"):
            source = f"diagnostics/{endpoint}/martingale/{term}/{row['level']}"
            rows.append(Row(tuple(_of_group(sources, row, source, notes)), "level"))
    return Table(
        id=f"form-{endpoint}",
        title=f"{sources.endpoint_of(endpoint).label}: observed and expected events",
        columns=[
            Column("Factor", align="left"),
            Column("N"),
            Column("Observed"),
            Column("Expected"),
            Column(f"Ratio ({sources.level()} CI)"),
        ],
        rows=rows,
        number=number,
        notes=notes,
        style="estimates",
    )


def _of_group(sources: Sources, row: dict[str, Any], source: str, notes: Notes) -> list[Cell]:
    numbers = sources.numbers
    if pd.isna(row["value"]):
        reason = row["note"] if pd.notna(row["note"]) else ""
        mark = notes.mark(f"Not estimable: {reason or 'no reason was recorded'}.")
        ratio = Cell(Markup("–{}").format(mark))
    else:
        value = numbers.ratio(row["value"], f"{source}:value")
        bounds = numbers.ratio_interval(row["ci_low"], row["ci_high"], f"{source}:ci")
        ratio = Cell(f"{value}{NBSP}({bounds})")
    return [
        Cell(numbers.given(str(row["level"]), f"{source}:level")),
        Cell(numbers.count(row["n"], f"{source}:n")),
        Cell(numbers.count(row["n_events"], f"{source}:n_events")),
        Cell(
            "–"
            if pd.isna(row["expected"])
            else numbers.fixed(row["expected"], f"{source}:expected")
        ),
        ratio,
    ]


def _influence(sources: Sources, own: pd.DataFrame, endpoint: str, number: int) -> Table:
    """How far single patients move each coefficient, in its standard errors."""
    numbers = sources.numbers
    of_kind = own[own["kind"] == "dfbeta"]
    shares = [share for share in _SHARES if (of_kind["x"] == share).any()]
    words = {0.0: "Lowest", 0.5: "Median", 1.0: "Highest"}
    heads = [
        words.get(share)
        or f"Percentile {numbers.plain(100 * share, f'diagnostics/{endpoint}/share')}"
        for share in shares
    ]
    rows = []
    for term in dict.fromkeys(of_kind["term"]):
        values = of_kind[of_kind["term"] == term].set_index("x")["value"]
        cells = [
            Cell(
                "–"
                if share not in values.index or pd.isna(values[share])
                else numbers.fixed(
                    values[share], f"diagnostics/{endpoint}/dfbeta/{term}/{share}", decimals=2
                )
            )
            for share in shares
        ]
        rows.append(Row((Cell(sources.study.terms[term].label), *cells)))
    notes = Notes()
    notes.say(
        "How far the coefficient moves when one patient is left out, in standard errors of the "
        "coefficient (dfbeta)."
    )
    label = in_sentence(sources.endpoint_of(endpoint).label)
    return Table(
        id=f"influence-{endpoint}",
        title=f"Influence of single patients on the primary model of {label}",
        columns=[Column("Factor", align="left"), *(Column(head) for head in heads)],
        rows=rows,
        number=number,
        notes=notes,
        style="estimates",
    )
