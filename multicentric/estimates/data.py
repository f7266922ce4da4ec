"""The data of one endpoint, and the groups that the study compares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import pandas as pd

from multicentric.protocol import Exposure, Models, Proportion, Sensitivity, Term, TimeToEvent

KEYS = ["center", "patient_id"]


class EstimatesPart(Protocol):
    """What the estimates see of the protocol."""

    month_days: float
    exposure: Exposure
    times_to_event: dict[str, TimeToEvent]
    proportions: dict[str, Proportion]
    landmarks: list[float]
    terms: dict[str, Term]
    models: Models
    subgroups: list[str]
    sensitivity: dict[str, Sensitivity]


def endpoint_data(patients: pd.DataFrame, times: pd.DataFrame, endpoint: str) -> pd.DataFrame:
    """Patients with the ``months`` and ``event`` of one endpoint."""
    own = times.loc[times["endpoint"] == endpoint, [*KEYS, "months", "event"]]
    return patients.merge(own, on=KEYS, how="inner", validate="one_to_one")


def groups(data: pd.DataFrame, exposure: Exposure) -> Iterator[tuple[str, pd.DataFrame]]:
    """The compared groups with their patients, the exposed group first."""
    for group in exposure.groups:
        yield group, data[data[exposure.variable] == group]


def time_and_event(data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Months and event as arrays, for the survival engine."""
    return data["months"].to_numpy(float), data["event"].to_numpy(bool)
