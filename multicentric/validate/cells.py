"""Single values judged by what the dictionary says of their variable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from multicentric.dictionary import Dictionary, Variable
from multicentric.findings import Finding
from multicentric.places import Places
from multicentric.validate.checks import Check


def cell_findings(
    center: str,
    table: pd.DataFrame,
    intake: pd.DataFrame,
    dictionary: Dictionary,
    places: Places,
) -> Iterator[Finding]:
    """Judge single values: not possible, implausible, or missing though needed."""
    asked_already = set(zip(intake["patient_id"], intake["variables"], strict=True))
    for variable in dictionary:
        values = table[variable.name]
        for row in table.index[_impossible(values, variable)]:
            yield _about(center, table, row, variable, places, "out_of_range")
        if variable.needed == "always":
            for row in table.index[values.isna()]:
                if (table.at[row, "patient_id"], variable.name) not in asked_already:
                    yield _about(center, table, row, variable, places, "missing_needed")
        for row in table.index[_implausible(values, variable)]:
            yield _about(center, table, row, variable, places, "implausible")


def cell_checks(
    center: str,
    table: pd.DataFrame,
    lineage: pd.DataFrame,
    intake: pd.DataFrame,
    dictionary: Dictionary,
) -> Iterator[Check]:
    """What each variable's own rules found: ``complete``, ``readable``, and the ranges.

    A value that the center does not collect, or that the mapping says does not apply to a patient,
    is not applicable. A text that could not be read is there, so it counts as complete.
    """
    lost = intake[intake["effect"].isin(["value removed", "record held"])]
    problems = lost.groupby("variables", dropna=True)["patient_id"].agg(set).to_dict()
    sent = _laid_out(lineage, lineage["file"].notna(), table, dictionary)
    excused = _laid_out(lineage, lineage["missing_reason"] == "not_applicable", table, dictionary)
    for number, variable in enumerate(dictionary):
        values = table[variable.name]
        has_value = values.notna().to_numpy(dtype=bool)
        unread = table["patient_id"].isin(problems.get(variable.name, set())).to_numpy(dtype=bool)
        there = has_value | unread
        not_asked = ~there & (~sent[:, number] | excused[:, number])

        def check(
            rule: str,
            kahn: str,
            severity: str,
            asked: np.ndarray,
            failed: np.ndarray,
            variable: Variable = variable,
        ) -> Check:
            return Check(
                center,
                rule,
                variable.name,
                "cell",
                severity,
                kahn,
                applicable=int(asked.sum()),
                failed=int((asked & failed).sum()),
                not_applicable=int((~asked).sum()),
            )

        severity = "query" if variable.needed == "spared" else "block"
        needed = "block" if variable.needed == "always" else ""
        yield check("complete", "completeness", needed, ~not_asked, ~there)
        yield check("readable", "conformance", severity, there, unread)
        if variable.codes or variable.minimum is not None or variable.maximum is not None:
            broken = _impossible(values, variable).to_numpy()
            yield check("out_of_range", "conformance", severity, has_value, broken)
        if variable.plausible_minimum is not None or variable.plausible_maximum is not None:
            odd = _implausible(values, variable).to_numpy()
            yield check("implausible", "plausibility", "query", has_value, odd)


def _laid_out(
    lineage: pd.DataFrame, facts: pd.Series, table: pd.DataFrame, dictionary: Dictionary
) -> np.ndarray:
    """A fact about every cell: rows the table's patients, columns the dictionary's variables."""
    row = pd.Index(table["patient_id"]).get_indexer(lineage["patient_id"])
    column = pd.Index(dictionary.names).get_indexer(lineage["variable"])
    known = (row >= 0) & (column >= 0) & facts.fillna(False).to_numpy(dtype=bool)
    laid = np.zeros((len(table), len(dictionary.names)), dtype=bool)
    laid[row[known], column[known]] = True
    return laid


def _impossible(values: pd.Series, variable: Variable) -> pd.Series:
    broken = pd.Series(False, index=values.index)
    if variable.codes:
        broken |= ~values.isin(list(variable.codes)) & values.notna()
    if variable.minimum is not None:
        broken |= (values < variable.minimum).fillna(False)
    if variable.maximum is not None:
        broken |= (values > variable.maximum).fillna(False)
    return broken.astype(bool)


def _implausible(values: pd.Series, variable: Variable) -> pd.Series:
    odd = pd.Series(False, index=values.index)
    if variable.plausible_minimum is not None:
        odd |= (values < variable.plausible_minimum).fillna(False)
    if variable.plausible_maximum is not None:
        odd |= (values > variable.plausible_maximum).fillna(False)
    return (odd & ~_impossible(values, variable)).astype(bool)


def _about(
    center: str,
    table: pd.DataFrame,
    row: Any,
    variable: Variable,
    places: Places,
    rule: str,
) -> Finding:
    patient_id = table.at[row, "patient_id"]
    place = places.of(patient_id, (variable.name,))
    shown = f"'{place.raw}'" if place.raw else "this value"
    messages = {
        "out_of_range": f"{variable.label}: {shown} is not possible.",
        "missing_needed": f"{variable.label} is missing; the study cannot do without it.",
        "implausible": f"{variable.label}: {shown} is unusual; please check it.",
    }
    if rule == "implausible":
        severity, effect = "query", "none"
    elif variable.needed == "spared":
        severity, effect = "query", "value removed"
    else:
        severity, effect = "block", "record held"
    return Finding(
        center=center,
        patient_id=patient_id,
        variables=(variable.name,),
        rule=rule,
        severity=severity,
        effect=effect,
        message=messages[rule],
        expected=variable.expected,
        **asdict(place),
    )
