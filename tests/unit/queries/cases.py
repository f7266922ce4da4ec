import pandas as pd

from multicentric.dictionary import Dictionary, Variable
from multicentric.findings import Finding, as_table
from multicentric.queries.states import DropFindings, follow

DICTIONARY = Dictionary(
    (
        Variable("sex", "Sex", "code", codes={"female": "Female", "male": "Male"}),
        Variable("grade", "Grade", "integer", minimum=1, maximum=3),
        Variable("start", "Start", "date", needed="always"),
        Variable("bone", "Bone", "flag"),
    )
)

MAPPING = """
center: {name: Somewhere, language: tr}
tables: {patients: {file: d.csv, format: delimited, key: id}}
variables:
  sex: {from: S, codes: {K: female, E: male, Erkek: male}}
  grade: {from: G}
  start: {from: T, dates: [DD.MM.YYYY, YYYY-MM-DD]}
  bone: {from: B, codes: {x: yes}, empty: no}
"""


def finding(patient="p1", variable="grade", rule="out_of_range", raw="7", **more):
    more = {"severity": "query", "effect": "value removed", "message": f"{raw} is wrong.", **more}
    return Finding(
        "c1",
        rule,
        patient_id=patient,
        variables=tuple(variable.split(", ")),
        file="d.csv",
        row=2,
        column="G",
        raw=raw,
        **more,
    )


def drop(date, *findings, patients=("p1", "p2"), cells=None, answers=()):
    table = as_table(findings)
    table = table.assign(told=table["message"], wanted=pd.array(["1 to 3"] * len(table)))
    own = {(f.patient_id, f.variables[0]): f.raw for f in findings}
    return DropFindings(date, table, frozenset(patients), own | (cells or {}), tuple(answers))


def state(*drops):
    """State, standing and remark of each question, by rule."""
    table = follow(drops)
    keys = zip(table["patient_id"].fillna(""), table["rule"], strict=True)
    values = zip(table["state"], table["standing"], table["remark"], strict=True)
    return dict(zip(keys, values, strict=True))
