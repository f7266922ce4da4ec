"""A small simulated study, drawn anew for each question that the tests put to the report."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from multicentric.dictionary import Dictionary, Variable
from multicentric.estimates.baseline import baseline_table
from multicentric.estimates.curves import curves
from multicentric.estimates.endpoints import estimate
from multicentric.findings import Finding, as_table
from multicentric.protocol import Study
from multicentric.quality import quality_table
from multicentric.report import ReportInputs
from multicentric.settings import Settings
from multicentric.study import part_for
from multicentric.validate.checks import Check
from multicentric.validate.checks import as_table as checks_table

MONTH = 30.4375
DICTIONARY = Dictionary(
    (
        Variable("arm", "Arm", "code", codes={"new": "New arm", "old": "Old arm"}),
        Variable("age", "Age at start", "number", unit="years", decimals=1),
        Variable("stage", "Stage", "code", codes={"early": "Early", "late": "Late"}),
        Variable("fever", "Fever", "flag"),
        Variable("answer", "Best response", "code", codes={"yes": "Yes", "no": "No"}),
        Variable("start", "Start of treatment", "date"),
        Variable("end", "Last contact", "date"),
    )
)


# What the mappings say beside complete.
MAPPED = {"alpha": {"fever": "partial"}, "beta": {"stage": "impossible", "fever": "undetermined"}}


def a_dictionary(labels: dict[str, str]) -> Dictionary:
    arm = Variable("arm", "Arm", "code", codes=labels)
    return Dictionary((arm, *DICTIONARY.variables[1:]))


def a_study(groups: list[str], **changes: Any) -> Study:
    said: dict[str, Any] = {
        "id": "TRIAL-7",
        "title": "New versus old arm in a disease",
        "subtitle": "Survival and response",
        "design": "Simulated cohort",
        "population": "Patients of a simulated disease",
        "data_origin": "simulated",
        "data_origin_note": "All records are simulated.",
        "cut_off": "2024-03-09",
        "dictionary": "schemas/patient.py",
        "eligibility": [{"id": "too_old", "keep": {"age": {"below": "90"}}, "excluded": "Too old"}],
        "exposure": {"variable": "arm", "groups": groups, "reference": groups[-1], "term": "new"},
        "endpoints": {
            "os": {
                "kind": "time_to_event",
                "label": "Overall survival",
                "short": "OS",
                "definition": "from the start to death from any cause",
                "start": "start",
                "events": [{"date": "end", "called": "death"}],
                "axis_months": 48,
                "tick_months": 6,
            },
            "answer": {
                "kind": "proportion",
                "label": "Objective response",
                "short": "ORR",
                "definition": "any response",
                "variable": "answer",
                "success": ["yes"],
            },
        },
        "landmarks": [12, 24],
        "terms": {
            "new": {"variable": "arm", "level": groups[0], "label": "New v old arm"},
            "age10": {"variable": "age", "per": 10, "label": "Age at start, per decade"},
            "late": {"variable": "stage", "level": "late", "label": "Late v early stage"},
        },
        "models": {"univariable": ["new", "age10", "late"], "adjusted": ["new", "age10", "late"]},
        "baseline": ["age", "stage", "fever"],
        "texts": {"read_before_use": ["Simulated."], "limitations": ["It is not real."]},
    }
    return Study.model_validate(said | changes)


def some_patients(
    rng: np.random.Generator, groups: list[str], centers: list[str], per_group: int
) -> pd.DataFrame:
    n = per_group * len(groups)
    return pd.DataFrame(
        {
            "center": pd.array(rng.choice(centers, n), dtype="string"),
            "patient_id": pd.array([f"P{k:04d}" for k in range(n)], dtype="string"),
            "arm": pd.array(np.repeat(groups, per_group), dtype="string"),
            "age": pd.array(rng.normal(60, 11, n).round(1), dtype="Float64"),
            "stage": pd.array(rng.choice(["early", "late"], n), dtype="string"),
            "fever": pd.array(rng.random(n) < 0.3, dtype="boolean"),
            "answer": pd.array(rng.choice(["yes", "no"], n), dtype="string"),
        }
    )


def some_times(
    rng: np.random.Generator, patients: pd.DataFrame, events: bool, median: float
) -> pd.DataFrame:
    n = len(patients)
    death = rng.exponential(median * MONTH / np.log(2), n)
    censored = rng.uniform(6 * MONTH, 60 * MONTH, n)
    days = np.maximum(np.minimum(death, censored).round(), 1).astype(int)
    event = (death <= censored) if events else np.zeros(n, bool)
    times = patients[["center", "patient_id"]].assign(
        endpoint=pd.array(["os"] * n, dtype="string"),
        days=pd.array(days, dtype="Int64"),
        months=pd.array(days / MONTH, dtype="Float64"),
        event=pd.array(event, dtype="boolean"),
    )
    return times.sort_values(["center", "patient_id"], kind="stable").reset_index(drop=True)


def a_status(disposition: pd.DataFrame, out: list[dict[str, Any]]) -> dict[str, Any]:
    ready = [
        {
            "center": center,
            "drop": "2024-01-02",
            "state": "ready",
            "reason": "",
            "place": "",
            "records": len(of_center),
            "held": int((of_center["disposition"] == "quarantined").sum()),
            "queries": 3,
            "cells": {"copied": len(of_center), "mapped": 3 * len(of_center), "unmapped": 2},
            "delivery": {
                "folder": f"{center}/2024-01-02",
                "files": {"rows.csv": hashlib.sha256(center.encode()).hexdigest()},
            },
            "mapping": {name: "complete" for name in DICTIONARY.names} | MAPPED.get(center, {}),
            "findings": [
                {
                    "rule": "out_of_range",
                    "severity": "query",
                    "effect": "value removed",
                    "variables": "age",
                    "n": 2,
                },
                {
                    "rule": "R08",
                    "severity": "block",
                    "effect": "record held",
                    "variables": "start, end",
                    "n": 1,
                },
            ],
        }
        for center, of_center in disposition.groupby("center", sort=True)
    ]
    return {"centers": sorted([*ready, *out], key=lambda c: c["center"]), "stop": ""}


def a_disposition(patients: pd.DataFrame) -> pd.DataFrame:
    analysed = patients[["center", "patient_id"]].assign(disposition="analysed", reason=pd.NA)
    rows = [analysed]
    for n, (what, why) in enumerate(
        [("quarantined", "quarantined"), ("excluded", "too_old"), ("excluded", "too_old")]
    ):
        if len(patients):
            first = patients.iloc[[0]][["center"]]
            rows.append(first.assign(patient_id=f"X{n}", disposition=what, reason=why))
    return pd.concat(rows, ignore_index=True).astype("string")


def a_quality(disposition: pd.DataFrame) -> pd.DataFrame:
    """A rule, a range and a variable's gaps at each center, and its deliveries."""
    checks, findings = [], {}
    for at, (center, sent) in enumerate(disposition.groupby("center", sort=True)):
        n, few = len(sent), 2 + at % 3
        for rule, variables, level, failed, threshold in (
            ("R08", "start, end", "record", few, 0.25),
            ("R09", "start", "record", 0, None),
            ("out_of_range", "age", "cell", n // 2 if at == 0 else 1, None),
            ("complete", "stage", "cell", few, None),
            ("complete", "end", "cell", few, None),
            ("complete", "age", "cell", 0, None),
        ):
            checks.append(
                Check(center, rule, variables, level, "query", "plausibility", n, failed, 0,
                      threshold, None if threshold is None else failed > threshold * n)
            )  # fmt: skip
        asked = [Finding(center, f"R{k}", "query", "none", "?", f"P{k}") for k in range(few)]
        findings[center, "2024-01-02"] = as_table(asked)
        if at == 0:
            findings[center, "2023-07-08"] = as_table([*asked, *asked[:1]])
    return quality_table(checks_table(checks), findings)


def inputs(
    *,
    groups: dict[str, str] | None = None,
    centers: tuple[str, ...] = ("alpha", "beta", "gamma"),
    per_group: int = 60,
    events: bool = True,
    median: float = 18,
    out: list[dict[str, Any]] | None = None,
    seed: int = 20240309,
    **changes: Any,
) -> ReportInputs:
    """Inputs of a report on freshly simulated patients."""
    rng = np.random.default_rng(seed)
    labels = groups or {"new": "New arm", "old": "Old arm"}
    study = a_study(list(labels), **changes)
    dictionary = a_dictionary(labels)
    patients = some_patients(rng, list(labels), list(centers), per_group if centers else 0) if (
        centers
    ) else some_patients(rng, list(labels), ["nobody"], 0)  # fmt: skip
    times = some_times(rng, patients, events, median)
    part = part_for("estimates", study)
    nothing = patients.empty
    disposition = a_disposition(patients)
    table = estimate(patients, times, patients.iloc[:0], part)
    return ReportInputs(
        study=study,
        settings=Settings(),
        dictionary=dictionary,
        estimates=table,
        curves=curves(patients, times, part),
        baseline=baseline_table(patients, study, dictionary) if not nothing else _no_baseline(),
        disposition=disposition,
        quality=a_quality(disposition),
        status=a_status(disposition, out or []),
        software={"Multicentric": "0.1.0", "Python": "3.11.0", "weasyprint": "70.0"},
        fingerprint={"estimates": "ab" * 32, "curves": "cd" * 32},
    )


def _no_baseline() -> pd.DataFrame:
    from multicentric.estimates.baseline import COLUMNS

    return pd.DataFrame(columns=list(COLUMNS))


def with_estimates(made: ReportInputs, table: pd.DataFrame) -> ReportInputs:
    """The same inputs with other estimates."""
    return replace(made, estimates=table)


def with_baseline(made: ReportInputs, table: pd.DataFrame) -> ReportInputs:
    """The same inputs with another Table 1."""
    return replace(made, baseline=table)


def with_quality(made: ReportInputs, table: pd.DataFrame) -> ReportInputs:
    """The same inputs with another table of data quality."""
    return replace(made, quality=table)
