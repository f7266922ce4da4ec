"""Multiple imputation of missing covariates by chained equations, for a survival analysis."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .kaplan_meier import kaplan_meier
from .observations import Floats, codes, observations

_DONORS = 5


def nelson_aalen(time: ArrayLike, event: ArrayLike) -> Floats:
    """The cumulative hazard of the whole sample at each patient's own time, shape (n,).

    Nelson 1972, Aalen 1978; tied events count together. Assumes censoring independent of the event.
    """
    obs = observations(time, event)
    curve = kaplan_meier(obs.time, obs.event)
    hazard = np.cumsum(curve.n_event / curve.n_risk)
    return hazard[np.searchsorted(curve.times, obs.time, side="right") - 1]


class Imputations(list[pd.DataFrame]):
    """The completed tables; none, and the reason in `note`, where a variable cannot be imputed."""

    note: str = ""


def impute(
    covariates: pd.DataFrame,
    time: ArrayLike,
    event: ArrayLike,
    center: ArrayLike,
    *,
    imputations: int,
    cycles: int,
    seed: int,
) -> Imputations:
    """Fill missing covariates several times over, with values that patients like them have.

    Parameters
    ----------
    covariates : one row per patient; numbers, booleans, or categories (also as text). Missing
        values as pandas knows them.
    time, event, center : (n,) the outcome and the center, without missing values. The event, the
        Nelson-Aalen hazard at the patient's time (White & Royston 2009) and the center help to
        predict every covariate.
    imputations : how many completed tables. `cycles` : rounds of the chain before each.
    seed : the same seed gives the same tables.

    Returns
    -------
    Imputations
        A list of `imputations` tables like `covariates`, without missing values; columns that were
        complete are untouched. Empty, with a note that begins "not estimable", where a variable is
        known in fewer than 5 patients or in no more than its model has columns: the others, the
        outcome and one for each center but the first.

    Notes
    -----
    Predictive mean matching (van Buuren 2018) by statsmodels' `MICEData`: a linear model with
    parameters drawn from their posterior predicts, and the value of one of the 5 patients closest
    in prediction is taken, so that codes stay codes. Categories are predicted on their codes in
    order. Every imputation is a chain of its own. Assumes values missing at random given the
    other covariates, the outcome and the center.
    """
    # statsmodels takes most of a second to import: only who imputes pays for it.
    from .chain import Chain

    obs = observations(time, event)
    if len(covariates) != len(obs):
        raise ValueError(f"covariates has {len(covariates)} rows, but time has {len(obs)}.")
    if not covariates.isna().to_numpy().any():
        return Imputations(covariates.copy() for _ in range(imputations))
    center_code, centers = codes(center, len(obs), "center")
    numeric, levels = _as_numbers(covariates)
    frame = numeric.assign(event=obs.event.astype(float), hazard=nelson_aalen(obs.time, obs.event))
    for c in range(1, centers.size):
        frame[f"center{c}"] = (center_code == c).astype(float)
    several = {name for name, codes_of in levels.items() if len(codes_of) > 2}
    tables = Imputations()
    tables.note = _too_few(covariates, frame, several)
    for i in range(0 if tables.note else imputations):
        chain = Chain(frame, several, _DONORS, np.random.default_rng([seed, i]))
        chain.update_all(cycles)
        tables.append(_as_they_were(covariates, chain.data, levels))
    return tables


def _too_few(covariates: pd.DataFrame, frame: pd.DataFrame, several: set[str]) -> str:
    """Names the variables with too few known values for a linear model and its donors, or ""."""
    columns = {k: max(frame[k].nunique() - 1, 1) if k in several else 1 for k in frame}
    whole = 1 + sum(columns.values())
    few = []
    for k, name in enumerate(covariates):
        known = int(covariates[name].notna().sum())
        needed = max(_DONORS, whole - columns[f"v{k}"] + 1)
        if known < min(needed, len(covariates)):
            few.append(f"{name} ({known})")
    if not few:
        return ""
    return f"not estimable: too few known values of {', '.join(few)} for the imputation model"


def _as_numbers(covariates: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, pd.Index]]:
    """Columns v0, v1, ... as floats, and the levels of those that are categories."""
    columns, levels = {}, {}
    for k, name in enumerate(covariates):
        column = covariates[name]
        if isinstance(column.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(
            column
        ):
            category = column.astype("category")
            levels[f"v{k}"] = category.cat.categories
            values = category.cat.codes.to_numpy(dtype=float)
            columns[f"v{k}"] = np.where(values < 0, np.nan, values)
        else:
            columns[f"v{k}"] = column.to_numpy(dtype=float, na_value=np.nan)
    return pd.DataFrame(columns), levels


def _as_they_were(
    covariates: pd.DataFrame, filled: pd.DataFrame, levels: dict[str, pd.Index]
) -> pd.DataFrame:
    """The imputed values in the columns, types and rows of the original."""
    out = covariates.copy()
    for k, name in enumerate(covariates):
        missing = covariates[name].isna().to_numpy()
        if not missing.any():
            continue
        values = filled[f"v{k}"].to_numpy()[missing]
        if f"v{k}" in levels:
            out.loc[missing, name] = levels[f"v{k}"][values.astype(int)].to_numpy()
        else:
            out.loc[missing, name] = values
    return out
