"""Table 1: the patients by group, with missing counts and standardized differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from multicentric.report.numbers import FIGURE_SPACE, SUPPRESSED, Numbers
from multicentric.report.table import Cell, Column, Notes, Row, Table
from multicentric.report.theme import Group

ALL = "all"
# As wide as a share in brackets: a count without one stands under those with one.
_NO_SHARE = FIGURE_SPACE * 6
# More groups than this would not fit the page side by side: the table goes on below.
GROUPS_PER_PART = 4


def baseline_tables(
    baseline: pd.DataFrame, groups: list[Group], numbers: Numbers, number: int
) -> list[Table]:
    """Table 1, in parts where there are many groups.

    Parameters
    ----------
    baseline
        One row per variable, level and group; see the contract of ``results/baseline.parquet``.
        With ``rounded_to`` where it has passed the disclosure gate.
    """
    parts = [groups[n : n + GROUPS_PER_PART] for n in range(0, len(groups), GROUPS_PER_PART)]
    return [
        _part(baseline, part, len(parts) > 1, at, at == len(parts) - 1, numbers, number)
        for at, part in enumerate(parts)
    ]


def _part(
    baseline: pd.DataFrame,
    groups: list[Group],
    split: bool,
    at: int,
    last: bool,
    numbers: Numbers,
    number: int,
) -> Table:
    columns = [group.code for group in groups] + ([ALL] if last else [])
    if len(groups) == 1 and last and not split:
        columns = [groups[0].code]
    notes = Notes()
    sizes = _sizes(baseline)
    rows: list[Row] = []
    for _, variable in baseline.groupby("variable", sort=False):
        rows += _variable(variable, columns, last, sizes, numbers)
    notes.say(
        "Numbers are patients (percent) unless stated. Percentages are of the patients with a "
        "value; those of missing values are of all patients in the group."
    )
    if "rounded_to" in baseline and len(baseline):
        step = numbers.count(baseline["rounded_to"].iloc[0], "disclosure/round_to")
        notes.say(
            f"Counts are rounded to {step} and percentages computed from rounded counts, so "
            "categories need not add up to the whole."
        )
    with_smd = last and baseline["smd"].notna().any()
    if with_smd:
        notes.abbreviation("SMD", "standardized mean difference, without sign")
    notes.abbreviation("IQR", "interquartile range")
    notes.abbreviation("SD", "standard deviation")
    heads = [Column("Characteristic", align="left")]
    styles = {group.code: (group.label, group.style) for group in groups} | {ALL: ("All", "")}
    for code in columns:
        label, style = styles[code]
        heads.append(Column(label, sub=_size(sizes.get(code), code, numbers), style=style))
    if with_smd:
        heads.append(Column("SMD", width=14))
    return Table(
        id=f"baseline-{at + 1}",
        title="Patients at the start" + (" (continued)" if at else ""),
        number=number,
        columns=heads,
        rows=[Row(row.cells[: len(heads)], row.kind) for row in rows],
        notes=notes,
        style="baseline",
    )


def _size(size: int | None, code: str, numbers: Numbers) -> str:
    if size is None:
        return ""
    return f"n\u00a0=\u00a0{numbers.count(size, f'baseline/{code}/n')}"


def _sizes(baseline: pd.DataFrame) -> dict[str, int]:
    patients = (baseline["n"] + baseline["n_missing"]).groupby(baseline["group"]).max()
    return {str(group): int(n) for group, n in patients.dropna().items()}


def _variable(
    variable: pd.DataFrame,
    columns: list[str],
    last: bool,
    sizes: dict[str, int],
    numbers: Numbers,
) -> Iterator[Row]:
    first = variable.iloc[0]
    cells = {
        (str(row["level"] if pd.notna(row["level"]) else ""), row["group"]): row
        for row in variable.to_dict("records")
    }
    name, kind = str(first["variable"]), first["kind"]
    label = str(first["label"])
    unit = str(first["unit"]) if pd.notna(first["unit"]) and first["unit"] else ""
    levels = list(dict.fromkeys(level for level, _ in cells))
    smd = [_smd(variable, name, numbers)] if last else []
    empty = tuple(Cell() for _ in columns)
    blank = (Cell(),) * len(smd)

    if kind == "number":
        head = f"{label}, {unit}" if unit else label
        yield Row((Cell(head), *empty, *smd), "group")
        yield _numeric("Mean (SD)", "mean", "sd", cells, levels[0], columns, blank, numbers)
        yield _numeric("Median (IQR)", "median", "q", cells, levels[0], columns, blank, numbers)
    elif kind == "flag":
        positive = levels[0]
        shares = _counts(cells, positive, columns, name, numbers)
        yield Row((Cell(label), *shares, *smd), "group flag")
    else:
        yield Row((Cell(label), *empty, *smd), "group")
        for level in levels:
            shown = str(cells[level, next(g for k, g in cells if k == level)]["level_label"])
            shares = _counts(cells, level, columns, name, numbers)
            yield Row((Cell(shown), *shares, *blank), "level")
    if (variable["n_missing"].isna() | (variable["n_missing"] > 0)).any():
        missing = _missing(cells, levels[0], columns, name, numbers)
        yield Row((Cell("Missing"), *missing, *blank), "level missing")
    if "rounded_to" not in variable:
        asked = {code: cells[levels[0], code] for code in columns if (levels[0], code) in cells}
        spared = {
            code: sizes[code] - int(row["n"]) - int(row["n_missing"]) for code, row in asked.items()
        }
        if any(spared.values()):
            source = f"baseline/{name}/not applicable"
            counts = [
                Cell(numbers.count(spared[code], f"{source}/{code}") + _NO_SHARE)
                for code in columns
            ]
            yield Row((Cell("Not applicable"), *counts, *blank), "level missing")


def _smd(variable: pd.DataFrame, name: str, numbers: Numbers) -> Cell:
    values = variable["smd"].dropna()
    if values.empty:
        return Cell(SUPPRESSED if _is_redacted(variable) else "")
    return Cell(numbers.fixed(abs(float(values.iloc[0])), f"baseline/{name}/smd", decimals=2))


def _is_redacted(variable: pd.DataFrame) -> bool:
    """Whether a count of a variable is not shown; a number is not counted by level."""
    names = ["n", "n_missing"] + (["count"] if variable["kind"].iloc[0] != "number" else [])
    return bool(variable[names].isna().any(axis=None))


def _numeric(
    label: str,
    middle: str,
    spread: str,
    cells: dict[tuple[str, str], dict[str, Any]],
    level: str,
    columns: list[str],
    blank: tuple[Cell, ...],
    numbers: Numbers,
) -> Row:
    shown = []
    for code in columns:
        row = cells.get((level, code))
        if row is None or pd.isna(row[middle]):
            withheld = row is not None and pd.isna(row["n"])
            shown.append(Cell(SUPPRESSED if withheld else "–"))
            continue
        source = f"baseline/{row['variable']}/{code}"
        given = 0 if pd.isna(row["decimals"]) else int(row["decimals"])
        decimals = given if spread == "q" else max(given, 1)
        text = numbers.fixed(float(row[middle]), f"{source}/{middle}", decimals=decimals)
        if spread == "q":
            quartiles = numbers.interval(
                float(row["q1"]), float(row["q3"]), f"{source}/quartiles", decimals=decimals
            )
            shown.append(Cell(f"{text} ({quartiles})"))
        elif pd.isna(row[spread]):
            shown.append(Cell(f"{text} (–)"))
        else:
            deviation = numbers.fixed(float(row[spread]), f"{source}/sd", decimals=decimals)
            shown.append(Cell(f"{text} ({deviation})"))
    return Row((Cell(label), *shown, *blank), "level")


def _counts(
    cells: dict[tuple[str, str], dict[str, Any]],
    level: str,
    columns: list[str],
    name: str,
    numbers: Numbers,
) -> list[Cell]:
    shown = []
    for code in columns:
        row = cells.get((level, code))
        if row is None or (pd.notna(row["n"]) and not row["n"]):
            shown.append(Cell("–"))
            continue
        source = f"baseline/{name}/{level}/{code}"
        if pd.isna(row["count"]) or pd.isna(row["percent"]):
            shown.append(Cell(numbers.count(None, source)))
            continue
        share = float(row["percent"]) / 100
        shown.append(Cell(numbers.count_and_share(float(row["count"]), share, source)))
    return shown


def _missing(
    cells: dict[tuple[str, str], dict[str, Any]],
    level: str,
    columns: list[str],
    name: str,
    numbers: Numbers,
) -> list[Cell]:
    shown = []
    for code in columns:
        row = cells.get((level, code))
        source = f"baseline/{name}/missing/{code}"
        if row is not None and (pd.isna(row["n_missing"]) or pd.isna(row["n"])):
            shown.append(Cell(numbers.count(None, source)))
            continue
        size = 0 if row is None else int(row["n"]) + int(row["n_missing"])
        if row is None or not size:
            shown.append(Cell("–"))
            continue
        missing = int(row["n_missing"])
        shown.append(Cell(numbers.count_and_share(missing, missing / size, source)))
    return shown
