"""The rows of a drop's tables, joined to patients: keys, filters, shared drops, broken rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from multicentric.harmonize.intake import Intake
from multicentric.keyed_hash import KeyedHash
from multicentric.mapping.drops import Table
from multicentric.mapping.folding import Folding, tidy
from multicentric.mapping.language import Mapping as CenterMapping
from multicentric.reading import RawTable


@dataclass(frozen=True)
class Joined:
    """One table, its rows joined to the patients.

    Attributes
    ----------
    at
        Position of each patient's row in the table, -1 where there is none; for a table with one
        row per patient.
    visits
        Positions of each patient's rows in file order; for a table with many.
    """

    name: str
    declared: Table
    table: RawTable
    at: np.ndarray
    visits: list[np.ndarray]

    @cached_property
    def row_numbers(self) -> np.ndarray:
        """Row number of each patient's row as the file shows it, -1 where there is none."""
        if not len(self.table.rows):
            return np.full(len(self.at), -1, dtype=np.int64)
        return np.where(self.at >= 0, self.table.rows[self.at], -1)


@dataclass(frozen=True)
class Patients:
    """The patients of a center in a stable order, and their rows in every table."""

    ids: list[str]
    tables: dict[str, Joined]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Delivered:
    """What was read of a drop: its tables, and the key of the patient of each of their rows.

    Nothing after this asks for a key's own column, so that a key which is hashed here stands
    nowhere else.
    """

    tables: dict[str, RawTable]
    keys: dict[str, np.ndarray]


def matching(texts: np.ndarray, wanted: Iterable[str], fold: Folding) -> np.ndarray:
    """Mask of the cells that hold one of the wanted texts; an empty cell holds ""."""
    known = {fold(text) for text in wanted}
    codes, distinct = pd.factorize(texts)
    answers = np.array([fold(text) in known for text in distinct] + ["" in known], dtype=bool)
    return answers[codes]


def rows_where(table: RawTable, where: Mapping[str, Iterable[str]], fold: Folding) -> np.ndarray:
    """Mask of the rows whose cells hold the wanted texts."""
    keep = np.ones(len(table.rows), dtype=bool)
    for heading, wanted in where.items():
        keep &= matching(table.columns[heading].text, wanted, fold)
    return keep


def keys_of(table: RawTable, heading: str | None, secret: KeyedHash | None = None) -> np.ndarray:
    """The keys of a table as object array of text, None where there is none.

    Without a heading the numbers of the rows, as a spreadsheet shows them, are the keys. With a
    secret, all others are its hashes.
    """
    if heading is None:
        return np.array([str(row) for row in table.rows], dtype=object)
    codes, distinct = pd.factorize(table.columns[heading].text)
    tidied = np.array([tidy(text) or None for text in distinct] + [None], dtype=object)
    return (tidied if secret is None else secret.each(tidied))[codes]


def join_patients(
    mapping: CenterMapping, drop: Delivered, split: str | None, intake: Intake
) -> Patients:
    """Find the patients in the first table and their rows in all others.

    A row without a key, a row that cannot be read, and rows that share a key although a patient has
    one row are no patients; each becomes a finding that holds the record. Where the first table has
    many rows per patient, whoever it names is a patient.

    Parameters
    ----------
    split
        For a drop that several centers share: the code of this center.
    """
    name = mapping.first_table
    declared, table, keys = mapping.tables[name], drop.tables[name], drop.keys[name]
    visits = declared.rows == "visit"
    own = np.ones(len(table.rows), dtype=bool)
    if split is not None and mapping.centers is not None:
        own = matching(table.columns[mapping.centers.column].text, [split], mapping.fold)
    keep = filtered(mapping, name, drop, own, intake)
    broken = _broken(table)
    for position in np.flatnonzero(keep & broken).tolist():
        _broken_row(intake, table, position, keys[position] if visits else None)
    for position in np.flatnonzero(keep & ~broken & pd.isna(keys)).tolist():
        intake.table(
            table,
            "no_key",
            _LOST["no_key"] if visits else "The row has no patient id.",
            severity="query" if visits else "block",
            effect="none" if visits else "record held",
            row=int(table.rows[position]),
            column=declared.key,
        )
    sound = np.flatnonzero(keep & ~broken & ~pd.isna(keys))
    if visits:
        ids = sorted({str(key) for key in keys[sound]})
        place = {key: number for number, key in enumerate(ids)}
        patient = np.array([place[key] for key in keys[sound]], dtype=np.int64)
        nowhere = np.full(len(ids), -1, dtype=np.int64)
        rows = _by_patient(sound, patient, len(ids))
        joined = {name: Joined(name, declared, table, nowhere, rows)}
    else:
        held = _duplicates(keys, sound)
        for position in held.tolist():
            _duplicate(intake, mapping, name, table, position, keys[position])
        sound = sound[~np.isin(sound, held)]
        sound = sound[np.argsort(keys[sound].astype(str), kind="stable")]
        ids = [str(key) for key in keys[sound]]
        joined = {name: Joined(name, declared, table, sound, [])}
    for other in drop.tables:
        if other != name:
            joined[other] = _join(mapping, other, drop, ids, intake, shared=split is not None)
    if split is None:
        report_lost_rows(mapping, drop, intake)
    return Patients(ids, joined)


def _by_patient(rows: np.ndarray, patient: np.ndarray, n: int) -> list[np.ndarray]:
    """The rows of each of n patients, in the order of the file."""
    ordered = rows[np.argsort(patient, kind="stable")]
    counts = np.bincount(patient, minlength=n)
    return np.split(ordered, np.cumsum(counts)[:-1]) if n else []


def _broken(table: RawTable) -> np.ndarray:
    return np.isin(table.rows, sorted(table.broken_rows))


def filtered(
    mapping: CenterMapping, name: str, drop: Delivered, among: np.ndarray, intake: Intake
) -> np.ndarray:
    """Mask of those rows that the mapping's filters keep; each row left out becomes a note."""
    keep = among.copy()
    table, keys = drop.tables[name], drop.keys[name]
    for rule in mapping.filters:
        if mapping.table_of(rule) != name:
            continue
        if rule.keep is not None:
            gone = ~rows_where(table, rule.keep, mapping.fold)
        else:
            gone = rows_where(table, rule.drop or {}, mapping.fold)
        for position in np.flatnonzero(keep & gone).tolist():
            intake.table(
                table,
                f"filter_{rule.id}",
                f"The row is left out: {rule.reason.rstrip('.')}.",
                severity="note",
                effect="none",
                row=int(table.rows[position]),
                patient_id=keys[position],
            )
        keep &= ~gone
    return keep


def _duplicates(keys: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Those of the positions whose key stands at another one too."""
    return positions[pd.Series(keys[positions]).duplicated(keep=False).to_numpy(dtype=bool)]


def _duplicate(
    intake: Intake,
    mapping: CenterMapping,
    name: str,
    table: RawTable,
    position: int,
    key: str,
) -> None:
    intake.table(
        table,
        "duplicate_key",
        f"The patient id {key} stands in more than one row.",
        effect="record held",
        row=int(table.rows[position]),
        column=mapping.tables[name].key,
        patient_id=key,
    )


def _broken_row(intake: Intake, table: RawTable, position: int, patient_id: str | None) -> None:
    row = int(table.rows[position])
    what = next(p.what for p in table.problems if p.row == row and row in table.broken_rows)
    first = what[0].upper() + what[1:]
    intake.table(
        table,
        "broken_row",
        f"{first}; its cells may stand under the wrong headings.",
        effect="record held",
        row=row,
        patient_id=patient_id,
    )


def _join(
    mapping: CenterMapping,
    name: str,
    drop: Delivered,
    ids: list[str],
    intake: Intake,
    *,
    shared: bool,
) -> Joined:
    """Find the rows of the patients in a further table."""
    declared, table, keys = mapping.tables[name], drop.tables[name], drop.keys[name]
    place = {key: number for number, key in enumerate(ids)}
    patient = np.array([place.get(key, -1) for key in keys], dtype=np.int64)
    own = patient >= 0 if shared else np.ones(len(keys), dtype=bool)
    sound = filtered(mapping, name, drop, own, intake) & (patient >= 0)
    broken = _broken(table)
    for position in np.flatnonzero(sound & broken).tolist():
        # The key of a broken row cannot be trusted, but whoever it names may lack a row.
        _broken_row(intake, table, position, keys[position])
    rows = np.flatnonzero(sound & ~broken)
    at = np.full(len(ids), -1, dtype=np.int64)
    visits: list[np.ndarray] = []
    if declared.rows == "visit":
        visits = _by_patient(rows, patient[rows], len(ids))
    else:
        held = _duplicates(keys, rows)
        for position in held.tolist():
            _duplicate(intake, mapping, name, table, position, keys[position])
        rows = rows[~np.isin(rows, held)]
        at[patient[rows]] = rows
    return Joined(name, declared, table, at, visits)


_LOST = {
    "broken_row": "The row cannot be read for sure, and belongs to nobody that is known.",
    "no_key": "The row has no patient id, so it belongs to nobody.",
    "no_such_patient": "The patient id does not occur in the table of patients.",
}


def report_lost_rows(mapping: CenterMapping, drop: Delivered, intake: Intake) -> None:
    """Report rows of further tables that join no row of the first one.

    Whoever stands in the first table, even if held back or filtered there, is known.
    """
    first = mapping.first_table
    known = set(drop.keys[first].tolist()) - {None}
    for name, table in drop.tables.items():
        if name == first:
            continue
        heading = mapping.tables[name].key
        keep = filtered(mapping, name, drop, np.ones(len(table.rows), dtype=bool), Intake(None))
        broken, keys = _broken(table), drop.keys[name]
        for position in np.flatnonzero(keep).tolist():
            key = keys[position]
            if key in known:
                continue
            rule = "no_key" if key is None else "no_such_patient"
            rule = "broken_row" if broken[position] else rule
            intake.table(
                table,
                rule,
                _LOST[rule],
                severity="query",
                effect="none",
                row=int(table.rows[position]),
                column=heading,
                patient_id=key if rule == "no_such_patient" else None,
            )
