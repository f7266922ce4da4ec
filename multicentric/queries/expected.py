"""What a center is expected to send, in its own texts and not in those of our dictionary."""

from __future__ import annotations

from multicentric.dictionary import Variable
from multicentric.mapping import Mapping
from multicentric.mapping.dates import NATIVE
from multicentric.mapping.language import Cell
from multicentric.queries.words import Words

# More raw texts than this for one meaning are variants of writing, not news.
SHOWN_TEXTS = 3


def expected_here(variable: Variable, mapping: Mapping, words: Words) -> str:
    """What may stand in a center's cell of a variable.

    Codes are listed in the center's own texts with their meaning, dates in the forms that its
    mapping declares, numbers by the possible range.
    """
    block = mapping.variables.get(variable.name)
    if block is None or not block.made:
        return in_general(variable, words)
    cell: Cell = block.coalesce[0] if block.coalesce else block
    own = _own(cell, variable, words) or in_general(variable, words)
    if cell.empty is not None:
        own = f"{own}; {words('expected.empty', meaning=_meaning(cell.empty, variable, words))}"
    return own


def _own(cell: Cell, variable: Variable, words: Words) -> str:
    texts = cell.labels or cell.codes
    if texts:
        return _by_meaning(texts, variable, words)
    if cell.classes:
        return _by_meaning(cell.classes, variable, words)
    forms = [form for form in cell.dates or () if form != NATIVE]
    if forms:
        return words("expected.date", forms=f" {words('or')} ".join(forms))
    if cell.contains:
        return ", ".join(cell.contains)
    return ""


def _by_meaning(texts: dict[str, str], variable: Variable, words: Words) -> str:
    """``K, Kadın = Female; E = Male``, in the order of the codelist."""
    order = list(variable.codes) or list(dict.fromkeys(texts.values()))
    found: dict[str, list[str]] = {code: [] for code in order}
    for text, code in texts.items():
        found.setdefault(code, []).append(text)
    parts = []
    for code, written in found.items():
        if written:
            more = ", …" if len(written) > SHOWN_TEXTS else ""
            own = ", ".join(written[:SHOWN_TEXTS]) + more
            meaning = _meaning(code, variable, words)
            parts.append(own if own == meaning else f"{own} = {meaning}")
    return "; ".join(parts)


def _meaning(code: str, variable: Variable, words: Words) -> str:
    if variable.kind == "flag":
        return words(code) if code in ("yes", "no") else code
    return words.code(variable.name, code)


def in_general(variable: Variable, words: Words) -> str:
    """What a variable takes, where the center's mapping says nothing of its texts."""
    if variable.kind == "code":
        return "; ".join(words.code(variable.name, code) for code in variable.codes)
    if variable.kind == "flag":
        return f"{words('yes')} {words('or')} {words('no')}"
    if variable.kind == "date":
        return words("expected.any_date")
    if variable.minimum is not None and variable.maximum is not None:
        unit = f" {variable.unit}" if variable.unit else ""
        low, high = f"{variable.minimum:g}", f"{variable.maximum:g}"
        return words("expected.range", low=low, high=high, unit=unit)
    return words("expected.whole" if variable.kind == "integer" else "expected.number")
