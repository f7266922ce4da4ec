"""Findings in the words of the center that reads them: message and expectation in its language."""

from __future__ import annotations

from typing import Any

import pandas as pd

from multicentric.dictionary import Dictionary, Variable
from multicentric.mapping import Mapping
from multicentric.queries.expected import expected_here
from multicentric.queries.words import Words


def in_words(
    findings: pd.DataFrame,
    harmonized: pd.DataFrame,
    mapping: Mapping,
    words: Words,
    dictionary: Dictionary,
) -> pd.DataFrame:
    """The findings with ``told`` (the question) and ``wanted`` (what is expected) added.

    A rule without a message in the center's language keeps the finding's own, in English. What is
    expected is said in the center's own texts, for the first variable of the finding.

    Parameters
    ----------
    findings
        `multicentric.findings.COLUMNS`.
    harmonized
        The center's harmonized table, from which messages quote values.
    """
    values = harmonized.drop_duplicates("patient_id").set_index("patient_id")
    told, wanted = [], []
    for finding in findings.to_dict("records"):
        names = [] if pd.isna(finding["variables"]) else finding["variables"].split(", ")
        known = [name for name in names if name in dictionary]
        expected = expected_here(dictionary[known[0]], mapping, words) if known else None
        template = words.rules.get(finding["rule"])
        if template is None:
            told.append(finding["message"])
        else:
            fields = {
                "label": words.label(known[0]) if known else "",
                "raw": _or_missing(finding["raw"], words),
                "expected": expected or "",
                "file": _or_missing(finding["file"], words),
                "column": _or_missing(finding["column"], words),
            }
            patient = finding["patient_id"]
            if pd.notna(patient) and patient in values.index:
                row = values.loc[patient]
                fields |= {v.name: shown(row[v.name], v, words) for v in dictionary}
            told.append(template.format_map(_Fields(fields)))
        wanted.append(expected)
    return findings.assign(
        told=pd.array(told, dtype="string"), wanted=pd.array(wanted, dtype="string")
    )


class _Fields(dict[str, str]):
    """What a placeholder stands for; one that stands for nothing is shown as a gap."""

    def __missing__(self, name: str) -> str:
        return "…"


def _or_missing(value: Any, words: Words) -> str:
    return words("missing") if pd.isna(value) else str(value)


def shown(value: Any, variable: Variable, words: Words) -> str:
    """A harmonized value as a center reads it."""
    if pd.isna(value):
        return words("missing")
    if variable.kind == "date":
        return pd.Timestamp(value).date().isoformat()
    if variable.kind == "flag":
        return words("yes" if value else "no")
    if variable.kind == "code":
        return words.code(variable.name, str(value))
    if variable.kind == "number":
        return f"{value:g}"
    return str(value)
