"""Columns that identify a person: found by heading or by values, and never quoted."""

import pytest

from multicentric.draft.identifiers import kind_of, looks_personal


@pytest.mark.parametrize(
    ("heading", "texts", "what"),
    [
        ("Adı Soyadı", ["x"], "names"),
        ("T.C. Kimlik No", ["x"], "national ids"),
        ("Telefon", ["x"], "phone numbers"),
        ("E-Mail", ["x"], "e-mail addresses"),
        ("Adres", ["x"], "addresses"),
        ("X1", ["Ayşe Yılmaz", "Fatma Nur Demir", "Ali Kaya"], "names"),
        ("X1", ["77005886472", "49945961298", "11985058276", "99772570422", "39979603196"],
         "national ids"),
        ("Histoloji", ["İnvaziv Duktal"] * 20 + ["İnvaziv Lobüler"] * 4, None),
        ("Visit", ["01.02.2020", "02.03.2021", "03.04.2022"], None),
        ("Ki-67", ["10", "20", "30"], None),
    ],
)  # fmt: skip
def test_what_a_column_tells_of_a_person(heading, texts, what):
    assert kind_of(heading, "", texts) == what


@pytest.mark.parametrize("text", ["call 0532 000 00 00", "a@b.org", "id 12345678901"])
def test_texts_that_are_not_shown(text):
    assert looks_personal(text)


@pytest.mark.parametrize("columns", ["Name", "Adı Soyadı"])
def test_a_name_never_stands_in_a_draft(drafted, columns):
    _, text, _ = drafted(f"Subject,{columns},Sex\n1,Ayşe Yılmaz,F\n2,Ali Kaya,M\n3,Eda Ak,F\n")
    assert columns in text
    assert "Yılmaz" not in text


@pytest.mark.parametrize("stray", ["see 0532 000 00 00", "Ayşe Yılmaz"])
def test_a_stray_text_of_a_person_is_counted_but_not_quoted(drafted, stray):
    _, text, _ = drafted(f"Subject,Sex\n1,F\n2,M\n3,F\n4,{stray}\n")
    assert stray not in text
    assert "(a text that is not shown): # 1" in text
