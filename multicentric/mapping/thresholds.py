"""Classes of a number, written as a person writes them: ``">= 1, < 10"``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import pairwise
from operator import eq, ge, gt, le, lt

_COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<=": le,
    ">=": ge,
    "<": lt,
    ">": gt,
    "=": eq,
}
_ONE = re.compile(r"\s*(<=|>=|<|>|=)\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*")


def parse(text: str) -> tuple[tuple[str, Decimal], ...]:
    """Comparisons of a class; all of them must hold.

    Raises
    ------
    ValueError
        The text is not a list of comparisons, or no number can satisfy it.
    """
    found = [_ONE.fullmatch(part) for part in text.split(",")]
    if not all(found):
        raise ValueError(f"'{text}' is no class; write it like '< 1' or '>= 1, < 10'")
    comparisons = tuple((one[1], Decimal(one[2])) for one in found if one)
    bounds = [bound for _, bound in comparisons]
    if not any(_inside(value, comparisons) for value in _witnesses(bounds)):
        raise ValueError(f"no number can be '{text}'")
    return comparisons


def holds(value: Decimal, text: str) -> bool:
    """Whether a number lies in a class."""
    return _inside(value, parse(text))


def overlap(texts: Iterable[str]) -> tuple[str, str] | None:
    """Two classes that one number can fall into, or None."""
    classes = [(text, parse(text)) for text in texts]
    bounds = [bound for _, comparisons in classes for _, bound in comparisons]
    for value in _witnesses(bounds):
        inside = [text for text, comparisons in classes if _inside(value, comparisons)]
        if len(inside) > 1:
            return inside[0], inside[1]
    return None


def _inside(value: Decimal, comparisons: Iterable[tuple[str, Decimal]]) -> bool:
    return all(_COMPARISONS[sign](value, bound) for sign, bound in comparisons)


def _witnesses(bounds: Iterable[Decimal]) -> list[Decimal]:
    """One number for each way of lying among the bounds: on each, between two, outside all."""
    marks = sorted(set(bounds))
    between = [(low + high) / 2 for low, high in pairwise(marks)]
    return [marks[0] - 1, *marks, *between, marks[-1] + 1]
