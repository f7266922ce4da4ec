"""Times to event, from dates or from the durations that a center sent instead."""

from __future__ import annotations

import numpy as np
import pandas as pd

from multicentric.holds import holds
from multicentric.protocol import SentDuration, TimeToEvent

COLUMNS = ("start_date", "end_date", "days", "months", "event", "description")


def time_to_event(patients: pd.DataFrame, endpoint: TimeToEvent, month_days: float) -> pd.DataFrame:
    """Time to event of every patient for one endpoint.

    The first of the endpoint's event dates ends the time; without one, the censoring date does.
    Where a patient has none of these dates, the duration that the center sent counts, if the
    endpoint declares one. Of events on one day, the one declared first names it.

    Parameters
    ----------
    patients
        One row per patient, with the variables that the endpoint names.
    month_days
        Days per month.

    Returns
    -------
    pandas.DataFrame
        On the index of `patients`: ``start_date, end_date, days, months, event, description``;
        ``days`` is missing where neither dates nor a duration tell it.
    """
    index = patients.index
    result = pd.DataFrame(
        {
            "start_date": pd.Series(pd.NaT, index=index, dtype="datetime64[ns]"),
            "end_date": pd.Series(pd.NaT, index=index, dtype="datetime64[ns]"),
            "days": pd.Series(pd.NA, index=index, dtype="Int64"),
            "event": pd.Series(pd.NA, index=index, dtype="boolean"),
            "description": pd.Series(pd.NA, index=index, dtype="string"),
        }
    )
    if endpoint.start is not None:
        result["start_date"] = patients[endpoint.start]
        _from_dates(result, patients, endpoint)
    if endpoint.or_sent is not None:
        _from_durations(result, patients, endpoint.or_sent, month_days)
    result["months"] = result["days"].astype("Float64") / month_days
    return result[list(COLUMNS)]


def _from_dates(result: pd.DataFrame, patients: pd.DataFrame, endpoint: TimeToEvent) -> None:
    # Censoring is written first, so that an event overwrites it; a later declared event overwrites
    # only where it is strictly earlier.
    if endpoint.censored is not None:
        last = patients[endpoint.censored.date]
        result["end_date"] = last
        result["event"] = pd.Series(False, index=result.index, dtype="boolean").mask(last.isna())
        result.loc[last.notna(), "description"] = endpoint.censored.called
    so_far = pd.Series(pd.NaT, index=result.index, dtype="datetime64[ns]")
    for outcome in endpoint.events:
        happened = patients[outcome.date]
        first = happened.notna() & (so_far.isna() | (happened < so_far))
        so_far = so_far.mask(first, happened)
        result.loc[first, "description"] = outcome.called
    had_event = so_far.notna()
    result["end_date"] = result["end_date"].mask(had_event, so_far)
    result.loc[had_event, "event"] = True
    days = (result["end_date"] - result["start_date"]).dt.days
    result["days"] = days.astype("Float64").astype("Int64")


def _from_durations(
    result: pd.DataFrame, patients: pd.DataFrame, sent: SentDuration, month_days: float
) -> None:
    duration = patients[sent.duration]
    event = holds(sent.event, patients)
    use = result["end_date"].isna() & duration.notna() & event.notna()
    exact = duration[use].to_numpy(float) * (month_days if sent.unit == "months" else 1.0)
    days = np.where(exact > 0, np.maximum(np.rint(exact), 1), 0).astype(int)
    result.loc[use, "days"] = days
    result.loc[use, "event"] = event[use]
    result.loc[use, "description"] = np.where(
        event[use].to_numpy(bool), sent.event_called, sent.censored_called
    )
