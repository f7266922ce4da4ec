"""The validation of one center, from its harmonized table to what may be pooled."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from multicentric.dictionary import Dictionary
from multicentric.findings import Finding, as_table
from multicentric.places import Places
from multicentric.schema import (
    PatientModel,
    SchemaErrors,
    center_rules_of,
    gate,
    names_of_rules,
    rules_of,
    shape_gate,
)
from multicentric.validate.asked import center_rules, record_rules
from multicentric.validate.cells import cell_checks, cell_findings
from multicentric.validate.checks import Check
from multicentric.validate.checks import as_table as checks_table
from multicentric.validate.waived import NONE, Waivers


@dataclass(frozen=True)
class Validated:
    """What validation makes of a center.

    Attributes
    ----------
    table
        One row per patient; held records gone, removed values null; satisfies the pandera model.
    findings
        Everything found, at intake and here (`multicentric.findings.COLUMNS`).
    records
        One row per record sent: ``center, patient_id, held``; the id is missing where the file
        gave none.
    checks
        How often each rule applied, was kept and was broken (`multicentric.validate.checks`).
    cells
        How many harmonized cells had each outcome of the lineage.
    rules
        What each rule of the model asks, by its id.
    state, reason, place
        ``ready``, or ``out`` with one sentence and where to look.
    """

    table: pd.DataFrame
    findings: pd.DataFrame
    records: pd.DataFrame
    checks: pd.DataFrame
    cells: dict[str, int]
    rules: dict[str, str]
    state: str
    reason: str
    place: str

    def status(self, center: str, drop: str) -> dict[str, Any]:
        """The verdict as plain data: counts and reasons, no value of any patient."""
        keys = ["rule", "severity", "effect", "variables"]
        counts = self.findings.groupby(keys, dropna=False).size().reset_index(name="n")
        asked = self.findings["severity"].isin(["block", "query"])
        return {
            "center": center,
            "drop": drop,
            "state": self.state,
            "reason": self.reason,
            "place": self.place,
            "records": len(self.records),
            "held": int(self.records["held"].sum()),
            "queries": int(asked.sum()),
            "cells": self.cells,
            "rules": self.rules,
            "findings": [
                {**{key: str(row[key]) for key in keys}, "n": int(row["n"])}
                for row in counts.to_dict("records")
            ],
        }


def validate_center(
    center: str,
    harmonized: pd.DataFrame,
    lineage: pd.DataFrame,
    intake: pd.DataFrame,
    model: type[PatientModel],
    dictionary: Dictionary,
    waivers: Waivers = NONE,
) -> Validated:
    """Judge one center's harmonized table by the study's model.

    Parameters
    ----------
    harmonized
        One row per patient: ``center, patient_id``, then the dictionary's variables.
    lineage
        One row per harmonized cell, with its file, sheet, row, column and raw text.
    intake
        Findings of reading and harmonizing, with their effects.
    waivers
        What the center has confirmed as right (`multicentric.queries.waivers`).

    Returns
    -------
    Validated
        Total over faults of the data: whatever a center sends ends in a table and findings.

    Raises
    ------
    pandera.errors.SchemaErrors
        The table has not the dictionary's shape, or breaks the model in a way that names no row:
        a fault of the program.
    """
    center_faults = intake[intake["effect"] == "center held"]
    if len(center_faults):
        first = center_faults.iloc[0]
        where = [first["file"], first["sheet"], first["column"]]
        return Validated(
            table=dictionary.empty_table(),
            findings=intake,
            records=_records(center, dictionary.empty_table(), intake, set()),
            checks=checks_table([]),
            cells={},
            rules=names_of_rules(model),
            state="out",
            reason=str(first["message"]),
            place=", ".join(str(part) for part in where if pd.notna(part)),
        )

    shape_gate(model, harmonized)
    places = Places(lineage)
    table = harmonized.sort_values("patient_id", kind="stable").reset_index(drop=True)
    found = list(cell_findings(center, table, intake, dictionary, places))
    checks = list(cell_checks(center, table, lineage, intake, dictionary))
    table = _without(table, found)
    asked = [
        *record_rules(center, table, rules_of(model), places, dictionary, waivers),
        *center_rules(center, table, center_rules_of(model), places, dictionary),
    ]
    found += [result for result in asked if isinstance(result, Finding)]
    checks += [result for result in asked if isinstance(result, Check)]
    table = _without(table, found)

    held = {f.patient_id for f in found if f.effect == "record held"}
    held |= set(intake.loc[intake["effect"] == "record held", "patient_id"].dropna())
    kept = table[~table["patient_id"].isin(held)].reset_index(drop=True)
    kept, refused = _through_the_gate(center, kept, model, places)
    found += refused
    held |= {finding.patient_id for finding in refused}

    return Validated(
        table=kept,
        findings=_together(intake, as_table(found)),
        records=_records(center, table, intake, held),
        checks=checks_table(checks),
        cells=_counted(lineage["outcome"]),
        rules=names_of_rules(model),
        state="ready",
        reason="",
        place="",
    )


def _counted(outcomes: pd.Series) -> dict[str, int]:
    counts = outcomes.astype("string").value_counts()
    return {str(outcome): int(n) for outcome, n in sorted(counts.items())}


def _together(*findings: pd.DataFrame) -> pd.DataFrame:
    rows = [Finding(**_fields(row)) for part in findings for row in part.to_dict("records")]
    return as_table(rows)


def _fields(row: dict[Any, Any]) -> dict[str, Any]:
    fields = {key: None if pd.isna(value) else value for key, value in row.items()}
    fields.pop("finding_id")
    fields["variables"] = tuple(name for name in (fields["variables"] or "").split(", ") if name)
    return fields


def _records(
    center: str, table: pd.DataFrame, intake: pd.DataFrame, held: set[Any]
) -> pd.DataFrame:
    """Every record sent: those harmonized, and those that never got so far."""
    in_table = pd.DataFrame(
        {"patient_id": table["patient_id"], "held": table["patient_id"].isin(held)}
    )
    lost = intake[intake["effect"] == "record held"]
    lost = lost[~lost["patient_id"].isin(set(table["patient_id"]))]
    # One row of the file, one record, even when two findings name it.
    lost = lost.drop_duplicates(["file", "sheet", "row", "patient_id"])
    missed = pd.DataFrame({"patient_id": lost["patient_id"], "held": True})
    records = pd.concat([in_table, missed], ignore_index=True)
    records.insert(0, "center", center)
    records = records.astype({"center": "string", "patient_id": "string", "held": "boolean"})
    return records.sort_values("patient_id", kind="stable").reset_index(drop=True)


def _without(table: pd.DataFrame, found: list[Finding]) -> pd.DataFrame:
    """The table without the removed values; a rule removes the value of its first variable."""
    table = table.copy()
    removed: dict[str, set[str | None]] = {}
    for finding in found:
        if finding.effect == "value removed":
            removed.setdefault(finding.variables[0], set()).add(finding.patient_id)
    for name, patients in removed.items():
        table.loc[table["patient_id"].isin(patients), name] = pd.NA
    return table


def _through_the_gate(
    center: str, table: pd.DataFrame, model: type[PatientModel], places: Places
) -> tuple[pd.DataFrame, list[Finding]]:
    """Let pandera have the last word; a row that it refuses is held back with a finding."""
    try:
        gate(model, table)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        if cases["index"].isna().any():
            raise
        refused = []
        for index, about_row in cases.groupby("index"):
            patient_id = table.at[index, "patient_id"]
            checks = "; ".join(sorted({str(check) for check in about_row["check"]}))
            columns = tuple(sorted({str(c) for c in about_row["column"] if c in table.columns}))
            refused.append(
                Finding(
                    center=center,
                    patient_id=patient_id,
                    variables=columns,
                    rule="schema_gate",
                    severity="block",
                    effect="record held",
                    message=f"The record does not satisfy the study's schema ({checks}).",
                    **asdict(places.of(patient_id, columns)),
                )
            )
        kept = table[~table["patient_id"].isin({f.patient_id for f in refused})]
        return gate(model, kept.reset_index(drop=True)), refused
    return table, []
