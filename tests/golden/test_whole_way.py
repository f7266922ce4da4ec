"""The example study arrives at the truth that it was made from."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

TRUTH = Path(__file__).parent / "truth"
KEYS = ["center", "patient_id"]
OUTCOMES = {f"{endpoint}_{what}" for endpoint in ("pfs", "os") for what in ("days", "event")}


@pytest.fixture(scope="module")
def truth():
    return pd.read_csv(TRUTH / "analysed.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def gold():
    return json.loads((TRUTH / "gold.json").read_text(encoding="utf-8"))


def shown(value):
    """A value as the truth file writes it, numbers without needless zeros."""
    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | float | np.number):
        return f"{value:g}"
    return str(value)


def as_written(text):
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def test_the_disposition_of_every_record_with_its_reason(whole_way):
    expected = pd.read_csv(TRUTH / "disposition.csv", dtype=str, keep_default_na=False)
    found = whole_way.pooled.disposition.fillna("").astype(str)
    assert len(expected) == 356
    key = [*KEYS, "disposition", "reason"]
    assert set(map(tuple, found[key].to_numpy())) == set(map(tuple, expected[key].to_numpy()))
    assert len(found) == len(expected)


def test_every_cell_of_every_analysed_patient(whole_way, truth):
    patients = whole_way.pooled.patients.astype({key: str for key in KEYS}).set_index(KEYS)
    assert len(patients) == len(truth) == 309
    columns = [name for name in truth.columns if name not in KEYS and name not in OUTCOMES]
    assert set(columns) <= set(patients.columns)
    wrong = [
        (row["center"], row["patient_id"], name, shown(patients.at[key, name]), row[name])
        for row in truth.to_dict("records")
        for key in [(row["center"], row["patient_id"])]
        for name in columns
        if as_written(shown(patients.at[key, name])) != as_written(row[name])
    ]
    assert wrong == []


def test_every_time_to_event(whole_way, truth):
    times = whole_way.pooled.times.astype({key: str for key in [*KEYS, "endpoint"]})
    found = {
        (row["center"], row["patient_id"], row["endpoint"]): (int(row["days"]), bool(row["event"]))
        for row in times.to_dict("records")
    }
    expected = {
        (row["center"], row["patient_id"], endpoint): (
            int(row[f"{endpoint}_days"]),
            row[f"{endpoint}_event"] == "True",
        )
        for row in truth.to_dict("records")
        for endpoint in ("pfs", "os")
    }
    assert found == expected


def test_every_planted_fault_is_found_with_its_consequence(whole_way):
    planted = pd.read_csv(TRUTH / "findings.csv", dtype=str, keep_default_na=False)
    effects = {
        "value": "value removed",
        "record": "record held",
        "duplicate": "record held",
        "imputed": "none",
    }
    assert len(planted) == 17
    found = {
        (row["center"], row["patient_id"], variable, row["effect"])
        for row in whole_way.findings.dropna(subset=["patient_id"]).to_dict("records")
        for variable in row["variables"].split(", ")
    }
    expected = {
        (fault["center"], fault["patient_id"], fault["variable"], effects[fault["kind"]])
        for fault in planted.to_dict("records")
    }
    assert expected <= found, expected - found


def test_a_finding_names_its_cell(whole_way):
    cells = whole_way.findings[whole_way.findings["patient_id"].notna()]
    assert cells["file"].notna().all()
    assert cells["row"].notna().all()


def test_a_finding_about_a_whole_center_names_the_column(whole_way):
    whole = whole_way.findings[whole_way.findings["patient_id"].isna()]
    (firat,) = whole[whole["rule"] == "R32"].to_dict("records")
    assert (firat["center"], firat["file"], firat["sheet"]) == (
        "firat",
        "FIRAT_export.xlsx",
        "outcome",
    )
    assert firat["column"] == "Date of last contact or death"
    assert whole[["file", "column"]].notna().all(axis=None)


def test_no_name_and_no_national_id_left_the_raw_file(whole_way):
    tables = [whole_way.findings, whole_way.pooled.patients]
    for parts in whole_way.harmonized.values():
        tables += [parts.table, parts.lineage]
    text = "\n".join(table.to_csv(index=False) for table in tables)
    raw = Path(__file__).resolve().parents[2] / "centers/ceyhan/2025-06-02/hasta_listesi.csv"
    for line in raw.read_text(encoding="cp1254").splitlines()[1:]:
        for identifier in filter(None, line.split(";")[1:4]):
            assert identifier not in text


def one(table, population="primary", **wanted):
    table = table[table["population"] == population]
    for name, value in wanted.items():
        table = table[table[name] == value]
    assert len(table) == 1, wanted
    return table.iloc[0]


@pytest.mark.parametrize("endpoint", ["pfs", "os"])
def test_medians_rates_and_tests_agree_with_r(whole_way, gold, endpoint):
    table, expected = whole_way.estimates, gold[endpoint]
    errors = {}
    for group in ("low", "zero"):
        row = one(table, endpoint=endpoint, model="kaplan_meier", statistic="median", level=group)
        low, high = expected["median_ci"][group]
        errors["median", group] = [
            row["value"] - expected["median"][group],
            row["ci_low"] - low,
            row["ci_high"] - high,
        ]
    for rate in (rate for month in expected["survival_at"] for rate in month):
        row = one(
            table,
            endpoint=endpoint,
            statistic="survival",
            level=rate["group"],
            at=rate["month"],
        )
        errors["survival", rate["group"], rate["month"]] = [
            row["value"] - rate["surv"],
            row["ci_low"] - rate["lo"],
            row["ci_high"] - rate["hi"],
        ]
    for model, name in (
        ("log_rank", "logrank_p"),
        ("log_rank_stratified", "logrank_stratified_p"),
    ):
        row = one(table, endpoint=endpoint, model=model)
        errors[model,] = [row["value"] - expected[name], row["p_value"] - expected[name]]
    row = one(table, endpoint=endpoint, model="reverse_kaplan_meier", level="")
    errors["follow-up",] = [
        row["value"] - expected["followup_median"],
        row["ci_low"] - expected["followup_ci"][0],
        row["ci_high"] - expected["followup_ci"][1],
    ]
    worst = max(errors, key=lambda key: max(map(abs, errors[key])))
    print(f"{endpoint}: worst error {max(map(abs, errors[worst])):.1e} at {worst}")
    assert max(map(abs, errors[worst])) < 1e-6


@pytest.mark.parametrize("endpoint", ["pfs", "os"])
@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("cox", "uni"),
        ("cox_stratified", "uni_stratified"),
        ("cox_adjusted", "multi"),
        ("cox_adjusted_stratified", "multi_stratified"),
    ],
)
def test_cox_models_agree_with_r(whole_way, gold, endpoint, model, name):
    errors = []
    for term in gold[endpoint][name]:
        row = one(whole_way.estimates, endpoint=endpoint, model=model, term=term["term"])
        errors += [
            np.log(row["value"]) - term["coef"],
            row["std_error"] - term["se"],
            row["ci_low"] - term["lo"],
            row["ci_high"] - term["hi"],
            row["p_value"] - term["p"],
        ]
    print(f"{endpoint} {model}: worst error {max(map(abs, errors)):.1e}")
    assert max(map(abs, errors)) < 1e-6
    if model.startswith("cox_adjusted"):
        assert (row["n"], row["n_events"]) == (
            gold[endpoint]["multi_n"],
            gold[endpoint]["multi_events"],
        )


def test_response_rates_are_the_counts(whole_way):
    flow = json.loads((TRUTH / "flow.json").read_text(encoding="utf-8"))
    for group, responders in flow["orr"].items():
        row = one(whole_way.estimates, model="response_rate", level=group)
        assert (row["n_events"], row["n"]) == (responders, flow["her2"][group])
        assert row["value"] == pytest.approx(responders / flow["her2"][group])
