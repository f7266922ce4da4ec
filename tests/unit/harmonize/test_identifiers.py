"""What tells persons apart is seen, said by its heading, and stays in the raw file."""

import numpy as np
import pytest

from multicentric.harmonize import harmonize_center
from multicentric.harmonize.check import check_center
from multicentric.harmonize.identifier_signs import (
    EMAILS,
    NAMES,
    NATIONAL_IDS,
    PHONES,
    RECORD_NUMBERS,
    identifier_in_column,
    identifier_in_text,
)
from multicentric.keyed_hash import KeyedHash
from multicentric.mapping import parse_mapping

# Numbers that the issuing countries publish as examples, or that everyone uses as such.
VALID = {
    "Turkey": "10000000146",
    "Italy": "RSSMRA85T10A562S",
    "Germany": "A123456780",
    "Spain, DNI": "12345678Z",
    "Spain, NIE": "X1234567L",
    "France": "255081416802538",
}


@pytest.mark.parametrize("number", VALID.values(), ids=VALID)
def test_a_national_id_is_known_by_its_check_digits(number):
    assert identifier_in_text(number) == NATIONAL_IDS
    assert identifier_in_text(f"see {number}.") == NATIONAL_IDS
    last = number[-1]
    wrong = "Q" if last.isalpha() else str((int(last) + 1) % 10)
    assert identifier_in_text(number[:-1] + wrong) is None


def test_a_corsican_number_and_one_with_spaces_are_known():
    key = 97 - int("2550819168025") % 97
    assert identifier_in_text(f"255082A168025{key:02d}") == NATIONAL_IDS
    assert identifier_in_text("2 55 08 14 168 025 38") == NATIONAL_IDS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a.b@clinic.example", EMAILS),
        ("0532 000 00 00", PHONES),
        ("(0532) 000 00 00", PHONES),
        ("+49 171 1234567", PHONES),
        ("06.12.34.56.78", PHONES),
    ],
)
def test_addresses_and_phone_numbers_are_known_by_their_form(text, kind):
    assert identifier_in_text(text) == kind
    assert identifier_in_text(f"call {text} first") == kind


@pytest.mark.parametrize(
    "text",
    [
        *("2024-02-09", "01.02.1980 10:30", "2024-02-09T10:30:00+02:00", "20250602114230", "45293"),
        *("(+3)", "0,5 - 1,5", "AR-0080", "1e-10", "<5 %", "0.123456789012", "ER 90 PR 80 Ki67 20"),
    ],
)
def test_what_a_study_asks_for_is_no_identifier(text):
    assert identifier_in_text(text) is None


def test_every_day_of_a_century_is_no_identifier():
    days = np.arange("1930-01-01", "2030-01-01", dtype="datetime64[D]").astype(object)
    forms = ("%d.%m.%Y", "%d/%m/%Y", "%Y%m%d", "%d-%m-%Y", "%Y-%m-%d 00:00:00", "%d %m %Y")
    texts = [f"{day:{form}}" for day in days for form in forms]
    assert len(texts) > 200_000
    assert [text for text in texts if identifier_in_text(text)] == []


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Adı Soyadı", NAMES),
        ("HASTA ADI", NAMES),
        ("PatientName", NAMES),
        ("last_name", NAMES),
        ("Nachname", NAMES),
        ("Nom et prénom", NAMES),
        ("Nombre y apellidos", NAMES),
        ("T.C. Kimlik No", NATIONAL_IDS),
        ("Codice fiscale", NATIONAL_IDS),
        ("Krankenversichertennummer", NATIONAL_IDS),
        ("Cep Tel", PHONES),
        ("Numéro de téléphone", PHONES),
        ("E-posta", EMAILS),
        ("Protokol No", RECORD_NUMBERS),
        ("MRN", RECORD_NUMBERS),
    ],
)
def test_a_heading_that_says_nothing_else_tells(heading, kind):
    found = identifier_in_column(heading, "", ["x"])
    assert (found.kind, found.certain) == (kind, True)
    assert identifier_in_column("v12", heading, ["x"]) == found
    assert identifier_in_column(heading, "", []) is None


@pytest.mark.parametrize(
    "heading",
    ["Drug name", "Last contact by phone", "Protocol", "PatientID", "ID", "ER", "Mobility", "Ev"],
)
def test_a_heading_that_says_something_else_does_not(heading):
    assert identifier_in_column(heading, "", ["x", "y"]) is None


def test_a_column_without_a_telling_heading_is_known_by_what_stands_in_it():
    mails = [f"p{number}@clinic.example" for number in range(8)]
    assert identifier_in_column("v7", "", [*mails, "none"]).kind == EMAILS
    assert identifier_in_column("v7", "", [*mails[:2], "none", "unknown", "x", "y"]) is None


def test_columns_that_nothing_reads_are_noted_by_heading_alone(harmonize):
    made = harmonize(
        "grade: {from: G, number: {}}",
        "ID,Surname,Tel,G,Mail\n1,Miller,0532 000 00 00,2,\n2,Smith,0532 000 00 01,3,\n",
    )
    noted = made.intake[made.intake["rule"] == "identifier_column"]
    assert list(noted["column"]) == ["Surname", "Tel"]
    assert list(noted["effect"]) == ["none", "none"]
    assert noted[["raw", "row", "patient_id"]].isna().all(axis=None)
    assert "Miller" not in made.intake.to_csv()
    assert list(made.table["grade"]) == [2, 3]


def test_a_name_is_no_variable(harmonize, dictionary, tmp_path):
    made = harmonize("comment: {from: Surname}", "ID,Surname\n1,Miller\n")
    assert list(made.intake["rule"]) == ["identifier_mapped"]
    assert list(made.intake["effect"]) == ["center held"]
    assert "Miller" not in made.intake.to_csv()
    mapping = parse_mapping(
        "center: {name: Test}\ntables:\n  patients: {file: a.csv, format: delimited, key: ID}\n"
        "variables:\n  comment: {from: Surname}\n"
    )
    (mistake,) = check_center(mapping, dictionary, tmp_path).mistakes
    assert mistake.line == 5
    problem = "'comment' is made of the column 'Surname', which looks like names."
    assert mistake.problem.startswith(problem)
    assert mistake.problem == made.intake["message"][0]


def test_a_heading_that_is_declared_harmless_is_read_and_noted(harmonize):
    made = harmonize(
        "comment: {from: Surname}",
        "ID,Surname\n1,letrozole\n2,call 0532 000 00 00\n",
        harmless="{Surname: The second name of a drug.}",
    )
    assert list(made.table["comment"]) == ["letrozole", "[withheld]"]
    assert sorted(made.rules) == ["identifier_waived", "identifier_withheld"]
    waived = made.intake[made.intake["rule"] == "identifier_waived"].iloc[0]
    assert waived["message"] == (
        "The heading 'Surname' is declared harmless: The second name of a drug."
    )
    assert (waived["severity"], waived["column"]) == ("note", "Surname")


def test_harmless_is_the_heading_not_what_stands_below_it(harmonize):
    texts = "".join(f"{at},{number}\n" for at, number in enumerate(VALID.values()))
    made = harmonize("comment: {from: Surname}", f"ID,Surname\n{texts}", harmless="{Surname: ok}")
    assert "identifier_mapped" in made.rules
    assert made.table.empty


def test_a_column_noted_in_one_table_is_still_refused_in_the_next(harmonize):
    """Two tables may be rows of one file; only one of them may make a variable of the column."""
    made = harmonize(
        "comment: {table: again, from: Surname}",
        "ID,Surname\n1,Miller\n",
        tables="  again: {file: a.csv, format: delimited, key: ID}\n",
    )
    assert sorted(made.rules) == ["identifier_column", "identifier_mapped"]
    assert made.table.empty


@pytest.fixture
def keyed(dictionary, tmp_path):
    """Harmonize a file whose patients' key has another heading, by one mapped column."""

    def run(key, column, patients, secret=None):
        (tmp_path / "a.csv").write_text(patients, encoding="utf-8")
        mapping = parse_mapping(
            f"center: {{name: Test}}\ntables:\n  patients: {{file: a.csv, format: delimited, "
            f"key: {key}}}\nvariables:\n  comment: {{from: {column}}}\n"
        )
        return harmonize_center("test", tmp_path, mapping, dictionary, secret=secret)

    return run


def test_a_key_may_be_a_record_number_and_a_column_of_drugs_be_called_name(keyed):
    made = keyed("MRN", "Name", "MRN,Name\n1,letrozole\n")
    (note,) = made.intake.to_dict("records")
    assert (note["rule"], note["column"], note["severity"]) == ("identifier_column", "MRN", "note")
    assert list(made.table["comment"]) == ["letrozole"]


def test_a_key_that_is_a_national_id_must_be_hashed(keyed):
    made = keyed("TCKN", "C", "TCKN,C\n10000000146,x\n")
    (found,) = made.intake.to_dict("records")
    assert (found["rule"], found["effect"]) == ("identifier_key", "center held")
    assert "10000000146" not in found["message"]
    hashed = keyed("TCKN", "C", "TCKN,C\n10000000146,x\n", secret=KeyedHash(b"s" * 32))
    assert list(hashed.intake["rule"]) == ["identifier_column"]
    assert list(hashed.table["comment"]) == ["x"]
    for frame in (hashed.table, hashed.lineage, hashed.intake):
        assert "10000000146" not in frame.to_csv()


def test_an_identifier_in_a_mapped_cell_is_withheld(harmonize):
    made = harmonize(
        "sex: {from: S, codes: {F: female, M: male}}\ncomment: {from: C}",
        "ID,S,C\n1,10000000146,call 0532 000 00 00\n2,F,well\n",
    )
    found = made.intake.set_index("rule")
    assert sorted(found.index) == ["identifier_withheld", "identifier_withheld", "unmapped_code"]
    asked = found.loc["unmapped_code"]
    assert (asked["raw"], asked["row"]) == ("[withheld]", 2)
    assert sorted(found.loc["identifier_withheld", "column"]) == ["C", "S"]
    for frame in (made.table, made.lineage, made.intake):
        assert "10000000146" not in frame.to_csv()
        assert "0532 000" not in frame.to_csv()
    assert list(made.table["comment"]) == ["[withheld]", "well"]
