"""Raw text as it may stand in a cell that people open: visible, of bounded length, never markup."""

from __future__ import annotations

import hashlib
import re

# A cell of a workbook holds no more (ECMA-376 leaves it open; Excel stops here).
LONGEST_CELL = 32_767
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# "_x0041_" in a file's text is read as "A" by spreadsheet programs.
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def as_shown(text: str | None) -> str:
    """A text with what no XML can hold made visible; empty for None."""
    if text is None:
        return ""
    visible = _CONTROL.sub(_symbol, text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(visible) > LONGEST_CELL:
        visible = visible[: LONGEST_CELL - 1] + "…"
    return visible


def _symbol(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"


def in_cell(text: str | None) -> str:
    """The same, written so that a spreadsheet program shows exactly it."""
    return _LOOKS_ESCAPED.sub("_x005F_", as_shown(text))


def fingerprint(raw: str | None) -> str:
    """What an answer is bound to: the raw text it is about, whatever a program shows of it."""
    return hashlib.sha256((raw or "").encode("utf-8", "surrogatepass")).hexdigest()[:12]
