"""Where a heading stands, and where there is none."""

import pytest

from multicentric.draft.grid import heading_rows, notes_below

ROWS = [["A1", "F", "3", "2020-01-01"], ["A2", "M", "4", "2020-02-01"], ["A3", "F", "5", None]]
HEADING = ["Id", "Sex", "Score", "Visit"]


@pytest.mark.parametrize(
    ("above", "found"),
    [
        ([], "1"),
        ([["Our list"], []], "3"),
        ([["1", "2", "3", "4"]], "2"),
        ([["Person", "", "Course", ""]], "1-2"),
        ([["Our list"], ["Person", None, "Course"]], "2-3"),
    ],
)
def test_the_heading_is_found(above, found):
    assert heading_rows([*above, HEADING, *ROWS]).text == found


def test_a_heading_that_is_repeated_is_still_one():
    assert heading_rows([HEADING, *ROWS, HEADING, *ROWS]).text == "1"


@pytest.mark.parametrize("rows", [[], [[]], ROWS, [["Ali", "M"], ["Ayşe", "F"], ["Can", "M"]]])
def test_rows_of_patients_are_no_heading(rows):
    assert heading_rows(rows) is None


def test_notes_stand_below_an_empty_row():
    assert notes_below([2, 3, 4, 6, 7], [8, 8, 7, 1, 1], 8)
    assert not notes_below([2, 3, 5, 6], [8, 8, 8, 8], 8)
    assert not notes_below([2, 3, 4, 5], [8, 8, 8, 1], 8)
