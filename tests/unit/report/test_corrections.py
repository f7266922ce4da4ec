"""What the coordinating center corrected: how many values, and what hangs on them."""

import copy
from dataclasses import replace

import pandas as pd
import pytest
from markupsafe import Markup

from multicentric.report.document import compose
from tests.unit.report import simulated
from tests.unit.report.conftest import plain

PRIMARY = "cox_adjusted_stratified"


@pytest.fixture(scope="module")
def inputs():
    return simulated.inputs()


def corrected(inputs, *counts):
    """The same study, with so many corrected values in its first centers."""
    status = copy.deepcopy(inputs.status)
    for center, n in zip(status["centers"], counts, strict=False):
        center["findings"].append(
            {"rule": "corrected", "severity": "note", "effect": "none", "variables": "age", "n": n}
        )
    return replace(inputs, status=status)


def with_as_sent(inputs, ratio):
    """With a cohort as sent of two patients fewer."""
    table = inputs.estimates
    is_ratio = (table["statistic"] == "hazard_ratio") & (table["term"] == "new")
    own = table[(table["model"] == PRIMARY) & (table["population"] == "primary") & is_ratio]
    own = own.assign(population="as_sent", value=ratio)
    counted = own.assign(term="", statistic="analysed", value=118.0)
    added = [rows.astype(table.dtypes.to_dict()) for rows in (counted, own)]
    return replace(inputs, estimates=pd.concat([table, *added], ignore_index=True))


def said(inputs):
    html = compose(inputs).html
    section = html[html.index('id="quality"') :].split("</section>")[0]
    return plain(Markup(section).striptags())


def test_no_correction_is_said_to_be_none(inputs):
    assert "The coordinating center has corrected no value: all results are" in said(inputs)


def test_corrections_are_counted_and_put_beside_the_cohort_as_sent(inputs):
    primary = inputs.estimates.query("model == @PRIMARY and population == 'primary'")
    now = primary.query("statistic == 'hazard_ratio' and term == 'new'")["value"].item()
    text = said(with_as_sent(corrected(inputs, 2, 1), 1.75))
    assert "has corrected 3 values, each with a reason. Without these corrections 118" in text
    assert "patients would be analyzed instead of 120; the primary hazard ratio of overall" in text
    assert "survival would be 1.75 (" in text
    assert f") instead of {now:.2f}." in text
    assert "Value corrected by the coordinating center" in text


def test_one_value_is_one_value_and_a_failed_model_has_no_ratio(inputs):
    text = said(with_as_sent(corrected(inputs, 1), pd.NA))
    assert "has corrected 1 value, each" not in text
    assert "has corrected 1 value, with a reason." in text
    assert "the primary hazard ratio of overall survival could not be estimated." in text


def test_the_cohort_as_sent_is_the_last_of_the_sensitivity_analyses(inputs):
    html = compose(with_as_sent(corrected(inputs, 1), 1.75)).html
    assert "Values as sent, without corrections" in html
    assert "Values as sent, without corrections" not in compose(inputs).html
