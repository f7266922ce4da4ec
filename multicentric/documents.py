"""YAML documents as people write them: every scalar is text, every value knows its line.

A data manager's ``no``, ``08`` or ``2020-01-01`` must reach us as the text that was typed. Anchors
and aliases are refused: they hide what a block says, and a few lines of them can explode.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

LARGEST_DOCUMENT = 2_000_000
DEEPEST_NESTING = 30

Location = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, order=True)
class Mistake:
    """One mistake in a file that people write: where it stands, what is wrong, what to do.

    The line is 0 where a file or a folder as a whole is meant.
    """

    file: str
    line: int
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f" {self.remedy}" if self.remedy else ""
        line = f", line {self.line}" if self.line else ""
        return f"{self.file}{line}: {self.problem}{remedy}"


class Mistakes(Exception):
    """All mistakes of one reading, in the order of their lines."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.mistakes,)


@dataclass(frozen=True)
class Document:
    """A parsed document: plain dicts, lists and text, and the line of every value."""

    file: str
    value: Any
    lines: dict[Location, int] = field(repr=False)

    def line(self, location: Location) -> int:
        """Line of a value; of its nearest parent where the value itself is absent."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    @property
    def digest(self) -> str:
        """Digest of what the document says; comments, order of lines and quoting do not count."""
        return hashlib.sha256(repr(_in_order(self.value)).encode()).hexdigest()


def _in_order(value: Any) -> Any:
    # Blocks keep their order: in a mapping the order of codes and filters has a meaning.
    if isinstance(value, dict):
        return [(key, _in_order(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [_in_order(inner) for inner in value]
    return value


def read_document(path: Path, shown_as: str | None = None) -> Document:
    """Read a YAML file as text scalars with line numbers.

    Parameters
    ----------
    path
        The file.
    shown_as
        The name under which mistakes mention the file; the path as given by default.

    Raises
    ------
    Mistakes
        The file is missing, no UTF-8, no YAML, too large, or holds anchors or a key twice.
    """
    name = shown_as or path.as_posix()
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise Mistakes([Mistake(name, 1, "the file is missing.")]) from None
    if len(raw) > LARGEST_DOCUMENT:
        raise Mistakes([Mistake(name, 1, "the file is larger than 2 MB.")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Mistakes([Mistake(name, line, "the text is not UTF-8.")]) from None
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Document:
    """Parse YAML text; see `read_document`."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    composer = _Composer(name)
    try:
        value = composer.compose(yaml.parse(text, Loader=loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "the text is not YAML"
        raise Mistakes([Mistake(name, line, f"this is not YAML: {problem}.")]) from None
    if composer.mistakes:
        raise Mistakes(composer.mistakes)
    return Document(name, value, composer.lines)


class _Composer:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Location, int] = {}
        self.mistakes: list[Mistake] = []

    def compose(self, events: Iterable[yaml.Event]) -> Any:
        stream = iter(events)
        for event in stream:
            if isinstance(event, yaml.DocumentStartEvent):
                return self._node(next(stream), stream, ())
        return {}

    def _mistake(self, event: yaml.Event, problem: str) -> None:
        self.mistakes.append(Mistake(self.name, event.start_mark.line + 1, problem))

    def _node(self, event: yaml.Event, stream: Any, location: Location) -> Any:
        self.lines.setdefault(location, event.start_mark.line + 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._mistake(event, "anchors (&) and aliases (*) are not allowed here.")
            raise Mistakes(self.mistakes)
        if len(location) > DEEPEST_NESTING:
            self._mistake(event, f"nested deeper than {DEEPEST_NESTING} levels.")
            raise Mistakes(self.mistakes)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(stream, location)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(inner := next(stream), yaml.SequenceEndEvent):
                items.append(self._node(inner, stream, (*location, len(items))))
            return items
        return event.value

    def _mapping(self, stream: Any, location: Location) -> dict[str, Any]:
        block: dict[str, Any] = {}
        while not isinstance(event := next(stream), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._mistake(event, "a key must be plain text.")
                raise Mistakes(self.mistakes)
            key = event.value
            if key in block:
                first = self.lines[(*location, key)]
                self._mistake(event, f"'{key}' stands here a second time (first on line {first}).")
            self.lines.setdefault((*location, key), event.start_mark.line + 1)
            block[key] = self._node(next(stream), stream, (*location, key))
        return block


def nearest(name: str, known: Iterable[str]) -> str:
    """Advice naming the nearest valid name, or the valid ones when nothing is near."""
    known = sorted(set(known))
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Known here: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}."


def validate_document(document: Document, model: type[Model]) -> Model:
    """Turn a document into a typed object, or raise all its mistakes with their lines.

    Raises
    ------
    Mistakes
        One for each value that the model does not accept.
    """
    try:
        return model.model_validate(document.value)
    except ValidationError as errors:
        found = [_mistake_of(document, error, model) for error in errors.errors()]
        raise Mistakes(found) from None


def _mistake_of(document: Document, error: Any, model: type[BaseModel]) -> Mistake:
    location = tuple(part for part in error["loc"])
    known = _location_in(document.value, location)
    line = document.line(known)
    place = ".".join(str(part) for part in known)
    if error["type"] == "extra_forbidden":
        return Mistake(
            document.file, line, f"unknown key '{place}'.", nearest(str(known[-1]), _names(model))
        )
    if error["type"] == "missing":
        return Mistake(document.file, line, f"'{_dotted(location)}' is missing.")
    offending = error.get("input")
    shown = f" (here: '{offending}')" if isinstance(offending, str) else ""
    message = error["msg"].removeprefix("Value error, ").rstrip(".")
    return Mistake(document.file, line, f"{place or 'the document'}: {message}{shown}.")


def _dotted(location: Location) -> str:
    return ".".join(str(part) for part in location)


def _location_in(value: Any, location: Location) -> Location:
    """Keep the parts of a pydantic location that exist in the document (unions add names)."""
    kept: list[str | int] = []
    for part in location:
        in_block = isinstance(value, dict) and part in value
        in_list = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if in_block or in_list:
            kept.append(part)
            value = value[part]
    return tuple(kept)


def _names(model: type[BaseModel]) -> set[str]:
    names: set[str] = set()
    pending = [model]
    seen: set[type] = set()
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        for name, info in current.model_fields.items():
            names.add(info.alias or name)
            pending.extend(_models_in(info.annotation))
    return names


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in _models_in(inner)]
