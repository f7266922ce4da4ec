"""The harmonization of one center: a drop and its mapping to a table, its lineage and findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from multicentric.dictionary import Dictionary
from multicentric.findings import as_table
from multicentric.harmonize.conversion import Converted
from multicentric.harmonize.filled import Filled
from multicentric.harmonize.identifiers import report_identifiers, report_withheld, withhold
from multicentric.harmonize.intake import Intake
from multicentric.harmonize.lineage import lineage_of, lineage_parts
from multicentric.harmonize.rows import Delivered, Patients, join_patients, keys_of
from multicentric.harmonize.unusable import empty_tables, unusable_columns
from multicentric.harmonize.variables import Maker
from multicentric.keyed_hash import KeyedHash
from multicentric.mapping.check import mistakes_beside
from multicentric.mapping.language import Mapping
from multicentric.mapping.order import in_order
from multicentric.reading import DropFault, ProblemKind, RawTable, read_tables


@dataclass(frozen=True)
class Harmonized:
    """What harmonization makes of a drop.

    Attributes
    ----------
    table
        One row per patient: ``center, patient_id``, then the dictionary's variables; sorted by
        patient; empty, but typed, for a center that is held.
    intake
        Findings of reading and harmonizing (`multicentric.findings.COLUMNS`).
    """

    table: pd.DataFrame
    intake: pd.DataFrame
    _ids: list[str] = field(repr=False)
    _filled: dict[str, Filled] = field(repr=False)
    _dictionary: Dictionary = field(repr=False)

    @cached_property
    def lineage(self) -> pd.DataFrame:
        """One row per cell of `table` (`multicentric.harmonize.lineage.COLUMNS`)."""
        return lineage_of(self._ids, self._filled, self._dictionary)

    def lineage_parts(self) -> Iterator[pd.DataFrame]:
        """The same in parts of whole patients; at least one, even without patients."""
        return lineage_parts(self._ids, self._filled, self._dictionary)


def harmonize_center(
    center: str,
    drop: Path,
    mapping: Mapping,
    dictionary: Dictionary,
    *,
    split: str | None = None,
    secret: KeyedHash | None = None,
) -> Harmonized:
    """Harmonize one drop of one center.

    Total over faults of the data: whatever the drop holds ends in a table and findings. A drop that
    cannot be read as the mapping says, or a mapping that does not fit the dictionary, holds the
    center: empty tables and findings with the effect ``center held``.

    Parameters
    ----------
    center
        The center's id.
    drop
        The drop's folder.
    split
        For a drop that several centers share: the code of this one in the mapping's ``centers``.
    secret
        Where the settings hash patients' keys: what stands in their place, here and ever after.
    """
    intake = Intake(center)
    delivered = read_drop(drop, mapping, dictionary, intake, secret)
    if delivered is None:
        empty = dictionary.empty_table()
        return Harmonized(empty, _table(intake), [], _nothing(dictionary), dictionary)
    patients = join_patients(mapping, delivered, split, intake)
    maker = made_of(mapping, dictionary, patients)
    for name in dictionary.names:
        _report(maker.made[name], patients, dictionary, name, intake)
    _report_corrections(mapping, maker, patients, intake)
    columns = {
        "center": pd.array([center] * len(patients), dtype="string"),
        "patient_id": pd.array(patients.ids, dtype="string"),
    }
    columns |= {name: maker.series(name).array for name in dictionary.names}
    table = pd.DataFrame(columns)
    return Harmonized(table, _table(intake), patients.ids, maker.made, dictionary)


def made_of(mapping: Mapping, dictionary: Dictionary, patients: Patients) -> Maker:
    """Make every variable of the dictionary, each after those it asks about."""
    maker = Maker(mapping, dictionary, patients)
    gaps = [name for name in dictionary.names if name not in mapping.variables]
    for name in (*in_order(mapping), *gaps):
        maker.make(name)
    return maker


def _table(intake: Intake) -> pd.DataFrame:
    return as_table(intake.found)


def _nothing(dictionary: Dictionary) -> dict[str, Filled]:
    nothing = Converted(None, "missing", "variables")
    return {name: Filled.everywhere(nothing, 0) for name in dictionary.names}


def read_drop(
    drop: Path,
    mapping: Mapping,
    dictionary: Dictionary,
    intake: Intake,
    secret: KeyedHash | None = None,
) -> Delivered | None:
    """Read the mapping's tables; all that keeps them from being used is reported at once.

    Returns
    -------
    Delivered or None
        None where the center is held: the mapping or the drop cannot be used.
    """
    for mistake in mistakes_beside(mapping, dictionary):
        intake.mistake(mistake)
    try:
        tables = read_tables(drop, {name: table.spec for name, table in mapping.tables.items()})
    except DropFault as fault:
        intake.fault(fault)
        return None
    lacking = (empty_tables, unusable_columns)
    for lost in (one for find in lacking for one in find(mapping, dictionary, tables)):
        intake.table(
            tables[lost.table],
            lost.rule,
            lost.words,
            severity="block" if lost.needed else "query",
            effect="center held" if lost.needed else "value removed",
            column=lost.heading,
            variables=lost.variables,
        )
    for table in tables.values():
        _report_oddities(table, intake)
    report_identifiers(mapping, tables, intake, keys_hidden=secret is not None)
    tables = withhold(mapping, tables)
    report_withheld(mapping, tables, intake)
    if intake.center_held:
        return None
    keys = {name: keys_of(t, mapping.tables[name].key, secret) for name, t in tables.items()}
    return Delivered(tables, keys)


_ODD = {
    ProblemKind.REPEATED_HEADING: "repeated_heading",
    ProblemKind.OUTSIDE_TABLE: "outside_table",
}


def _report_oddities(table: RawTable, intake: Intake) -> None:
    """Notes on the shape of a table; cells of columns that nobody maps are never quoted."""
    for problem in table.problems:
        if problem.kind in _ODD:
            intake.table(
                table,
                _ODD[problem.kind],
                f"{problem.what[0].upper()}{problem.what[1:]}.",
                severity="note",
                effect="none",
                row=problem.row,
            )


def _report(
    filled: Filled, patients: Patients, dictionary: Dictionary, name: str, intake: Intake
) -> None:
    """One finding per cell whose text became a problem."""
    problems = np.array([result.problem is not None for result in filled.results], dtype=bool)
    for number in np.flatnonzero(problems[filled.index]):
        result = filled.results[filled.index[number]]
        place = filled.places[filled.place[number]]
        row = int(filled.row[number])
        intake.cell(
            dictionary[name],
            str(result.problem),
            result.words,
            patient_id=patients.ids[number],
            file=place.file,
            sheet=place.sheet,
            row=None if row < 0 else row,
            column=place.column,
            raw=filled.raw[number],
        )


def _report_corrections(mapping: Mapping, maker: Maker, patients: Patients, intake: Intake) -> None:
    """Corrections that did not apply: the cell no longer holds what was found wrong."""
    for number, correction in enumerate(mapping.corrections, start=1):
        if number in maker.corrections_applied:
            continue
        why = "the cell no longer holds the value that was found wrong"
        if correction.patient not in patients.ids:
            why = "the patient is not among those harmonized"
        line = mapping.line(("corrections", number - 1))
        table = patients.tables[mapping.table_of(mapping.variables[correction.variable])].table
        intake.table(
            table,
            "stale_correction",
            f"Correction {number} ({mapping.file}, line {line}) was not applied: {why}.",
            severity="note",
            effect="none",
            patient_id=correction.patient,
            variables=(correction.variable,),
        )
