"""Conditions on a table of patients, written as data: the study file's only way to ask a question.

A condition is a mapping. Several keys in one mapping must all hold::

    {receptor: positive}                      equals a code
    {drug: [one, another]}                    one of several codes
    {start_date: {at_least: 2018-01-01}}      at_least, at_most, above, below (numbers and dates)
    {test_result: {missing: "yes"}}           missing: yes or no
    {any: [...]}, {all: [...]}, {not: {...}}  combinations

The logic has three values: a question about a missing value has no answer (Kleene 1952), and it is
up to the caller to say what follows from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

Condition = dict[str, Any]

_COMPARISONS: dict[str, Callable[[pd.Series, Any], pd.Series]] = {
    "at_least": lambda values, bound: values >= bound,
    "at_most": lambda values, bound: values <= bound,
    "above": lambda values, bound: values > bound,
    "below": lambda values, bound: values < bound,
}
_COMBINATIONS = ("any", "all", "not")


def variables_of(condition: Condition) -> Iterator[str]:
    """Names of the variables a condition asks about, in the order it names them."""
    for key, wanted in condition.items():
        if key == "not":
            yield from variables_of(wanted)
        elif key in _COMBINATIONS:
            for inner in wanted:
                yield from variables_of(inner)
        else:
            yield key


def problems_of(condition: Any) -> Iterator[str]:
    """What is wrong with the shape of a condition, in words; nothing for a sound one."""
    if not isinstance(condition, dict) or not condition:
        yield "a condition is a mapping such as {variable: code}"
        return
    for key, wanted in condition.items():
        if key == "not":
            yield from problems_of(wanted)
        elif key in _COMBINATIONS:
            if not isinstance(wanted, list) or not wanted:
                yield f"'{key}' takes a list of conditions"
                continue
            for inner in wanted:
                yield from problems_of(inner)
        elif isinstance(wanted, dict):
            for comparison, bound in wanted.items():
                if comparison == "missing":
                    if bound not in ("yes", "no"):
                        yield f"'missing' takes yes or no, not '{bound}'"
                elif comparison not in _COMPARISONS:
                    yield f"unknown comparison '{comparison}' for '{key}'"
                elif not isinstance(bound, str):
                    yield f"'{comparison}' of '{key}' takes one number or date"
        elif isinstance(wanted, list) and not all(isinstance(code, str) for code in wanted):
            yield f"'{key}' takes a code or a list of codes"


def holds(condition: Condition, patients: pd.DataFrame) -> pd.Series:
    """Answer a condition for every row.

    Parameters
    ----------
    condition
        As described in this module; bounds and codes may be text.
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
