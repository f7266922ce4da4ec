"""Every section copes with what a study can be, and says why a number is absent."""

import re

import pandas as pd
import pytest

from multicentric.report import compose, render_report
from tests.unit.report import simulated
from tests.unit.report.conftest import make, plain

OUT = {
    "center": "delta",
    "drop": "2024-01-02",
    "state": "out",
    "reason": "The file cannot be read.",
    "place": "delta.csv",
    "records": 0,
    "held": 0,
    "queries": 1,
    "findings": [],
    "mapping": {},
}
LONG = "A label of sixty characters that does not want to end so soon"[:60]
TWELVE = {f"g{n}": f"{n} {LONG}"[:60] for n in range(12)}


def words_of(html: str) -> str:
    return plain(re.sub(r"<[^>]+>", " ", html)).replace("&nbsp;", " ")


@pytest.mark.parametrize(
    "scenario",
    [
        {"groups": TWELVE, "per_group": 15},
        {"groups": {"new": LONG, "old": f"Old {LONG}"[:60]}},
        {"centers": (), "out": [OUT]},
        {"centers": tuple(f"center-{n:02d}" for n in range(40)), "per_group": 200},
        {"median": 400},
        {"landmarks": [], "baseline": []},
    ],
    ids=["twelve groups", "long labels", "no center", "forty centers", "not reached", "bare"],
)
def test_the_report_renders_without_a_complaint(scenario):
    assert render_report(simulated.inputs(**scenario)).startswith(b"%PDF-1.7")


def test_a_center_that_is_out_is_said_on_the_first_page():
    made = make(simulated.inputs(out=[OUT]))
    assert "A center is not in these results" in made.pages[0]
    assert "delta (out): The file cannot be read. delta.csv" in made.pages[0]
    assert "3 of 4 centers are in the results." in made.pages[0]


def test_without_any_center_the_report_says_why():
    text = words_of(compose(simulated.inputs(centers=(), out=[OUT])).html)
    assert "No center is in the results, so no patient could be analyzed." in text
    assert "The file cannot be read." in text
    assert "Kaplan" not in text


def test_a_median_that_is_not_reached_is_explained():
    html = compose(simulated.inputs(median=400)).html
    text = words_of(html)
    assert re.search(r"<td[^>]*>\s*NR", html)
    assert "NR, not reached within follow-up" in text


def test_a_model_without_events_says_so():
    text = words_of(compose(simulated.inputs(events=False)).html)
    assert "not estimable" in text
    assert "Not estimable: no events." in text
    assert (
        "The adjusted hazard ratio of overall survival could not be estimated (no events)." in text
    )


def test_a_failed_model_prints_its_note():
    inputs = simulated.inputs()
    table = inputs.estimates.copy()
    failed = table["model"] == "cox_adjusted_stratified"
    table.loc[failed, ["value", "std_error", "ci_low", "ci_high", "p_value"]] = pd.NA
    table.loc[failed, "note"] = "the likelihood has no maximum"
    changed = simulated.with_estimates(inputs, table)
    text = words_of(compose(changed).html)
    assert "could not be estimated (the likelihood has no maximum)" in text
    assert "Not estimable: the likelihood has no maximum." in text


def test_a_model_that_did_not_run_is_no_gap():
    inputs = simulated.inputs()
    kept = inputs.estimates[inputs.estimates["model"] != "cox_adjusted"]
    text = words_of(compose(simulated.with_estimates(inputs, kept)).html)
    assert "Not estimable: this model was not run." in text


def test_one_group_has_no_comparison():
    text = words_of(compose(simulated.inputs(groups={"old": "Old arm"})).html)
    assert "The study has one group" in text
    assert "Hazard ratios compare" not in text
    assert "The median overall survival was" in text


def test_the_exposed_group_comes_first_everywhere():
    html = compose(simulated.inputs(groups={"new": "New arm", "old": "Old arm"})).html
    for part in re.findall(r"<thead>.*?</thead>", html, re.DOTALL):
        if "New arm" in part and "Old arm" in part:
            assert part.index("New arm") < part.index("Old arm")
    flow = html[html.index('class="flow-groups"') :]
    assert flow.index("New arm") < flow.index("Old arm")


def test_the_flow_adds_up():
    inputs = simulated.inputs()
    text = words_of(compose(inputs).html)
    sent = len(inputs.disposition)
    assert f"{sent} records sent by 3 centers" in text
    assert f"{sent - 1} usable records" in text
    assert "2 not eligible 2 Too old" in text
    assert f"{sent - 3} patients analyzed" in text


def test_records_by_center_add_up(report):
    disposition = report.inputs.disposition
    for center, of_center in disposition.groupby("center"):
        analysed = int((of_center["disposition"] == "analysed").sum())
        assert re.search(rf"{center} {len(of_center)} \d+ \d+ {analysed}\b", report.text)


def test_the_status_of_the_mappings_is_a_grid_of_what_is_not_complete(report):
    grid = report.page.html.split('id="mapping"')[1].split("</table>")[0]
    rows = [words_of(row).split() for row in grid.split("<tr")[1:]]
    assert [row[-3:] for row in rows] == [
        ["alpha", "beta", "gamma"],
        ["yes", "no", "yes"],
        ["part", "open", "yes"],
    ]
    assert "Stage" in rows[1]
    assert "Fever" in rows[2]


def test_mappings_that_are_complete_everywhere_need_no_grid():
    text = words_of(compose(simulated.inputs(centers=("gamma",))).html)
    assert "Status of the mapping" not in text


def test_every_number_at_risk_is_there(report):
    table = report.inputs.estimates
    for statistic in ("at_risk", "censored", "events"):
        rows = table[
            (table["statistic"] == statistic)
            & (table["level"] == "new")
            & (table["at"].isin(range(0, 49, 6)))
        ]
        line = " ".join(f"{value:.0f}" for value in rows.sort_values("at")["value"])
        assert line in report.text


def test_table_one_has_missing_counts_and_differences(report):
    inputs = simulated.inputs()
    baseline = inputs.baseline.copy()
    of_stage = (baseline["variable"] == "stage") & (baseline["group"] != "old")
    baseline.loc[of_stage, ["n", "n_missing"]] = baseline.loc[of_stage, ["n", "n_missing"]] + [
        -6,
        6,
    ]
    html = compose(simulated.with_baseline(inputs, baseline)).html
    text = words_of(html)
    assert "Missing" in text
    assert "6 (10.0)" in text
    assert "SMD" in text
    table_one = html[html.index('id="baseline-1"') : html.index('id="os"')]
    assert "<i>P</i>" not in table_one


@pytest.fixture(scope="module")
def thorough():
    """A report with everything that a study file can ask for."""
    models = {
        "univariable": ["new"],
        "adjusted": ["new", "age10", "late"],
        "margin": [0.8, 1.25],
        "worth_finding": 1.5,
    }
    sensitivity = {"late_only": {"label": "Late stage only", "keep": {"stage": "late"}}}
    sensitivity["late_only"]["without"] = ["late"]
    return make(
        simulated.inputs(
            per_group=120, models=models, subgroups=["stage", "fever"], sensitivity=sensitivity
        )
    )


def exposure_rows(made, model, population):
    table = made.inputs.estimates
    rows = table[(table["model"] == model) & (table["population"] == population)]
    return rows[(rows["term"] == "new") & (rows["statistic"] == "hazard_ratio")].iloc[0]


def counts_of(made, population, group) -> str:
    table = made.inputs.estimates
    own = table[(table["model"] == "group_counts") & (table["population"] == population)]
    row = own[own["level"] == group].iloc[0]
    return f"{row['n_events']} / {row['n']}"


def as_printed(row) -> str:
    return f"{row['value']:.2f} ({row['ci_low']:.2f}–{row['ci_high']:.2f})"


@pytest.mark.parametrize(
    ("label", "model", "population"),
    [
        ("Early", "interaction", "subgroup:stage=early"),
        ("Late", "interaction", "subgroup:stage=late"),
        ("Yes", "interaction", "subgroup:fever=yes"),
        ("Late stage only", "cox_adjusted_stratified", "sensitivity:late_only"),
        ("Primary analysis", "cox_adjusted_stratified", "primary"),
        ("Random effect of center, gamma", "cox_adjusted_gamma_frailty", "primary"),
        ("beta", "leave_one_center_out", "without:beta"),
    ],
)
def test_each_row_of_a_forest_says_its_estimate(thorough, label, model, population):
    row = exposure_rows(thorough, model, population)
    counts = f"{row['n']} {row['n_events']}"
    if population.startswith("subgroup:"):
        counts = " ".join(counts_of(thorough, population, group) for group in ("new", "old"))
    assert f"{label} {counts} {as_printed(row)}" in thorough.text


def test_a_result_is_put_against_margin_and_power(thorough):
    table = thorough.inputs.estimates.set_index("statistic")
    assert "Against the declared margin of 0.80–1.25" in thorough.text
    power = round(100 * table.loc["power", "value"])
    events = table.loc["power", "n_events"]
    model = f"With the {events} events of the adjusted model"
    found = f"{model} the power to find a hazard ratio of 1.50 is {power}%."
    assert found in thorough.text


def test_no_text_shows_the_markup_of_the_report_itself(thorough):
    assert not re.search(r"&lt;/?(?:span|sup|i|b|a)\b", thorough.page.html)


def test_heterogeneity_and_proportional_hazards_are_told(thorough):
    table = thorough.inputs.estimates
    i2 = table[(table["model"] == "two_stage_reml") & (table["statistic"] == "i2")]["value"].iloc[0]
    assert f"I² = {i2:.0f}%" in thorough.text
    assert "Proportional hazards in the primary model (score test)" in thorough.text


def test_a_rate_without_an_interval_is_a_point_with_its_reason():
    inputs = simulated.inputs()
    table = inputs.estimates.copy()
    at_alpha = (
        (table["population"] == "center:alpha")
        & (table["statistic"] == "survival")
        & (table["at"] == 12)
    )
    assert at_alpha.sum() == 1
    table.loc[at_alpha, ["value", "ci_low", "ci_high"]] = [1.0, pd.NA, pd.NA]
    table.loc[at_alpha, "note"] = "no interval: nobody had the event by then"
    page = compose(simulated.with_estimates(inputs, table))
    assert "No interval: nobody had the event by then." in words_of(page.html)
    rows = page.html.split('id="centers-os"')[1].split("</tbody>")[0].split("<tr")
    row = next(row for row in rows if ">alpha<" in row)
    drawing = page.bundle[re.search(r"url\((figures/centers-os-\d+-rate.svg)\)", row)[1]]
    assert b"<circle" in drawing
    assert b"<line" not in drawing
    assert b"<polygon" not in drawing


def test_a_model_of_the_exposure_alone_counts_no_other_factor():
    models = {"univariable": ["new"], "adjusted": ["new"]}
    text = words_of(compose(simulated.inputs(models=models)).html)
    assert "0 other" not in text
    assert "in the primary model, which holds no other factor," in text


def test_one_other_factor_is_no_plural():
    models = {"univariable": ["new"], "adjusted": ["new", "late"]}
    assert "adjusted for 1 other factor as well," in words_of(
        compose(simulated.inputs(models=models)).html
    )


def test_abbreviations_of_the_study_are_told_where_they_stand_as_words():
    html = compose(simulated.inputs(texts={"abbreviations": {"arm": "limb", "ar": "no word"}})).html
    cox = html[html.index('id="cox-os-univariable"') :].split("</div>")[0]
    assert "arm, limb" in cox
    assert "no word" not in html
