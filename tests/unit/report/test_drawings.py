"""Drawn texts keep all of their ink at the sizes at which pages are read on a screen."""

import re
from datetime import date

import numpy as np
import pypdfium2
import pytest

from multicentric.report import drawings
from multicentric.report.bundle import Bundle
from multicentric.report.canvas import POINT, anchored_at_start, text_width
from multicentric.report.drawings import Axis, axis_row
from multicentric.report.pdf import write_pdf

AXIS = Axis(0, 1, 46)
TIMES = 12  # how often the axis stands on the page, each time a little further to the right


PLACES = {
    "image": '<img src="axis.svg" alt="Axis" style="display: block; margin-left: {at}mm">',
    "background": (
        '<div style="width: 46mm; height: 9mm; margin-left: {at}mm; background: url(axis.svg)">'
        "</div>"
    ),
}


def ink(dots_per_inch: int, place: str = "image") -> np.ndarray:
    """Ink of each zero under the axes, as a share of what most of them have."""
    bundle = Bundle()
    bundle.add("axis.svg", axis_row(AXIS, [(n / 4, "0") for n in range(5)], []))
    images = "".join(PLACES[place].format(at=0.05 * n) for n in range(TIMES))
    html = f'<html lang="en"><head><title>Axes</title></head><body>{images}</body></html>'
    page = pypdfium2.PdfDocument(write_pdf(html, bundle, {}, date(2024, 3, 9)))[0]
    picture = page.render(scale=dots_per_inch / 72).to_pil().convert("L")
    dark = 1 - np.asarray(picture, dtype=float) / 255
    first, row = np.flatnonzero(dark.sum(axis=1))[0], 9 / 25.4 * dots_per_inch
    found = []
    for n in range(TIMES):
        zeros = dark[first + round((n + 0.15) * row) : first + round((n + 0.85) * row)].sum(axis=0)
        inked = np.flatnonzero(zeros)
        parts = np.split(inked, np.flatnonzero(np.diff(inked) > 3) + 1)
        found += [zeros[part].sum() for part in parts]
    assert len(found) == 5 * TIMES
    return np.array(found) / np.median(found)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("dots_per_inch", [72, 100, 150])
def test_a_digit_keeps_its_ink_wherever_it_stands(dots_per_inch, place):
    assert ink(dots_per_inch, place).min() > 0.97


def test_a_number_at_an_end_of_the_axis_stays_clear_of_the_edge():
    drawn = axis_row(AXIS, [(0, "0.2"), (1, "100")], []).decode()
    for x, text in re.findall(r'<text x="([\d.]+)"[^>]*>([^<]*)', drawn):
        assert float(x) > 0.8
        assert float(x) + text_width(text, 2.75 * POINT) < AXIS.width - 0.8


def test_a_cut_digit_is_seen(monkeypatch):
    monkeypatch.setattr(drawings, "anchored_at_start", lambda svg: svg)
    assert ink(72).min() < 0.9


def test_a_text_starts_where_its_anchor_says():
    half = 72 / 25.4 * text_width("100 %", 8, bold=True) / 2
    for anchored in (
        '<text style="font-weight: 600; font-size: 8px; text-anchor: middle" x="50">100 %</text>',
        '<text x="50" font-size="8" text-anchor="middle" font-weight="600">100 %</text>',
    ):
        assert "anchor" not in anchored_at_start(anchored)
        assert f' x="{50 - half:.3f}"' in anchored_at_start(anchored)
    at_start = '<text x="5" font-size="8">a</text>'
    assert anchored_at_start(at_start) == at_start


def test_a_letter_that_the_typeface_lacks_has_a_width():
    assert text_width("\u2003漢", 8) > text_width("", 8) == 0
