"""Findings that show only when centers are pooled, with the place of the record concerned."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from multicentric.adjudications import DECIDED
from multicentric.findings import Finding, as_table
from multicentric.places import Place, Places

_EFFECTS = {
    "duplicate": ("query", "record held"),
    "duplicate_undecided": ("block", "record held"),
    "endpoint_unknown": ("block", "record held"),
    "eligibility_unknown": ("block", "record held"),
    "exposure_missing": ("query", "record held"),
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
        Findings (`multicentric.findings.COLUMNS`); the center's own patient key is its cell.
    """
    places = {center: Places(_key_cells(lineages[center])) for center in sorted(lineages)}
    found = []
    for question in questions.to_dict("records"):
        severity, effect = _EFFECTS[question["rule"]]
        place = places[question["center"]].of(question["patient_id"], ("patient_id",))
        found.append(
            Finding(
                center=question["center"],
                patient_id=question["patient_id"],
                variables=("patient_id",),
                rule=question["rule"],
                severity=severity,
                effect=effect,
                message=_message(question),
                **asdict(place if place.file else Place(raw=question["patient_id"])),
            )
        )
    return as_table(found)


def _key_cells(lineage: pd.DataFrame) -> pd.DataFrame:
    """One cell per patient that stands for the record: its first cell, read as the key."""
    first = lineage.dropna(subset=["file"]).drop_duplicates("patient_id")
    return first.assign(variable="patient_id", column=pd.NA, raw=first["patient_id"])


def _message(question: dict[str, object]) -> str:
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


def _was_decided(question: dict[str, object]) -> bool:
    """Whether people decided which record stays, and not the rule of the longer follow-up."""
    return str(question["detail"]).startswith(DECIDED)
