"""A block of the mapping at work: one variable for all patients of a center."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from multicentric.conditions import variables_of
from multicentric.dictionary import Dictionary, Kind, Variable
from multicentric.harmonize.collapse import Picked, Visits, pick
from multicentric.harmonize.conversion import (
    Conversion,
    Converted,
    Reading,
    box_ticked,
    conversion_of,
)
from multicentric.harmonize.filled import NOWHERE, Filled, Place, convert_column, only
from multicentric.harmonize.rows import Joined, Patients, matching
from multicentric.harmonize.unusable import Unusable, unusable_columns
from multicentric.holds import holds
from multicentric.mapping.columns import heading_of
from multicentric.mapping.language import Cell, Collapse, Duration, VariableBlock
from multicentric.mapping.language import Mapping as CenterMapping
from multicentric.mapping.load import cells_of
from multicentric.mapping.values import value_of
from multicentric.reading import RawTable

_DAYS = {"days": 1.0, "weeks": 7.0, "months": 30.4375, "years": 365.25}


@dataclass
class Maker:
    """Makes variables one after the other; those made can be asked about by the next."""

    mapping: CenterMapping
    dictionary: Dictionary
    patients: Patients

    def __post_init__(self) -> None:
        self.made: dict[str, Filled] = {}
        self.corrections_applied: set[int] = set()
        self._series: dict[str, pd.Series] = {}
        tables = {name: joined.table for name, joined in self.patients.tables.items()}
        lost = unusable_columns(self.mapping, self.dictionary, tables)
        # Of variables that cannot be made for want of a column: the first such column.
        self.without_column = {name: one for one in reversed(lost) for name in one.variables}
        self._items = _items_of(self.mapping)
        self._texts = _texts_of(self.mapping, self.dictionary)

    def series(self, name: str) -> pd.Series:
        """The values of a variable that is made."""
        if name not in self._series:
            self._series[name] = self.made[name].values(self.dictionary[name])
        return self._series[name]

    def make(self, name: str) -> Filled:
        """Fill one variable as its block says; missing as undetermined where it has none."""
        block = self.mapping.variables.get(name)
        variable = self.dictionary[name]
        n = len(self.patients)
        if block is None:
            gap = Converted(None, "missing", "variables", reason="undetermined")
            filled = Filled.everywhere(gap, n)
        elif not block.made:
            decided = Converted(None, "missing", f"variables.{name}.status", reason=block.status)
            filled = Filled.everywhere(decided, n)
        else:
            lost = self.without_column.get(name)
            if lost is not None:
                filled = self._without_column(lost, f"variables.{name}")
            else:
                filled = self._source(block, variable, f"variables.{name}")
            if block.when is not None:
                filled = self._only_when(filled, block, f"variables.{name}.when")
        self.made[name] = filled
        return filled

    def _source(self, block: VariableBlock, variable: Variable, path: str) -> Filled:
        n = len(self.patients)
        if block.constant is not None:
            value = value_of(block.constant, variable)
            return Filled.everywhere(Converted(value, "derived", f"{path}.constant"), n)
        if block.duration is not None:
            return self._duration(block.duration, variable, f"{path}.duration")
        if block.coalesce is not None:
            return self._coalesce(block.coalesce, variable, f"{path}.coalesce")
        if isinstance(block.checkbox, dict):
            return self._boxes(block, block.checkbox, variable, f"{path}.checkbox")
        if block.collapse is not None:
            return self._collapsed(block, block.collapse, variable, path)
        filled = self._cell(block, variable, path)
        return self._corrected(filled, block, variable, path)

    def _without_column(self, lost: Unusable, path: str) -> Filled:
        joined = self.patients.tables[lost.table]
        gap = Converted(None, "missing", path, reason="no_column")
        filled = Filled.everywhere(gap, len(self.patients))
        place = Place(joined.table.file, joined.table.sheet, lost.heading)
        return replace(filled, places=[place], row=joined.row_numbers)

    def _joined(self, cell: Cell) -> Joined:
        return self.patients.tables[self.mapping.table_of(cell)]

    def conversion(self, cell: Cell, variable: Variable, path: str) -> Conversion:
        """How the texts of a block's column become values."""
        joined = self._joined(cell)
        heading = heading_of(cell)
        reading = Reading.of(
            path,
            variable,
            self.mapping.fold,
            joined.table.columns[heading],
            language=self.mapping.center.language,
            decimal=joined.declared.decimal,
            items=self._items.get((joined.name, heading), frozenset()),
        )
        return conversion_of(cell, reading)

    def _cell(self, cell: Cell, variable: Variable, path: str) -> Filled:
        joined = self._joined(cell)
        heading = heading_of(cell)
        convert = self.conversion(cell, variable, path)
        results, index = convert_column(joined.table, heading, convert)
        return _of_rows(results, index, joined, heading, path)

    def _coalesce(self, cells: list[Cell], variable: Variable, path: str) -> Filled:
        """Each patient's first cell that is not missing; an unreadable one is not passed over."""
        filled = self._cell(cells[0], variable, f"{path}.1")
        for number, cell in enumerate(cells[1:], start=2):
            other = self._cell(cell, variable, f"{path}.{number}")
            filled = filled.instead(
                filled.outcome_is("missing") & ~other.outcome_is("missing"), other
            )
        return filled

    def _boxes(
        self, block: Cell, boxes: Mapping[str, str], variable: Variable, path: str
    ) -> Filled:
        joined = self._joined(block)
        texts = zip(*(joined.table.columns[heading].text for heading in boxes), strict=True)
        shown = np.empty(len(joined.table.rows), dtype=object)
        shown[:] = ["; ".join(text or "" for text in row) for row in texts]
        codes, distinct = pd.factorize(shown)
        results = [
            _ticked(dict(zip(boxes, text.split("; "), strict=True)), boxes, variable, path)
            for text in distinct
        ]
        filled = _of_rows(results, codes, joined, next(iter(boxes)), path)
        place = replace(filled.places[0], column="; ".join(boxes))
        at = joined.at
        raw = only(at >= 0, shown[at]) if len(shown) else filled.raw
        return replace(filled, places=[place, NOWHERE], raw=raw)

    def _duration(self, duration: Duration, variable: Variable, path: str) -> Filled:
        since, until = self.series(duration.since), self.series(duration.until)
        days = (until - since).dt.days
        results = []
        for number in days:
            if pd.isna(number):
                results.append(Converted(None, "missing", path, reason="missing_input"))
            else:
                value = number / _DAYS[duration.unit]
                value = int(value) if variable.kind == "integer" else float(value)
                results.append(Converted(value, "derived", path))
        filled = Filled.everywhere(Converted(None, "missing", path), len(self.patients))
        raw = np.empty(len(self.patients), dtype=object)
        raw[:] = [
            f"{duration.since} = {_shown(first)}; {duration.until} = {_shown(last)}"
            for first, last in zip(since, until, strict=True)
        ]
        everyone = np.ones(len(self.patients), dtype=bool)
        return replace(filled.with_results(everyone, results), raw=raw)

    def _only_when(self, filled: Filled, block: VariableBlock, path: str) -> Filled:
        asked = list(variables_of(block.when or {}))
        frame = pd.DataFrame({name: self.series(name) for name in asked})
        answer = holds(block.when or {}, frame)
        no = (~answer).fillna(False).to_numpy(dtype=bool)
        open_question = answer.isna().to_numpy(dtype=bool)
        filled = filled.where(no, Converted(None, "missing", path, reason="not_applicable"))
        # What nobody can answer is asked about, unless the variable behind it is already.
        queried = np.zeros(len(self.patients), dtype=bool)
        for name in asked:
            queried |= self.made[name].outcome_is("unmapped", "unreadable")
            queried |= name in self.without_column
        has_text = pd.notna(filled.raw)
        words = f"there is a value, but whether it applies depends on {', '.join(asked)}."
        undecided = Converted(None, "missing", path, "unknown", "unanswered_condition", words)
        filled = filled.where(open_question & has_text & ~queried, undecided)
        unknown = Converted(None, "missing", path, reason="unknown")
        return filled.where(open_question & (queried | ~has_text), unknown)

    def _collapsed(
        self, block: VariableBlock, collapse: Collapse, variable: Variable, path: str
    ) -> Filled:
        joined = self._joined(block)
        table = joined.table
        visits = self._visits(block, collapse, variable, path, joined)
        anchors: list = [None] * len(self.patients)
        if collapse.within is not None:
            dates = self.series(collapse.within.of)
            anchors = [None if pd.isna(day) else day.date() for day in dates]
        picked = [
            pick(collapse, path, variable, positions.tolist(), visits, anchor)
            for positions, anchor in zip(joined.visits, anchors, strict=True)
        ]
        return _of_picked(picked, table, block.from_)

    def _visits(
        self,
        block: VariableBlock,
        collapse: Collapse,
        variable: Variable,
        path: str,
        joined: Joined,
    ) -> Visits:
        table = joined.table

        def each(cell: Cell, of: Variable, place: str) -> list[Converted]:
            inside = cell.model_copy(update={"table": joined.name})
            convert = self.conversion(inside, of, place)
            results, index = convert_column(table, heading_of(cell), convert)
            return [results[number] for number in index.tolist()]

        values: list[Converted] = []
        if block.from_ is not None:
            values = each(block, variable, path)
        by = None
        if collapse.by is not None:
            kind: Kind = "date" if collapse.by.dates else "number"
            place = f"{path}.collapse.by"
            by = each(collapse.by, Variable(variable.name, variable.label, kind), place)
        ends = None
        if collapse.until_first is not None:
            ends = self._matches(joined, collapse.until_first)
        return Visits(table.rows, values, by, self._matches(joined, collapse.where or {}), ends)

    def _matches(self, joined: Joined, where: Mapping[str, tuple[str, ...]]) -> np.ndarray:
        """For each row 1 where it matches, 0 where not, -1 where its text is one nobody mapped."""
        answer = np.ones(len(joined.table.rows), dtype=np.int64)
        for heading, wanted in where.items():
            texts = joined.table.columns[heading].text
            yes = matching(texts, wanted, self.mapping.fold)
            known = self._texts.get((joined.name, heading))
            if known is not None:
                strange = ~matching(texts, known | {"", *wanted}, self.mapping.fold)
                answer[strange] = -1
            answer = np.where(yes | (answer < 0), answer, 0)
        return answer

    def _corrected(
        self, filled: Filled, block: VariableBlock, variable: Variable, path: str
    ) -> Filled:
        """Change single raw values, where the raw text is still the one that was found wrong."""
        at = {patient: number for number, patient in enumerate(self.patients.ids)}
        for number, correction in enumerate(self.mapping.corrections, start=1):
            if correction.variable != variable.name or correction.patient not in at:
                continue
            patient = at[correction.patient]
            sent = filled.raw[patient]
            if self.mapping.fold(sent or "") != self.mapping.fold(correction.was):
                continue
            convert = self.conversion(block, variable, path)
            converted = convert(correction.becomes or None, False)
            rule = f"corrections.{number}"
            if converted.problem is None:
                words = f"'{correction.was}' was corrected to '{correction.becomes}': "
                words += f"{correction.reason.rstrip('.')}."
                converted = converted._replace(problem="corrected", words=words)
            self.corrections_applied.add(number)
            mask = np.arange(len(self.patients)) == patient
            filled = filled.with_results(mask, [converted._replace(rule=rule)])
        return filled


def _items_of(mapping: CenterMapping) -> dict[tuple[str, str], frozenset[str]]:
    """Of each column with lists: every item that some block names."""
    items: dict[tuple[str, str], frozenset[str]] = {}
    for _, cell, _ in cells_of(mapping):
        if cell.contains:
            key = mapping.table_of(cell), heading_of(cell)
            named = {mapping.fold(item) for item in (*cell.contains, *cell.others)}
            items[key] = items.get(key, frozenset()) | named
    return items


def _texts_of(mapping: CenterMapping, dictionary: Dictionary) -> dict[tuple[str, str], set[str]]:
    """Of each column that some block maps code by code: every text that the mapping names."""
    texts: dict[tuple[str, str], set[str]] = {}
    for location, cell, _ in cells_of(mapping):
        variable = dictionary[str(location[1])]
        if cell.codes:
            known = set(cell.codes)
        elif cell.verb == "copy" and variable.kind == "code":
            known = set(variable.codes)
        else:
            continue
        key = mapping.table_of(cell), heading_of(cell)
        texts[key] = texts.get(key, set()) | known | set(cell.missing)
    return texts


def _of_rows(
    results: list[Converted], index: np.ndarray, joined: Joined, heading: str, path: str
) -> Filled:
    """The results of a table's rows, handed to the patients to whom the rows belong."""
    table, at = joined.table, joined.at
    absent = Converted(None, "missing", path, reason="no_row")
    has_row = at >= 0
    n = len(at)
    if not len(table.rows):
        return Filled.everywhere(absent, n)
    return Filled(
        [*results, absent],
        np.where(has_row, index[at], len(results)).astype(np.int32),
        [Place(table.file, table.sheet, heading), NOWHERE],
        np.where(has_row, 0, 1).astype(np.int8),
        joined.row_numbers,
        only(has_row, table.columns[heading].text[at]),
    )


def _of_picked(picked: list[Picked], table: RawTable, heading: str | None) -> Filled:
    n = len(picked)
    position = np.array([one.position for one in picked], dtype=np.int64)
    has_row = position >= 0
    raw = np.full(n, None, dtype=object)
    row = np.full(n, -1, dtype=np.int64)
    eligible = np.full(n, None, dtype=object)
    if len(table.rows):
        row = np.where(has_row, table.rows[position], -1)
        if heading is not None:
            raw = only(has_row, table.columns[heading].text[position])
        eligible[:] = [
            ", ".join(str(table.rows[at]) for at in one.eligible) or None for one in picked
        ]
    return Filled(
        [one.result for one in picked],
        np.arange(n, dtype=np.int64),
        [Place(table.file, table.sheet, heading)],
        np.zeros(n, dtype=np.int64),
        row,
        raw,
        eligible,
    )


def _ticked(
    row: Mapping[str, str], boxes: Mapping[str, str], variable: Variable, path: str
) -> Converted:
    """The code of the one box that is ticked."""
    answers = {heading: box_ticked(text or None) for heading, text in row.items()}
    strange = [
        row[heading] for heading, ticked in answers.items() if ticked is None and row[heading]
    ]
    if strange:
        words = f"'{strange[0]}' says neither that a box is ticked nor that it is not."
        return Converted(None, "unmapped", path, None, "unmapped_code", words)
    ticked = [heading for heading, answer in answers.items() if answer]
    if len(ticked) > 1:
        words = f"{len(ticked)} boxes are ticked ({', '.join(ticked)}) where one is expected."
        return Converted(None, "unmapped", path, None, "unmapped_code", words)
    if not ticked:
        return Converted(None, "missing", path, reason="empty")
    return Converted(value_of(boxes[ticked[0]], variable), "mapped", f"{path}.{ticked[0]}")


def _shown(day: pd.Timestamp) -> str:
    return "missing" if pd.isna(day) else day.date().isoformat()
