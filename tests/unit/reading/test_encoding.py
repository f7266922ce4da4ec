"""Wrong encodings are refused and the right one is named; text that merely looks odd is not."""

from __future__ import annotations

import pytest

from multicentric.reading import DropFault, ProblemKind

TURKISH = "Hasta;Cinsiyet;Menopoz\n1;Kadın;değil\n2;Kadın;bakılmadı\n3;Erkek;şüpheli\n"
GERMAN = "Pat;Größe;Befund\n1;groß;für später\n2;klein;Übelkeit\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1254"])
def test_declared_encodings_are_read(read_bytes, encoding):
    table = read_bytes(TURKISH.encode(encoding), encoding=encoding, delimiter=";")
    assert list(table.columns) == ["Hasta", "Cinsiyet", "Menopoz"]
    assert list(table.columns["Menopoz"].text) == ["değil", "bakılmadı", "şüpheli"]


def test_a_byte_order_mark_needs_no_declaration(read_bytes):
    assert list(read_bytes("\ufeffid,er\n1,2\n".encode()).columns) == ["id", "er"]


@pytest.mark.parametrize(
    ("text", "true", "declared"),
    [
        (TURKISH, "cp1254", "utf-8"),
        (TURKISH, "cp1254", "latin-1"),
        (TURKISH, "cp1254", "cp1252"),
        (TURKISH, "utf-8", "cp1254"),
        (TURKISH, "utf-8", "cp1252"),
        (TURKISH, "utf-16", "utf-8"),
        (TURKISH, "utf-16-le", "cp1254"),
        (TURKISH, "utf-16-be", "utf-8"),
        (TURKISH, "utf-8", "utf-16"),
        (TURKISH, "cp857", "utf-8"),
        (GERMAN, "cp1252", "utf-8"),
        (GERMAN, "utf-8", "cp1252"),
        (GERMAN, "cp850", "utf-8"),
    ],
)
def test_the_right_encoding_is_named(read_bytes, text, true, declared):
    with pytest.raises(DropFault) as fault:
        read_bytes(text.encode(true), encoding=declared, delimiter=";")
    assert f"most likely in {true}" in str(fault.value)
    assert fault.value.remedy == f"set encoding: {true} in the mapping"
    if "utf-16" not in true + declared:
        line = next(n for n, row in enumerate(text.split("\n"), 1) if not row.isascii())
        assert fault.value.row == line


def test_turkish_damaged_before_it_was_sent_is_refused(read_bytes):
    damaged = TURKISH.encode("cp1254").decode("latin-1")
    with pytest.raises(DropFault, match="damaged before the file was sent"):
        read_bytes(damaged.encode("utf-8"), delimiter=";")


@pytest.mark.parametrize("wrong", ["cp1252", "latin-1"])
def test_utf8_damaged_before_it_was_sent_is_refused(read_bytes, wrong):
    damaged = "id,a\n1,Größe\n2,für\n3,Äther\n".encode().decode(wrong)
    with pytest.raises(DropFault, match="damaged before the file was sent"):
        read_bytes(damaged.encode("utf-8"))


def test_one_damaged_cell_among_sound_ones_is_reported_and_read(read_bytes):
    table = read_bytes("id,a\n1,Größe\n2,fÃ¼r\n3,Übelkeit\n4,groß\n".encode())
    assert [(p.row, p.kind) for p in table.problems] == [(3, ProblemKind.GARBLED_TEXT)]


@pytest.mark.parametrize(
    "text",
    [
        "Þór Jónsson á Íslandi með sjúkdóm, það er árið",
        "Dvořák má nový nález, žádný příznak",
        "TEDAVÜ\xa0 Ç\xa0 KLİNİĞ\xa0 Ä\xa0",
        "≥ 5 mg – “so” … 2²; Ångström, Ärzte, Île, ñandú, µg",
    ],
)
def test_languages_that_use_the_same_letters_are_left_alone(read_bytes, text):
    table = read_bytes(f'id,a\n1,"{text}"\n'.encode())
    assert table.columns["a"].text[0] == text
    assert table.problems == []


def test_turkish_capitals_before_a_no_break_space_are_not_taken_for_utf8(read_bytes):
    table = read_bytes("id,a\n1,İ\xa0\n2,KLİNİĞ\xa0\n".encode("cp1254"), encoding="cp1254")
    assert list(table.columns["a"].text) == ["İ\xa0", "KLİNİĞ\xa0"]
