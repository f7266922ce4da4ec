"""Conditions of the study file in words, for the methods section."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from multicentric.dictionary import Dictionary
from multicentric.protocol import Derived, Study
from multicentric.report.table import in_sentence
from multicentric.report.theme import labels_of

_COMPARISONS = {
    "at_least": "at least {}",
    "at_most": "at most {}",
    "above": "above {}",
    "below": "below {}",
}


def definition(name: str, study: Study, dictionary: Dictionary) -> list[str]:
    """How a derived variable is made, one line per case; nothing for a variable as sent."""
    if name not in study.derived:
        return []
    derived = study.derived[name]
    return list(_lines(derived, study, dictionary))


def _lines(derived: Derived, study: Study, dictionary: Dictionary) -> Iterator[str]:
    if derived.flag is not None:
        yield f"{derived.label}: {in_words(derived.flag, study, dictionary)}"
    if derived.years_between is not None:
        first, last = (_label(name, study, dictionary) for name in derived.years_between)
        yield f"{derived.label}: years from {first} to {last}"
    for case in derived.cases or []:
        when = in_words(case.when, study, dictionary)
        yield f"{derived.codes[case.then]}: {when}"
    if derived.otherwise is not None:
        yield f"{derived.codes[derived.otherwise]}: all others"


def in_words(condition: dict[str, Any], study: Study, dictionary: Dictionary) -> str:
    """A condition as a reader says it."""
    return " and ".join(_one(key, wanted, study, dictionary) for key, wanted in condition.items())


def _one(key: str, wanted: Any, study: Study, dictionary: Dictionary) -> str:
    if key == "not":
        return f"not ({in_words(wanted, study, dictionary)})"
    if key in ("any", "all"):
        between = " or " if key == "any" else " and "
        return between.join(in_words(inner, study, dictionary) for inner in wanted)
    label = _label(key, study, dictionary)
    if isinstance(wanted, dict):
        said = []
        for comparison, bound in wanted.items():
            if comparison == "missing":
                said.append("missing" if bound == "yes" else "known")
            else:
                said.append(_COMPARISONS[comparison].format(bound))
        return f"{label} {' and '.join(said)}"
    codes = wanted if isinstance(wanted, list) else [wanted]
    _, names = labels_of(key, study, dictionary)
    if not names and codes in (["yes"], ["no"]):
        return label if codes == ["yes"] else f"no {label}"
    said = [in_sentence(names.get(code, str(code))) for code in codes]
    return f"{label} {' or '.join(said)}"


def _label(name: str, study: Study, dictionary: Dictionary) -> str:
    label, _ = labels_of(name, study, dictionary)
    return in_sentence(label)
