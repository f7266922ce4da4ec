"""Words for centers, by language: phrases of the engine, messages and labels of the study.

A language is a file: ``templates/words/<language>.yaml`` for what the engine says, and
``messages/<language>.yaml`` beside a study's schema for what the study says. What a file does not
translate is said in English, in which the engine's file is complete and the schema itself speaks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter

from pydantic import BaseModel, ConfigDict

from multicentric import ENGINE
from multicentric.dictionary import Dictionary
from multicentric.documents import read_document, validate_document

FOLDER = ENGINE / "templates/words"
ENGLISH = "en"


class _Phrases(BaseModel):
    """The engine's file of one language."""

    model_config = ConfigDict(extra="forbid")

    phrases: dict[str, str]
    rules: dict[str, str]
    reasons: dict[str, str] = {}


class StudyWords(BaseModel):
    """A study's file of one language: labels of variables and codes, messages of rules."""

    model_config = ConfigDict(extra="forbid")

    variables: dict[str, str] = {}
    codes: dict[str, dict[str, str]] = {}
    rules: dict[str, str] = {}


@dataclass(frozen=True)
class Words:
    """Everything that is said to centers in one language.

    Attributes
    ----------
    rules
        Rule id to message; placeholders are ``{label}``, ``{raw}``, ``{expected}`` or, for a
        study's rule, its variables.
    variables, codes
        Labels of the dictionary's variables and codes.
    """

    language: str
    phrases: Mapping[str, str]
    rules: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __call__(self, phrase: str, **values: object) -> str:
        """A phrase with its placeholders filled."""
        return self.phrases[phrase].format(**values)

    def label(self, variable: str) -> str:
        """What a center reads for a variable."""
        return self.variables.get(variable, variable)

    def code(self, variable: str, code: str) -> str:
        """What a center reads for a code of a variable."""
        return self.codes.get(variable, {}).get(code, code)


def load_words(language: str, dictionary: Dictionary, messages: Path | None = None) -> Words:
    """The words of one language.

    Parameters
    ----------
    language
        ``en``, ``tr`` …; a language without a file is English.
    dictionary
        Whose labels stand in where the study's file has none.
    messages
        The study's folder of messages (beside its schema); may be missing.

    Raises
    ------
    multicentric.documents.Mistakes
        A file of words is no YAML or has unknown keys.
    """
    spoken = language if (FOLDER / f"{language}.yaml").is_file() else ENGLISH
    english, own = _engine(ENGLISH), _engine(spoken)
    study = _study_words(messages, spoken)
    codes = {v.name: dict(v.codes) | study.codes.get(v.name, {}) for v in dictionary}
    return Words(
        language=spoken,
        phrases={**english.phrases, **own.phrases},
        rules={**english.rules, **own.rules, **study.rules},
        variables=_labels(dictionary) | study.variables,
        codes={name: of for name, of in codes.items() if of},
    )


def _labels(dictionary: Dictionary) -> dict[str, str]:
    """Labels by variable; where two variables share one, the unit tells them apart."""
    shared = Counter(variable.label for variable in dictionary)
    return {
        v.name: f"{v.label} ({v.unit})" if v.unit and shared[v.label] > 1 else v.label
        for v in dictionary
    }


def _study_words(messages: Path | None, language: str) -> StudyWords:
    path = messages / f"{language}.yaml" if messages else None
    if path is None or not path.is_file():
        return StudyWords()
    return validate_document(read_document(path, f"messages/{path.name}"), StudyWords)


def messages_beside(schema: Path) -> Path:
    """The folder of a study's messages: ``messages`` beside its schema."""
    return schema.parent / "messages"


def languages() -> list[str]:
    """Languages that the engine speaks."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def every_label(phrase: str) -> list[str]:
    """A phrase in every language that has it."""
    found = [_engine(language).phrases.get(phrase) for language in languages()]
    return [label for label in found if label]


@cache
def _engine(language: str) -> _Phrases:
    path = FOLDER / f"{language}.yaml"
    return validate_document(read_document(path, f"templates/words/{path.name}"), _Phrases)


def placeholders(message: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in Formatter().parse(message) if name}
