"""The figures one by one: every form shows the same, at its size, with the numbers drawn."""

import hashlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pypdfium2
import pytest
from PIL import Image

from multicentric.report import compose
from multicentric.report.journal import forms_of, journal_figures
from tests.unit.report import simulated

ROOT = Path(__file__).resolve().parents[3]
MM = 72 / 25.4
ASKED = {
    "per_group": 120,
    "subgroups": ["stage", "fever"],
    "sensitivity": {
        "late_only": {"label": "Late only", "keep": {"stage": "late"}, "without": ["late"]}
    },
}


def figures_of(inputs):
    return {figure.name: figure for figure in journal_figures(compose(inputs), inputs)}


@pytest.fixture(scope="module")
def inputs():
    return simulated.inputs(**ASKED)


@pytest.fixture(scope="module")
def figures(inputs):
    return figures_of(inputs)


@pytest.fixture(scope="module")
def curves(figures, inputs):
    return forms_of(figures["km-os"], inputs.study.cut_off)


def test_every_figure_of_the_report_is_there(figures):
    assert list(figures) == [
        "flow", "km-os", "centers-os", "center-models-os", "leave-one-out-os", "subgroups-os",
        "sensitivity-os", "data-quality",
    ]  # fmt: skip


def test_all_forms_have_the_size_of_the_sheet(figures, curves):
    width, height = figures["km-os"].sheet.size
    drawn = ElementTree.fromstring(curves["svg"])
    assert (drawn.get("width"), drawn.get("height")) == (f"{width:g}mm", f"{height:.3f}mm")
    document = pypdfium2.PdfDocument(curves["pdf"])
    assert len(document) == 1
    assert document[0].get_size() == pytest.approx((width * MM, height * MM), abs=0.1)
    picture = Image.open(io.BytesIO(curves["png"]))
    assert picture.info["dpi"] == pytest.approx((600, 600), abs=0.1)
    assert picture.size == pytest.approx((width / 25.4 * 600, height / 25.4 * 600), abs=2)


def test_what_stands_in_the_svg_stands_in_the_pdf(figures, inputs):
    for name in ("km-os", "subgroups-os", "flow", "data-quality"):
        forms = forms_of(figures[name], inputs.study.cut_off)
        document = pypdfium2.PdfDocument(forms["pdf"])
        assert len(document) == 1
        # On a low page the reader takes every letter for a line of its own.
        printed = re.sub(r"\s", "", document[0].get_textpage().get_text_range())
        lost = [
            word
            for text in ElementTree.fromstring(forms["svg"]).iter(
                "{http://www.w3.org/2000/svg}text"
            )
            for word in "".join(text.itertext()).split()
            if word.strip("\u2007") not in printed.replace("\ufffe", "-")
        ]
        assert lost == []


def test_the_curves_carry_the_numbers_at_risk_and_their_data(curves, inputs):
    table = inputs.estimates
    at_risk = table[(table["statistic"] == "at_risk") & (table["level"] == "new")]
    texts = [
        text.text for text in ElementTree.fromstring(curves["svg"]).iter() if text.text is not None
    ]
    for month in range(0, 49, 6):
        assert f"{at_risk.set_index('at').loc[month, 'value']:.0f}" in texts
    data = pd.read_csv(io.BytesIO(curves["csv"]))
    assert len(data) == len(inputs.curves)
    assert data["survival"].tolist() == pytest.approx(inputs.curves["survival"].tolist())


def test_the_data_of_a_forest_are_its_estimates(figures, inputs):
    table = inputs.estimates
    data = figures["subgroups-os"].data.set_index("row")
    found = table[
        (table["population"] == "subgroup:stage=late") & (table["model"] == "interaction")
    ]
    row = found[found["statistic"] == "hazard_ratio"].iloc[0]
    for name in ("value", "ci_low", "ci_high", "n", "n_events"):
        assert data.loc["Late", name] == row[name]


def test_nothing_but_a_namespace_is_an_address(figures, inputs):
    for figure in figures.values():
        svg = figure.sheet.svg(figure.title, figure.caption)
        found = re.findall(rb"https?://[^\"<> ]+", svg)
        assert set(found) <= {b"http://www.w3.org/2000/svg", b"http://www.w3.org/1999/xlink"}


def test_texts_of_people_stay_texts():
    evil = {"new": "N <script>alert(1)</script> & \"'", "old": "O <b>x</b>"}
    for figure in figures_of(simulated.inputs(groups=evil)).values():
        svg = figure.sheet.svg(figure.title, figure.caption)
        assert not list(ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}script"))
        assert b"<script" not in svg


@pytest.mark.parametrize(
    "scenario",
    [
        {"centers": ()},
        {"centers": ("alpha",), "events": False},
        {"groups": {"old": "Old arm"}},
        {"groups": {f"g{n}": f"{n} A label of sixty characters that will not end"
                    for n in range(12)}, "per_group": 12},
    ],
    ids=["no center", "no event", "one group", "twelve groups"],
)  # fmt: skip
def test_a_study_of_any_kind_has_its_figures(scenario):
    for figure in figures_of(simulated.inputs(**scenario)).values():
        ElementTree.fromstring(figure.sheet.svg(figure.title, figure.caption))
        assert figure.sheet.width > 0


PROGRAM = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from multicentric.report import compose
from multicentric.report.journal import forms_of, journal_figures
from tests.unit.report import simulated
from tests.unit.report.test_journal import ASKED
inputs = simulated.inputs(**ASKED)
figure = next(f for f in journal_figures(compose(inputs), inputs) if f.name == "km-os")
for ending, content in forms_of(figure, inputs.study.cut_off).items():
    print(ending, hashlib.sha256(content).hexdigest())
"""


def test_the_same_bytes_whatever_the_machine_is_set_to(curves, tmp_path):
    settings = {"PYTHONHASHSEED": "77", "TZ": "America/St_Johns", "LANG": "tr_TR.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT)],
        cwd=tmp_path,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [f"{e} {hashlib.sha256(content).hexdigest()}" for e, content in curves.items()]
    assert done.stdout.split("\n")[:-1] == expected


def drawn(figure):
    return ElementTree.fromstring(figure.sheet.svg(figure.title, figure.caption))


def test_p_is_slanted(figures):
    texts = list(drawn(figures["subgroups-os"]).iter("{http://www.w3.org/2000/svg}text"))
    slanted = [text.text for text in texts if text.get("font-style") == "italic"]
    assert slanted == ["P"]
    assert ", interaction" in [text.text for text in texts]


def test_a_dash_is_as_long_as_on_the_page(figures):
    """Each row has guides of its own: stretched over all, a dash would be a row long."""
    scales = [
        re.search(r"scale\(1\.0+ ([\d.]+)\)", group.get("transform"))[1]
        for group in drawn(figures["subgroups-os"]).iter("{http://www.w3.org/2000/svg}g")
        if any(line.get("stroke-dasharray") for line in group)
    ]
    assert len(scales) > len(figures["subgroups-os"].data) / 2
    assert {float(scale) for scale in scales} == {0.5}


@pytest.mark.parametrize("many", [2, 3, 9])
def test_the_flow_leads_to_every_group(many):
    groups = {f"g{n}": f"Arm {n}" for n in range(many)}
    svg = drawn(figures_of(simulated.inputs(groups=groups, per_group=12))["flow"])
    heads = [p.get("points").split() for p in svg.iter("{http://www.w3.org/2000/svg}polygon")]
    tips = [tuple(map(float, head[-1].split(","))) for head in heads]
    boxes = [
        (float(box.get("x")) + 18.25, float(box.get("y")))
        for box in svg.iter("{http://www.w3.org/2000/svg}rect")
        if box.get("width") == "36.500"
    ]
    assert len(boxes) == many
    assert all(any(np.allclose(tip, box, atol=0.01) for tip in tips) for box in boxes)
