"""A table as data: what the PDF draws, and what other forms of the report can be made from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from markupsafe import Markup, escape

from multicentric.report.numbers import FIGURE_SPACE

Text = str | Markup
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NUMBER = re.compile(r"[<>]?\d*[.·](\d+)")


@dataclass(frozen=True)
class Cell:
    """A cell: its text, and a second line in quieter ink."""

    text: Text = ""
    sub: Text = ""
    style: str = ""


@dataclass(frozen=True)
class Column:
    """A column: its head, a second line of it, its width in mm.

    Attributes
    ----------
    align
        The side its cells lean to, or ``point`` for numbers under each other by their point.
    """

    head: Text
    sub: Text = ""
    align: str = "right"
    width: float | None = None
    style: str = ""


@dataclass(frozen=True)
class Spanner:
    """A head above several columns; empty where nothing spans."""

    head: Text
    columns: int


@dataclass(frozen=True)
class Row:
    """A row; its first cell is its header.

    Attributes
    ----------
    kind
        ``plain``, ``group`` (opens a group of rows), ``level`` (indented) or ``total``.
    """

    cells: tuple[Cell, ...]
    kind: str = "plain"


class Notes:
    """Footnotes of one table: marks for single cells, abbreviations, general remarks."""

    def __init__(self) -> None:
        self._marked: list[Text] = []
        self._short: dict[str, str] = {}
        self._general: list[Text] = []

    def mark(self, text: Text) -> Markup:
        """A letter for a cell; the same text has the same letter."""
        if text not in self._marked:
            self._marked.append(text)
        return Markup("<sup>{}</sup>").format(self._letter(self._marked.index(text)))

    def abbreviation(self, short: str, long: str) -> None:
        """Explain an abbreviation under the table."""
        self._short[short] = long

    def say(self, text: Text) -> None:
        """Put a remark under the table."""
        self._general.append(text)

    @staticmethod
    def _letter(number: int) -> str:
        return _LETTERS[number] if number < len(_LETTERS) else str(number + 1)

    @property
    def marked(self) -> list[tuple[str, Text]]:
        """Letter and text of every footnote."""
        return [(self._letter(n), text) for n, text in enumerate(self._marked)]

    @property
    def general(self) -> list[Text]:
        """Remarks, then the abbreviations in the order of the alphabet."""
        short = "; ".join(f"{key}, {self._short[key]}" for key in sorted(self._short))
        return [*self._general, *([f"{short}."] if short else [])]


@dataclass(frozen=True)
class Table:
    """A table with its caption and notes.

    Attributes
    ----------
    number
        Its number in the report; None for a table without one.
    """

    id: str
    title: Text
    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: Text = ""
    number: int | None = None
    spanners: Sequence[Spanner] = ()
    notes: Notes = field(default_factory=Notes)
    style: str = ""

    def lines(self) -> list[Row]:
        """The rows as they are drawn: columns on the point are padded to stand under each other."""
        drawn = [list(row.cells) for row in self.rows]
        for at, column in enumerate(self.columns):
            if column.align == "point":
                cells = [cells[at] for cells in drawn]
                texts = on_the_point([cell.text for cell in cells])
                for own, cell, text in zip(drawn, cells, texts, strict=True):
                    own[at] = replace(cell, text=text)
        return [Row(tuple(cells), row.kind) for cells, row in zip(drawn, self.rows, strict=True)]


def on_the_point(texts: Sequence[Text]) -> list[Text]:
    """Numbers padded on their right, as wide as a digit, so that their points stand in line."""
    decimals = [len(found[1]) if (found := _NUMBER.fullmatch(text)) else None for text in texts]
    most = max((n for n in decimals if n is not None), default=0)
    return [
        text if n is None else text + FIGURE_SPACE * (most - n)
        for text, n in zip(texts, decimals, strict=True)
    ]


def joined(parts: Sequence[Text], between: str = " ") -> Markup:
    """Join texts, escaping those that are not markup."""
    return Markup(between).join(escape(part) for part in parts)


def plain_text(text: Text) -> str:
    """A text without markup, and without the letters that lead to a table's notes."""
    if isinstance(text, Markup):
        return str(Markup(re.sub(r"<sup>.*?</sup>", "", text)).striptags())
    return text


def unbroken(text: Text) -> Markup:
    """A text that stands on one line."""
    return Markup('<span class="n">{}</span>').format(text)


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def in_sentence(label: str) -> str:
    """A label within a sentence: its first letter small, unless it begins with a name (Ki-67)."""
    word = label.partition(" ")[0]
    is_name = len(word) < 2 or not word[1].islower() or any(sign.isdigit() for sign in word)
    return label if is_name else label[0].lower() + label[1:]
