"""Where a table begins and ends on a sheet or in a text file nobody has described yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

TOP_ROWS = 30
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

    It is the first row that is about as wide as the table and holds words only. A row with several
    words right above it groups its columns and belongs to it.

    Parameters
    ----------
    rows
        Texts of the first rows, ragged, empty cells None or blank.

    Returns
    -------
    HeadingRows or None
        None where no row looks like a heading.
    """
    filled = [[text.strip() for text in row if text and text.strip()] for row in rows]
    widest = max(map(len, filled), default=0)
    for at, texts in enumerate(filled):
        wide_enough = len(texts) >= max(0.7 * widest, 1)
        if not wide_enough or any(_NUMBER_OR_DATE.fullmatch(text) for text in texts):
            continue
        if len(set(texts)) * 2 < len(texts):
            continue
        above = filled[at - 1] if at else []
        grouped = 2 <= len(above) < len(texts)
        words = not any(_NUMBER_OR_DATE.fullmatch(text) for text in above)
        return HeadingRows(at if grouped and words else at + 1, at + 1)
    return None


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
