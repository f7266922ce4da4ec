"""What a draft says of files in several languages, and what it leaves to a person."""

import openpyxl
import pytest

from multicentric.draft import draft, mapping_text
from multicentric.mapping import parse_mapping
from multicentric.reading import DropFault


def _confidence(found):
    return {one.variable.name: one.confidence for one in found.proposals}


def test_a_german_list(drafted):
    found, _, mapping = drafted(
        "Pat-ID;Geschlecht;Geburtsdatum;Grad;Gewichtsverlust (%);Raucher;Vitalstatus\n"
        "A1;W;01.02.1950;Grad 2;12,5;ja;lebt\n"
        "A2;M;13.04.1961;Grad 3;40;nein;tot\n"
        "A3;W;30.11.1948;Grad 1;3,5;k.A.;lebt\n"
        "A4;W;07.07.1955;G?;22;nein;verzogen nach Köln\n",
        encoding="cp1252",
    )
    table = mapping.tables["patients"]
    assert (table.key, table.delimiter, table.decimal) == ("Pat-ID", ";", ",")
    assert table.encoding == "cp1252"
    blocks = mapping.variables
    assert blocks["sex"].codes == {"W": "female", "M": "male"}
    assert blocks["birth_date"].dates == ("DD.MM.YYYY",)
    assert blocks["grade"].codes == {"Grad 1": "1", "Grad 2": "2", "Grad 3": "3"}
    assert blocks["weight"].number.unit == "%"
    assert blocks["smoker"].codes == {"ja": "yes", "nein": "no"}
    assert blocks["smoker"].missing == {"k.A.": "unknown"}
    assert blocks["status"].codes == {"lebt": "alive", "tot": "dead"}
    assert set(_confidence(found).values()) == {"certain"}


def test_texts_without_a_certain_meaning_stay_open_with_their_counts(drafted):
    _, text, mapping = drafted("Subject,Sex,Vital status\n1,F,0\n2,F,1\n3,x,1\n4,M,0\n")
    assert mapping.variables["sex"].codes == {"F": "female", "M": "male"}
    assert '#   "x": # 1' in text
    assert mapping.variables["status"].status == "undetermined"
    assert '#     "0": # 2' in text


def test_yes_and_no_mean_what_the_heading_asks(drafted):
    _, _, mapping = drafted("Subject,Alive at end,Smoker\n1,yes,E\n2,no,H\n3,yes,E\n")
    assert mapping.variables["status"].codes == {"yes": "alive", "no": "dead"}
    assert mapping.variables["smoker"].codes == {"E": "yes", "H": "no"}


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (("03/04/2020", "05/06/2020"), None),
        (("03/04/2020", "25/06/2020"), ("DD/MM/YYYY",)),
        (("03/04/2020", "06/25/2020"), ("MM/DD/YYYY",)),
        (("3/4/2020", "25/6/2020"), ("D/M/YYYY",)),
        (("03-Mar-2020", "05-Jun-2020"), ("DD-MMM-YYYY",)),
        (("2020-03-04", "2020-05-06"), ("YYYY-MM-DD",)),
    ],
)
def test_the_order_of_day_and_month_is_decided_or_left_open(drafted, days, said):
    rows = "".join(f"{at},{day}\n" for at, day in enumerate(days))
    _, text, mapping = drafted(f"Subject,Visit\n{rows}")
    block = mapping.variables["visit_date"]
    assert block.dates == said
    assert ("which?" in text) == (said is None)


def test_another_column_of_the_file_decides_the_order(drafted):
    _, _, mapping = drafted(
        "Subject,Visit,Date of birth\n1,03/04/2020,25/06/1950\n2,05/06/2020,30/01/1960\n"
    )
    assert mapping.variables["visit_date"].dates == ("DD/MM/YYYY",)


def test_a_fraction_is_no_percent(drafted):
    found, text, mapping = drafted("Subject,Weight loss\n1,0.5\n2,0.25\n3,0.1\n")
    assert mapping.variables["weight"].status == "undetermined"
    assert "which factor?" in text
    assert _confidence(found) == {"weight": "certain"}


def test_two_columns_of_one_name_are_not_certain(drafted):
    found, text, mapping = drafted("Subject,Sex,Geschlecht\n1,F,W\n2,M,M\n3,F,F\n")
    assert _confidence(found) == {"sex": "likely"}
    assert mapping.variables["sex"].status == "undetermined"
    assert "another column has as good a name" in text


def test_a_known_name_over_other_values_is_not_proposed(drafted):
    found, _, _ = drafted("Subject,Grade,Visit\n1,surgery,12.5\n2,none,13.5\n3,both,14\n")
    assert found.proposals == ()


def test_values_alone_make_a_match_likely(drafted):
    found, _, mapping = drafted("Subject,Q17\n1,Kadın\n2,Erkek\n3,Kadın\n")
    assert _confidence(found) == {"sex": "likely"}
    assert mapping.variables["sex"].status == "undetermined"


def test_a_list_of_flags_is_likely_for_each_of_them(drafted):
    found, text, _ = drafted(
        'Subject,History\n1,"diabetes, asthma"\n2,asthma\n3,diabetes\n4,"asthma, diabetes"\n'
    )
    assert _confidence(found) == {"diabetes": "likely", "asthma": "likely"}
    assert "contains: asthma" in text


def test_titles_groups_and_notes_of_a_sheet(tmp_path, dictionary):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Liste"
    rows = [
        ["Our patients"],
        [],
        ["Person", None, None, "Habits", None],
        ["Pat-ID", "Sex", "Grade", "Smoker", "Diabetes"],
        *[[f"P{at}", "FM"[at % 2], 1 + at % 3, "yn"[at % 2], "x"] for at in range(8)],
        [],
        ["Grade by the pathologist"],
    ]
    for row in rows:
        sheet.append(row)
    book.create_sheet("old").sheet_state = "hidden"
    path = tmp_path / "list.xlsx"
    book.save(path)
    found = draft("new", [path], dictionary)
    text = mapping_text(found, dictionary)
    [table] = parse_mapping(text).tables.values()
    assert (table.heading_rows, table.ends, table.key) == ("3-4", "first_empty_row", "Pat-ID")
    assert "hidden sheet 'old'" in text
    assert set(_confidence(found)) == {"sex", "grade", "smoker", "diabetes"}


def test_rows_per_visit_are_never_certain(tmp_path, dictionary):
    book = openpyxl.Workbook()
    book.active.title = "persons"
    visits = book.create_sheet("visits")
    book.active.append(["Subject", "Sex", "Smoker"])
    visits.append(["Subject", "Visit", "Vital status"])
    for at in range(6):
        book.active.append([f"P{at}", "F", "y"])
        for day in ("2020-01-20", "2021-01-20"):
            visits.append([f"P{at}", day, "alive"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    found = draft("new", [path], dictionary)
    mapping = parse_mapping(mapping_text(found, dictionary))
    assert mapping.tables["visits"].rows == "visit"
    certain = {one.variable.name for one in found.proposals if one.confidence == "certain"}
    assert certain == {"sex", "smoker"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1254"])
def test_encodings_and_separators_are_found(drafted, encoding):
    _, _, mapping = drafted("Hasta no\tCinsiyet\n1\tKadın\n2\tErkek\n3\tKadın\n", encoding=encoding)
    assert mapping.tables["patients"].delimiter == "\t"
    assert mapping.variables["sex"].codes == {"Kadın": "female", "Erkek": "male"}


def test_a_file_that_names_its_separator(drafted):
    _, _, mapping = drafted("sep=|\nSubject|Sex\n1|F\n2|M\n")
    assert mapping.variables["sex"].codes == {"F": "female", "M": "male"}


def test_capitals_here_and_small_letters_there_are_one_word(drafted):
    _, _, mapping = drafted("Hasta no,Cinsiyet\n1,KADIN\n2,Kadın\n3,Erkek\n4,ERKEK\n5,KADIN\n")
    assert mapping.text.case == "ignored"
    assert set(mapping.variables["sex"].codes) == {"KADIN", "ERKEK"}


def test_a_drop_without_ids_is_numbered_and_says_so(drafted):
    _, text, mapping = drafted("Sex,Grade\nF,1\nM,2\nF,3\n")
    assert mapping.tables["patients"].numbered
    assert "looks like a patient's id" in text


@pytest.mark.parametrize(
    "content",
    [
        "Ayşe Yılmaz,F,12.03.1950\nFatma Demir,F,01.02.1960\n",
        "Ayşe Yılmaz,F,alive\nFatma Demir,F,dead\nAli Kaya,M,alive\n",
    ],
)
def test_a_file_without_headings_is_refused_and_not_quoted(drafted, content):
    with pytest.raises(DropFault) as refused:
        drafted(content)
    assert "Yılmaz" not in str(refused.value)


def test_a_heading_cannot_leave_its_comment_or_its_quotes(drafted):
    _, text, mapping = drafted(
        'Subject,"Sex","a\nvariables: {sex: {constant: male}}"\n1,F,q\n2,M,r\n'
    )
    assert mapping.variables["sex"].codes == {"F": "female", "M": "male"}
    assert text.count("\nvariables:") == 1
