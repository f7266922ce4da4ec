"""A delivery with ten faults arrives, is asked about, half answered, and delivered again.

Told in ``docs/queries.md``; here it is lived through with the files of a real-looking center: the
pack names all ten; five are answered and three corrected, two are left; the next drop shows exactly
that.
"""

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from multicentric.harmonize import harmonize_center
from multicentric.mapping import load_mapping
from multicentric.queries.answers import read_packs
from multicentric.queries.center import JudgedDrop, questions
from multicentric.queries.pack import Addressee, write_pack
from multicentric.queries.waivers import waivers_in
from multicentric.queries.words import load_words, messages_beside
from multicentric.reading.drop import list_packs
from multicentric.schema import dictionary_of, load_model
from multicentric.study import load_settings, load_study
from multicentric.validate import validate_center

ROOT = Path(__file__).resolve().parents[2]
CENTER = "aras"
STUDY = load_study(ROOT, load_settings(ROOT))
MODEL = load_model(ROOT / STUDY.dictionary, STUDY.cut_off)
DICTIONARY = dictionary_of(MODEL)
MAPPING = load_mapping(ROOT / "centers/aras/mapping.yaml")
WORDS = load_words("en", DICTIONARY, messages_beside(ROOT / STUDY.dictionary))

# Patient, column, what is written there instead, and the rule that must say so.
FAULTS = [
    ("AR-0001", "Sex", "X", "unmapped_code"),
    ("AR-0002", "DOB", "1953-13-21", "unreadable_date"),
    ("AR-0003", "Ki67_pct", "310", "out_of_range"),
    ("AR-0004", "StartDate", "", "missing_needed"),
    ("AR-0005", "ProgressionDate", "2015-06-08", "R05"),
    ("AR-0006", "LastFU", "2027-01-01", "R03"),
    ("AR-0007", "HER2_ISH", "pos", "R13"),
    ("AR-0008", "Menopause", "pre", "R21b"),
    ("AR-0009", "Grade", "two", "unreadable_number"),
    ("AR-0010", "ECOG", "4", "implausible"),
]
# Patients whose other values must let a fault show alone.
GROUND = {
    "AR-0007": {"HER2_IHC": "0"},
    "AR-0004": {"Ki67_pct": "20"},
    "AR-0008": {"Sex": "F", "DOB": "1941-02-03", "Menopause": "post"},
    "AR-0005": {"StartDate": "2021-03-04", "DeathDate": "", "LastFU": "2024-03-04"},
    "AR-0006": {"StartDate": "2021-03-04", "DeathDate": "", "ProgressionDate": ""},
}
GROUND["AR-0006"]["BestResponse"] = "SD"


def extract():
    return pd.read_csv(
        ROOT / "centers/aras/2025-06-02/extract.csv", dtype=str, keep_default_na=False
    ).set_index("PatientID")


def sound():
    """Ten patients of the center, without any fault."""
    table = extract().loc[[patient for patient, *_ in FAULTS]]
    for patient, values in GROUND.items():
        for column, text in values.items():
            table.loc[patient, column] = text
    return table


def with_faults():
    table = sound()
    for patient, column, text, _ in FAULTS:
        table.loc[patient, column] = text
    return table


def delivered(table, folder):
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "extract.csv")
    return folder


def judged(folder):
    read = harmonize_center(CENTER, folder, MAPPING, DICTIONARY)
    result = validate_center(CENTER, read.table, read.lineage, read.intake, MODEL, DICTIONARY)
    return JudgedDrop(
        folder.name,
        read.table,
        read.lineage,
        result.findings,
        result.records,
        MAPPING,
        read_packs(folder),
    )


def pack_of(queries, drop):
    return write_pack(queries, Addressee(CENTER, "Aras", drop, True), WORDS)


def shown(content, sheet):
    """The rows of a sheet of a pack, by the hidden keys of its columns."""
    page = openpyxl.load_workbook(io.BytesIO(content))[WORDS(f"sheet.{sheet}")]
    keys = [cell.value for cell in page[1]]
    rows = [
        dict(zip(keys, [c.value for c in row], strict=True)) for row in page.iter_rows(min_row=7)
    ]
    return [row for row in rows if row["rule"]]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return delivered(with_faults(), tmp_path_factory.mktemp("aras") / "2025-06-02")


@pytest.fixture(scope="module")
def asked(first):
    return questions(CENTER, [judged(first)], WORDS, DICTIONARY)


def test_the_ground_is_sound(tmp_path):
    drop = judged(delivered(sound(), tmp_path / "2025-06-02"))
    assert questions(CENTER, [drop], WORDS, DICTIONARY).empty


def test_the_pack_names_all_ten_with_their_cells(asked):
    rows = shown(pack_of(asked, "2025-06-02"), "open")
    found = {(row["patient_id"], row["rule"]) for row in rows}
    assert found == {(patient, rule) for patient, _, _, rule in FAULTS}
    assert len(rows) == len(FAULTS)
    lines = (["PatientID"], *([patient] for patient, *_ in FAULTS))
    row_of = {line[0]: str(number) for number, line in enumerate(lines, start=1)}
    by_patient = {row["patient_id"]: row for row in rows}
    for patient, column, text, _ in FAULTS:
        row = by_patient[patient]
        assert row["file"] == "extract.csv"
        assert row["row"] == row_of[patient]
        assert column in row["column"].split("; ")
        assert text in (row["raw"] or "").split("; ")
        assert row["state"] == WORDS("state.new")


ANSWERS = {
    "AR-0001": "corrected",
    "AR-0002": "corrected",
    "AR-0003": "corrected",
    "AR-0007": "value_is_right",
    "AR-0009": "mapping_is_wrong",
}
# Three of the answers are put right in the center's records as well.
CORRECTED = ["AR-0001", "AR-0002", "AR-0003"]
LEFT = ["AR-0004", "AR-0005", "AR-0006", "AR-0008", "AR-0010"]


def answered(content, path):
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book[WORDS("sheet.open")]
    at = {cell.value: cell.column for cell in page[1]}
    for row in range(7, page.max_row + 1):
        code = ANSWERS.get(page.cell(row, at["patient_id"]).value)
        if code:
            page.cell(row, at["answer"]).value = WORDS(f"answer.{code}")
            page.cell(row, at["answered_by"]).value = "data manager"
    book.save(path)


@pytest.fixture(scope="module")
def second(first, asked):
    """The next delivery: three corrections, and the filled pack beside the extract."""
    table = with_faults()
    table.loc[CORRECTED] = sound().loc[CORRECTED]
    folder = delivered(table, first.parent / "2025-09-01")
    answered(pack_of(asked, "2025-06-02"), folder / "answers Aras.xlsx")
    return folder


@pytest.fixture(scope="module")
def after(first, second):
    return questions(CENTER, [judged(first), judged(second)], WORDS, DICTIONARY)


def test_the_pack_in_the_folder_is_no_data(second, after):
    assert len(judged(second).records) == len(FAULTS)


def test_the_next_drop_shows_exactly_that(after):
    states = after.set_index("patient_id")["state"].to_dict()
    assert {patient for patient, state in states.items() if state == "solved"} == set(CORRECTED)
    assert states["AR-0007"] == "waived"
    assert {p for p, state in states.items() if state == "pending"} == {*LEFT, "AR-0009"}
    standing = after.set_index("patient_id")["standing"].to_dict()
    assert {p for p, s in standing.items() if s == "open"} == set(LEFT)
    assert {p for p, s in standing.items() if s == "answered"} == {"AR-0007", "AR-0009"}
    assert after.set_index("patient_id").loc["AR-0009", "whose"] == "us"


def test_its_pack_has_each_question_on_one_sheet(after):
    content = pack_of(after, "2025-09-01")
    sheets = {key: {row["patient_id"] for row in shown(content, key)} for key in
              ("open", "answered", "solved")}  # fmt: skip
    assert sheets == {
        "open": set(LEFT),
        "answered": {"AR-0007", "AR-0009"},
        "solved": set(CORRECTED),
    }


def test_a_third_drop_tells_what_was_made_worse_reopened_and_lost(first, second):
    table = pd.read_csv(second / "extract.csv", dtype=str, keep_default_na=False)
    table = table.set_index("PatientID")
    table.loc["AR-0006", "LastFU"] = "2028-01-01"
    table.loc["AR-0003", "Ki67_pct"] = "310"
    table.loc["AR-0007", "HER2_IHC"] = "1+"
    table = table.drop(index="AR-0010")
    third = delivered(table, first.parent / "2025-12-01")
    found = questions(
        CENTER, [judged(first), judged(second), judged(third)], WORDS, DICTIONARY
    ).set_index("patient_id")["state"]
    assert found["AR-0006"] == "miscorrected"
    assert found["AR-0003"] == "reopened"
    assert found["AR-0007"] == "reopened"
    assert found["AR-0010"] == "orphaned"
    assert found["AR-0001"] == "solved"


def test_a_corrected_mapping_settles_the_question_that_was_our_fault(first, second):
    text = (ROOT / "centers/aras/mapping.yaml").read_text()
    mended = first.parent / "mapping.yaml"
    assert "grade: {from: Grade}" in text
    mended.write_text(
        text.replace(
            "grade: {from: Grade}",
            'grade: {from: Grade, codes: {"1": "1", "2": "2", "3": "3", two: "2"}}',
        )
    )
    mapping = load_mapping(mended)
    drops = []
    for folder in (first, second):
        read = harmonize_center(CENTER, folder, mapping, DICTIONARY)
        result = validate_center(CENTER, read.table, read.lineage, read.intake, MODEL, DICTIONARY)
        drops.append(
            replace(judged(folder), harmonized=read.table, lineage=read.lineage,
                    findings=result.findings, records=result.records, mapping=mapping)
        )  # fmt: skip
    found = questions(CENTER, drops, WORDS, DICTIONARY).set_index("patient_id")
    assert found.loc["AR-0009", ["state", "remark"]].tolist() == ["solved", "solved_by_us"]


def given_back(queries, folder, patient, code):
    """A pack on which one question is answered, in the folder of a drop."""
    book = openpyxl.load_workbook(io.BytesIO(pack_of(queries, folder.name)))
    page = book[WORDS("sheet.open")]
    at = {cell.value: cell.column for cell in page[1]}
    for row in range(7, page.max_row + 1):
        if page.cell(row, at["patient_id"]).value == patient:
            page.cell(row, at["answer"]).value = WORDS(f"answer.{code}")
    book.save(folder / "answers.xlsx")


def judged_as_answered(folder):
    """A drop judged with what the center had confirmed by then."""
    read = harmonize_center(CENTER, folder, MAPPING, DICTIONARY)
    waivers = waivers_in(CENTER, [folder / name for name in list_packs(folder)])
    result = validate_center(
        CENTER, read.table, read.lineage, read.intake, MODEL, DICTIONARY, waivers
    )
    drop = JudgedDrop(
        folder.name, read.table, read.lineage, result.findings, result.records, MAPPING,
        read_packs(folder),
    )  # fmt: skip
    return drop, result


# What the study lets a center confirm (a menopausal status of a man), and what it does not.
CONFIRMED = [
    ("AR-0008", {"Sex": "M", "Menopause": "post"}, "R21", "menopausal_status"),
    ("AR-0005", {"ProgressionDate": "2015-06-08"}, "R05", "progression_date"),
]


@pytest.mark.parametrize(("patient", "texts", "rule", "variable"), CONFIRMED)
def test_a_confirmed_value_is_used_only_where_the_study_lets_it(
    tmp_path, patient, texts, rule, variable
):
    table = sound()
    for column, text in texts.items():
        table.loc[patient, column] = text
    folder = delivered(table, tmp_path / "2025-06-02")
    before, held_back = judged_as_answered(folder)
    (asked,) = questions(CENTER, [before], WORDS, DICTIONARY).to_dict("records")
    assert (asked["rule"], asked["state"]) == (rule, "new")
    assert variable not in kept_values(held_back, patient)

    given_back(questions(CENTER, [before], WORDS, DICTIONARY), folder, patient, "value_is_right")
    after, result = judged_as_answered(folder)
    (asked,) = questions(CENTER, [after], WORDS, DICTIONARY).to_dict("records")
    if rule == "R21":
        assert (asked["state"], asked["whose"]) == ("waived", "")
        assert kept_values(result, patient)[variable] == "postmenopausal"
    else:
        assert (asked["state"], asked["whose"]) == ("new", "us")
        assert variable not in kept_values(result, patient)


def test_a_waiver_ends_with_the_value_that_was_confirmed(tmp_path):
    table = sound()
    table.loc["AR-0008", ["Sex", "Menopause"]] = ["M", "post"]
    folder = delivered(table, tmp_path / "2025-06-02")
    drop, _ = judged_as_answered(folder)
    given_back(questions(CENTER, [drop], WORDS, DICTIONARY), folder, "AR-0008", "value_is_right")
    table.loc["AR-0008", "Menopause"] = "pre"
    delivered(table, folder)
    drop, result = judged_as_answered(folder)
    assert "menopausal_status" not in kept_values(result, "AR-0008")
    states = questions(CENTER, [drop], WORDS, DICTIONARY).set_index("rule")["standing"]
    assert states["R21"] == "open"


def kept_values(result, patient):
    """What validation kept of a patient."""
    rows = result.table[result.table["patient_id"] == patient].to_dict("records")
    return {name: value for row in rows for name, value in row.items() if pd.notna(value)}
