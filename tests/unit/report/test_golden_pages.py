"""Five pages as pictures: title, flow, curves, forests, data quality, as last approved.

Approve new pictures, after having looked at them, with ``python -m tests.unit.report.approve``.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.unit.report.pictures import PAGES, pictures_of

GOLDEN = Path(__file__).parent / "golden"
# Share of the full scale, on average over the page. Another build of the layout library may move a
# line's edge; a word, a curve or a column in another place changes more.
TOLERANCE = 0.005
# No part of the page, a thirtieth of its width, may differ by more on average.
TOLERANCE_OF_A_PART = 0.12


def difference(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Mean absolute difference of two pictures, over the page and in the part where it is most."""
    first, second = (np.asarray(image.convert("L"), dtype=float) / 255 for image in (one, other))
    apart = np.abs(first - second)
    part = apart.shape[1] // 30
    high, wide = (length // part * part for length in apart.shape)
    blocks = apart[:high, :wide].reshape(high // part, part, wide // part, part)
    return float(apart.mean()), float(blocks.mean(axis=(1, 3)).max())


@pytest.fixture(scope="module")
def pictures():
    return pictures_of()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_looks_as_approved(pictures, name):
    golden = Image.open(GOLDEN / f"{name}.png")
    assert pictures[name].size == golden.size
    on_page, in_part = difference(pictures[name], golden)
    assert on_page < TOLERANCE
    assert in_part < TOLERANCE_OF_A_PART


def test_a_shifted_curve_is_seen(pictures):
    picture = pictures["curves"].convert("L")
    width, height = picture.size
    moved = Image.new("L", picture.size, 255)
    moved.paste(picture)
    moved.paste(picture.crop((0, height // 4, width, height // 2)), (6, height // 4))
    assert difference(moved, picture)[1] > TOLERANCE_OF_A_PART


def test_a_missing_word_is_seen(pictures):
    picture = pictures["title"].convert("L")
    without = picture.copy()
    width = picture.size[0]
    ink = np.asarray(picture)[:, width // 8 : width // 4].min(axis=1)
    line = int(np.argmax(ink < 100))
    without.paste(255, (width // 8, line, width // 4, line + 12))
    assert difference(without, picture)[1] > TOLERANCE_OF_A_PART
