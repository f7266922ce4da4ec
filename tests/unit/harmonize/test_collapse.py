"""Many rows per patient to one value: which count, which is picked, and what if none decides."""

import pandas as pd
import pytest

from multicentric.documents import Mistakes
from multicentric.harmonize import harmonize_center
from multicentric.mapping import parse_mapping

VISITS = "  visits: {file: v.csv, format: delimited, key: ID, rows: visit}\n"
BY = "by: {from: D, dates: [YYYY-MM-DD]}"


def collapsed(harmonize, collapse, visits, block="response: {table: visits, from: R"):
    made = harmonize(
        f"{block}, collapse: {{{collapse}}}}}\nstart: {{from: S, dates: [YYYY-MM-DD]}}",
        "ID,S\np0,2020-01-01\np1,2020-01-01\n",
        tables=VISITS,
        v=f"ID,D,R\n{visits}",
    )
    name = block.split(":")[0]
    value = made.table.at["p0", name]
    return None if pd.isna(value) else value, made


THREE = "p0,2020-03-01,PD\np0,2020-02-01,SD\np0,2020-04-01,CR\n"


@pytest.mark.parametrize(
    ("collapse", "value", "row", "eligible"),
    [
        (f"pick: first, {BY}", "SD", 3, "2, 3, 4"),
        (f"pick: last, {BY}", "CR", 4, "2, 3, 4"),
        ("pick: best, order: [CR, PR, SD, PD]", "CR", 4, "2, 3, 4"),
        (f"pick: best, order: [CR, PR, SD, PD], until_first: {{R: PD}}, {BY}", "SD", 3, "2, 3"),
        (f"pick: last, where: {{R: [SD, PD]}}, {BY}", "PD", 2, "2, 3"),
        (f"pick: nearest, within: {{days: 0 to 60, of: start}}, {BY}", "SD", 3, "2, 3"),
        (f"pick: first, within: {{days: 40 to 70, of: start}}, {BY}", "PD", 2, "2"),
    ],
)
def test_the_right_row_is_picked_and_the_others_are_named(
    harmonize, collapse, value, row, eligible
):
    got, made = collapsed(harmonize, collapse, THREE)
    cell = made.lineage.loc[("p0", "response")]
    assert (got, cell["row"], cell["raw"]) == (value, row, value)
    assert cell["eligible_rows"] == eligible
    other = made.lineage.loc[("p1", "response")]
    assert (other["outcome"], other["missing_reason"]) == ("missing", "no_row")
    assert not made.rules


def test_a_tie_is_no_choice(harmonize):
    same_day = "p0,2020-03-01,PD\np0,2020-03-01,SD\n"
    value, made = collapsed(harmonize, f"pick: last, {BY}", same_day)
    assert value is None
    assert made.rules == ["tie"]
    assert "rows 2, 3 differ" in made.intake.at[0, "message"]
    for ties, expected in (("first_row", "PD"), ("last_row", "SD")):
        value, made = collapsed(harmonize, f"pick: last, ties: {ties}, {BY}", same_day)
        assert value == expected
        assert not made.rules
    value, made = collapsed(harmonize, f"pick: last, {BY}", "p0,2020-03-01,PD\np0,2020-03-01,PD\n")
    assert value == "PD"
    assert not made.rules


def test_only_wants_all_rows_to_agree(harmonize):
    assert collapsed(harmonize, "pick: only", "p0,,PD\np0,,PD\n")[0] == "PD"
    value, made = collapsed(harmonize, "pick: only", "p0,,PD\np0,,SD\n")
    assert value is None
    assert made.rules == ["tie"]


def test_a_row_that_could_have_been_the_one_is_not_passed_over(harmonize):
    best = "pick: best, order: [CR, PR, SD, PD]"
    value, made = collapsed(harmonize, best, "p0,2020-02-01,SD\np0,2020-03-01,?\n")
    assert value is None
    assert made.rules == ["unmapped_code"]
    assert made.intake.at[0, "row"] == 3
    first = f"pick: first, {BY}"
    assert collapsed(harmonize, first, "p0,2020-02-01,SD\np0,2020-03-01,?\n")[0] == "SD"
    assert collapsed(harmonize, first, "p0,2020-02-01,?\np0,2020-03-01,SD\n")[0] is None


def test_a_row_without_its_date_has_no_place_in_an_order(harmonize):
    value, made = collapsed(harmonize, f"pick: first, {BY}", "p0,2020-02-01,SD\np0,,PD\n")
    assert value is None
    assert made.rules == ["unreadable_order"]
    value, made = collapsed(harmonize, f"pick: first, {BY}", "p0,2020-02-01,SD\np0,soon,PD\n")
    assert value is None
    assert made.rules == ["unreadable_date"]


def test_an_unknown_text_in_a_condition_is_no_no(harmonize):
    # The column is mapped by another block, so every text in it is known or asked about.
    made = harmonize(
        "seen: {table: visits, from: D, dates: [YYYY-MM-DD], collapse: {pick: min, where: {R: PD}, "
        "none: not_applicable}}\n"
        "response: {table: visits, from: R, collapse: {pick: best, order: [CR, PR, SD, PD]}}",
        "ID\np0\np1\np2\n",
        tables=VISITS,
        v="ID,D,R\np0,2020-01-01,SD\np0,2020-02-01,pd?\np1,2020-01-01,SD\np2,2020-03-01,PD\n",
    )
    assert pd.isna(made.table.at["p0", "seen"])
    assert made.lineage.loc[("p0", "seen"), "outcome"] == "unmapped"
    assert made.lineage.loc[("p1", "seen"), "missing_reason"] == "not_applicable"
    assert made.table.at["p2", "seen"] == pd.Timestamp(2020, 3, 1)


def test_min_max_any_all_and_count(harmonize):
    date = "seen: {table: visits, from: D, dates: [YYYY-MM-DD]"
    assert collapsed(harmonize, "pick: min", THREE, date)[0] == pd.Timestamp(2020, 2, 1)
    assert collapsed(harmonize, "pick: max", THREE, date)[0] == pd.Timestamp(2020, 4, 1)
    flag = "bone: {table: visits, from: R, codes: {PD: yes, SD: no, CR: no}"
    assert bool(collapsed(harmonize, "pick: any", THREE, flag)[0]) is True
    assert bool(collapsed(harmonize, "pick: all", THREE, flag)[0]) is False
    count = "grade: {table: visits"
    value, made = collapsed(harmonize, "pick: count, where: {R: [PD, SD]}", THREE, count)
    assert value == 2
    cell = made.lineage.loc[("p0", "grade")]
    assert (cell["outcome"], cell["eligible_rows"]) == ("derived", "2, 3")


ONLY_VISITS = (
    "center: {name: T}\ntables:\n"
    "  visits: {file: a.csv, format: delimited, key: ID, rows: visit}\n"
    "filters:\n  - {id: tests, drop: {Kind: test}, reason: A test.}\n"
    "variables:\n"
    "  sex: {from: Sex, codes: {F: female, M: male}, collapse: {pick: only}}\n"
    "  grade: {from: G, number: {}, collapse: "
    "{pick: last, by: {from: Day, dates: [YYYY-MM-DD]}}}\n"
)


def test_a_center_that_sends_nothing_but_visits(tmp_path, dictionary):
    (tmp_path / "a.csv").write_text(
        "ID,Kind,Sex,Day,G\n"
        "p2,,F,2020-01-01,1\n"
        "p1,,M,2020-05-01,3\n"
        "p2,,F,2020-03-01,2\n"
        "p1,,M,2020-02-01,1\n"
        ",,M,2020-02-01,1\n"
        "p3,,F,2020-02-01,1\n"
        "p3,,M,2020-02-02,2\n"
        "p9,test,F,2020-02-01,1\n"
        "p4,F\n"
    )
    made = harmonize_center("t", tmp_path, parse_mapping(ONLY_VISITS), dictionary)
    table = made.table.set_index("patient_id")
    assert list(table.index) == ["p1", "p2", "p3"]
    assert list(table["sex"].fillna("")) == ["male", "female", ""]
    assert list(table["grade"]) == [3, 2, 2]
    cell = made.lineage.set_index(["patient_id", "variable"]).loc[("p1", "grade")]
    assert (cell["row"], cell["eligible_rows"]) == (3, "3, 5")
    found = made.intake.set_index("rule")[["patient_id", "effect", "row"]].fillna("")
    assert found.loc["no_key"].tolist() == ["", "none", 6]
    assert found.loc["tie"].tolist() == ["p3", "record held", 7]
    assert found.loc["filter_tests"].tolist() == ["p9", "none", 9]
    assert found.loc["broken_row"].tolist() == ["p4", "record held", 10]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("key: ID", "numbered: yes"), "rows without ids are one row per patient"),
        (("variables:", "centers: {column: S, codes: {a: one}}\nvariables:"), "of a shared drop"),
        ((", collapse: {pick: only}", ""), "has many rows per patient"),
    ],
)
def test_what_visits_alone_cannot_be(change, says):
    with pytest.raises(Mistakes, match=says):
        parse_mapping(ONLY_VISITS.replace(*change))
