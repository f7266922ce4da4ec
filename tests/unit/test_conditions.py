import pandas as pd
import pytest

from multicentric.conditions import problems_of, variables_of
from multicentric.holds import holds

PATIENTS = pd.DataFrame(
    {
        "drug": pd.array(["a", None, "b"], dtype="string"),
        "grade": pd.array([1, None, 3], dtype="Int64"),
        "flag": pd.array([True, None, False], dtype="boolean"),
        "start": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
    }
)


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ({"drug": "a"}, [True, None, False]),
        ({"drug": ["a", "b"]}, [True, None, True]),
        ({"grade": "3"}, [False, None, True]),
        ({"grade": {"at_least": "2"}}, [False, None, True]),
        ({"grade": {"above": "1", "at_most": "3"}}, [False, None, True]),
        ({"flag": "yes"}, [True, None, False]),
        ({"start": {"below": "2020-06-01"}}, [True, None, False]),
        ({"drug": {"missing": "yes"}}, [False, True, False]),
        ({"not": {"drug": "a"}}, [False, None, True]),
        # Kleene: one certain yes is enough for any, one certain no for all.
        ({"any": [{"drug": "a"}, {"grade": {"missing": "yes"}}]}, [True, True, False]),
        ({"all": [{"drug": "a"}, {"grade": {"missing": "no"}}]}, [True, False, False]),
        ({"drug": "a", "grade": "1"}, [True, None, False]),
    ],
)
def test_a_condition_answers_yes_no_or_nothing(condition, answer):
    assert [None if pd.isna(a) else bool(a) for a in holds(condition, PATIENTS)] == answer


def test_it_names_its_variables():
    condition = {"any": [{"drug": "a"}, {"not": {"grade": "3"}}], "flag": "yes"}
    assert list(variables_of(condition)) == ["drug", "grade", "flag"]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("drug = a", "a condition is a mapping"),
        ({}, "a condition is a mapping"),
        ({"any": {"drug": "a"}}, "takes a list"),
        ({"grade": {"atleast": "2"}}, "unknown comparison 'atleast'"),
        ({"grade": {"missing": "maybe"}}, "yes or no"),
        ({"not": {"grade": {"above": ["1"]}}}, "one number or date"),
    ],
)
def test_a_misshapen_condition_says_what_is_wrong(condition, words):
    assert any(words in problem for problem in problems_of(condition))
