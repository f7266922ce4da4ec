"""A condition asked of a table of patients: for which of them it holds.

The logic has three values: a question about a missing value has no answer (Kleene 1952), and it is
up to the caller to say what follows from that.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pandas as pd

from multicentric.conditions import Condition

_COMPARISONS: dict[str, Callable[[pd.Series, Any], pd.Series]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
}


def holds(condition: Condition, patients: pd.DataFrame) -> pd.Series:
    """Answer a condition for every row.

    Parameters
    ----------
    condition
        As described in `multicentric.conditions`; bounds and codes may be text.
    patients
        One row per patient, with every variable that the condition names.

    Returns
    -------
    pandas.Series
        Nullable booleans on the index of `patients`; missing where the question has no answer.

    Raises
    ------
    KeyError
        A variable of the condition is no column of `patients`.
    """
    answer = pd.Series(True, index=patients.index, dtype="boolean")
    for key, wanted in condition.items():
        answer &= _one(key, wanted, patients)
    return answer


def _one(key: str, wanted: Any, patients: pd.DataFrame) -> pd.Series:
    if key == "not":
        return ~holds(wanted, patients)
    if key == "any":
        answer = pd.Series(False, index=patients.index, dtype="boolean")
        for inner in wanted:
            answer |= holds(inner, patients)
        return answer
    if key == "all":
        answer = pd.Series(True, index=patients.index, dtype="boolean")
        for inner in wanted:
            answer &= holds(inner, patients)
        return answer
    values = patients[key]
    if isinstance(wanted, dict):
        answer = pd.Series(True, index=patients.index, dtype="boolean")
        for comparison, bound in wanted.items():
            answer &= _compare(values, comparison, bound)
        return answer
    codes = wanted if isinstance(wanted, list) else [wanted]
    answer = pd.Series(False, index=patients.index, dtype="boolean")
    for code in codes:
        answer |= (values == as_kind(code, values)).astype("boolean")
    return answer.mask(values.isna())


def _compare(values: pd.Series, comparison: str, bound: Any) -> pd.Series:
    if comparison == "missing":
        missing = values.isna().astype("boolean")
        return missing if bound == "yes" else ~missing
    answer = _COMPARISONS[comparison](values, as_kind(bound, values)).astype("boolean")
    return answer.mask(values.isna())


def as_kind(text: Any, values: pd.Series) -> Any:
    """The text of a code or bound as the kind of value that a column holds."""
    if not isinstance(text, str):
        return text
    if pd.api.types.is_bool_dtype(values.dtype):
        return {"yes": True, "no": False}[text]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return pd.Timestamp(text)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return float(text)
    return text
