"""Findings that show only when centers are pooled, with the place of the record concerned."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from multicentric.adjudications import DECIDED
from multicentric.findings import COLUMNS, Finding, as_table
from multicentric.places import Places

_EFFECTS = {
    "duplicate": ("query", "record held"),
    "duplicate_undecided": ("block", "record held"),
    "endpoint_unknown": ("block", "record held"),
    "eligibility_unknown": ("block", "record held"),
    "exposure_missing": ("query", "record held"),
}
# A center reads of a person in another center no more than that there is one.
_TO_THE_CENTER = {
    "duplicate": "This person seems to be a patient of another center too, which followed the "
    "person longer; this record is not analysed.",
    "duplicate_undecided": "This person seems to be a patient of another center too, and the dates "
    "do not say which record to keep.",
}


def findings_across_centers(
    questions: pd.DataFrame, lineages: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    """Turn what pooling asked into findings.

    Parameters
    ----------
    questions
        `multicentric.pool.Pooled.questions`.
    lineages
        Center to its lineage, for the centers that `questions` names.

    Returns
    -------
    pandas.DataFrame
        Findings (`multicentric.findings.COLUMNS`) with the center's own patient key and, of a
        duplicate, the cells by which the person is known. Their messages name the other center's
        patient, so they are for the coordinating center; see `part_of`.
    """
    keys = {center: Places(_key_cells(lineages[center])) for center in sorted(lineages)}
    cells = {center: Places(lineages[center]) for center in sorted(lineages)}
    found = []
    for question in questions.to_dict("records"):
        severity, effect = _EFFECTS[question["rule"]]
        # What people have decided is no question any more.
        severity = "note" if _was_decided(question) else severity
        known_by = _known_by(question)
        center, patient_id = question["center"], question["patient_id"]
        key = keys[center].of(patient_id, ("patient_id",))
        of_person = cells[center].of(patient_id, known_by)
        found.append(
            Finding(
                center=center,
                patient_id=patient_id,
                variables=("patient_id", *known_by),
                rule=question["rule"],
                severity=severity,
                effect=effect,
                message=_message(question),
                **asdict(
                    replace(
                        key,
                        column=of_person.column,
                        raw="; ".join(raw for raw in (patient_id, of_person.raw) if raw),
                    )
                ),
            )
        )
    return as_table(found)


def part_of(center: str, *findings: pd.DataFrame) -> pd.DataFrame:
    """What shows of one center beside the others, in words that are for its eyes.

    Depends on nothing but that center's own findings, so that another center's new drop leaves it
    as it is unless it makes or settles a finding here.

    Parameters
    ----------
    findings
        What was found between centers (`findings_across_centers`,
        `multicentric.quality.between_centers`).
    """
    rows = [row for part in findings for row in part[part["center"] == center].to_dict("records")]
    own = pd.DataFrame(rows, columns=list(COLUMNS))
    own["message"] = [
        _TO_THE_CENTER.get(rule, message)
        for rule, message in zip(own["rule"], own["message"], strict=True)
    ]
    return own.astype({name: "Int64" if name == "row" else "string" for name in COLUMNS})


def _known_by(question: dict[Any, Any]) -> tuple[str, ...]:
    """By which variables a rule knows a person; none for all other questions."""
    if question["rule"] not in _TO_THE_CENTER or _was_decided(question):
        return ()
    return tuple(str(question["detail"]).split(", "))


def _key_cells(lineage: pd.DataFrame) -> pd.DataFrame:
    """One cell per patient that stands for the record: its first cell, read as the key."""
    first = lineage.dropna(subset=["file"]).drop_duplicates("patient_id")
    return first.assign(variable="patient_id", column=pd.NA, raw=first["patient_id"])


def _message(question: dict[Any, Any]) -> str:
    other = f"{question['other_center']} {question['other_patient_id']}"
    messages = {
        "duplicate": f"The same person ({question['detail']}) "
        f"{'stays' if _was_decided(question) else 'was followed longer'} as {other}; "
        "this record is not analysed.",
        "duplicate_undecided": f"The same person ({question['detail']}) seems to be {other}, and "
        "the dates do not say which record to keep.",
        "endpoint_unknown": f"The time to event '{question['detail']}' cannot be told.",
        "eligibility_unknown": f"The criterion '{question['detail']}' cannot be judged.",
        "exposure_missing": f"'{question['detail']}' puts the patient in none of the groups.",
    }
    return messages[str(question["rule"])]


def _was_decided(question: dict[Any, Any]) -> bool:
    """Whether people decided which record stays, and not the rule of the longer follow-up."""
    return str(question["detail"]).startswith(DECIDED)
