"""The primary model with missing covariates imputed, beside the complete cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from multicentric.estimates.data import KEYS, EstimatesPart, endpoint_data, time_and_event
from multicentric.estimates.ratios import hazard_ratio, hazard_ratios
from multicentric.estimates.table import Estimate
from multicentric.estimates.terms import model_matrix
from multicentric.survival.cox import fit_cox
from multicentric.survival.rubin import pool_imputations

MODEL = "cox_adjusted_stratified_imputed"


def completed_tables(
    patients: pd.DataFrame, times: pd.DataFrame, protocol: EstimatesPart
) -> tuple[list[pd.DataFrame], str]:
    """The variables behind the adjusted terms, completed several times over.

    One set of tables serves every endpoint: the events and Nelson-Aalen hazards of all of them,
    and the center, help to predict what is missing. The variables are imputed, not the terms.

    Returns
    -------
    tuple
        Tables with one row per patient, ``center`` and ``patient_id`` first; and where there are
        none, why.
    """
    asked, endpoints = protocol.models.imputation, list(protocol.times_to_event)
    variables = _variables(protocol)
    if asked is None or not endpoints or patients.empty:
        return [], "not estimable: no patients"
    if patients[variables].isna().all().any():
        return [], "not estimable: a variable is missing in everybody"
    # statsmodels takes a second to import, and only studies that impute pay for it.
    from multicentric.survival.imputation import impute, nelson_aalen

    outcomes = {name: endpoint_data(patients, times, name) for name in endpoints}
    known = patients[variables].copy()
    for name in endpoints[1:]:
        time, event = time_and_event(outcomes[name])
        known[f"{name} event"] = event.astype(float)
        known[f"{name} hazard"] = nelson_aalen(time, event)
    tables = impute(
        known,
        *time_and_event(outcomes[endpoints[0]]),
        patients["center"].to_numpy(str),
        imputations=asked.imputations,
        cycles=asked.cycles,
        seed=asked.seed,
    )
    return [patients[KEYS].join(table[variables]) for table in tables], tables.note


def imputed(
    data: pd.DataFrame,
    name: str,
    completed: tuple[list[pd.DataFrame], str],
    protocol: EstimatesPart,
) -> Iterator[Estimate]:
    """The adjusted model stratified by center on all patients, pooled over imputations.

    Rubin's rules with the degrees of freedom of Barnard and Rubin.
    """
    if protocol.models.imputation is None:
        return
    terms = {term: protocol.terms[term] for term in protocol.models.adjusted}
    events = int(data["event"].sum())
    who: dict[str, Any] = {
        "endpoint": name,
        "model": MODEL,
        "n": len(data),
        "n_events": events,
    }
    tables, absent = completed
    if not absent and events <= len(terms):
        absent = f"not estimable: {events} events for {len(terms)} terms"
    if absent:
        nothing = np.full(len(terms), np.nan)
        notes = [absent] * len(terms)
        yield from hazard_ratios(who, list(terms), nothing, nothing, notes, protocol)
        return
    coefs, variances = _fits(data, tables, protocol)
    pooled = pool_imputations(coefs, variances, complete_df=events - len(terms))
    for j, term in enumerate(terms):
        coef, error, df = pooled.estimate[j], pooled.std_error[j], pooled.df[j]
        note = "" if np.isfinite(coef) else "not estimable in every imputation"
        yield hazard_ratio(who, term, coef, error, note, protocol, df)
    yield Estimate(
        **who,
        statistic="imputed_values",
        unit="values",
        value=int(data[_variables(protocol)].isna().sum().sum()),
    )


def _variables(protocol: EstimatesPart) -> list[str]:
    """The variables behind the adjusted terms, each once, in the order of the terms."""
    return list(dict.fromkeys(protocol.terms[t].variable for t in protocol.models.adjusted))


def _fits(
    data: pd.DataFrame, tables: list[pd.DataFrame], protocol: EstimatesPart
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and variances of the model, one row per completed table."""
    declared = {term: protocol.terms[term] for term in protocol.models.adjusted}
    outcome = data[[*KEYS, "months", "event"]]
    fits = []
    for table in tables:
        complete = outcome.merge(table, on=KEYS, how="left", validate="one_to_one")
        fits.append(
            fit_cox(
                *time_and_event(complete),
                model_matrix(complete, declared).to_numpy(float),
                list(declared),
                strata=complete["center"].to_numpy(str),
                ties=protocol.models.ties,
            )
        )
    return np.array([fit.coef for fit in fits]), np.array([fit.std_error**2 for fit in fits])
