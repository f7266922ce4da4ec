"""The appendix on the primary models: residuals as panels, events along numbers, influence."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from multicentric.estimates.diagnostics import diagnostics
from multicentric.report import compose
from multicentric.report.canvas import POINT, text_width
from multicentric.report.journal import journal_figures
from multicentric.study import part_for
from tests.unit.report import simulated
from tests.unit.report.conftest import make
from tests.unit.report.test_record import foreign
from tests.unit.report.test_sections import words_of


def residuals_of(inputs, *, events=True, seed=20240309):
    """The residuals of the very patients on whom `simulated.inputs` drew its estimates."""
    rng = np.random.default_rng(seed)
    patients = simulated.some_patients(rng, ["new", "old"], ["alpha", "beta", "gamma"], 60)
    times = simulated.some_times(rng, patients, events, 18)
    return diagnostics(patients, times, part_for("estimates", inputs.study))


@pytest.fixture(scope="module")
def inputs():
    made = simulated.inputs()
    return replace(made, diagnostics=residuals_of(made))


@pytest.fixture(scope="module")
def made(inputs):
    return make(inputs)


def test_every_factor_has_a_panel_with_the_p_value_of_its_test(inputs):
    page = compose(inputs)
    drawing = page.bundle["figures/schoenfeld-os.svg"].decode()
    table = inputs.estimates
    tests = table[
        (table["model"] == "proportional_hazards") & (table["statistic"] == "chi_square_km")
    ].set_index("term")
    for term in inputs.study.models.adjusted:
        assert inputs.study.terms[term].label in drawing
        p_value = tests.loc[term, "p_value"]
        assert any(
            entry.source.endswith("chi_square_km:residuals")
            and f"/{term}/" in entry.source
            and abs(float(entry.text) - p_value) < 0.01
            for entry in page.numbers.printed
        )


def test_its_numbers_are_recorded_and_printed(made):
    assert foreign(made) == Counter()
    assert "Appendix D Diagnostics: overall survival" in made.text


def test_observed_events_of_a_factor_add_up(inputs):
    html = compose(inputs).html
    table = html[html.index('id="form-os"') :].split("</table>")[0]
    rows = [words_of(row).split() for row in table.split("<tr")[1:]]
    observed = [int(row[-4]) for row in rows if re.fullmatch(r"\(\d.*\)", row[-1])]
    primary = inputs.estimates[
        (inputs.estimates["model"] == "cox_adjusted_stratified")
        & (inputs.estimates["population"] == "primary")
        & (inputs.estimates["statistic"] == "hazard_ratio")
    ]
    assert sum(observed) == primary["n_events"].iloc[0]


def test_a_model_without_residuals_says_why():
    bare = simulated.inputs(events=False)
    text = words_of(compose(replace(bare, diagnostics=residuals_of(bare, events=False))).html)
    assert "The primary model has no residuals (no events" in text or "Not drawn:" in text


def test_where_residuals_are_not_to_be_shown_there_is_no_appendix():
    page = compose(simulated.inputs())
    assert "Diagnostics:" not in page.html


def test_the_panels_are_a_figure_for_a_journal_with_their_residuals(inputs):
    figure = next(f for f in journal_figures(compose(inputs), inputs) if f.name == "schoenfeld-os")
    events = figure.data[figure.data["kind"] == "schoenfeld"]
    assert set(events["term"]) == set(inputs.study.models.adjusted)
    assert events["value"].notna().all()


def texts_of(drawing):
    found = re.findall(r'<text style="([^"]*)" x="([-\d.]+)" y="([-\d.]+)"[^>]*>([^<]*)', drawing)
    return [(style, float(x), float(y), text) for style, x, y, text in found]


def test_the_axes_are_named_and_their_months_are_round(inputs):
    texts = texts_of(compose(inputs).bundle["figures/schoenfeld-os.svg"].decode())
    words = Counter(text for *_, text in texts)
    panels = len(inputs.study.models.adjusted)
    assert words["Log hazard ratio"] == panels
    assert words["Months, Kaplan–Meier scale"] == min(panels, 3)
    lowest = max(y for *_, y, text in texts if text.isdigit())
    months = [int(text) for *_, y, text in texts if y == lowest]
    assert months[0] == 0
    assert len(months) >= 3 * panels
    assert all(month % inputs.study.times_to_event["os"].tick_months == 0 for month in months)


def test_p_is_slanted_and_stays_within_its_panel(inputs):
    texts = texts_of(compose(inputs).bundle["figures/schoenfeld-os.svg"].decode())
    letters = [(x, y) for style, x, y, text in texts if text == "P" and "italic" in style]
    values = [(x, y, text) for _, x, y, text in texts if re.match(r"\s[=<]\s", text)]
    assert len(letters) == len(values) == len(inputs.study.models.adjusted)
    heads = [(x, y) for *_, x, y, text in texts if text == "Log hazard ratio"]
    for x, y, text in values:
        end = x + POINT * text_width(text, 7.4)
        beside = [at for at, up in heads if up == y and at > x]
        assert all(at - end > 4 * POINT for at in beside)


def test_the_alternative_text_names_the_least_proportional_factor(inputs):
    page = compose(inputs)
    table = inputs.estimates
    tests = table[
        (table["model"] == "proportional_hazards")
        & (table["statistic"] == "chi_square_km")
        & table["term"].isin(inputs.study.models.adjusted)
    ].set_index("term")["p_value"]
    label = inputs.study.terms[tests.astype(float).idxmin()].label
    (said,) = re.findall(r'alt="(Scaled Schoenfeld[^"]*)"', page.html)
    assert f"{label}, P" in said
    assert len(said) <= 250
