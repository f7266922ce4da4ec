"""The rules of a study's model, asked of one center's records: findings and counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pandas as pd

from multicentric.dictionary import Dictionary, Variable
from multicentric.findings import Finding
from multicentric.places import Places
from multicentric.schema import CenterRule, Rule
from multicentric.validate.checks import Check, answered
from multicentric.validate.waived import NONE, Waivers, as_waived


def record_rules(
    center: str,
    table: pd.DataFrame,
    rules: tuple[Rule, ...],
    places: Places,
    dictionary: Dictionary,
    waivers: Waivers = NONE,
) -> Iterator[Finding | Check]:
    """Ask each rule of each record; where a rate is judged, ask the center as a whole too."""
    for rule in rules:
        answers = rule.check(table).astype("boolean")
        for row in table.index[~answers.fillna(True)]:
            patient_id = table.at[row, "patient_id"]
            shown = {name: _shown(table.at[row, name], dictionary[name]) for name in rule.variables}
            found = Finding(
                center=center,
                patient_id=patient_id,
                variables=rule.variables,
                rule=rule.id,
                severity=rule.severity,
                effect=rule.effect,
                message=rule.message.format(**shown),
                expected=dictionary[rule.variables[0]].expected,
                **asdict(places.of(patient_id, rule.variables)),
            )
            yield as_waived(found, rule, waivers)
        counts: Any = answered(answers, rule.threshold, rule.at_least)
        check = Check(
            center, rule.id, ", ".join(rule.variables), "record", rule.severity, rule.kahn, **counts
        )
        yield check
        if check.beyond and rule.rate_message:
            how = (f"{rule.id}_rate", "query", rule.rate_message)
            yield _of_center(check, *how, rule.variables, places, dictionary)


def center_rules(
    center: str,
    table: pd.DataFrame,
    rules: tuple[CenterRule, ...],
    places: Places,
    dictionary: Dictionary,
) -> Iterator[Finding | Check]:
    """Ask each rule of each of its variables over all records."""
    for rule in rules:
        for name in rule.variables:
            answers = rule.check(table, name).astype("boolean")
            counts: Any = answered(answers, rule.threshold, rule.at_least)
            check = Check(center, rule.id, name, "center", rule.severity, rule.kahn, **counts)
            yield check
            if check.beyond:
                how = (rule.id, rule.severity, rule.message)
                yield _of_center(check, *how, (name,), places, dictionary)


def _of_center(
    check: Check,
    rule: str,
    severity: str,
    message: str,
    variables: tuple[str, ...],
    places: Places,
    dictionary: Dictionary,
) -> Finding:
    """A finding about no single patient; what was counted stands as its raw text."""
    place = places.of_column(variables[0])
    counted = f"{check.failed}/{check.applicable}"
    return Finding(
        center=check.center,
        variables=variables,
        rule=rule,
        severity=severity,
        effect="none",
        message=message.format(label=dictionary[variables[0]].label, raw=counted),
        file=place.file,
        sheet=place.sheet,
        column=place.column,
        raw=counted,
        # About the center: the question stays the same whatever its file is called.
        table="",
    )


def _shown(value: Any, variable: Variable) -> str:
    if pd.isna(value):
        return "missing"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if variable.kind == "code":
        return variable.codes.get(str(value), str(value))
    if variable.kind == "flag":
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
