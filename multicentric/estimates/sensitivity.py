"""The primary model as the sensitivity analyses change it: whom, what and until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from multicentric.estimates.data import EstimatesPart
from multicentric.estimates.regression import complete_cases, cox
from multicentric.estimates.table import Estimate
from multicentric.holds import as_kind, holds
from multicentric.protocol import Recensored, Sensitivity

MODEL = "cox_adjusted_stratified"
# The population of a cohort without the coordinating center's corrections.
AS_SENT = "as_sent"


def sensitivity(
    data: pd.DataFrame, readmitted: pd.DataFrame, name: str, protocol: EstimatesPart
) -> Iterator[Estimate]:
    """The primary model as each sensitivity analysis changes it.

    An analysis that censors at another date has one row more, ``recensored``: how many censored
    patients of its model end earlier by that date, and in words what became of the others.
    """
    for id_, analysis in protocol.sensitivity.items():
        if analysis.censored and name not in analysis.censored:
            continue
        population = f"sensitivity:{id_}"
        chosen = _patients_of(analysis, data, readmitted, name, protocol)
        terms = analysis.terms(protocol.models.adjusted)
        if name in analysis.censored:
            in_model = complete_cases(chosen, terms, protocol).patients.index
            chosen, told = _censored_at(analysis.censored[name], chosen, in_model, name, protocol)
            yield Estimate(name, MODEL, "recensored", population=population, **told)
        yield from cox(chosen, name, MODEL, terms, protocol, stratified=True, population=population)


def uncorrected(data: pd.DataFrame, name: str, protocol: EstimatesPart) -> Iterator[Estimate]:
    """The primary model on the cohort as the centers sent it, and how many that would be."""
    counted = Estimate(name, MODEL, "analysed", len(data), AS_SENT, unit="patients")
    yield replace(counted, n=len(data), n_events=int(data["event"].sum()))
    terms = protocol.models.adjusted
    yield from cox(data, name, MODEL, terms, protocol, stratified=True, population=AS_SENT)


def _patients_of(
    analysis: Sensitivity,
    data: pd.DataFrame,
    readmitted: pd.DataFrame,
    name: str,
    protocol: EstimatesPart,
) -> pd.DataFrame:
    if analysis.readmit:
        back = readmitted[readmitted["reason"].isin(analysis.readmit)]
        variable = protocol.exposure.variable
        back = back.assign(
            **{
                variable: as_kind(analysis.counted_as, data[variable]),
                "months": back[f"{name}_months"],
                "event": back[f"{name}_event"],
            }
        )
        if len(back):
            back = back[list(data.columns)].astype(data.dtypes.to_dict())
            data = pd.concat([data, back], ignore_index=True)
            data = data.sort_values(["center", "patient_id"], kind="stable")
            data = data.reset_index(drop=True)
    if analysis.keep is not None:
        data = data[holds(analysis.keep, data).fillna(False).astype(bool)]
    return data


def _censored_at(
    asked: Recensored,
    data: pd.DataFrame,
    in_model: pd.Index,
    name: str,
    protocol: EstimatesPart,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Patients with other times of censoring, and what the row ``recensored`` says of them.

    Parameters
    ----------
    in_model
        The patients whom the model can hold; they are counted.
    """
    start = protocol.times_to_event[name].start
    days = (data[asked.date] - data[start]).dt.days.to_numpy(float)
    months = data["months"].to_numpy(float)
    event = data["event"].to_numpy(bool)
    known = np.isfinite(days)
    # A date before the start leaves no follow-up, one after the last contact adds none.
    earlier = np.minimum(np.maximum(days, 0) / protocol.month_days, months)
    ends_earlier = ~event & known & (earlier < months)
    data = data.assign(months=pd.array(np.where(ends_earlier, earlier, months), dtype="Float64"))
    held = data.index.isin(in_model)
    told: dict[str, Any] = {
        "value": int((ends_earlier & held).sum()),
        "unit": "patients",
        "n": int(held.sum()),
        "n_events": int((event & held).sum()),
    }
    sending = data[asked.date].notna().groupby(data["center"]).transform("any").to_numpy(bool)
    sent, centers = data.loc[sending, "center"].nunique(), data["center"].nunique()
    told["note"] = f"{sent} of {centers} centers sent this date; "
    if asked.where_missing == "as_primary":
        others = int((~event & ~ends_earlier & held).sum())
        told["note"] += f"{others} are censored as in the primary analysis"
        return data, told
    kept = sending & (event | known)
    told["note"] += f"{int((~kept & held).sum())} patients are left out"
    return data[kept], told
