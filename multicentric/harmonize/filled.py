"""A variable filled for all patients: what became of each patient's text, and where it stood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from multicentric.dictionary import DTYPES, Variable
from multicentric.harmonize.conversion import Conversion, Converted
from multicentric.reading import ProblemKind, RawTable


@dataclass(frozen=True)
class Place:
    """The column that a value was read from."""

    file: str | None = None
    sheet: str | None = None
    column: str | None = None


NOWHERE = Place()


@dataclass(frozen=True)
class Filled:
    """One variable of all patients.

    Attributes
    ----------
    results
        What can become of a text, each once.
    index
        For each patient, which of `results`.
    places
        Columns that values were read from, each once.
    place
        For each patient, which of `places`.
    row
        For each patient, the row number in the file; -1 where there is none.
    raw
        For each patient, the text as sent; None for an empty cell.
    eligible
        For each patient, the rows among which one was picked ("12, 14"); None where there is never
        a choice.
    """

    results: list[Converted]
    index: np.ndarray
    places: list[Place]
    place: np.ndarray
    row: np.ndarray
    raw: np.ndarray
    eligible: np.ndarray | None = None

    @classmethod
    def everywhere(cls, result: Converted, n: int) -> Filled:
        """The same for every patient, read from nowhere."""
        return cls(
            [result],
            np.zeros(n, dtype=np.int32),
            [NOWHERE],
            np.zeros(n, dtype=np.int8),
            np.full(n, -1, dtype=np.int64),
            np.full(n, None, dtype=object),
        )

    def with_results(self, mask: np.ndarray, results: Sequence[Converted]) -> Filled:
        """The patients of the mask have these results instead, one for each of them."""
        index = self.index.copy()
        index[mask] = len(self.results) + np.arange(len(results))
        return replace(self, results=[*self.results, *results], index=index)

    def where(self, mask: np.ndarray, result: Converted) -> Filled:
        """The patients of the mask have this result instead."""
        if not mask.any():
            return self
        index = np.where(mask, len(self.results), self.index)
        return replace(self, results=[*self.results, result], index=index)

    def instead(self, mask: np.ndarray, other: Filled) -> Filled:
        """The patients of the mask are filled as in `other`."""
        return Filled(
            [*self.results, *other.results],
            np.where(mask, other.index + len(self.results), self.index),
            [*self.places, *other.places],
            np.where(mask, other.place + len(self.places), self.place),
            np.where(mask, other.row, self.row),
            np.where(mask, other.raw, self.raw),
        )

    def part(self, patients: slice) -> Filled:
        """The same of some patients only."""
        return replace(
            self,
            index=self.index[patients],
            place=self.place[patients],
            row=self.row[patients],
            raw=self.raw[patients],
            eligible=None if self.eligible is None else self.eligible[patients],
        )

    def outcome_is(self, *outcomes: str) -> np.ndarray:
        """Mask of the patients whose cell had one of these outcomes."""
        answers = np.array([result.outcome in outcomes for result in self.results], dtype=bool)
        return answers[self.index]

    def column(self, attribute: str) -> np.ndarray:
        """One attribute of each patient's result, as object array."""
        return _objects([getattr(result, attribute) for result in self.results])[self.index]

    def values(self, variable: Variable) -> pd.Series:
        """The values with the dictionary's type."""
        values = [result.value for result in self.results]
        if variable.kind == "date":
            days = np.array(values, dtype="datetime64[D]").astype("datetime64[ns]")
            return pd.Series(days[self.index], name=variable.name)
        distinct = pd.array(_objects(values), dtype=DTYPES[variable.kind])
        return pd.Series(distinct.take(self.index), name=variable.name)


def only(mask: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return the cells of the mask, None elsewhere."""
    kept = np.full(len(mask), None, dtype=object)
    kept[mask] = cells[mask]
    return kept


def _objects(values: Sequence[object]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def distinct_texts(
    text: np.ndarray, native: np.ndarray | None
) -> tuple[np.ndarray, list[tuple[str | None, bool]]]:
    """Each distinct text of a column, with whether it is typed, and which one each cell holds."""
    codes, distinct = pd.factorize(text)
    typed = np.zeros(len(text), dtype=bool)
    if native is not None:
        typed = pd.notna(native)
    pairs, index = np.unique((codes + 1) * 2 + typed, return_inverse=True)
    texts = [None, *distinct]
    return index.reshape(-1).astype(np.int32), [
        (texts[pair // 2], bool(pair % 2)) for pair in pairs.tolist()
    ]


def convert_column(
    table: RawTable, heading: str, convert: Conversion
) -> tuple[list[Converted], np.ndarray]:
    """Convert every cell of a column, each distinct text once.

    Returns
    -------
    list of Converted
        What can become of a text.
    numpy.ndarray
        For each row of the table, which of them.
    """
    column = table.columns[heading]
    index, texts = distinct_texts(column.text, column.native)
    results = [convert(text, typed) for text, typed in texts]
    return _without_damaged(table, heading, results, index)


_DAMAGED = frozenset(
    {
        ProblemKind.FORMULA_WITHOUT_RESULT,
        ProblemKind.MERGED_CELLS,
        ProblemKind.GARBLED_TEXT,
        ProblemKind.ERROR_VALUE,
        ProblemKind.DAY_ZERO,
    }
)


def _without_damaged(
    table: RawTable, heading: str, results: list[Converted], index: np.ndarray
) -> tuple[list[Converted], np.ndarray]:
    """A cell that the file shows as damaged gives no value, unless the mapping names its text."""
    damaged = [p for p in table.problems if p.column == heading and p.kind in _DAMAGED]
    if not damaged:
        return results, index
    at = {int(row): position for position, row in enumerate(table.rows)}
    results, index = list(results), index.copy()
    for problem in damaged:
        position = at.get(problem.row)
        if position is None:
            continue
        now = results[index[position]]
        named = now.outcome == "mapped" or now.reason in ("unknown", "not_done", "not_applicable")
        if not named or problem.kind is ProblemKind.MERGED_CELLS:
            words = f"{problem.what}."
            index[position] = len(results)
            results.append(Converted(None, "unreadable", now.rule, None, "unreadable_cell", words))
    return results, index
