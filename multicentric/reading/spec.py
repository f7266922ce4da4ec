"""What a mapping says of one table: which file, its format and its shape. Every scalar is text."""

from __future__ import annotations

import codecs
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

TEXT_FORMATS = frozenset({"delimited", "redcap"})
DELIMITER_NAMES = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "space": " ",
}
_ONLY_FOR = {
    "delimiter": TEXT_FORMATS,
    "quote": TEXT_FORMATS,
    "encoding": TEXT_FORMATS | {"spss"},
    "sheet": frozenset({"workbook"}),
    "heading_rows": frozenset({"delimited", "workbook"}),
    "headings": frozenset({"delimited", "workbook"}),
    "ends": frozenset({"delimited", "workbook"}),
    "dictionary": frozenset({"redcap"}),
}


def _inside_the_drop(path: str) -> str:
    parts = path.split("/")
    if "\\" in path or "\0" in path or re.match(r"[A-Za-z]:", path):
        raise ValueError("must be a path with '/' inside the drop's folder")
    if path.startswith("/") or ".." in parts or any(not part.strip() for part in parts):
        raise ValueError("must stay inside the drop's folder")
    return path


class TableSpec(BaseModel):
    """One table of a drop as the mapping declares it.

    Attributes
    ----------
    file
        File name inside the drop, or a glob (`EXPORT_*.csv`) that must match exactly one file.
    format
        `delimited`, `workbook`, `spss` or `redcap` (a delimited export with a data dictionary).
    encoding
        Codec of a text file (default UTF-8) or the one that overrides what an SPSS file says.
    delimiter
        One character or its name (`tab`, `semicolon`, …). Default: that of a `sep=` line, else a
        comma.
    quote
        Quotation mark, or `none`.
    sheet
        Sheet of a workbook; may be left out where only one sheet is visible.
    heading_rows
        Row numbers of the heading as the file shows them ("1", "4-5"). Default: first row with
        content.
    headings
        For headings over several rows: `last` takes the last row's text and joins the rows above
        only where it is not unique; `joined` always joins them ("Tumor / ER").
    ends
        `first_empty_row` cuts off notes that stand under the table after an empty row.
    dictionary
        REDCap data dictionary (file name or glob) that gives codes their meaning.
    where
        Only rows whose cells hold one of these texts belong to this table.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    file: str = Field(min_length=1)
    format: Literal["delimited", "workbook", "spss", "redcap"]
    encoding: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    sheet: str | None = Field(default=None, min_length=1)
    heading_rows: str | None = None
    headings: Literal["last", "joined"] = "last"
    ends: Literal["first_empty_row", "last_row"] = "last_row"
    dictionary: str | None = Field(default=None, min_length=1)
    where: dict[str, str | list[str]] = Field(default_factory=dict)

    @field_validator("file", "dictionary")
    @classmethod
    def _check_path(cls, path: str | None) -> str | None:
        return None if path is None else _inside_the_drop(path)

    @field_validator("encoding")
    @classmethod
    def _check_encoding(cls, encoding: str | None) -> str | None:
        if encoding is None:
            return None
        try:
            name = codecs.lookup(encoding).name
            b"text".decode(name, "ignore")
        except (LookupError, UnicodeError) as unknown:
            raise ValueError(f"{encoding} is not an encoding; try utf-8 or cp1254") from unknown
        return name

    @field_validator("delimiter")
    @classmethod
    def _check_delimiter(cls, delimiter: str | None) -> str | None:
        if delimiter is None:
            return None
        character = DELIMITER_NAMES.get(delimiter.strip().casefold(), delimiter)
        if len(character) != 1 or character.isalnum() or character in '"\r\n':
            names = ", ".join(sorted(name for name in DELIMITER_NAMES if name.isalpha()))
            raise ValueError(f"must be one character such as ';', or one of {names}")
        return character

    @field_validator("quote")
    @classmethod
    def _check_quote(cls, quote: str) -> str:
        if quote in ("", "none"):
            return ""
        if len(quote) != 1 or quote.isalnum() or quote.isspace():
            raise ValueError("must be one character such as '\"', or none")
        return quote

    @field_validator("heading_rows")
    @classmethod
    def _check_heading_rows(cls, rows: str | None) -> str | None:
        if rows is None:
            return None
        found = re.fullmatch(r"\s*([1-9]\d{0,6})\s*(?:[-–]\s*([1-9]\d{0,6})\s*)?", rows)
        if not found:
            raise ValueError('must be a row number or a range, such as "1" or "4-5"')
        first, last = int(found[1]), int(found[2] or found[1])
        if not 0 <= last - first < 10:
            raise ValueError("must be at most ten rows, the first one named first")
        return f"{first}-{last}"

    @field_validator("where")
    @classmethod
    def _check_where(cls, where: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
        for heading, wanted in where.items():
            if not wanted:
                raise ValueError(f"names no value for {heading}")
        return where

    @model_validator(mode="after")
    def _check_together(self) -> TableSpec:
        for option, formats in _ONLY_FOR.items():
            if option in self.model_fields_set and self.format not in formats:
                raise ValueError(f"{option} does not apply to format {self.format}")
        if self.delimiter is not None and self.delimiter == self.quote:
            raise ValueError("delimiter and quote must differ")
        return self

    @property
    def heading_range(self) -> range | None:
        """Row numbers of the heading, or None for the first row with content."""
        if self.heading_rows is None:
            return None
        first, last = self.heading_rows.split("-")
        return range(int(first), int(last) + 1)
