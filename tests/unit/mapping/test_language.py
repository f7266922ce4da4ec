"""What a mapping may say, and how its mistakes are told: all at once, each with its line."""

import pytest

from multicentric.documents import Mistakes
from multicentric.mapping import load_mapping, parse_mapping
from multicentric.mapping.order import in_order

HEAD = """\
center: {name: Aras}
tables:
  patients: {file: a.csv, format: delimited, key: ID}
  visits: {file: v.csv, format: delimited, key: ID, rows: visit}
variables:
"""


def mistakes(body, head=HEAD):
    with pytest.raises(Mistakes) as caught:
        parse_mapping(head + body)
    return [(mistake.line, str(mistake)) for mistake in caught.value.mistakes]


def test_all_mistakes_come_at_once_with_their_lines():
    found = mistakes(
        "  sex: {from: Sex, codez: {F: female}}\n"
        "  born: {from: DOB, dates: [DD.mm.YYYY]}\n"
        "  grade: {codes: {I: '1'}}\n"
        "  er: {from: ER, number: {}, dates: [YYYY-MM-DD]}\n"
    )
    assert [line for line, _ in found] == [6, 7, 8, 9]
    text = "\n".join(message for _, message in found)
    assert "unknown key 'variables.sex.codez'. Did you mean 'codes'?" in text
    assert "must be written in capitals" in text
    assert "from is missing" in text
    assert "number and dates exclude each other" in text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("  x: {from: A, dates: [MM.YYYY]}", "a date without day needs impute"),
        ("  x: {from: A, dates: [DD.MM.YY]}", "need years_from"),
        ("  x: {from: A, impute: {day: 15}}", "impute needs dates"),
        ("  x: {from: A, classes: {'< 1': a}}", "classes needs number"),
        ("  x: {from: A, contains: bone}", "contains needs a separator"),
        ("  x: {from: A, number: {}, classes: {'< 1': a, '<= 1': b}}", "a number can be both"),
        ("  x: {from: A, number: {factor: many}}", "must be a number such as 100"),
        ("  x: {status: impossible}", "impossible needs a reason"),
        ("  x: {status: impossible, reason: no, from: A}", "impossible takes no source"),
        ("  x: {constant: a, from: A}", "constant takes no from"),
        ("  x: {table: visit, from: A}", "there is no table 'visit'. Did you mean 'visits'?"),
        ("  x: {table: visits, from: A}", "many rows per patient"),
        ("  x: {from: A, collapse: {pick: only}}", "nothing to collapse"),
        ("  x: {table: visits, from: A, collapse: {pick: first}}", "pick first needs by"),
        ("  x: {table: visits, from: A, collapse: {pick: best}}", "pick best and order belong"),
        ("  x: {from: A, missing: {x: later}}", "variables.x.missing.x"),
        ("  x: {coalesce: [{from: A}, {codes: {a: b}}]}", "each cell of coalesce needs from"),
        ("  x: {from: A, when: {y: {about: '1'}}}", "unknown comparison 'about'"),
        ("  x: {from: A}\n  x: {from: B}", "a second time (first on line 6)"),
        ("  x: {from: A, when: {y: a}}\n  y: {from: B, when: {x: a}}", "x → y → x"),
        (
            "  x: {from: A}\ncorrections:\n"
            "  - {patient: p, variable: z, was: a, becomes: b, reason: r}",
            "there is no variable 'z'",
        ),
        (
            "  x: {constant: a}\ncorrections:\n"
            "  - {patient: p, variable: x, was: a, becomes: b, reason: r}",
            "not read from one cell",
        ),
        ("  x: {from: A}\nfilters:\n  - {id: f, reason: r}", "either drop or keep"),
    ],
)
def test_each_mistake_is_told_in_words(body, words):
    assert words in "\n".join(message for _, message in mistakes(body))


def test_texts_that_fold_together_must_mean_the_same():
    body = "  x: {from: A, codes: {Neg: a, NEG: b}}\n"
    parse_mapping(HEAD + body)
    folded = HEAD.replace("tables:", "text: {case: ignored}\ntables:")
    assert "'NEG' and 'Neg' are the same text" in mistakes(body, folded)[0][1]
    parse_mapping(folded + "  x: {from: A, codes: {Neg: a, NEG: a}}\n")


def test_a_center_is_switched_off_only_with_a_reason():
    off = HEAD.replace("{name: Aras}", "{name: Aras, enabled: no}")
    assert "needs a reason" in mistakes("  x: {from: A}", off)[0][1]
    off = off.replace("enabled: no", "enabled: no, reason: contract ended")
    assert parse_mapping(off + "  x: {from: A}").center.enabled is False


def test_the_digest_follows_the_content_not_the_layout(tmp_path):
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(HEAD + "  x: {from: A, codes: {a: b}}\n", encoding="utf-8")
    second.write_text(
        "# a comment\n" + HEAD + "\n  x:\n    from: 'A'\n    codes: {a: b} # why\n",
        encoding="utf-8",
    )
    assert load_mapping(first).digest == load_mapping(second).digest
    second.write_text(HEAD + "  x: {from: A, codes: {a: c}}\n", encoding="utf-8")
    assert load_mapping(first).digest != load_mapping(second).digest


def test_every_place_that_lineage_names_has_its_line():
    mapping = parse_mapping(
        HEAD + "  x:\n    from: A\n    codes:\n      v1.0: a\n      b: c\n"
        "  y:\n    coalesce:\n      - {from: A}\n      - from: B\n        codes:\n          q: r\n"
        "  z:\n    from: C\n    dates:\n      - DD.MM.YYYY\n      - YYYY-MM-DD\n"
    )
    assert mapping.line_of("variables.x.codes.v1.0") == 9
    assert mapping.line_of("variables.x.codes.b") == 10
    assert mapping.line_of("variables.y.coalesce.2.codes.q") == 16
    assert mapping.line_of("variables.z.dates.YYYY-MM-DD") == 21
    assert mapping.line_of("variables.x.from") == 7


def test_variables_are_made_after_those_they_ask_about():
    mapping = parse_mapping(
        HEAD + "  a: {from: A, when: {b: x}}\n  b: {from: B, when: {c: x}}\n  c: {from: C}\n"
    )
    assert in_order(mapping) == ["c", "b", "a"]
