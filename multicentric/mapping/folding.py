"""When two texts are the same: the declared, visible folding under which codes are matched.

Always folded: Unicode compatibility forms (NFKC), runs of spaces of every kind (incl. no-break),
signs without width, spaces around the text. Only where a mapping says so: case and accents. With
case ignored, the four letters i (I, İ, ı, i) are one, because a Turkish keyboard and an English
program disagree on which of them belong together.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

_WITHOUT_WIDTH = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_ONE_I = str.maketrans("İIı", "iii")

Folding = Callable[[str], str]


def tidy(text: str) -> str:
    """The text without spaces around it, runs of spaces as one, signs without width gone."""
    if text.isascii() and " " not in text and text.isprintable():
        return text
    return " ".join(text.translate(_WITHOUT_WIDTH).split())


def folding(*, ignore_case: bool = False, ignore_accents: bool = False) -> Folding:
    """The function that brings a text to the form in which it is compared.

    Examples
    --------
    >>> folding(ignore_case=True)("NEGATİF\u00a0 ") == folding(ignore_case=True)("Negatif")
    True
    """

    @lru_cache(maxsize=65536)
    def fold(text: str) -> str:
        text = unicodedata.normalize("NFKC", text)
        if ignore_accents:
            letters = unicodedata.normalize("NFD", text)
            plain = "".join(sign for sign in letters if not unicodedata.combining(sign))
            text = unicodedata.normalize("NFKC", plain)
        if ignore_case:
            text = text.translate(_ONE_I).casefold().replace("i\u0307", "i")
            text = unicodedata.normalize("NFKC", text)
        return tidy(text)

    return fold
