"""Columns that look like the person, not the disease: named by heading, never by a value.

A draft quotes texts of columns that nobody has looked at yet, so it is warier than the reading of
mapped columns (`multicentric.harmonize.identifier_signs`): names are also told by their texts, and
any long run of digits is kept back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from multicentric.draft.words import plain, tokens
from multicentric.harmonize.identifier_signs import (
    NAMES,
    identifier_in_column,
    identifier_in_text,
)

_ADDRESSES = frozenset(
    {"address", "adres", "adresi", "anschrift", "adresse", "indirizzo", "direccion", "postcode"}
)
_NAME = re.compile(r"[^\W\d_]+(?:[ '’.-]+[^\W\d_]+){1,4}")
_FEWEST_NAMES = 3


def kind_of(heading: str, description: str, texts: Sequence[str]) -> str | None:
    """What identifies a person in a column ("phone numbers"), or None.

    Parameters
    ----------
    heading, description
        The column's names.
    texts
        Cells that are not empty.
    """
    found = identifier_in_column(heading, description, dict.fromkeys(texts))
    if found is not None:
        return found.kind
    if _ADDRESSES & {*tokens(heading), *tokens(description)}:
        return "addresses"
    distinct = {plain(text) for text in texts}
    mostly_distinct = len(texts) >= _FEWEST_NAMES and len(distinct) > 0.8 * len(texts)
    named = sum(looks_like_a_name(text) for text in texts)
    return NAMES if mostly_distinct and named > 0.5 * len(texts) else None


def looks_personal(text: str) -> bool:
    """Whether a single text could identify a person, and so must not be shown."""
    digits = re.search(r"\d{7,}", re.sub(r"[ ()/.-]", "", text))
    return digits is not None or identifier_in_text(text) is not None


def looks_like_a_name(text: str) -> bool:
    """Whether a text is two words or more that all begin with a capital letter."""
    return bool(_NAME.fullmatch(text)) and all(word[:1].isupper() for word in text.split())
