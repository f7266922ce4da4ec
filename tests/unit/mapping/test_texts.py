"""Texts, numbers, dates and classes as centers write them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multicentric.mapping import thresholds
from multicentric.mapping.dates import lacks, problem_of, read_dates, read_native
from multicentric.mapping.folding import folding, tidy
from multicentric.mapping.numbers import read_number

strict, loose = folding(), folding(ignore_case=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [("\u00a0HAYIR", "HAYIR"), ("Kadın ", "Kadın"), ("a\t b", "a b"), ("２+", "2+")],
)
def test_spaces_and_unicode_forms_never_count(one, other):
    assert strict(one) == strict(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("NEGATİF", "Negatif"), ("RİBOSİKLİB", "Ribosiklib"), ("HAYIR", "hayır"), ("EX", "ex")],
)
def test_case_counts_unless_the_mapping_says_otherwise(one, other):
    assert strict(one) != strict(other)
    assert loose(one) == loose(other)


def test_accents_count_unless_the_mapping_says_otherwise():
    plain = folding(ignore_accents=True)
    assert strict("Lobüler") != strict("Lobuler")
    assert plain("Lobüler") == plain("Lobuler")
    assert plain("Lobüler") != plain("lobuler")


@given(st.text())
def test_folding_twice_changes_nothing(text):
    for fold in (strict, loose, folding(ignore_case=True, ignore_accents=True)):
        assert fold(fold(text)) == fold(text)
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    ("text", "options", "value"),
    [
        ("67,0", {"decimal": ","}, "67.0"),
        ("%90", {"unit": "%"}, "90"),
        ("90 %", {"unit": "%"}, "90"),
        ("−5", {}, "-5"),
        (".5", {}, "0.5"),
        ("1.234,5", {"decimal": ",", "thousands": "."}, "1234.5"),
        ("1E-05", {}, "0.00001"),
    ],
)
def test_numbers_are_read_exactly(text, options, value):
    assert read_number(text, **options) == (Decimal(value), "")


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("12,5", {}),
        ("12.5", {"decimal": ","}),
        ("1.23", {"decimal": ",", "thousands": "."}),
        ("5²", {}),
        ("1 000", {}),
        ("90%", {}),
        ("٣", {}),
        ("1e999", {}),
        ("nan", {}),
        ("1-2", {}),
        ("", {}),
    ],
)
def test_what_is_not_exactly_one_number_is_none(text, options):
    assert read_number(text, **options) is None


def test_a_bound_is_told_from_a_number():
    assert read_number("<5") == (Decimal(5), "<")
    assert read_number("> 90 %", unit="%") == (Decimal(90), ">")


def days(text, *forms, **options):
    return {found.day for found in read_dates(text, forms, **options)}


def test_an_open_order_of_day_and_month_gives_both_days():
    assert len(days("05/03/2020", "DD/MM/YYYY", "MM/DD/YYYY")) == 2
    assert days("26/05/2023", "DD/MM/YYYY", "MM/DD/YYYY") == {date(2023, 5, 26)}
    assert days("05/03/2020", "DD/MM/YYYY") == {date(2020, 3, 5)}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("31.02.2021", "DD.MM.YYYY"),
        ("1.2.2021", "DD.MM.YYYY"),
        ("2021-02-01", "DD.MM.YYYY"),
        ("01.02.0021", "DD.MM.YYYY"),
        ("01.02.2021x", "DD.MM.YYYY"),
        ("٠١.02.2021", "DD.MM.YYYY"),
        ("09-Foo-1968", "DD-MMM-YYYY"),
        ("01.02.2300", "DD.MM.YYYY"),
    ],
)
def test_no_date_of_the_calendar_is_no_date(text, form):
    assert not days(text, form)


@pytest.mark.parametrize(
    ("text", "form", "language"),
    [
        ("09-Mar-1968", "DD-MMM-YYYY", "en"),
        ("9 Mart 1968", "D MMM YYYY", "tr"),
        ("9. März 1968", "D. MMM YYYY", "de"),
        ("9 marzo 1968", "D MMM YYYY", "it"),
        ("9 mars 1968", "D MMM YYYY", "fr"),
        ("9 mar. 1968", "D MMM YYYY", "es"),
        ("9.3.1968", "D.M.YYYY", "en"),
        ("19680309", "YYYYMMDD", "en"),
    ],
)
def test_months_have_names_in_the_centers_language(text, form, language):
    assert days(text, form, language=language) == {date(1968, 3, 9)}


def test_another_language_is_not_understood():
    assert not days("9 Mayıs 1968", "D MMM YYYY", language="de")


def test_two_digit_years_need_a_declared_century():
    assert days("09.03.68", "DD.MM.YY", years_from=1930) == {date(1968, 3, 9)}
    assert days("09.03.25", "DD.MM.YY", years_from=1930) == {date(2025, 3, 9)}
    assert not days("09.03.68", "DD.MM.YY")
    assert lacks("DD.MM.YY") == {"century"}


def test_a_month_is_completed_as_declared_and_flagged():
    (found,) = read_dates("05.2019", ["DD.MM.YYYY", "MM.YYYY"], impute={"day": 15})
    assert found == (date(2019, 5, 15), "MM.YYYY", True)
    assert lacks("MM.YYYY") == {"day"}
    assert lacks("YYYY") == {"day", "month"}


@pytest.mark.parametrize(
    "form", ["dd.mm.yyyy", "DD.MM", "DD.YYYY", "DMYYYY", "YYYY-MM-MM", "yyyy", "DDMMMM"]
)
def test_impossible_formats_are_named(form):
    assert problem_of(form)


@given(st.dates(date(1678, 1, 1), date(2261, 12, 31)))
def test_every_day_is_read_back_by_every_full_format(day):
    written = {
        "YYYY-MM-DD": day.isoformat(),
        "DD.MM.YYYY": f"{day.day:02d}.{day.month:02d}.{day.year}",
        "D/M/YYYY": f"{day.day}/{day.month}/{day.year}",
        "YYYYMMDD": day.isoformat().replace("-", ""),
    }
    for form, text in written.items():
        assert days(text, form) == {day}
    assert read_native(day.isoformat()) == day
    assert read_native(f"{day.isoformat()} 10:30:00") == day


def test_classes_must_not_overlap_and_must_be_possible():
    assert thresholds.holds(Decimal("9.99"), ">= 1, < 10")
    assert not thresholds.holds(Decimal(10), ">= 1, < 10")
    assert thresholds.overlap(["< 1", "<= 1"]) == ("< 1", "<= 1")
    assert thresholds.overlap(["< 1", ">= 1", "= 0.5"]) == ("< 1", "= 0.5")
    assert thresholds.overlap(["< 1", ">= 1"]) is None
    for text in ("1", "> 2, < 1", "about 3", ""):
        with pytest.raises(ValueError, match=r"no number can be|is no class"):
            thresholds.parse(text)
