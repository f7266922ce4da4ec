from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import binom

from multicentric.findings import Finding, as_table
from multicentric.quality import between_centers, quality_table
from multicentric.schema import dictionary_of, load_model
from multicentric.validate.checks import Check
from multicentric.validate.checks import as_table as checks_table

SCHEMA = Path(__file__).resolve().parents[2] / "schemas/patient.py"
MODEL = load_model(SCHEMA, date(2025, 5, 31))
DICTIONARY = dictionary_of(MODEL)


def check(center, applicable, failed, rule="R1", level="record"):
    return Check(center, rule, "x", level, "query", "plausibility", applicable, failed, 0)


def rows(table, **wanted):
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table.to_dict("records")


def test_a_rate_is_judged_by_how_many_records_stand_behind_it():
    checks = checks_table([check("a", 1000, 100), check("big", 400, 90), check("small", 4, 1)])
    table = quality_table(checks, {})
    (big,) = rows(table, center="big")
    (small,) = rows(table, center="small")
    assert (big["rate"], big["outside"]) == (0.225, "above")
    assert (small["rate"], small["outside"]) == (0.25, "")
    assert big["expected"] == pytest.approx(191 / 1404)


def test_the_limits_are_those_of_the_binomial_distribution():
    table = quality_table(checks_table([check("a", 100, 5), check("b", 100, 15)]), {})
    (one,) = rows(table, center="a")
    within = binom.cdf(one["action_high"] * 100, 100, 0.1) - binom.cdf(
        one["action_low"] * 100 - 1, 100, 0.1
    )
    assert within >= 0.998
    assert one["warning_high"] < one["action_high"]


def test_a_rule_that_applied_to_nobody_has_no_rate_and_no_limits():
    table = quality_table(checks_table([check("a", 0, 0), check("b", 10, 1)]), {})
    (nobody,) = rows(table, center="a")
    assert pd.isna(nobody["rate"])
    assert pd.isna(nobody["action_high"])
    assert nobody["outside"] == ""


def test_completeness_is_a_measure_of_its_own():
    table = quality_table(checks_table([check("a", 10, 1, rule="complete")]), {})
    assert table["measure"].tolist() == ["completeness"]


def test_questions_grow_over_drops():
    asked = Finding("a", "R1", "query", "none", "?", "p1")
    noted = Finding("a", "R2", "note", "none", "?", "p1")
    findings = {("a", "d2"): as_table([asked, noted]), ("a", "d1"): as_table([asked])}
    table = quality_table(checks_table([]), findings)
    assert table[["drop", "failed", "n"]].to_numpy().tolist() == [["d1", 1, 1], ["d2", 1, 2]]


def test_a_center_in_another_unit_is_asked_and_the_others_are_not():
    tables = {}
    for center, factor in (("a", 1.0), ("b", 1.0), ("c", 1.0), ("d", 0.01)):
        table = DICTIONARY.empty_table()
        for number in range(12):
            table.loc[number, ["center", "patient_id"]] = [center, f"p{number}"]
            table.loc[number, "ki67_percent"] = (20.0 + number) * factor
        tables[center] = table
    found, checks = between_centers(tables, MODEL, DICTIONARY)
    assert found[["center", "rule", "variables"]].to_numpy().tolist() == [
        ["d", "R29", "ki67_percent"]
    ]
    ki67 = checks[checks["variables"] == "ki67_percent"].set_index("center")
    assert ki67["failed"].to_dict() == {"a": 0, "b": 0, "c": 0, "d": 1}
    others = checks[checks["variables"] != "ki67_percent"]
    assert others["applicable"].sum() == 0
