"""Each verb: what it makes of a text, and that it makes nothing of a text nobody mapped."""

import pandas as pd
import pytest


def one(harmonize, block, *texts, **options):
    """The values that a block makes of the texts of column A, and the run."""
    rows = "".join(f"p{number},{text}\n" for number, text in enumerate(texts))
    made = harmonize(block, f"ID,A\n{rows}", **options)
    name = block.split(":")[0]
    values = [None if pd.isna(value) else value for value in made.table[name]]
    return values, made


def test_codes_give_values_and_nothing_else_does(harmonize):
    values, made = one(
        harmonize,
        "sex: {from: A, codes: {F: female, M: male}, missing: {U: unknown}}",
        "F",
        " M ",
        "U",
        "",
        "f",
        "X",
    )
    assert values == ["female", "male", None, None, None, None]
    cells = made.lineage.xs("sex", level="variable")
    assert list(cells["outcome"]) == [
        "mapped",
        "mapped",
        "missing",
        "missing",
        "unmapped",
        "unmapped",
    ]
    assert list(cells["missing_reason"].fillna("")) == ["", "", "unknown", "empty", "", ""]
    assert list(cells["rule"])[:3] == [
        "variables.sex.codes.F",
        "variables.sex.codes.M",
        "variables.sex.missing.U",
    ]
    assert list(cells["raw"].fillna("")) == ["F", " M ", "U", "", "f", "X"]
    assert list(cells["row"]) == [2, 3, 4, 5, 6, 7]
    assert made.rules == ["unmapped_code", "unmapped_code"]
    assert set(made.intake["effect"]) == {"record held"}
    assert list(made.intake["raw"]) == ["f", "X"]


def test_a_spared_variable_loses_its_value_and_the_patient_stays(harmonize):
    values, made = one(harmonize, "grade: {from: A}", "2", "II", "2.5", "3.0")
    assert values == [2, None, None, 3]
    assert made.rules == ["unreadable_number", "unreadable_number"]
    assert set(made.intake["effect"]) == {"value removed"}
    assert set(made.intake["severity"]) == {"query"}


def test_copy_takes_only_the_dictionarys_own_codes(harmonize):
    values, made = one(harmonize, "sex: {from: A}", "female", "Female", "male")
    assert values == ["female", None, "male"]
    assert made.rules == ["unmapped_code"]


def test_numbers_are_exact_in_the_dictionarys_unit(harmonize):
    values, _ = one(
        harmonize, "percent: {from: A, number: {unit: fraction, factor: 100}}", "0.59", "0.07", "1"
    )
    assert values == [59.0, 7.0, 100.0]


def test_bounds_need_a_declared_meaning(harmonize):
    block = "percent: {from: A, number: {unit: '%'}}"
    values, made = one(harmonize, block, "<5")
    assert values == [None]
    assert made.rules == ["unreadable_number"]
    block = "percent: {from: A, number: {unit: '%', below: half, above: bound}}"
    values, made = one(harmonize, block, "<5", ">90 %", "5")
    assert values == [2.5, 90.0, 5.0]
    assert made.rules == ["bounded_number", "bounded_number"]
    assert set(made.intake["severity"]) == {"note"}
    assert list(made.lineage.xs("percent", level="variable")["outcome"]) == [
        "imputed",
        "imputed",
        "converted",
    ]


def test_classes_leave_out_what_they_do_not_name(harmonize):
    classes = "{'>= 0, < 1': male, '>= 1, <= 8': female}"
    block = f"sex: {{from: A, number: {{}}, classes: {classes}, empty: male}}"
    values, made = one(harmonize, block, "0", "1", "8", "9", "-1", "", "x")
    assert values == ["male", "female", "female", None, None, "male", None]
    assert made.rules == ["unmapped_code", "unmapped_code", "unreadable_number"]


def test_a_class_that_was_taken_for_a_bound_is_flagged(harmonize):
    """Below 5 can be either class: what stands for it is declared, and said to stand for it."""
    classes = "{'>= 0, < 1': male, '>= 1, <= 8': female}"
    block = f"sex: {{from: A, number: {{below: half}}, classes: {classes}}}"
    values, made = one(harmonize, block, "<5", "5")
    assert values == ["female", "female"]
    assert made.rules == ["bounded_number"]
    assert list(made.lineage.xs("sex", level="variable")["outcome"]) == ["imputed", "mapped"]


def test_dates_by_declared_formats_only(harmonize):
    block = "start: {from: A, dates: [DD/MM/YYYY, MM/DD/YYYY, MM.YYYY], impute: {day: 15}}"
    values, made = one(
        harmonize, block, "26/05/2023", "05/03/2020", "05.2019", "2020-01-01", "05/05/2020"
    )
    assert [None if v is None else v.date().isoformat() for v in values] == [
        "2023-05-26",
        None,
        "2019-05-15",
        None,
        "2020-05-05",
    ]
    assert sorted(made.rules) == ["ambiguous_date", "imputed_date", "unreadable_date"]
    by_rule = made.intake.set_index("rule")
    assert by_rule.at["ambiguous_date", "effect"] == "record held"
    assert by_rule.at["imputed_date", "effect"] == "none"
    assert by_rule.at["imputed_date", "severity"] == "note"


def test_an_item_that_no_block_names_is_not_taken_for_absent(harmonize):
    block = "bone: {from: A, contains: [bone, skeleton], separator: '+', others: [skin]}"
    values, made = one(harmonize, block, "bone+skin", "skin", "skeleton", "skin+livr", "", "+")
    assert values == [True, False, True, None, None, None]
    assert made.rules == ["unmapped_code", "unmapped_code"]


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("0", False), ("Checked", True), ("2", None)]
)
def test_a_box_is_ticked_or_not(harmonize, text, value):
    values, _ = one(harmonize, "bone: {checkbox: A}", text)
    assert values == [value]


def test_of_several_boxes_one_may_be_ticked(harmonize):
    made = harmonize(
        "sex: {checkbox: {A: female, B: male}}",
        "ID,A,B\np0,1,0\np1,0,1\np2,1,1\np3,0,0\np4,,\np5,x,0\n",
    )
    assert list(made.table["sex"].fillna("")) == ["female", "male", "", "", "", ""]
    assert list(made.intake["patient_id"]) == ["p2", "p5"]
    cell = made.lineage.loc[("p2", "sex")]
    assert (cell["column"], cell["raw"]) == ("A; B", "1; 1")


def test_coalesce_takes_the_first_value_and_passes_over_nothing_unreadable(harmonize):
    made = harmonize(
        "grade:\n    coalesce:\n      - {from: A, missing: {u: unknown}}\n"
        "      - {from: B, codes: {II: '2'}}",
        "ID,A,B\np0,1,II\np1,,II\np2,u,II\np3,x,II\np4,u,\np5,,\n",
    )
    assert list(made.table["grade"].fillna(-1)) == [1, 2, 2, -1, -1, -1]
    assert list(made.intake["patient_id"]) == ["p3"]
    cells = made.lineage.xs("grade", level="variable")
    assert list(cells["column"]) == ["A", "B", "B", "A", "A", "A"]
    assert cells.loc["p1", "rule"] == "variables.grade.coalesce.2.codes.II"
    assert cells.loc["p4", "missing_reason"] == "unknown"


def test_when_asks_other_variables(harmonize):
    made = harmonize(
        "start: {from: D, dates: [YYYY-MM-DD], when: {sex: female}}\nsex: {from: A}",
        "ID,A,D\np0,female,2020-01-01\np1,male,2020-01-01\np2,,2020-01-01\np3,x,2020-01-01\np4,,\n",
    )
    assert list(made.table["start"].notna()) == [True, False, False, False, False]
    cells = made.lineage.xs("start", level="variable")
    assert list(cells["missing_reason"].fillna("")) == [
        "",
        "not_applicable",
        "unknown",
        "unknown",
        "unknown",
    ]
    # Asked once about p3 (its sex), and about p2, for whom nobody can say.
    asked = made.intake.set_index("patient_id")["rule"].to_dict()
    assert asked == {"p2": "unanswered_condition", "p3": "unmapped_code"}


def test_a_duration_is_counted_from_two_dates_of_the_dictionary(harmonize):
    made = harmonize(
        "months: {duration: {since: start, until: seen, unit: months}}\n"
        "start: {from: A, dates: [YYYY-MM-DD]}\nseen: {from: B, dates: [YYYY-MM-DD]}",
        "ID,A,B\np0,2020-01-01,2020-03-02\np1,2020-01-01,\n",
    )
    assert made.table.at["p0", "months"] == 61 / 30.4375
    assert pd.isna(made.table.at["p1", "months"])
    cell = made.lineage.loc[("p0", "months")]
    assert cell["outcome"] == "derived"
    assert cell["raw"] == "start = 2020-01-01; seen = 2020-03-02"
    assert made.lineage.loc[("p1", "months"), "missing_reason"] == "missing_input"


def test_decisions_are_kept_apart_from_gaps(harmonize):
    made = harmonize(
        "sex: {constant: female}\ngrade: {status: impossible, reason: never graded}\n"
        "percent: {status: undetermined, reason: asked in May}",
        "ID\np0\n",
    )
    reasons = made.lineage.xs("p0")["missing_reason"].dropna().to_dict()
    assert reasons["grade"] == "impossible"
    assert reasons["percent"] == reasons["bone"] == "undetermined"
    assert made.table.at["p0", "sex"] == "female"
    assert not made.rules


def test_text_is_compared_as_declared(harmonize):
    block = "sex: {from: A, codes: {Kadın: female, Erkek: male}}"
    values, _ = one(harmonize, block, "KADIN", "kadın", "ERKEK")
    assert values == [None, None, None]
    values, _ = one(harmonize, block, "KADIN", "kadın", "ERKEK", head="text: {case: ignored}\n")
    assert values == ["female", "female", "male"]
    plain = "text: {case: ignored, accents: ignored}\n"
    values, _ = one(harmonize, "comment: {from: A, codes: {Lobüler: l}}", "LOBULER", head=plain)
    assert values == ["l"]


def test_what_is_copied_is_compared_as_declared_too(harmonize):
    block = "sex: {from: A}\nbone: {from: B}"
    rows = "ID,A,B\np1,Female,YES\np2,ＭＡＬＥ,no\np3,male,yes \n"
    kept = harmonize(block, rows)
    assert list(kept.table["sex"].fillna("")) == ["", "", "male"]
    assert list(kept.table["bone"].isna()) == [True, False, False]
    made = harmonize(block, rows, head="text: {case: ignored}\n")
    assert list(made.table["sex"]) == ["female", "male", "male"]
    assert list(made.table["bone"]) == [True, False, True]
    full_width = harmonize("sex: {from: A}", "ID,A\np1,ｍａｌｅ\n")
    assert list(full_width.table["sex"]) == ["male"]


def test_a_free_text_is_copied_tidied(harmonize):
    values, _ = one(harmonize, "comment: {from: A}", " a  b ")
    assert values == ["a b"]
