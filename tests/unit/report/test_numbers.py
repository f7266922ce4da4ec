from datetime import date

import pytest

from multicentric.report.numbers import FIGURE_SPACE, STYLES, Numbers
from multicentric.report.table import Cell, Column, Row, Table, on_the_point


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0004, "<0.001"),
        (0.0096, "0.01"),
        (0.0094, "0.009"),
        (0.046, "0.046"),
        (0.0512, "0.051"),
        (0.044, "0.04"),
        (0.3, "0.30"),
        (0.997, ">0.99"),
    ],
)
def test_p_values(value, text):
    assert Numbers().p_value(value, "here") == text


def test_a_p_statement_says_equal_or_less():
    numbers = Numbers()
    assert numbers.p_statement(0.04, "a") == "=\u00a00.04"
    assert numbers.p_statement(0.0001, "b") == "<\u00a00.001"


@pytest.mark.parametrize(
    ("value", "text"), [(1.236, "1.24"), (0.1, "0.10"), (123.4, "123"), (5e9, ">1000")]
)
def test_ratios(value, text):
    assert Numbers().ratio(value, "here") == text


def test_an_interval_with_a_negative_bound_has_true_minus_signs_and_a_word_between():
    assert Numbers().share_interval(-0.161, -0.011, "here") == "−16.1\u00a0to\u00a0−1.1"
    assert Numbers().share_interval(0.011, 0.161, "here") == "1.1–16.1"


def test_a_bound_that_was_not_reached_is_said():
    assert Numbers().interval(17.44, None, "here") == "17.4–NR"


def test_a_negative_that_rounds_to_zero_has_no_sign():
    assert Numbers().fixed(-0.01, "here") == "0.0"


def test_counts_and_days():
    assert Numbers().count(9999, "here") == "9999"
    assert Numbers().count(12345, "here") == "12,345"
    assert Numbers().day(date(2025, 5, 31), "here") == "31\u00a0May\u00a02025"


@pytest.mark.parametrize(
    ("style", "p_value", "interval"),
    [
        ("icmje", "0.12", "1.1–2.2"),
        ("jama", ".12", "1.1–2.2"),
        ("lancet", "0·12", "1·1–2·2"),
        ("nejm", "0.12", "1.1\u00a0to\u00a02.2"),
        ("bmj", "0.12", "1.1\u00a0to\u00a02.2"),
        ("annals", "0.123", "1.1\u00a0to\u00a02.2"),
    ],
)
def test_journal_styles(style, p_value, interval):
    numbers = Numbers(STYLES[style])
    assert numbers.p_value(0.123, "a") == p_value
    assert numbers.interval(1.1, 2.2, "b") == interval


def test_every_number_is_recorded_with_its_source_and_text():
    numbers = Numbers()
    numbers.ratio(1.236, "pfs/cox")
    numbers.aside().count(7, "alt")
    assert [(entry.source, entry.text) for entry in numbers.printed] == [("pfs/cox", "1.24")]
    assert [(entry.source, entry.text) for entry in numbers.spoken] == [("alt", "7")]


def test_numbers_of_a_column_stand_under_each_other_by_their_point():
    texts = on_the_point(["0.23", "<0.001", "0.006", "–", "", ".5"])
    assert [text.replace(FIGURE_SPACE, "_") for text in texts] == [
        "0.23_", "<0.001", "0.006", "–", "", ".5__",
    ]  # fmt: skip


def test_a_table_pads_only_the_columns_on_the_point():
    columns = [Column("a"), Column("P", align="point")]
    rows = [Row((Cell("1.5"), Cell("0.05"))), Row((Cell("1.25"), Cell("0.001")), "total")]
    drawn = Table("t", "t", columns, rows).lines()
    assert [cell.text for cell in drawn[0].cells] == ["1.5", f"0.05{FIGURE_SPACE}"]
    assert drawn[1] == rows[1]
