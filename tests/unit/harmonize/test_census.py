"""The census counts every raw text of a drop; the check tells what of it nobody mapped."""

from pathlib import Path

import pytest

from multicentric.harmonize.census import since, take_census
from multicentric.harmonize.check import check_center
from multicentric.harmonize.study_check import CannotCheck, check_study

ROOT = Path(__file__).parents[3]
BLOCKS = (
    "sex: {from: A, codes: {F: female, M: male, U: male}, missing: {n: not_done, o: unknown}}\n"
    "start: {from: D, dates: [YYYY-MM-DD]}"
)
ROWS = "ID,A,D\np1,F,2020-01-01\np2,F,\np3, M,31.12.2020\np4,x,2020-01-01\np5,n,2020-01-02\np6,,\n"


def lines(census, variable):
    own = census[census["variable"] == variable]
    shown = own[["raw", "n", "outcome", "became"]].astype(object)
    return [tuple(row) for row in shown.where(shown.notna(), None).itertuples(index=False)]


def test_every_distinct_text_is_counted_with_what_it_became(harmonize, tmp_path, dictionary):
    run = harmonize(BLOCKS, ROWS)
    census = take_census(tmp_path, run.mapping, dictionary)
    assert lines(census, "sex") == [
        ("F", 2, "mapped", "female"),
        (" M", 1, "mapped", "male"),
        ("n", 1, "missing", "missing: not_done"),
        ("x", 1, "unmapped", None),
        (None, 1, "missing", "missing: empty"),
    ]
    assert census.loc[census["variable"] == "start", "n"].sum() == 6
    assert census["new"].isna().all()


def test_texts_that_the_drop_before_did_not_hold_stand_out(harmonize, tmp_path, dictionary):
    before = take_census(tmp_path, harmonize(BLOCKS, ROWS).mapping, dictionary)
    run = harmonize(BLOCKS, ROWS.replace("p4,x", "p4,y"))
    now = since(take_census(tmp_path, run.mapping, dictionary), before)
    assert list(now.loc[now["new"], "raw"]) == ["y"]
    alone = since(take_census(tmp_path, run.mapping, dictionary), before.iloc[:0])
    assert alone["new"].isna().all()


def test_all_rows_of_a_table_with_many_are_counted(harmonize, tmp_path, dictionary):
    run = harmonize(
        "response: {table: v, from: R, collapse: {pick: best, order: [CR, PR, SD, PD]}}",
        "ID\np1\np2\n",
        tables="  v: {file: v.csv, format: delimited, key: ID, rows: visit}\n",
        v="ID,R\np1,PD\np1,PD\np2,CR\np9,SD\n",
    )
    census = take_census(tmp_path, run.mapping, dictionary)
    assert lines(census, "response") == [("PD", 2, "copied", "PD"), ("CR", 1, "copied", "CR")]


def test_a_drop_that_cannot_be_read_has_an_empty_census(harmonize, tmp_path, dictionary):
    run = harmonize(BLOCKS, "")
    assert take_census(tmp_path, run.mapping, dictionary).empty


def test_check_tells_what_nobody_mapped_and_what_never_occurs(harmonize, tmp_path, dictionary):
    run = harmonize(
        BLOCKS, ROWS, tail="filters:\n  - {id: gone, drop: {A: Q}, reason: never there}\n"
    )
    checked = check_center(run.mapping, dictionary, tmp_path)
    assert not checked.mistakes
    assert checked.exit_code == 0
    advice = "\n".join(str(one) for one in checked.advice)
    assert "line 5: nothing is made of 'x' (1) in column 'A'." in advice
    assert "line 5: 'U' never occurs in column 'A'." in advice
    assert "'o' never occurs" in advice
    assert "line 6: nothing is made of '31.12.2020' (1) in column 'D'." in advice
    assert "the filter 'gone' leaves out no row." in advice
    assert "there is no block for 'grade'" in advice


def test_check_tells_codes_that_nothing_maps_to(harmonize, tmp_path, dictionary):
    run = harmonize("sex: {from: A, codes: {F: female}}", ROWS)
    advice = [str(one) for one in check_center(run.mapping, dictionary, None).advice]
    assert any("nothing maps to male of sex." in one for one in advice)


def test_check_collects_all_missing_columns_with_their_lines(harmonize, tmp_path, dictionary):
    run = harmonize("sex: {from: Aa}\nstart: {from: Dd, dates: [YYYY-MM-DD]}", ROWS)
    checked = check_center(run.mapping, dictionary, tmp_path)
    assert checked.exit_code == 1
    assert [one.line for one in checked.mistakes] == [5, 6]
    assert "The column 'Aa' is missing; did you mean A? (a.csv)" in str(checked.mistakes[0])


def test_check_tells_an_unreadable_file_at_its_table(harmonize, tmp_path, dictionary):
    run = harmonize(BLOCKS, "")
    (mistake,) = check_center(run.mapping, dictionary, tmp_path).mistakes
    assert mistake.line == 3
    assert "a.csv: is empty" in mistake.problem


def test_the_example_study_has_no_mistake_and_its_open_values_are_named():
    checked = check_study(ROOT)
    assert checked.mistakes == []
    advice = "\n".join(str(one) for one in checked.advice)
    for raw in ("'4+' (1)", "'ECOG 7' (1)", "'31.02.2021' (1)", "'bkz. patoloji <raporu>' (1)"):
        assert raw in advice


def test_a_center_that_is_not_there_cannot_be_checked():
    with pytest.raises(CannotCheck, match=r"no center 'arras'\. Did you mean 'aras'"):
        check_study(ROOT, ["arras"])


def test_check_tells_a_filter_that_those_before_it_leave_nothing(harmonize, tmp_path, dictionary):
    run = harmonize(
        "sex: {from: A}",
        "ID,A,Kind\np1,male,test\np2,male,real\n",
        tail="filters:\n"
        "  - {id: first, drop: {Kind: test}, reason: A test.}\n"
        "  - {id: second, keep: {Kind: real}, reason: Not real.}\n",
    )
    advice = [str(one) for one in check_center(run.mapping, dictionary, tmp_path).advice]
    (said,) = [one for one in advice if "the filter" in one]
    assert "line 8: the filter 'second' leaves out no row: those before it left out all" in said
