"""Sentences claim no more than the numbers do."""

import re

import pandas as pd
import pytest

from multicentric.report import compose
from tests.unit.report import simulated
from tests.unit.report.test_sections import words_of

BANNED = (
    "did not differ",
    "no difference",
    "no effect",
    "not significant",
    "significant",
    "prove",
    "proves",
    "proven",
    "equivalent",
    "predictive",
    "caused",
)


def with_interval(low: float, value: float, high: float):
    inputs = simulated.inputs()
    table = inputs.estimates.copy()
    rows = (table["statistic"] == "hazard_ratio") & (table["term"] == "new")
    rows &= table["population"] == "primary"
    table.loc[rows, ["value", "ci_low", "ci_high"]] = [value, low, high]
    return simulated.with_estimates(inputs, table)


def finding(inputs) -> str:
    html = compose(inputs).html
    return words_of(re.search(r'<p class="finding">(.*?)</p>', html, re.DOTALL)[1]).strip()


def test_an_interval_that_holds_one_is_no_clear_difference():
    said = finding(with_interval(0.7, 1.0, 1.4))
    assert said.startswith("The data show no clear difference between New arm and Old arm in")
    assert "0.70–1.40" in said


@pytest.mark.parametrize(
    ("low", "value", "high", "direction"), [(1.1, 1.5, 2.0, "shorter"), (0.3, 0.5, 0.8, "longer")]
)
def test_an_interval_beside_one_is_told_with_its_direction(low, value, high, direction):
    said = finding(with_interval(low, value, high))
    assert f"Overall survival was {direction} in New arm than in Old arm after adjustment" in said
    assert f"{value:.2f}, 95% CI {low:.2f}–{high:.2f}" in said


@pytest.mark.parametrize(
    "inputs",
    [
        simulated.inputs(),
        simulated.inputs(events=False),
        with_interval(1.1, 1.5, 2.0),
        simulated.inputs(groups={"old": "Old arm"}),
    ],
    ids=["plain", "no event", "clear", "one group"],
)
def test_banned_words_never_stand_in_the_report(inputs):
    text = words_of(compose(inputs).html).lower()
    for phrase in BANNED:
        assert not re.search(rf"\b{phrase}\b", text), phrase


def test_methods_name_what_the_study_file_says():
    changed = simulated.inputs(
        models={
            "univariable": ["new"],
            "adjusted": ["new", "late"],
            "ties": "breslow",
            "interval_level": 0.9,
            "kaplan_meier_interval": "plain",
        },
        month_days=30.5,
    )
    text = words_of(compose(changed).html)
    assert "Breslow’s method for ties" in text
    assert "90% confidence intervals" in text
    assert "on the plain scale" in text
    assert "a month has 30.5 days" in text
    # The limits of data quality have a level of their own.
    assert "95%" not in text.replace("outside the limits of 95%", "")


def test_methods_name_no_model_that_did_not_run():
    inputs = simulated.inputs()
    table = inputs.estimates
    kept = table[~table["model"].isin(["log_rank", "log_rank_stratified", "response_difference"])]
    text = words_of(compose(simulated.with_estimates(inputs, pd.DataFrame(kept))).html)
    assert "log-rank" not in text
    assert "Newcombe" not in text


def test_the_groups_are_defined_in_the_words_of_the_study_file():
    derived = {
        "arm": {
            "label": "Arm",
            "codes": {"new": "New arm", "old": "Old arm", "none": "No arm"},
            "cases": [
                {"when": {"stage": "late", "fever": "yes"}, "then": "new"},
                {"when": {"any": [{"age": {"at_least": "70"}}, {"fever": "no"}]}, "then": "old"},
            ],
            "otherwise": "none",
        }
    }
    text = words_of(compose(simulated.inputs(derived=derived)).html)
    assert (
        "The first of these that applies decides: New arm: stage late and fever; Old arm: age at "
        "start at least 70 or no fever; No arm: all others."
    ) in text


def test_a_trend_is_not_told_as_a_comparison_of_groups():
    terms = {"new": {"variable": "age", "per": 10, "label": "Age, per decade"}}
    inputs = simulated.inputs(terms=terms, models={"univariable": ["new"], "adjusted": ["new"]})
    table = inputs.estimates.copy()
    rows = (table["statistic"] == "hazard_ratio") & (table["population"] == "primary")
    table.loc[rows, ["value", "ci_low", "ci_high"]] = [1.5, 1.2, 1.9]
    told = simulated.with_estimates(inputs, table)
    assert finding(told).startswith(
        "Higher values (“Age, per decade”) went with shorter overall survival after adjustment"
    )
    text = words_of(compose(told).html)
    assert "Hazard ratios are those of “Age, per decade”" in text
    assert "compare New arm with Old arm" not in text
    assert "(reference) 1.50" not in text
    table.loc[rows, "ci_low"] = 0.8
    assert finding(simulated.with_estimates(inputs, table)).startswith(
        "The data show no clear association of “Age, per decade” with overall survival"
    )
