"""Kaplan-Meier figures: names beside their curves, nothing across, thin where few are at risk."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from multicentric.report import compose, km_figure
from multicentric.report.canvas import POINT, text_width
from multicentric.report.km_figure import FEW_AT_RISK, FULL, SMALL, Curve, Ground, draw, few_from
from multicentric.report.numbers import Numbers
from multicentric.report.theme import EXPOSED, REFERENCE, Group
from tests.unit.report import simulated

REMARK = ("HR 0.92 (95% CI 0.61–1.38)", "stratified by center")


def a_curve(rng, number, label, *, patients=120, median=25.0, last=60.0):
    """The Kaplan-Meier steps of patients drawn anew, with a band of a rough width."""
    event = rng.exponential(median / math.log(2), patients)
    seen = np.minimum(event, rng.uniform(6, last, patients))
    died = event <= seen
    order = np.argsort(seen)
    at_risk = patients - np.arange(patients)
    survival = np.cumprod(np.where(died[order], 1 - 1 / at_risk, 1.0))
    error = 1.96 * np.sqrt(survival * (1 - survival) / at_risk)
    steps = pd.DataFrame(
        {
            "time": seen[order],
            "n_risk": at_risk.astype(float),
            "n_event": died[order].astype(float),
            "n_censor": (~died[order]).astype(float),
            "survival": survival,
            "ci_low": np.maximum(survival - error, 0),
            "ci_high": np.minimum(survival + error, 1),
        }
    )
    start = pd.DataFrame([[0.0, float(patients), 0.0, 0.0, 1.0, 1.0, 1.0]], columns=steps.columns)
    steps = pd.concat([start, steps], ignore_index=True)
    below = steps.loc[steps["survival"] <= 0.5, "time"]
    color = EXPOSED[number] if number < 2 else REFERENCE
    group = Group(f"g{number}", label, "AB"[number % 2], color, "-", f"group-{number + 1}", False)
    median_found = float(below.iloc[0]) if len(below) else None
    return Curve(group, steps, median_found, few_from=few_from(steps))


@pytest.fixture
def grounds(monkeypatch):
    """What each figure's texts were set on."""
    seen = []
    made = Ground.of.__func__

    def of(cls, *args, **kwargs):
        seen.append(made(cls, *args, **kwargs))
        return seen[-1]

    monkeypatch.setattr(km_figure.Ground, "of", classmethod(of))
    return seen


def touched(ground, box, drawn):
    part = ground.over(drawn, box[0], box[2])
    return part.size and part.min() < box[3] and part.max() > box[1]


@pytest.mark.parametrize("frame", [FULL, SMALL], ids=["full", "small"])
@pytest.mark.parametrize("seed", range(6))
def test_a_name_is_close_to_its_curve_and_across_no_other(frame, seed, grounds):
    rng = np.random.default_rng(20240309 + seed)
    curves = [
        a_curve(rng, 0, "New arm", median=rng.uniform(15, 60)),
        a_curve(rng, 1, "Old arm", median=rng.uniform(15, 60)),
    ]
    draw(frame, curves, 48, [0, 12, 24, 36, 48], REMARK, "Months", Numbers(), "test")
    (ground,) = grounds
    *remarks, first, second = ground.taken
    for box, own, other in ((first, *ground.curves), (second, *reversed(ground.curves))):
        assert box[0] >= 0
        assert box[2] <= frame.across + 1e-9
        line = ground.over(own.line, box[0], box[2])
        away = min(abs(box[1] - line.max()), abs(line.min() - box[3]))
        # Where that is not free on a small figure, a line leads to the name.
        assert away * POINT < (3 if frame is FULL else 15)
        assert not any(touched(ground, box, c.line) for c in ground.curves)
        assert not any(touched(ground, box, edge) for edge in other.edges)
    for box in remarks:
        assert not any(touched(ground, box, c.line) for c in ground.curves)
        assert not any(box[0] < x < box[2] and box[1] < frame.up / 2 for x in ground.medians)


def test_a_curve_is_thin_from_where_few_are_at_risk():
    rng = np.random.default_rng(7)
    curve = a_curve(rng, 0, "New arm")
    after = curve.steps[curve.steps["time"] > curve.few_from]
    before = curve.steps[(curve.steps["time"] < curve.few_from) & (curve.steps["time"] > 0)]
    assert (after["n_risk"] < FEW_AT_RISK).all()
    assert (before["n_risk"] - 1 >= FEW_AT_RISK).all()
    svg = draw(FULL, [curve], 60, [0, 60], ("", ""), "Months", Numbers(), "test").decode()
    paths = re.findall(r'<path d="([^"]*)"[^>]*stroke: #c0470f[^>]*stroke-width: ([\d.]+)', svg)
    end = FULL.width - FULL.right
    split = (FULL.left + curve.few_from / 60 * FULL.across) * POINT
    lines = {width: [float(x) for x in re.findall(r"[ML] ([\d.]+)", d)] for d, width in paths}
    assert max(lines["1.35"]) == pytest.approx(split, abs=0.01)
    assert min(lines["0.6"]) <= split + 0.01
    assert max(lines["0.6"]) <= end * POINT + 0.01


def test_the_caption_says_from_where_a_curve_is_thin():
    few = simulated.inputs(per_group=30)
    assert f"thin, without a band, where fewer than {FEW_AT_RISK} are at" in compose(few).html
    many = simulated.inputs(per_group=600)
    assert "thin, without" not in compose(many).html


@pytest.mark.parametrize("labels", [12, 2], ids=["twelve groups", "long names"])
def test_letters_stand_within_the_drawing(labels):
    groups = {f"g{n}": f"{n} A label of sixty characters that will not end" for n in range(labels)}
    page = compose(simulated.inputs(groups=groups, per_group=12))
    for name in ("figures/os.svg", "figures/os-panel.svg"):
        svg = page.bundle[name].decode()
        width = float(re.search(r'width="([\d.]+)pt"', svg)[1])
        letters = re.findall(
            r'<text[^>]*font-weight: 600[^>]* x="([\d.]+)"[^>]*>([A-L])</text>', svg
        )
        assert len(letters) == labels
        for x, letter in letters:
            assert float(x) + POINT * text_width(letter, 8, bold=True) < width
