"""The first page: everything a reader must know before the rest, whoever is missing."""

import pytest

from tests.unit.report import simulated
from tests.unit.report.conftest import make
from tests.unit.report.test_sections import OUT

REASON = (
    "The file patients.xlsx cannot be read: it is no workbook that this program knows, or it is "
    "protected by a password."
)


def without(count):
    out = [{**OUT, "center": f"missing-{n}", "reason": REASON} for n in range(count)]
    title = "A long title of a study on first-line treatment of a disease in many centers"
    return make(simulated.inputs(out=out, centers=("alpha", "beta"), title=title))


@pytest.mark.parametrize("count", [0, 1, 2, 6, 38])
def test_all_its_blocks_stand_on_page_one(count):
    made = without(count)
    for head in ("Key results", "Overall survival, %", "Read before use", "at a glance"):
        assert head in made.pages[0]
    assert "Contents" in made.pages[1]


def test_one_missing_center_is_told_with_its_reason():
    assert f"missing-0 (out): {REASON}" in without(1).pages[0]


def test_many_missing_centers_are_named_and_their_reasons_found_by_page():
    made = without(6)
    first = made.pages[0]
    assert "6 of 8 centers are not in these results" in first
    for n in range(6):
        assert f"missing-{n} (out)" in first
    assert REASON not in first
    page = int(first.split("The reasons stand on page ")[1].split(".")[0])
    assert made.pages[page - 1].count(REASON) + made.pages[page].count(REASON) == 6
