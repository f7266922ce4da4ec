"""The pooling of centers: disposition of every record, analysis set, times to event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from multicentric.adjudications import Adjudication
from multicentric.holds import holds
from multicentric.pool.derive import derive, in_sensitivity_sets
from multicentric.pool.endpoints import COLUMNS as TIME_COLUMNS
from multicentric.pool.endpoints import time_to_event
from multicentric.pool.same_person import same_person
from multicentric.protocol import Criterion, Derived, Exposure, SamePerson, Sensitivity, TimeToEvent

KEYS = ["center", "patient_id"]

# Reasons that the engine itself gives; all others are the ids of the study's criteria.
QUARANTINED = "quarantined"
DUPLICATE = "duplicate"
NO_GROUP = "exposure_missing"


class PoolPart(Protocol):
    """What pooling sees of the protocol."""

    month_days: float
    same_person: SamePerson | None
    derived: dict[str, Derived]
    eligibility: list[Criterion]
    exposure: Exposure
    times_to_event: dict[str, TimeToEvent]
    sensitivity: dict[str, Sensitivity]


@dataclass(frozen=True)
class Pooled:
    """The pooled study.

    Attributes
    ----------
    disposition
        One row per record sent: ``center, patient_id, disposition, reason``.
    patients
        One row per analysed patient: dictionary and derived variables, and a flag for each set
        that a sensitivity analysis is restricted to.
    times
        One row per analysed patient and endpoint: ``center, patient_id, endpoint, start_date,
        end_date, days, months, event, description``.
    readmitted
        Patients excluded by a criterion that a sensitivity analysis lifts, who meet all others:
        as `patients`, with the ``reason`` of their exclusion and ``<endpoint>_months`` and
        ``<endpoint>_event``.
    questions
        What is to be asked after pooling: ``center, patient_id, rule, other_center,
        other_patient_id, detail``.
    """

    disposition: pd.DataFrame
    patients: pd.DataFrame
    times: pd.DataFrame
    readmitted: pd.DataFrame
    questions: pd.DataFrame


def pool_centers(
    validated: dict[str, pd.DataFrame],
    records: dict[str, pd.DataFrame],
    protocol: Any,
    adjudications: Sequence[Adjudication] = (),
) -> Pooled:
    """Pool validated centers by the study's rules.

    Parameters
    ----------
    validated
        Center to its validated table.
    records
        Center (or source of unassigned rows) to its records sent: ``center, patient_id, held``.
    protocol
        The study's part for pooling, see `PoolPart`.
    adjudications
        What people decided about records of one person; it overrules the protocol's rule.

    Returns
    -------
    Pooled
        Rows in the order of center and patient.
    """
    tables = [validated[center] for center in sorted(validated)]
    everyone = pd.concat(tables, ignore_index=True)
    everyone = everyone.sort_values(KEYS, kind="stable").reset_index(drop=True)

    times = {
        name: time_to_event(everyone, endpoint, protocol.month_days)
        for name, endpoint in protocol.times_to_event.items()
    }
    days = {f"{name}_days": part["days"] for name, part in times.items()}
    everyone = derive(everyone.assign(**days), protocol.derived)
    everyone = in_sensitivity_sets(everyone, protocol.sensitivity)

    disposition = pd.Series("analysed", index=everyone.index, dtype="string")
    reason = pd.Series(pd.NA, index=everyone.index, dtype="string")
    questions: list[dict[str, Any]] = []

    def decide(rows: pd.Series, what: str, why: str) -> None:
        undecided = rows & (disposition == "analysed")
        disposition[undecided] = what
        reason[undecided] = why

    def ask(rows: pd.Series, rule: str, detail: str) -> None:
        for row in everyone.index[rows & (disposition == "analysed")]:
            key = {name: everyone.at[row, name] for name in KEYS}
            questions.append({**key, "rule": rule, "detail": detail})

    if protocol.same_person is not None or adjudications:
        duplicate, undecided, found = same_person(everyone, protocol.same_person, adjudications)
        questions += found
        decide(duplicate, "duplicate", DUPLICATE)
        decide(undecided, "quarantined", QUARANTINED)
    for name in protocol.times_to_event:
        unknown = everyone[f"{name}_days"].isna()
        ask(unknown, "endpoint_unknown", name)
        decide(unknown, "quarantined", QUARANTINED)
    for criterion in protocol.eligibility:
        answer = holds(criterion.keep, everyone)
        ask(answer.isna(), "eligibility_unknown", criterion.id)
        decide(answer.isna(), "quarantined", QUARANTINED)
        decide(~answer.fillna(True), "excluded", criterion.id)
    in_a_group = everyone[protocol.exposure.variable].isin(protocol.exposure.groups)
    ask(~in_a_group, "exposure_missing", protocol.exposure.variable)
    decide(~in_a_group, "excluded", NO_GROUP)

    analysed = disposition == "analysed"
    patients = everyone[analysed].drop(columns=list(days)).reset_index(drop=True)
    long = [
        everyone.loc[analysed, KEYS].assign(endpoint=name).join(part)
        for name, part in times.items()
    ]
    columns = [*KEYS, "endpoint", *TIME_COLUMNS]
    in_time = pd.concat(long, ignore_index=True)[columns] if long else pd.DataFrame(columns=columns)
    in_time = in_time.astype({"endpoint": "string"})
    in_time = in_time.sort_values([*KEYS, "endpoint"], kind="stable").reset_index(drop=True)
    judged = everyone[KEYS].assign(disposition=disposition, reason=reason)
    return Pooled(
        disposition=_disposition(judged, records),
        patients=patients,
        times=in_time,
        readmitted=_readmitted(
            everyone.drop(columns=list(days)).assign(reason=reason), everyone, times, protocol
        ),
        questions=_questions(questions),
    )


def _readmitted(
    patients: pd.DataFrame,
    everyone: pd.DataFrame,
    times: dict[str, pd.DataFrame],
    protocol: PoolPart,
) -> pd.DataFrame:
    """Whom the sensitivity analyses take back in."""
    lifted = {reason for analysis in protocol.sensitivity.values() for reason in analysis.readmit}
    back = patients["reason"].isin(lifted)
    for criterion in protocol.eligibility:
        if criterion.id not in lifted:
            back &= holds(criterion.keep, everyone).fillna(False).astype(bool)
    for name, part in times.items():
        patients = patients.assign(
            **{f"{name}_months": part["months"], f"{name}_event": part["event"]}
        )
    return patients[back].reset_index(drop=True)


def _disposition(judged: pd.DataFrame, records: dict[str, pd.DataFrame]) -> pd.DataFrame:
    sent = pd.concat([records[center] for center in sorted(records)], ignore_index=True)
    held = sent.loc[sent["held"].fillna(False), KEYS].astype("string")
    held["disposition"] = pd.Series("quarantined", index=held.index, dtype="string")
    held["reason"] = pd.Series(QUARANTINED, index=held.index, dtype="string")
    parts = [part for part in (judged, held) if len(part)] or [judged]
    disposition = pd.concat(parts, ignore_index=True)
    if len(disposition) != len(sent):
        raise ValueError(f"{len(sent)} records were sent, but {len(disposition)} are accounted for")
    return disposition.sort_values(KEYS, kind="stable").reset_index(drop=True)


def _questions(questions: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["center", "patient_id", "rule", "other_center", "other_patient_id", "detail"]
    table = pd.DataFrame(questions, columns=columns).astype("string")
    return table.sort_values(columns[:3], kind="stable").reset_index(drop=True)
