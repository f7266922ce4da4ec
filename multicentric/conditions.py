"""Conditions on a table of patients, written as data: the study file's only way to ask a question.

A condition is a mapping. Several keys in one mapping must all hold::

    {receptor: positive}                      equals a code
    {drug: [one, another]}                    one of several codes
    {start_date: {at_least: 2018-01-01}}      at_least, at_most, above, below (numbers and dates)
    {test_result: {missing: "yes"}}           missing: yes or no
    {any: [...]}, {all: [...]}, {not: {...}}  combinations

Which patients answer yes is told by `multicentric.holds`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Condition = dict[str, Any]

_COMPARISONS = ("at_least", "at_most", "above", "below")
_COMBINATIONS = ("any", "all", "not")


def variables_of(condition: Condition) -> Iterator[str]:
    """Names of the variables a condition asks about, in the order it names them."""
    for key, wanted in condition.items():
        if key == "not":
            yield from variables_of(wanted)
        elif key in _COMBINATIONS:
            for inner in wanted:
                yield from variables_of(inner)
        else:
            yield key


def problems_of(condition: Any) -> Iterator[str]:
    """What is wrong with the shape of a condition, in words; nothing for a sound one."""
    if not isinstance(condition, dict) or not condition:
        yield "a condition is a mapping such as {variable: code}"
        return
    for key, wanted in condition.items():
        if key == "not":
            yield from problems_of(wanted)
        elif key in _COMBINATIONS:
            if not isinstance(wanted, list) or not wanted:
                yield f"'{key}' takes a list of conditions"
                continue
            for inner in wanted:
                yield from problems_of(inner)
        elif isinstance(wanted, dict):
            for comparison, bound in wanted.items():
                if comparison == "missing":
                    if bound not in ("yes", "no"):
                        yield f"'missing' takes yes or no, not '{bound}'"
                elif comparison not in _COMPARISONS:
                    yield f"unknown comparison '{comparison}' for '{key}'"
                elif not isinstance(bound, str):
                    yield f"'{comparison}' of '{key}' takes one number or date"
        elif isinstance(wanted, list) and not all(isinstance(code, str) for code in wanted):
            yield f"'{key}' takes a code or a list of codes"
