"""Where a table begins and ends on a sheet or in a text file nobody has described yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

TOP_ROWS = 30
# Share of a heading's cells that may look like a patient's.
_FEW = 0.1
_NUMBER_OR_DATE = re.compile(r"[<>%]?[\d\s.,:/%-]+[<>%]?")


class HeadingRows(NamedTuple):
    """First and last row of a heading, counted from 1."""

    first: int
    last: int

    @property
    def text(self) -> str:
        """As a mapping writes it: "1", "4-5"."""
        return str(self.last) if self.first == self.last else f"{self.first}-{self.last}"


def heading_rows(rows: Sequence[Sequence[str | None]]) -> HeadingRows | None:
    """Find the heading among the first rows of a table.

    It is the first row that is about as wide as the table and holds words: no numbers or dates,
    apart from a few where the rows below hold many, and no texts that stand below again, as those
    of a patient do. A row with several words right above it groups its columns and belongs to it.

    Parameters
    ----------
    rows
        Texts of the first rows, ragged, empty cells None or blank.

    Returns
    -------
    HeadingRows or None
        None where no row looks like a heading.
    """
    grid = [[(text or "").strip() for text in row] for row in rows]
    filled = [[text for text in row if text] for row in grid]
    widest = max(map(len, filled), default=0)
    for at, texts in enumerate(filled):
        if len(texts) < max(0.7 * widest, 1) or len(set(texts)) * 2 < len(texts):
            continue
        if len(texts) > 1 and _numbers(texts) == 1:  # the columns' numbers above their headings
            continue
        # The first wide row decides: below a row of a patient there is no heading any more.
        if not _in_words(texts, filled[at + 1 :]) or _stands_below(grid[at], grid[at + 1 :]):
            return None
        above = filled[at - 1] if at else []
        grouped = 2 <= len(above) < len(texts) and not _numbers(above)
        return HeadingRows(at if grouped else at + 1, at + 1)
    return None


def _numbers(texts: Sequence[str]) -> float:
    """Share of texts that are numbers or dates."""
    found = sum(bool(_NUMBER_OR_DATE.fullmatch(text)) for text in texts)
    return found / len(texts) if texts else 0.0


def _in_words(texts: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    share = _numbers(texts)
    cells = [text for row in below for text in row]
    return not share or (share <= _FEW and _numbers(cells) >= 3 * share)


def _stands_below(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether texts of a row stand in their column again; a heading repeated as a whole may."""
    others = [other for other in below if list(other) != list(row)]
    again = sum(
        any(at < len(other) and other[at] == text for other in others)
        for at, text in enumerate(row)
        if text
    )
    return again > _FEW * len(row)


def notes_below(row_numbers: Sequence[int], filled: Sequence[int], width: int) -> bool:
    """Whether notes stand under a table after an empty row.

    Parameters
    ----------
    row_numbers
        Numbers of the rows that are not empty, upwards.
    filled
        How many cells of each are filled.
    width
        Number of columns.
    """
    gap = next(
        (at for at in range(1, len(row_numbers)) if row_numbers[at] - row_numbers[at - 1] > 1), None
    )
    if gap is None or width < 4:
        return False
    return all(count * 4 <= width for count in filled[gap:])
