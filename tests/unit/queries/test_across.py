"""What shows only beside other centers: in a center's own pack, with the history of its answers."""

import pandas as pd
import pytest

from multicentric.findings import Finding, as_table
from multicentric.queries.answers import Answer, Returned
from multicentric.queries.center import JudgedDrop, questions
from multicentric.queries.shown import fingerprint

TWICE = Finding(
    "c1",
    "duplicate",
    "query",
    "record held",
    "This person seems to be a patient of another center too.",
    patient_id="p1",
    variables=("patient_id", "start"),
    file="d.csv",
    row=2,
    raw="p1; 01.02.2020",
)
UNIT = Finding("c1", "R29", "query", "none", "Is the unit the same?", variables=("grade",), raw="2")
ACROSS = as_table([TWICE, UNIT])


@pytest.fixture
def asked(mapping, words, dictionary):
    def ask(*drops, across=ACROSS):
        """Questions over drops, each given as its date and the answers that came with it."""
        judged = [judged_drop(name, answers, mapping, dictionary) for name, answers in drops]
        table = questions("c1", judged, words, dictionary, [across])
        return table.set_index("rule")

    return ask


def judged_drop(name, answers, mapping, dictionary):
    records = pd.DataFrame({"center": ["c1"], "patient_id": ["p1"], "held": [False]})
    lineage = pd.DataFrame(
        {"patient_id": ["p1"], "variable": ["start"], "raw": ["01.02.2020"]}, dtype="string"
    )
    returned = [Returned("pack.xlsx", "c1", "", tuple(answers), ())] if answers else []
    none = as_table([])
    return JudgedDrop(name, dictionary.empty_table(), lineage, none, records, mapping, returned)


def answer(of, code="value_is_right"):
    return Answer(of.finding_id, fingerprint(of.raw), code)


def test_they_are_asked_of_the_newest_drop(asked):
    table = asked(("d1", ()), ("d2", ()))
    assert table["state"].to_dict() == {"duplicate": "new", "R29": "new"}
    assert table["first_drop"].tolist() == ["d2", "d2"]
    assert "another center" in table.loc["duplicate", "told"]


def test_an_answer_keeps_its_question_settled_over_later_drops(asked):
    table = asked(("d1", ()), ("d2", [answer(UNIT)]), ("d3", ()))
    assert table.loc["R29", ["state", "first_drop"]].tolist() == ["waived", "d1"]
    assert table.loc["duplicate", "state"] == "new"


def test_where_a_record_hangs_on_it_the_coordinating_center_decides(asked):
    table = asked(("d1", ()), ("d2", [answer(TWICE)]))
    assert table.loc["duplicate", ["state", "standing", "whose"]].tolist() == [
        "pending",
        "answered",
        "us",
    ]


def test_an_answer_about_another_value_no_longer_counts(asked):
    moved = as_table([Finding("c1", "R29", "query", "none", "?", variables=("grade",), raw="3")])
    table = asked(("d1", ()), ("d2", [answer(UNIT)]), across=moved)
    assert table.loc["R29", "standing"] == "open"


def test_a_question_that_no_longer_shows_is_settled(asked):
    table = asked(("d1", ()), ("d2", [answer(UNIT)]), across=ACROSS.iloc[:0])
    assert table["state"].to_dict() == {"": "solved"}
