"""From patients to the columns of a model matrix, as the study file declares its terms."""

from __future__ import annotations

import pandas as pd

from multicentric.holds import as_kind
from multicentric.protocol import Term


def model_matrix(patients: pd.DataFrame, terms: dict[str, Term]) -> pd.DataFrame:
    """One column per term, on the index of `patients`; missing where its variable is.

    Returns
    -------
    pandas.DataFrame
        Nullable floats: 1 and 0 for an indicator, else the variable divided by the term's `per`.
    """
    return pd.DataFrame({name: _column(patients, term) for name, term in terms.items()})


def _column(patients: pd.DataFrame, term: Term) -> pd.Series:
    values = patients[term.variable]
    if term.level is not None:
        column = (values == as_kind(term.level, values)).astype("Float64")
    elif term.at_least is not None:
        column = (values >= term.at_least).astype("Float64")
    else:
        column = values.astype("Float64") / (term.per or 1.0)
    return column.mask(values.isna())
