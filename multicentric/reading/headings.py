"""From the heading rows of a table to one unambiguous heading per column."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from multicentric.reading.cells import CellProblem, ProblemKind

_LINE_BREAKS = re.compile(r"\s*[\r\n\v\f\u2028\u2029]+\s*")


@dataclass(frozen=True)
class MergedRange:
    """Merged cells of a sheet; rows and columns count from 1, both ends belong to the range."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


def clean_heading(text: str | None) -> str:
    """Trim a heading, bring it to NFC, and turn no-break spaces and line breaks into one space."""
    if not text:
        return ""
    if text.isascii() and text.isprintable():
        return text.strip()
    plain = unicodedata.normalize("NFC", text.lstrip("\ufeff"))
    plain = re.sub("[\u00a0\u2007\u202f]", " ", plain)
    return _LINE_BREAKS.sub(" ", plain.strip()).strip()


def column_headings(
    rows: Sequence[tuple[int, Sequence[str | None]]],
    merged: Sequence[MergedRange],
    mode: str,
) -> tuple[list[str], list[CellProblem]]:
    """Return the heading of each column, "" where there is none, and what was odd about them.

    Parameters
    ----------
    rows
        Row number and texts of each heading row, from top to bottom.
    merged
        Merged cells of the sheet: their text holds for every column and row they cover.
    mode
        `last`: the last row's text, joined with the rows above it only where it is not unique;
        `joined`: always joined ("Tumor / ER").
    """
    width = max((len(texts) for _, texts in rows), default=0)
    grid = [
        [clean_heading(text) for text in texts] + [""] * (width - len(texts)) for _, texts in rows
    ]
    _spread(grid, [number for number, _ in rows], merged)
    last = [next((row[at] for row in reversed(grid) if row[at]), "") for at in range(width)]
    joined = [_join([row[at] for row in grid]) for at in range(width)]
    seen = Counter(last)
    chosen = [
        whole if mode == "joined" or seen[short] > 1 else short
        for short, whole in zip(last, joined, strict=True)
    ]
    return _number_duplicates(chosen, rows[-1][0] if rows else 1)


def _spread(grid: list[list[str]], numbers: Sequence[int], merged: Sequence[MergedRange]) -> None:
    at_row = {number: index for index, number in enumerate(numbers)}
    merged_rows: set[int] = set()
    for area in merged:
        inside = [at_row[n] for n in numbers if area.first_row <= n <= area.last_row]
        if not inside or area.first_row not in at_row:
            continue
        if area.last_column > area.first_column:
            merged_rows.update(inside)
        first = area.first_column - 1
        text = grid[inside[0]][first] if first < len(grid[inside[0]]) else ""
        for index in inside:
            for column in range(first, min(area.last_column, len(grid[index]))):
                grid[index][column] = text
    # Without merged cells (text files, "center across selection") a group's name stands over its
    # first column alone.
    for index, row in enumerate(grid[:-1]):
        if index in merged_rows:
            continue
        group = ""
        for column, text in enumerate(row):
            group = text or group
            row[column] = group


def _join(parts: Sequence[str]) -> str:
    kept: list[str] = []
    for part in parts:
        if part and (not kept or kept[-1] != part):
            kept.append(part)
    return " / ".join(kept)


def _number_duplicates(headings: Sequence[str], row: int) -> tuple[list[str], list[CellProblem]]:
    taken = set(headings)
    used: set[str] = set()
    unique: list[str] = []
    problems: list[CellProblem] = []
    for heading in headings:
        name = heading
        if heading and heading in used:
            count = 2
            while (name := f"{heading} ({count})") in taken or name in used:
                count += 1
            problems.append(
                CellProblem(
                    row,
                    name,
                    heading,
                    f"the heading {heading} stands over two columns or more; this one is {name}",
                    ProblemKind.DUPLICATE_HEADING,
                )
            )
        used.add(name)
        unique.append(name)
    return unique, problems
