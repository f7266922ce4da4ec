"""Declarations of a table: every scalar is text, and what cannot be meant is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from multicentric.reading import TableSpec


def declare(**declared):
    return TableSpec.model_validate({"file": "a.csv", "format": "delimited", **declared})


def test_text_becomes_what_is_meant():
    spec = declare(encoding="Windows-1254", delimiter="semicolon", quote="none", heading_rows="4-5")
    assert spec.encoding == "cp1254"
    assert spec.delimiter == ";"
    assert spec.quote == ""
    assert list(spec.heading_range) == [4, 5]
    assert declare().heading_range is None
    assert list(declare(heading_rows=" 3 ").heading_range) == [3]


@pytest.mark.parametrize(
    "path",
    [
        "../secret.csv",
        "/etc/passwd",
        "a/../../b.csv",
        "C:/x.csv",
        "..\\x.csv",
        "a\0.csv",
        "a//b.csv",
        "",
    ],
)
def test_paths_that_leave_the_drop_are_refused(path):
    with pytest.raises(ValidationError):
        declare(file=path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"format": "xls"},
        {"encoding": "klingon"},
        {"encoding": "hex"},
        {"delimiter": "ab"},
        {"delimiter": "x"},
        {"delimiter": ";", "quote": ";"},
        {"quote": "ab"},
        {"heading_rows": "0"},
        {"heading_rows": "5-4"},
        {"heading_rows": "1-99"},
        {"heading_rows": "first"},
        {"headings": "first"},
        {"ends": "somewhere"},
        {"where": {"event": []}},
        {"sheet": "Patients"},
        {"dictionary": "d.csv"},
        {"format": "workbook", "delimiter": ";"},
        {"format": "workbook", "encoding": "utf-8"},
        {"format": "spss", "heading_rows": "2"},
        {"format": "redcap", "dictionary": "../d.csv"},
    ],
)
def test_what_cannot_be_meant_is_refused(wrong):
    with pytest.raises(ValidationError):
        declare(**wrong)
