"""Data quality in the report: what a center's rate is held against, and what has no rate."""

import re

import pandas as pd
import pytest

from multicentric.report.document import compose
from tests.unit.report import simulated
from tests.unit.report.conftest import plain


@pytest.fixture(scope="module")
def inputs():
    return simulated.inputs()


@pytest.fixture(scope="module")
def html(inputs):
    return compose(inputs).html


def table(html, id):
    return plain(html[html.index(f'id="{id}"') :].split("</table>")[0])


def line(html, id, head):
    rows = re.findall(r"<tr.*?</tr>", table(html, id))
    (found,) = [row for row in rows if f">{head}<" in row]
    return found


def percent(share):
    return f"{100 * share:.1f}"


def test_each_center_stands_beside_its_own_funnel_limits(inputs, html):
    rates = inputs.quality[inputs.quality["rule"] == "R08"]
    told = line(html, "rates", "R08: Start of treatment and last contact")
    for row in rates.to_dict("records"):
        limits = f"{percent(row['action_low'])}–{percent(row['action_high'])}"
        assert f'{percent(row["rate"])}<span class="sub">{limits}</span>' in told
    assert f">{percent(rates['expected'].iloc[0])}<" in told
    assert ">25.0<" in told


def test_a_center_outside_its_limits_is_marked_and_the_others_are_not(inputs, html):
    outside = inputs.quality["outside"].value_counts()
    assert (outside["above"], outside["below"]) == (1, 1)
    told = line(html, "rates", "Value not possible: Age at start")
    assert (told.count("↑"), told.count("↓"), told.count("shade-5")) == (1, 1, 2)
    assert table(html, "rates").count("shade-5") == 2


def test_a_rule_that_every_center_keeps_and_a_full_variable_have_no_line(html):
    assert "R09" not in table(html, "rates")
    assert "Age at start" not in table(html, "completeness")


def test_completeness_is_of_the_variables_of_the_analysis(html):
    assert "Stage" in table(html, "completeness")
    # An empty date of an event is no gap: the event has not happened.
    assert "Last contact" not in table(html, "completeness")


def test_questions_over_deliveries(html):
    before = line(html, "questions", "Before it")
    assert "8 July 2023" in before
    assert before.count("–") == 2
    assert line(html, "questions", "Newest").count("2 January 2024") == 3


def test_what_does_not_apply_is_no_zero(inputs):
    quality = inputs.quality.copy()
    nobody = (quality["rule"] == "R08") & (quality["center"] == "beta")
    quality.loc[nobody, ["n", "failed"]] = 0
    quality.loc[nobody, ["rate", "expected", "action_low", "action_high"]] = pd.NA
    page = compose(simulated.with_quality(inputs, quality))
    assert line(page.html, "rates", "R08: Start of treatment and last contact").count(">–<") == 1


def test_a_rule_between_centers_is_kept_or_asked_about(inputs):
    one = inputs.quality[inputs.quality["rule"] == "R08"]
    between = one.assign(rule="R29", variables="age", n=1, failed=[1, 0, 0])
    quality = pd.concat([inputs.quality, between], ignore_index=True)
    quality.loc[quality["rule"] == "R29", "expected"] = pd.NA
    page = compose(simulated.with_quality(inputs, quality))
    told = line(page.html, "rates", "R29: Age at start")
    assert (told.count(">asked<"), told.count(">kept<")) == (1, 2)


def test_many_centers_go_on_below_in_the_same_order():
    names = tuple(f"c{n:02d}" for n in range(11))
    html = compose(simulated.inputs(centers=names, per_group=40)).html
    heads = [*re.findall(r">(c\d\d)<", table(html, "rates")), "/"]
    heads += re.findall(r">(c\d\d)<", table(html, "rates-9"))
    assert heads == [*names[:9], "/", *names[9:]]


def test_nothing_asked_has_no_table(inputs):
    html = compose(simulated.with_quality(inputs, inputs.quality.iloc[:0])).html
    for id in ("rates", "completeness", "questions"):
        assert f'id="{id}"' not in html
