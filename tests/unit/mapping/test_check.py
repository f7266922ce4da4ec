"""A mapping beside the dictionary: all mistakes at once, with line and nearest valid name."""

import pytest

from multicentric.dictionary import Dictionary, Variable
from multicentric.mapping import parse_mapping
from multicentric.mapping.check import mistakes_beside

DICTIONARY = Dictionary(
    (
        Variable("sex", "Sex", "code", codes={"female": "Female", "male": "Male"}),
        Variable("grade", "Grade", "integer"),
        Variable("percent", "Percent", "number", unit="%"),
        Variable("bone", "Bone", "flag"),
        Variable("start", "Start", "date"),
        Variable("months", "Months", "number", unit="months"),
    )
)
HEAD = """\
center: {name: Aras}
tables:
  patients: {file: a.csv, format: delimited, key: ID}
  visits: {file: v.csv, format: delimited, key: ID, rows: visit}
variables:
"""


def found(body):
    return [str(mistake) for mistake in mistakes_beside(parse_mapping(HEAD + body), DICTIONARY)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("  sexx: {from: A}", "line 6: the dictionary has no variable 'sexx'. Did you mean 'sex'?"),
        (
            "  sex:\n    from: A\n    codes:\n      F: femal",
            "line 9: 'femal' is no value of sex. Did",
        ),
        ("  bone: {from: A, codes: {x: present}}", "'present' is no value of bone. It takes yes"),
        ("  grade: {from: A, codes: {I: one}}", "It takes a whole number."),
        ("  sex: {from: A, empty: none}", "'none' is no value of sex"),
        ("  sex: {from: A, number: {}, classes: {'< 1': mal}}", "Did you mean 'male'?"),
        ("  percent: {from: A}", "the unit is missing; percent is in %."),
        ("  percent: {from: A, number: {unit: fraction}}", "Give the factor between them."),
        ("  percent: {from: A, number: {unit: '%', factor: 100}}", "nothing to multiply by 100"),
        ("  start: {from: A}", "start is a date; say how its text is read."),
        ("  start: {from: A, dates: [native]}", "a delimited file has no native dates."),
        ("  sex: {from: A, dates: [YYYY-MM-DD]}", "sex is a code; dates does not make one."),
        ("  sex: {from: A, labels: {F: female}}", "a delimited file gives its codes no labels."),
        ("  sex: {checkbox: A}", "sex is a code; checkbox does not make one."),
        ("  bone: {checkbox: {A: yes}}", "bone is a flag; checkbox does not make one."),
        ("  bone: {from: A, contains: x, separator: ',', when: {sex: mail}}", "'mail' is no value"),
        ("  grade: {from: A, when: {start: {at_least: May}}}", "'start', which has no block here"),
        ("  grade: {from: A, when: {stat: x}}", "no variable 'stat'. Did you mean 'start'?"),
        ("  months: {duration: {since: sex, until: start, unit: days}}", "'sex' is no date."),
        (
            "  months: {duration: {since: start, until: start, unit: days}}",
            "in months, not in days",
        ),
        ("  sex: {table: visits, from: A, collapse: {pick: min}}", "pick min does not suit sex"),
        (
            "  sex: {table: visits, from: A, collapse: {pick: best, order: [f]}}",
            "'f' is no value of sex",
        ),
    ],
)
def test_each_mistake_is_told_with_a_remedy(body, words):
    assert words in "\n".join(found(body))


def test_all_mistakes_come_in_the_order_of_lines():
    mistakes = found(
        "  grade: {from: A, codes: {I: one}}\n  sexx: {from: A}\n  percent: {from: B}\n"
    )
    assert [m.split(":")[0][-1] for m in mistakes] == ["6", "7", "8"]


def test_a_sound_mapping_has_none():
    assert not found(
        "  sex: {from: A, codes: {F: female}}\n  grade: {from: B}\n"
        "  percent: {from: C, number: {unit: '%'}}\n  start: {from: D, dates: [YYYY-MM-DD]}\n"
        "  bone: {table: visits, from: E, codes: {'1': yes}, collapse: {pick: any}}\n"
    )
