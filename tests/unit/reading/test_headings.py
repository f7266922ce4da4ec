"""Headings of one row and of several."""

from __future__ import annotations

from multicentric.reading.headings import MergedRange, clean_heading, column_headings


def test_cleaning():
    assert clean_heading(" ER\xa0% ") == "ER %"
    assert clean_heading("Ki-67 \r\n (%)") == "Ki-67 (%)"
    assert clean_heading("\ufeffid") == "id"
    assert clean_heading("Dog\u0306um") == "Doğum"
    assert clean_heading("a  b") == "a  b"
    assert clean_heading(None) == ""


def test_merged_groups_cover_their_columns_only():
    rows = [(4, ["Tumor", None, None, None]), (5, ["ER", "PR", "Date", "Id"])]
    merged = [MergedRange(4, 4, 1, 2)]
    assert column_headings(rows, merged, "joined")[0] == ["Tumor / ER", "Tumor / PR", "Date", "Id"]
    assert column_headings(rows, [], "joined")[0][3] == "Tumor / Id"
    assert column_headings(rows, merged, "last")[0] == ["ER", "PR", "Date", "Id"]


def test_only_what_is_not_unique_is_joined():
    rows = [(1, ["Primary", None, "Metastasis", None]), (2, ["ER", "Date", "ER", "Site"])]
    headings, problems = column_headings(rows, [], "last")
    assert headings == ["Primary / ER", "Date", "Metastasis / ER", "Site"]
    assert problems == []
