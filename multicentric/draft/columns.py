"""A column as the draft sees it: its names, its distinct texts and how often each stands there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from multicentric.draft.identifiers import kind_of
from multicentric.draft.words import compact
from multicentric.mapping.folding import Folding, folding, tidy
from multicentric.reading import RawColumn

MOST_CODES = 25
# Cells by which a column is known to hold names or ids.
_ENOUGH = 1000
_kept, _ignored = folding(), folding(ignore_case=True)


@dataclass(frozen=True)
class Column:
    """One column of one table.

    Attributes
    ----------
    table, heading
        Where it stands.
    names
        What it may be called: heading, the file's own description, either without what stands in
        brackets, the choice of a REDCap checkbox.
    counts
        Distinct texts and how often each stands there, the most frequent first; dates typed as
        such, empty cells and codes that the file itself declares missing are not among them.
    missing
        Codes that the file declares missing, counted.
    labels
        The file's meaning of its codes, where it says more than the code itself.
    native_dates, empty
        Cells typed as dates; empty cells.
    personal
        What identifies a person in it, or None.
    """

    table: str
    heading: str
    names: tuple[str, ...]
    counts: dict[str, int]
    missing: dict[str, int]
    labels: dict[str, str]
    native_dates: int
    empty: int
    personal: str | None

    @property
    def filled(self) -> int:
        """Cells that say something."""
        return sum(self.counts.values()) + self.native_dates


def column_of(table: str, raw: RawColumn, fold: Folding) -> Column:
    """Look at one column; texts that `fold` makes one are one, in their most frequent spelling."""
    natives = raw.native if raw.native is not None else [None] * len(raw.text)
    texts: list[str] = []
    typed = empty = 0
    for text, native in zip(raw.text, natives, strict=True):
        if text is None:
            empty += 1
        elif isinstance(native, date):
            typed += 1
        else:
            texts.append(tidy(text))
    said = {tidy(code): tidy(label) for code, label in raw.labels.items()}
    declared = {tidy(text) for text in raw.missing}
    return Column(
        table,
        raw.heading,
        _names(raw, said),
        _counted((text for text in texts if text not in declared), fold),
        dict(Counter(text for text in texts if text in declared)),
        said if any(code != label for code, label in said.items()) else {},
        typed,
        empty,
        kind_of(raw.heading, raw.description, texts[:_ENOUGH]),
    )


def case_differs(columns: Iterable[RawColumn]) -> bool:
    """Whether some coded column writes one word in capitals here and in small letters there."""
    for column in columns:
        texts = {_kept(text) for text in column.text if text is not None}
        words = {text for text in texts if re.search(r"[^\W\d_]", text)}
        folded = {_ignored(text) for text in words}
        if len(folded) <= MOST_CODES and len(folded) < len(words):
            return True
    return False


def _names(raw: RawColumn, labels: dict[str, str]) -> tuple[str, ...]:
    names = [raw.heading]
    box = re.search(r"___[^_]", raw.heading)
    if box and list(labels) == ["1"]:
        names.append(labels["1"])
    if raw.description:
        names.append(raw.description)
    names += [re.sub(r"\([^)]*\)", " ", name) for name in names if "(" in name]
    return tuple(dict.fromkeys(name for name in names if compact(name)))


def _counted(texts: Iterable[str], fold: Folding) -> dict[str, int]:
    spellings = Counter(texts)
    shown: dict[str, str] = {}
    total: Counter[str] = Counter()
    for text, n in sorted(spellings.items(), key=lambda one: (-one[1], one[0])):
        total[shown.setdefault(fold(text), text)] += n
    return dict(sorted(total.items(), key=lambda one: (-one[1], one[0])))
