"""The summary of a center's questions: two pages, whatever the study's size."""

import io

import pandas as pd
import pypdfium2
import pytest

from multicentric.dictionary import Dictionary, Variable
from multicentric.queries.pack import Addressee
from multicentric.queries.states import follow
from multicentric.queries.summary import summary_page, write_summary
from multicentric.queries.words import load_words
from multicentric.validate.checks import Check, as_table
from tests.unit.queries.cases import drop, finding

TO = Addressee("c1", "Merkez <b>", "2025-06-02")
NOBODY = pd.DataFrame({"held": pd.array([False, True], dtype="boolean")})


def complete(name, n, missing):
    return Check("c1", "complete", name, "cell", "", "completeness", n, missing, 0)


def pages_of(page):
    document = pypdfium2.PdfDocument(io.BytesIO(write_summary(page)))
    return [found.get_textpage().get_text_range() for found in document]


@pytest.mark.parametrize(("rules", "variables"), [(0, 0), (3, 4), (60, 400)])
def test_it_has_two_pages(rules, variables):
    dictionary = Dictionary(
        tuple(
            Variable(f"v{n}", f"Quite a long label of the variable with number {n}", "number")
            for n in range(variables)
        )
    )
    asked = follow(
        [
            drop(
                "d1",
                *(finding(rule=f"R{n}", variable=f"v{n}", raw="7" * 300) for n in range(rules)),
            )
        ]
    )
    checks = as_table(complete(f"v{n}", 10 * (n % 3 > 0), 5 * (n % 2)) for n in range(variables))
    words = load_words("tr", dictionary)
    pages = pages_of(summary_page(asked, checks, NOBODY, TO, "", words))
    assert len(pages) == 2
    assert "Merkez <b>" in pages[0]


def test_the_fullest_variables_are_left_out_where_there_are_too_many():
    dictionary = Dictionary(tuple(Variable(f"v{n}", f"V{n}", "number") for n in range(100)))
    checks = as_table(complete(f"v{n}", 100, n) for n in range(100))
    page = summary_page(follow([drop("d1")]), checks, NOBODY, TO, "", load_words("en", dictionary))
    assert "and 60 further variables that are fuller" in page
    assert "<td>V60</td>" in page
    assert "<td>V59</td>" not in page


def test_what_shows_between_centers_is_named_in_words_and_not_by_its_columns():
    dictionary = Dictionary((Variable("start", "Start", "date"),))
    twice = finding(rule="duplicate", variable="patient_id, start", raw="p1; 01.01.2020")
    page = summary_page(
        follow([drop("d1", twice)]), as_table([]), NOBODY, TO, "", load_words("en", dictionary)
    )
    assert "<td>Patient of another center too</td>" in page
    assert "patient_id" not in page
