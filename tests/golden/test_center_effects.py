"""Every accepted center effect on the example study agrees with R (survival, metafor)."""

import json
from pathlib import Path

import numpy as np
import pytest

GOLD = json.loads((Path(__file__).parent / "truth/gold.json").read_text(encoding="utf-8"))


def one(table, population="primary", **wanted):
    table = table[table["population"] == population]
    for name, value in wanted.items():
        table = table[table[name] == value]
    assert len(table) == 1, wanted
    return table.iloc[0]


@pytest.fixture(params=["pfs", "os"])
def endpoint(request):
    return request.param


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("cox_adjusted_fixed_center", "multi_fixed"),
        ("cox_adjusted_cluster_robust", "multi_cluster"),
    ],
)
def test_adjusted_models(whole_way, endpoint, model, name):
    study_terms = {term["term"] for term in GOLD[endpoint]["multi"]}
    errors = []
    for term in GOLD[endpoint][name]:
        if term["term"] not in study_terms:
            continue  # the coefficients of the centers themselves
        row = one(
            whole_way.estimates,
            endpoint=endpoint,
            model=model,
            term=term["term"],
            statistic="hazard_ratio",
        )
        errors += [
            np.log(row["value"]) - term["coef"],
            row["std_error"] - term["se"],
            row["ci_low"] - term["lo"],
            row["ci_high"] - term["hi"],
            row["p_value"] - term["p"],
        ]
    assert len(errors) == 5 * len(study_terms)
    print(f"{endpoint} {model}: worst error {max(map(abs, errors)):.1e}")
    assert max(map(abs, errors)) < 1e-6


@pytest.mark.parametrize(
    ("distribution", "variance"), [("gamma", "theta"), ("gaussian", "variance")]
)
def test_frailty_at_its_lower_bound(whole_way, endpoint, distribution, variance):
    """The maximum is 0; R stops a little above it, which moves its coefficients by some 1e-6."""
    expected, table = GOLD[endpoint][distribution], whole_way.estimates
    model = f"cox_adjusted_{distribution}_frailty"
    theta = one(table, endpoint=endpoint, model=model, statistic="theta")
    assert expected[variance] < 1e-3
    assert theta["value"] < 1e-3
    coefs = [
        np.log(one(table, endpoint=endpoint, model=model, term=term)["value"])
        for term in GOLD[endpoint]["gamma"]["terms"]
    ]
    assert coefs == pytest.approx(expected["coef"], abs=1e-5)


def test_each_center_alone(whole_way, endpoint):
    for center in GOLD[endpoint]["centers"]:
        row = one(
            whole_way.estimates,
            endpoint=endpoint,
            model="cox_by_center",
            population=f"center:{center['center']}",
        )
        assert np.log(row["value"]) == pytest.approx(center["coef"], abs=1e-6)
        assert row["std_error"] == pytest.approx(center["se"], abs=1e-6)
        assert (row["n"], row["n_events"]) == (center["n"], center["events"])


def test_two_stage_meta_analysis(whole_way, endpoint):
    meta, table = GOLD[endpoint]["meta"], whole_way.estimates
    fixed, reml, knapp = (
        one(table, endpoint=endpoint, model=f"two_stage_{name}", statistic="hazard_ratio")
        for name in ("fixed", "reml", "hartung_knapp")
    )
    spread = {
        name: one(table, endpoint=endpoint, model="two_stage_reml", statistic=name)
        for name in ("tau2", "i2", "q")
    }
    found = {
        "fixed": [np.log(fixed["value"]), fixed["std_error"]],
        "reml": [np.log(reml["value"]), reml["std_error"]],
        "knapp": [
            np.log(knapp["value"]),
            knapp["std_error"],
            np.log(knapp["ci_low"]),
            np.log(knapp["ci_high"]),
            knapp["p_value"],
        ],
        "q": [spread["q"]["value"], spread["q"]["p_value"]],
    }
    expected = {
        "fixed": meta["fe"],
        "reml": meta["reml"][:2],
        "knapp": meta["hk"],
        "q": meta["q"],
    }
    for name, numbers in found.items():
        assert numbers == pytest.approx(expected[name], abs=1e-6), name
    # metafor's own search for tau2 stops at about 1e-7
    assert spread["tau2"]["value"] == pytest.approx(meta["reml"][2], rel=1e-5)
    assert spread["i2"]["value"] == pytest.approx(meta["reml"][3], rel=1e-5)


def test_the_interaction_with_center(whole_way, endpoint):
    row = one(whole_way.estimates, endpoint=endpoint, model="interaction", term="low")
    assert row["p_value"] == pytest.approx(GOLD[endpoint]["interaction_p"], abs=1e-6)


def test_proportional_hazards_of_the_primary_model(whole_way, endpoint):
    for test in GOLD[endpoint]["zph"]:
        row = one(
            whole_way.estimates,
            endpoint=endpoint,
            model="proportional_hazards",
            statistic="chi_square_km",
            term="" if test["_row"] == "GLOBAL" else test["_row"],
        )
        assert row["value"] == pytest.approx(test["chisq"], abs=1e-6)
        assert row["p_value"] == pytest.approx(test["p"], abs=1e-6)


def test_every_center_is_left_out_once(whole_way, endpoint):
    table = whole_way.estimates
    left = table[(table["endpoint"] == endpoint) & (table["model"] == "leave_one_center_out")]
    centers = sorted(whole_way.pooled.patients["center"].unique())
    assert left["population"].tolist() == [f"without:{center}" for center in centers]
    assert left["value"].notna().all()
