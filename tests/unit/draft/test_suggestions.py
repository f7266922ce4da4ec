"""What a draft suggests and leaves to a person: picks, classes, partial dates, filters, centers."""

import openpyxl
import pytest

from multicentric.documents import parse_document
from multicentric.draft import draft, mapping_text
from multicentric.mapping import parse_mapping


def uncommented(text, block):
    """The lines of a suggested block as a person would have them after taking off the comment."""
    lines = text.splitlines()
    start = lines.index(f"# {block}:")
    kept = []
    for line in lines[start:]:
        if not line.startswith("#"):
            break
        kept.append(line[2:])
    return "\n".join(kept)


def visits(tmp_path, dictionary, rows):
    book = openpyxl.Workbook()
    book.active.title = "persons"
    sheet = book.create_sheet("visits")
    book.active.append(["Subject", "Sex", "Diabetes"])
    for at in range(6):
        book.active.append([f"P{at}", "F", "no"])
    sheet.append(["Subject", "Visit", "Grade", "Smoker"])
    for row in rows:
        sheet.append(row)
    path = tmp_path / "book.xlsx"
    book.save(path)
    return mapping_text(draft("new", [path], dictionary), dictionary)


ROWS = [
    [f"P{at}", day, grade, "yes"]
    for at in range(6)
    for day, grade in (("2020-01-20", 1 + at % 3), ("2021-01-20", 1 + (at + at // 3) % 3))
]


def test_rows_that_always_agree_are_said_to(tmp_path, dictionary):
    text = visits(tmp_path, dictionary, ROWS)
    line = "collapse: {pick: only} # 6 patients have several values, and none has two that differ"
    assert line in text
    assert parse_mapping(text).variables["smoker"].status == "undetermined"


def test_rows_that_differ_are_counted_and_the_column_that_orders_them_is_named(
    tmp_path, dictionary
):
    text = visits(tmp_path, dictionary, ROWS)
    (line,) = [line for line in text.splitlines() if "pick: ," in line]
    assert 'by: {from: "Visit", dates: [YYYY-MM-DD]}}' in line
    assert "min, max, first, last or count? in 3 of 6 patients with several values they differ" in (
        line
    )


def test_numbers_for_codes_show_what_a_threshold_must_part(drafted):
    rows = "".join(f"{at},{number}\n" for at, number in enumerate([0, 0, 12, 40, 7, 3, 99.5]))
    _, text, mapping = drafted(f"Subject,Vital status\n{rows}")
    assert mapping.variables["status"].status == "undetermined"
    assert '"": alive' in text
    assert '"": dead' in text
    assert "seen: 0 (2), 3 (1), 7 (1), 12 (1), 40 (1), 99.5 (1)" in text


@pytest.mark.parametrize(
    ("days", "suggested"),
    [
        (["01.02.2020", "03.04.2021", "05.2020"], "dates: [DD.MM.YYYY, MM.YYYY]"),
        (["2020-02-13", "2020-03-01", "2020-04"], "dates: [YYYY-MM-DD, YYYY-MM]"),
        (["2020-02", "2020-03", "2020-04"], "dates: [YYYY-MM]"),
        (["2020-02-13", "2020-03-01", "2020-04-02", "2021"], "dates: [YYYY-MM-DD, YYYY]"),
    ],
)
def test_dates_without_a_day_are_counted_and_never_completed(drafted, days, suggested):
    rows = "".join(f"{at},{day}\n" for at, day in enumerate(days))
    _, text, mapping = drafted(f"Subject,Visit\n{rows}")
    assert suggested in text
    assert "impute: {day: 15" in text
    block = mapping.variables["visit_date"]
    assert block.impute is None
    assert block.dates in (None, ("DD.MM.YYYY",), ("YYYY-MM-DD",))


def test_years_alone_are_no_dates(drafted):
    found, text, _ = drafted("Subject,Visit\n1,2020\n2,2021\n3,2020\n")
    assert "impute" not in text
    assert found.proposals == ()


def test_rows_that_are_no_patient_are_offered_for_a_filter(drafted):
    _, text, mapping = drafted(
        "Subject,Sex,Kind\nP1,F,real\nP2,M,Test\nP3,F,real\nP4,M,deneme\nToplam,,\n"
    )
    assert mapping.filters == []
    block = parse_document(uncommented(text, "filters").partition("\n\n")[0], "x").value
    first, second = block["filters"]
    assert (first["drop"], first["reason"]) == ({"Subject": ["Toplam"]}, "")
    assert second["drop"] == {"Kind": ["Test", "deneme"]}
    assert "# 2 rows" in text


def test_a_column_that_names_centers_is_offered_with_its_codes(drafted):
    rows = "".join(f"P{at},F,{'ABC'[at % 3]}\n" for at in range(12))
    _, text, mapping = drafted(f"Subject,Sex,Hospital\n{rows}")
    assert mapping.centers is None
    block = parse_document(uncommented(text, "centers"), "x").value["centers"]
    assert block == {"column": "Hospital", "codes": {"A": "", "B": "", "C": ""}}
    assert '"A": # 4 rows' in text


def test_a_column_of_one_center_or_of_free_text_names_none(drafted):
    one = "".join(f"P{at},F,A\n" for at in range(6))
    many = "".join(f"P{at},F,Hospital {at}\n" for at in range(6))
    for rows in (one, many):
        _, text, _ = drafted(f"Subject,Sex,Hospital\n{rows}")
        assert "# centers:" not in text


def test_how_sure_a_match_is_stands_as_a_number_beside_the_word(drafted):
    found, text, _ = drafted("Subject,Sex,Geschlecht,Smokr\n1,F,W,yes\n2,M,M,no\n3,F,F,yes\n")
    scores = {(one.variable.name, one.column.heading): one.score for one in found.proposals}
    assert scores["sex", "Sex"] == scores["sex", "Geschlecht"] == pytest.approx(0.495)
    assert scores["smoker", "Smokr"] < 0.9
    assert "# likely 0.49: known name" in text or "# likely 0.50: known name" in text
    found, text, _ = drafted("Subject,Sex\n1,F\n2,M\n3,F\n")
    assert "# certain 0.99: known name; the values fit" in text


def test_a_text_cannot_leave_a_suggestion(drafted):
    rows = "".join(f'P{at},F,"A""]}}\nvariables: {at % 2}"\n' for at in range(8))
    _, text, mapping = drafted(f"Subject,Sex,Site\n{rows}")
    assert mapping.variables["sex"].codes == {"F": "female"}
    assert text.count("\nvariables:") == 1


def test_a_drop_of_visits_alone_is_read_by_its_ids(drafted):
    rows = "".join(f"P{at // 3},2020-0{1 + at % 3}-11,F,{1 + at % 3}\n" for at in range(12))
    _, text, mapping = drafted(f"Subject,Visit,Sex,Grade\n{rows}")
    (table,) = mapping.tables.values()
    assert (table.key, table.rows) == ("Subject", "visit")
    assert "4 patients have several values, and none has two that differ" in text
    assert 'by: {from: "Visit", dates: [YYYY-MM-DD]}' in text
