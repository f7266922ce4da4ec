"""The journal's number style: a setting that reaches every number of the report."""

import re
from dataclasses import replace

import pytest

from multicentric.report import compose
from multicentric.report.numbers import STYLES
from multicentric.settings import Settings
from multicentric.study import load_settings
from tests.unit.report import simulated
from tests.unit.report.test_sections import words_of


def written(value, low, high, between, mark="."):
    bounds = between.join(f"{bound:.2f}" for bound in (low, high))
    return f"{value:.2f} ({bounds})".replace(".", mark)


def page_in(style):
    inputs = simulated.inputs()
    return inputs, words_of(compose(replace(inputs, settings=Settings(number_style=style))).html)


@pytest.mark.parametrize(
    ("style", "between", "mark", "p_value"),
    [
        ("icmje", "–", ".", r"\bP = 0\.\d\d"),
        ("jama", "–", ".", r"\bP = \.\d\d"),
        ("nejm", " to ", ".", r"\bP = 0\.\d\d"),
        ("lancet", "–", "·", r"\bP = 0·\d\d"),
        ("bmj", " to ", ".", r"\bP = 0\.\d\d"),
        ("annals", " to ", ".", r"\bP = 0\.\d\d"),
    ],
)
def test_each_style_writes_intervals_and_p_values_its_way(style, between, mark, p_value):
    inputs, text = page_in(style)
    table = inputs.estimates
    row = table[
        (table["model"] == "cox_adjusted_stratified") & (table["statistic"] == "hazard_ratio")
        & (table["term"] == "new") & (table["population"] == "primary")
    ].iloc[0]  # fmt: skip
    assert written(row["value"], row["ci_low"], row["ci_high"], between, mark) in text
    assert re.search(p_value, text)
    assert f"Number style {style}" in text


def test_no_decimal_point_is_left_where_the_style_has_another():
    _, text = page_in("lancet")
    body = text[: text.index("Appendix")] if "Appendix" in text else text
    assert not re.search(r"\d\.\d", re.sub(r"3\.11\.0|70\.0", "", body))


def test_every_style_of_the_settings_is_known_and_the_file_names_one(tmp_path):
    assert set(Settings.model_json_schema()["properties"]["number_style"]["enum"]) == set(STYLES)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text("number_style: bmj\n", encoding="utf-8")
    assert load_settings(tmp_path).number_style == "bmj"
