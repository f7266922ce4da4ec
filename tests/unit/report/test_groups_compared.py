"""The appendix on the groups: log-log plots and propensity scores, or why there are none."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from multicentric.estimates.diagnostics import diagnostics
from multicentric.report import compose
from multicentric.report.canvas import POINT, text_width
from multicentric.report.figure_data import figure_sources
from multicentric.report.journal import journal_figures
from multicentric.report.km_figure import FEW_AT_RISK
from multicentric.report.survival import LONGEST_ALT
from multicentric.study import part_for
from tests.unit.report import simulated
from tests.unit.report.conftest import make, plain
from tests.unit.report.test_record import foreign, numbers_in
from tests.unit.report.test_sections import words_of

TWO = {"new": "New arm", "old": "Old arm"}
THREE = {"new": "First", "mid": "Second", "old": "Third"}
LONG = {"new": f"N{' more' * 12}", "old": "O <b>&"}


def made_with(groups=TWO, centers=("alpha", "beta", "gamma"), per_group=60, events=True, **more):
    """A report's inputs with diagnostics of the very patients on whom the estimates stand."""
    choice = {"groups": groups, "centers": centers, "per_group": per_group, "events": events}
    made = simulated.inputs(**choice, **more)
    rng = np.random.default_rng(20240309)
    patients = simulated.some_patients(rng, list(groups), list(centers), per_group)
    times = simulated.some_times(rng, patients, events, 18)
    return replace(
        made, diagnostics=diagnostics(patients, times, part_for("estimates", made.study))
    )


def appendix(page):
    return next(section for section in page.sections if section.id == "diagnostics")


def rows_of(inputs, kind, **wanted):
    table = inputs.diagnostics[inputs.diagnostics["kind"] == kind]
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table


SCENARIOS = {
    "two groups": {},
    "three groups": {"groups": THREE},
    "one center": {"centers": ("alpha",)},
    "no event": {"events": False},
    "one group": {"groups": {"old": "Old arm"}},
    "few": {"per_group": 8},
    "long names": {"groups": LONG},
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_number_is_recorded_and_printed_and_alternative_texts_are_short(name):
    made = make(made_with(**SCENARIOS[name]))
    # The head of a table that goes over a page is printed again, and recorded once.
    recorded = numbers_in(" ".join(plain(entry.text) for entry in made.page.numbers.printed))
    assert set(foreign(made)) <= set(recorded)
    text = plain(made.text)
    assert [e for e in made.page.numbers.printed if plain(e.text) not in text] == []
    alts = re.findall(r'alt="([^"]*)"', made.page.html)
    assert max(map(len, alts)) <= LONGEST_ALT
    section = appendix(made.page)
    assert section.text or (section.figures and section.tables)


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("one group", "There is one group, so no log–log plot compares hazards."),
        ("one group", "There is no propensity score: there is one group only."),
        ("no event", "there is no curve of New arm (no events in this group)"),
        ("few", "no propensity score of New arm: fewer than ten complete cases in a group."),
    ],
)
def test_what_is_not_there_says_why(scenario, said):
    assert said in words_of(compose(made_with(**SCENARIOS[scenario])).html)


def test_a_group_without_events_is_named_beside_the_others():
    inputs = made_with(groups=THREE)
    table = inputs.diagnostics.copy()
    lost = (table["kind"] == "log_log") & (table["level"] == "mid")
    table.loc[lost, ["value", "at"]] = pd.NA
    table.loc[lost, "note"] = "no events in this group"
    html = compose(replace(inputs, diagnostics=table)).html
    assert "there is no curve of Second (no events in this group)" in words_of(html)
    assert 'id="log-log"' in html


def test_the_table_tells_the_results():
    inputs = made_with()
    (table,) = appendix(compose(inputs)).tables
    for row, group in zip(table.lines(), ("new", "old"), strict=True):
        texts = [str(cell.text) for cell in row.cells[1:]]
        scores = rows_of(inputs, "overlap_score", level=group).set_index("x")["value"]
        assert texts[0] == str(rows_of(inputs, "overlap_score", level=group)["n"].iloc[0])
        assert texts[1:6] == [f"{scores[share]:.3f}" for share in (0, 0.05, 0.5, 0.95, 1)]
        for text, kind in zip(texts[6:], ("overlap_outside", "overlap_center"), strict=True):
            assert text == f"{rows_of(inputs, kind, level=group)['value'].item():.0f}"
    found = rows_of(inputs, "overlap_concordance")["value"].item()
    assert f"area under the curve: {found:.2f}" in table.notes.general[0]


def test_one_center_has_no_column_of_centers():
    (table,) = appendix(compose(made_with(centers=("alpha",)))).tables
    assert [column.head for column in table.columns][-1] == "Outside"
    assert "without the center" not in compose(made_with(centers=("alpha",))).html


def bars(svg):
    """Left, right and heights above (>0) or below the axis, in points, by color."""
    found = {}
    for d, fill in re.findall(r'<path d="([^"]*)"[^>]*?fill: (#[0-9a-f]{6})', svg):
        places = [(float(x), float(y)) for x, y in re.findall(r"[ML] ([-\d.]+) ([-\d.]+)", d)]
        if len(places) == 4:
            found.setdefault(fill, []).append(places)
    return found


def test_bars_stand_for_their_shares_exposed_above_and_reference_below():
    inputs = made_with()
    page = compose(inputs)
    drawn = bars(page.bundle["figures/overlap-score.svg"].decode())
    heights = {}
    for group, color, side in (("new", "#c0470f", 1), ("old", "#1f5a99", -1)):
        own = [
            (max(y for _, y in bar), min(y for _, y in bar))
            for bar in drawn[color]
            if len(bar) == 4
        ]
        shares = rows_of(inputs, "overlap_bin", level=group)["value"].to_numpy(float)
        up = np.array([low - high for low, high in own])
        assert len(up) == len(shares)
        heights[group] = up[shares > 0] / shares[shares > 0]
        assert np.ptp(heights[group]) < 0.01 * heights[group].mean()
        zero = own[0][0] if side > 0 else own[0][1]
        assert all(abs((low if side > 0 else high) - zero) < 0.01 for low, high in own)
    assert heights["new"].mean() == pytest.approx(heights["old"].mean(), rel=0.01)


SIDES = ("width", "height")
ASCENT, DESCENT = 0.73 * 8, 0.21 * 8  # points that letters of 8 points take over and below a line


def texts_of(svg):
    return re.findall(r'<text style="([^"]*)" x="([-\d.]+)" y="([-\d.]+)"[^>]*>([^<]*)', svg)


@pytest.mark.parametrize("name", ["two groups", "three groups", "long names"])
def test_letters_stand_within_the_drawings_and_ticks_apart(name):
    page = compose(made_with(**SCENARIOS[name]))
    for drawing in ("figures/log-log.svg", "figures/overlap-score.svg"):
        svg = page.bundle[drawing].decode()
        width, height = (float(re.search(rf'{of}="([\d.]+)pt"', svg)[1]) for of in SIDES)
        ends: dict[str, list[tuple[float, float]]] = {}
        for style, x, y, text in texts_of(svg):
            bold = "font-weight: 600" in style or "600" in style.split("font:")[-1][:5]
            right = float(x) + POINT * text_width(text, 8, bold=bold)
            assert 0 <= float(x) <= right <= width, text
            assert ASCENT <= float(y) <= height - DESCENT, text
            ends.setdefault(y, []).append((float(x), right))
        for line in ends.values():
            places = sorted(line)
            assert all(a[1] < b[0] for a, b in pairwise(places))


def test_the_curves_go_through_the_results():
    inputs = made_with()
    page = compose(inputs)
    svg = page.bundle["figures/log-log.svg"].decode()
    for group, color in (("new", "#c0470f"), ("old", "#1f5a99")):
        rows = rows_of(inputs, "log_log", level=group)
        months, value = rows["at"].to_numpy(float), rows["value"].to_numpy(float)
        parts = re.findall(rf'<path d="([^"]*)"[^>]*stroke: {color}; stroke-width: [\d.]+', svg)
        places = np.array(re.findall(r"[ML] ([-\d.]+) ([-\d.]+)", " ".join(parts)), dtype=float)
        heights = np.unique(places[:, 1])[::-1]
        wanted = np.unique(value)
        assert len(heights) == len(wanted)
        # Both scales are straight lines of log months and of the value.
        assert abs(np.corrcoef(heights, wanted)[0, 1]) == pytest.approx(1)
        first = np.array([places[places[:, 1] == h, 0].min() for h in heights])
        steps = np.array([months[value == v].min() for v in wanted])
        # The first may have been before the axis begins.
        assert np.corrcoef(first[1:], np.log(steps[1:]))[0, 1] == pytest.approx(1)


def log_log_of(page):
    return next(figure for figure in appendix(page).figures if figure.id == "log-log")


def test_a_log_log_curve_is_thin_after_the_step_that_leaves_few():
    inputs = made_with()
    page = compose(inputs)
    svg = page.bundle["figures/log-log.svg"].decode()
    path = r'<path d="([^"]*)"[^>]*stroke: #c0470f; stroke-width: '
    thick, thin = (re.findall(path + width, svg) for width in (r"1\.35", r"0\.6"))
    ends = [re.findall(r"[ML] ([-\d.]+)", d[0]) for d in (thick, thin)]
    assert ends[0][-1] == ends[1][0]
    rows = rows_of(inputs, "log_log", level="new").dropna(subset="n")
    few = (rows["n"] - rows["n_events"] < FEW_AT_RISK).sum()
    # From the step itself to the last event, and on to the end of the curve.
    assert len(set(ends[1])) == few + 1


def test_the_log_log_caption_says_how_far_it_is_drawn():
    inputs = made_with()
    end = inputs.study.times_to_event["os"].axis_months
    page = compose(inputs)
    assert log_log_of(page).caption.endswith(
        f"few patients (thin where fewer than {FEW_AT_RISK} are at risk); follow-up beyond {end} "
        "months is not drawn."
    )
    assert str(end) in [text for *_, text in texts_of(page.bundle["figures/log-log.svg"].decode())]
    table = inputs.diagnostics
    early = (table["kind"] == "log_log") & (table["n"].isna() | (table["n"] <= FEW_AT_RISK))
    shorter = compose(replace(inputs, diagnostics=table[~early]))
    assert log_log_of(shorter).caption.endswith("their beginnings stand on few events.")


def test_their_numbers_are_attached_and_a_journals():
    inputs = made_with(groups=THREE)
    page = compose(inputs)
    attached = dict(figure_sources(page.sections, inputs))
    figures = {figure.name: figure for figure in journal_figures(page, inputs)}
    for name, kind in (("log-log", "log_log"), ("overlap-score", "overlap_bin")):
        for table in (attached[name], figures[name].data):
            assert table["value"].tolist() == rows_of(inputs, kind)["value"].tolist()
            assert table.notna().any().all()
        assert figures[name].caption
        assert figures[name].sheet.size[0] == pytest.approx(172)


def test_methods_say_what_was_drawn():
    html = words_of(compose(made_with()).html)
    assert "Appendices show log–log plots, scaled Schoenfeld residuals and propensity" in html
    assert "logistic model of the exposure on the other factors)." in html
    none = words_of(compose(made_with(events=False)).html)
    assert "Appendices show propensity scores" in none
    assert "propensity" not in words_of(compose(simulated.inputs()).html)
