"""A column that is not there: what it costs, who is told, and that check says the same."""

import pandas as pd
import pytest

from multicentric.harmonize.census import take_census
from multicentric.harmonize.check import check_center
from multicentric.harmonize.rebuild import Trace, rebuild
from multicentric.queries.states import DropFindings, follow

VISITS = "  visits: {file: v.csv, format: delimited, key: ID, rows: visit}\n"
# One variable that the study spares, one that must not be misread, and what each is made of.
SPARED, NEEDED = "grade: {from: Grad}", "sex: {from: Sexx}"
ROWS = "ID,Grade,Sex\np1,1,female\np2,2,male\n"


def test_a_spared_variable_is_empty_and_the_center_is_asked_once(harmonize):
    made = harmonize("sex: {from: Sex}\n" + SPARED, ROWS)
    assert list(made.table["sex"]) == ["female", "male"]
    assert made.table["grade"].isna().all()
    (found,) = made.intake.to_dict("records")
    assert (found["rule"], found["severity"], found["effect"]) == (
        "missing_column",
        "query",
        "value removed",
    )
    assert (found["file"], found["column"], found["variables"]) == ("a.csv", "Grad", "grade")
    assert pd.isna(found["patient_id"])
    assert found["message"] == (
        "The column 'Grad' is missing; did you mean Grade? Until then all patients lack: Grade."
    )


def test_lineage_says_which_column_was_not_there(harmonize, dictionary):
    made = harmonize("sex: {from: Sex}\n" + SPARED, ROWS)
    cell = made.lineage.loc[("p2", "grade")]
    assert (cell["file"], cell["row"], cell["column"]) == ("a.csv", 3, "Grad")
    assert (cell["outcome"], cell["missing_reason"]) == ("missing", "no_column")
    assert made.mapping.line_of(cell["rule"]) == 6
    trace = Trace("grade", None, cell["rule"], cell["outcome"])
    assert rebuild(trace, made.mapping, dictionary) is None


@pytest.mark.parametrize(
    ("blocks", "column"),
    [
        (NEEDED, "Sexx"),
        ("start: {from: Start, dates: [YYYY-MM-DD]}", "Start"),
        (f"{NEEDED}\n{SPARED}", "Sexx"),
        # A spared variable by which a needed one is decided.
        ("grade: {from: Grad}\nsex: {from: Sex, when: {grade: '1'}}", "Grad"),
        ("comment: {from: Sex}\ngrade: {from: Grad}\nsex: {from: Grad}", "Grad"),
    ],
)
def test_a_column_that_a_needed_variable_asks_for_holds_the_center(harmonize, blocks, column):
    made = harmonize(blocks, ROWS)
    assert made.table.empty
    found = made.intake[made.intake["effect"] == "center held"]
    assert list(found["column"]) == [column]
    assert set(found["severity"]) == {"block"}


@pytest.mark.parametrize(
    "tail",
    [
        "filters:\n  - {id: odd, drop: {Kind: odd}, reason: Odd.}\n",
        "  comment: {from: Grade}\nfilters:\n  - {id: odd, keep: {Kind: ''}, reason: Odd.}\n",
    ],
)
def test_a_column_that_a_filter_asks_for_holds_the_center(harmonize, tail):
    assert harmonize("sex: {from: Sex}", ROWS, tail=tail).table.empty


@pytest.mark.parametrize(
    "block",
    [
        "grade: {coalesce: [{from: Grade}, {from: Grad}]}",
        "bone: {checkbox: mets___1}",
        "comment: {table: visits, from: Note, collapse: {pick: only}}",
        "grade: {table: visits, from: Grade, collapse: {pick: last, by: {from: Day, number: {}}}}",
        "grade: {table: visits, from: Grade, collapse: {pick: only, where: {Kind: x}}}",
        "months: {from: Months, number: {unit: months}, when: {sex: female}}",
    ],
)
def test_any_verb_without_one_of_its_columns_gives_nothing(harmonize, tmp_path, dictionary, block):
    name = block.partition(":")[0]
    made = harmonize(f"sex: {{from: Sex}}\n{block}", ROWS, tables=VISITS, v="ID,Grade\np1,1\n")
    assert len(made.table) == 2
    assert made.table[name].isna().all()
    assert made.rules == ["missing_column"]
    reasons = made.lineage.xs(name, level="variable")["missing_reason"]
    assert set(reasons) <= {"no_column", "not_applicable"}
    assert reasons["p1"] == "no_column"
    census = take_census(tmp_path, made.mapping, dictionary)
    (line,) = census[census["became"] == "missing: no_column"].to_dict("records")
    assert line["variable"] == name


def test_what_is_counted_from_a_date_that_is_not_sent_is_missing(harmonize, dictionary):
    made = harmonize(
        "comment: {from: Sex}\nmonths: {from: Months, number: {unit: months}}\n"
        "grade: {from: Grade, when: {months: {above: '1'}}}",
        ROWS,
    )
    assert made.table["grade"].isna().all()
    assert made.rules == ["missing_column"]  # and no question about each patient's grade
    assert set(made.lineage.xs("grade", level="variable")["missing_reason"]) == {"unknown"}


def test_two_columns_of_one_heading_cost_a_spared_variable_alone(harmonize):
    made = harmonize("sex: {from: Sex}\ngrade: {from: G}", "ID,Sex,G,G\np1,male,1,2\n")
    assert list(made.table["sex"]) == ["male"]
    assert made.table["grade"].isna().all()
    (found,) = made.intake.to_dict("records")
    assert (found["rule"], found["effect"]) == ("duplicate_heading", "value removed")


def test_a_further_table_without_rows_costs_what_it_makes(harmonize):
    spared = "sex: {from: Sex}\ngrade: {table: visits, from: G, collapse: {pick: only}}"
    made = harmonize(spared, ROWS, tables=VISITS, v="ID,G\n")
    assert list(made.table["sex"]) == ["female", "male"]
    assert made.table["grade"].isna().all()
    (found,) = made.intake.to_dict("records")
    assert (found["rule"], found["effect"]) == ("empty_table", "value removed")
    assert found["message"] == (
        "The table 'visits' holds no row. Until then all patients lack: Grade."
    )
    needed = "sex: {table: visits, from: G, collapse: {pick: only}}"
    made = harmonize(needed, ROWS, tables=VISITS, v="ID,G\n")
    assert (made.rules, len(made.table)) == (["empty_table"], 0)


def test_the_question_keeps_its_id_when_the_file_is_called_otherwise(harmonize, tmp_path):
    more = "  more: {file: export_*.csv, format: delimited, key: ID}\n"
    blocks = "sex: {from: Sex}\ngrade: {table: more, from: Grad}"
    ids = []
    for name in ("export_06", "export_09"):
        made = harmonize(blocks, ROWS, tables=more, **{name: "ID,G\np1,1\n"})
        assert list(made.intake["file"]) == [f"{name}.csv"]
        ids += list(made.intake["finding_id"])
        (tmp_path / f"{name}.csv").unlink()
    assert len(ids) == 2
    assert ids[0] == ids[1]


def test_rows_that_share_a_key_have_ids_of_their_own_in_every_drop(harmonize):
    """Whether the rows move, or a fault in another table of the same patient is mended."""
    more = "  more: {file: m.csv, format: delimited, key: ID}\n"
    blocks = "sex: {from: Sex}\ngrade: {table: more, from: G}"
    twice = "ID,Sex\np1,male\np1,male\n"
    first = harmonize(blocks, twice, tables=more, m="ID,G\np2,1\n").intake
    moved = harmonize(blocks, f"{twice}p2,male\n", tables=more, m="ID,G\np2,1\np2,2\n").intake
    ids = list(first[first["rule"] == "duplicate_key"]["finding_id"])
    assert len(set(ids)) == 2
    again = moved[moved["rule"] == "duplicate_key"].set_index("patient_id")["finding_id"]
    assert list(again["p1"]) == ids
    assert len(set(again)) == 4


def test_the_question_is_solved_when_the_column_is_sent(harmonize):
    drops = []
    for date, block in (("2025-06-02", SPARED), ("2025-09-01", "grade: {from: Grade}")):
        made = harmonize(f"sex: {{from: Sex}}\n{block}", ROWS)
        told = made.intake.assign(told=made.intake["message"], wanted=made.intake["expected"])
        drops.append(DropFindings(date, told, frozenset(made.table.index)))
    assert list(follow(drops[:1])["state"]) == ["new"]
    assert list(follow(drops)["state"]) == ["solved"]


@pytest.mark.parametrize(
    ("blocks", "patients", "head"),
    [
        (f"{NEEDED}\n{SPARED}\nstart: {{from: Sex, dates: [YYYY-MM-DD]}}", ROWS, ""),
        ("sex: {from: A}\ncomment: {from: Surname}", "ID,A,A,Surname\np1,male,x,Miller\n", ""),
        ("sex: {from: A}", "ID,A\n", ""),
        ("sex: {from: A}", "", ""),
        ("sex: {from: A}", "ID;A\np1;male\n", ""),
        ("sexx: {from: A}\nsex: {from: B, codes: {F: femal}}", "ID,A\np1,male\n", ""),
        ("grade: {from: A, number: {unit: x}}\nsex: {from: Q}", "ID,A\np1,1\n", ""),
    ],
)
def test_check_calls_a_mistake_what_puts_the_center_out_in_the_same_words(
    harmonize, tmp_path, dictionary, blocks, patients, head
):
    made = harmonize(blocks, patients, head=head)
    checked = check_center(made.mapping, dictionary, tmp_path)
    out = made.intake[made.intake["effect"] == "center held"]["message"]
    assert len(out)
    said = [str(mistake) for mistake in checked.mistakes]
    assert len(said) == len(out)
    for message in out:
        assert any(message in line for line in said), (message, said)
    assert all(line.startswith("mapping.yaml, line ") for line in said)
    spared = made.intake[made.intake["effect"] == "value removed"]["message"]
    advice = "\n".join(str(one) for one in checked.advice)
    assert all(message in advice for message in spared)
