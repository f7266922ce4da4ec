"""Table 1: patients by exposure, with missing counts and standardized differences."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, Protocol

import numpy as np
import pandas as pd

from multicentric.dictionary import Dictionary, Variable
from multicentric.holds import holds
from multicentric.protocol import Derived, Exposure

COLUMNS = (
    "variable",
    "label",
    "unit",
    "kind",
    "decimals",
    "level",
    "level_label",
    "group",
    "n",
    "n_missing",
    "count",
    "percent",
    "mean",
    "sd",
    "median",
    "q1",
    "q3",
    "smd",
)
_TEXT = ("variable", "label", "unit", "kind", "level", "level_label", "group")
_COUNTS = ("decimals", "n", "n_missing", "count")
ALL = "all"
# A grade or a performance status has at most so many levels.
MOST_GRADES = 11


class BaselinePart(Protocol):
    """What Table 1 sees of the protocol."""

    exposure: Exposure
    derived: dict[str, Derived]
    baseline: list[str]


def baseline_table(
    patients: pd.DataFrame, protocol: BaselinePart, dictionary: Dictionary
) -> pd.DataFrame:
    """Describe patients at baseline by exposure group.

    Percentages are of the patients whose value is known. The standardized mean difference is the
    largest absolute one between two groups: for a number (mean1 - mean2) over the root of the mean
    of the two variances, for codes the Mahalanobis distance of the proportions (Yang and Dalton
    2012).

    Returns
    -------
    pandas.DataFrame
        One row per variable, level and group (the groups, then ``all``); ``smd`` stands on the
        first row of group ``all``, and is missing where a group has no spread or nobody.
    """
    rows: list[dict[str, Any]] = []
    for name in protocol.baseline:
        rows += _variable(patients, name, protocol, dictionary)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = {name: "string" if name in _TEXT else "Float64" for name in COLUMNS}
    return table.astype(kinds | dict.fromkeys(_COUNTS, "Int64"))


def _variable(
    patients: pd.DataFrame, name: str, protocol: BaselinePart, dictionary: Dictionary
) -> Iterator[dict[str, Any]]:
    source = protocol.derived[name] if name in protocol.derived else dictionary[name]
    if isinstance(source, Variable) and source.asked_of:
        # In whom it is not asked, its absence is not missing.
        patients = patients[holds(source.asked_of, patients).fillna(True).astype(bool)]
    values = patients[name]
    groups = {
        g: values[patients[protocol.exposure.variable] == g] for g in protocol.exposure.groups
    }
    named = [*groups.items(), (ALL, values)]
    about = {
        "variable": name,
        "label": source.label,
        "unit": source.unit,
        "decimals": source.decimals,
    }
    levels = _levels(values, source)
    if levels is None:
        distance = _largest(_number_distance, [_known(part) for part in groups.values()])
        for group, part in named:
            yield {
                **about,
                **_number(part),
                "kind": "number",
                "level": "",
                "level_label": "",
                "group": group,
                "smd": distance if group == ALL else None,
            }
        return
    flag = pd.api.types.is_bool_dtype(values.dtype)
    shares = [_shares(part, list(levels)) for part in groups.values()]
    distance = _largest(_share_distance, shares)
    # A yes-or-no variable is told by its yes.
    shown = {True: ""} if flag else levels
    for position, (level, level_label) in enumerate(shown.items()):
        for group, part in named:
            known = part.dropna()
            count = int((known == level).sum())
            yield {
                **about,
                "kind": "flag" if flag else "code",
                "level": "yes" if flag else str(level),
                "level_label": level_label,
                "group": group,
                "n": len(known),
                "n_missing": len(part) - len(known),
                "count": count,
                "percent": 100 * count / len(known) if len(known) else None,
                "smd": distance if group == ALL and position == 0 else None,
            }


def _levels(values: pd.Series, source: Variable | Derived) -> dict[Any, str] | None:
    """The levels of a variable with their labels; None for a number."""
    codes = source.codes
    if pd.api.types.is_bool_dtype(values.dtype):
        return {False: "", True: ""}
    if codes:
        # A code that nobody has is no line of the table.
        return {code: label for code, label in codes.items() if (values == code).any()}
    if isinstance(source, Variable) and _is_grade(source):
        return {int(value): str(value) for value in sorted(values.dropna().unique())}
    return None


def _is_grade(variable: Variable) -> bool:
    """Whether a whole number is a grade rather than an amount: few values are possible at all."""
    lowest, highest = variable.minimum, variable.maximum
    if variable.kind != "integer" or lowest is None or highest is None:
        return False
    return highest - lowest < MOST_GRADES


def _known(values: pd.Series) -> np.ndarray:
    return values.dropna().to_numpy(float)


def _number(values: pd.Series) -> dict[str, Any]:
    known = _known(values)
    described: dict[str, Any] = {"n": len(known), "n_missing": len(values) - len(known)}
    if len(known):
        q1, median, q3 = np.quantile(known, [0.25, 0.5, 0.75])
        described |= {"mean": known.mean(), "median": median, "q1": q1, "q3": q3}
        described["sd"] = known.std(ddof=1) if len(known) > 1 else None
    return described


def _shares(values: pd.Series, levels: list[Any]) -> np.ndarray:
    known = values.dropna()
    if known.empty:
        return np.full(len(levels), np.nan)
    return np.array([(known == level).mean() for level in levels], dtype=float)


def _largest(distance: Any, groups: list[np.ndarray]) -> float | None:
    found = [distance(first, second) for first, second in combinations(groups, 2)]
    told = [value for value in found if value is not None]
    return max(told) if told and len(told) == len(found) else None


def _number_distance(first: np.ndarray, second: np.ndarray) -> float | None:
    if len(first) < 2 or len(second) < 2:
        return None
    spread = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    difference = abs(first.mean() - second.mean())
    if spread == 0:
        return 0.0 if difference == 0 else None
    return float(difference / spread)


def _share_distance(first: np.ndarray, second: np.ndarray) -> float | None:
    if np.isnan(first).any() or np.isnan(second).any():
        return None
    # The last level is told by the others.
    a, b = first[:-1], second[:-1]
    covariance = (_spread(a) + _spread(b)) / 2
    difference = a - b
    if not difference.any():
        return 0.0
    scaled = np.linalg.pinv(covariance) @ difference
    if not np.allclose(covariance @ scaled, difference):
        # The groups differ where neither has any spread: there is no yardstick for that.
        return None
    return float(np.sqrt(difference @ scaled))


def _spread(shares: np.ndarray) -> np.ndarray:
    return np.diag(shares) - np.outer(shares, shares)
