"""The files people write as JSON Schemas, for editors that complete and underline as one writes.

A schema is made of the same classes that read the file; its words are those of their docstrings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Every scalar of our files is text for us; an editor may take `8` for a number.
_SCALAR = ["string", "number", "boolean"]


def schema_of(model: type[BaseModel], *, one_for_many: bool = False) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file that `model` reads.

    Parameters
    ----------
    one_for_many
        Whether a single value may stand where a list is taken.

    Returns
    -------
    dict
        With the words of the classes, open to the ways in which an editor reads a scalar.
    """
    schema = model.model_json_schema(by_alias=True)
    for block in blocks_of(model):
        definition = schema if block is model else schema["$defs"][block.__name__]
        words = attributes(block)
        definition["description"] = (block.__doc__ or "").partition("\n")[0]
        for name, property_ in definition.get("properties", {}).items():
            if name in words:
                property_["description"] = words[name]
    opened: dict[str, Any] = _for_editors(schema, one_for_many=one_for_many)
    return opened


def blocks_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    """A class and all classes of the blocks in it, in the order in which they are met."""
    found = [model]
    for block in found:
        inner = (c for field in block.model_fields.values() for c in _classes(field.annotation))
        found += [cls for cls in dict.fromkeys(inner) if cls not in found]
    return found


def _classes(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _classes(part)


def attributes(model: type[BaseModel]) -> dict[str, str]:
    """Key to its words, from the "Attributes" sections of a class and of those it stands on."""
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        found |= _section(cls.__dict__.get("__doc__") or "")
    return found


def _section(docstring: str) -> dict[str, str]:
    """The "Attributes" section of a docstring in NumPy's style."""
    _, _, section = docstring.partition("Attributes\n")
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines()[1:]:
        if line.startswith("        ") and names:
            for name in names:
                found[name] = f"{found.get(name, '')} {line.strip()}".strip()
        elif line.strip():
            names = [name.strip() for name in line.split(",")]
    return {name: re.sub("`+", "", words) for name, words in found.items()}


def _for_editors(schema: Any, *, one_for_many: bool) -> Any:
    """Without titles and nulls, and open to the ways in which an editor reads a scalar."""
    if isinstance(schema, list):
        return [_for_editors(inner, one_for_many=one_for_many) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: inner for key, inner in schema.items() if key not in ("title", "default")}
    if "anyOf" in schema:
        kept = [inner for inner in schema["anyOf"] if inner != {"type": "null"}]
        if len(kept) == 1:
            del schema["anyOf"]
            schema = {**kept[0], **schema}
        else:
            schema["anyOf"] = kept
    if schema.get("type") == "boolean":
        return {**schema, "type": "string", "enum": ["yes", "no"]}
    if schema.get("type") in ("integer", "number"):
        return {**schema, "type": [schema["type"], "string"]}
    if schema.get("type") == "string" and not {"enum", "pattern", "const"} & set(schema):
        schema["type"] = _SCALAR
    if schema.get("type") == "array" and one_for_many:
        one = _for_editors(schema["items"], one_for_many=one_for_many)
        if "$ref" in one:
            return {**schema, "items": one}
        words = {key: schema[key] for key in ("description",) if key in schema}
        return {**words, "anyOf": [one, {"type": "array", "items": one}]}
    if schema.get("type") == "object" and "minLength" in schema:
        schema["minProperties"] = schema.pop("minLength")
    return {
        key: {name: _for_editors(inner, one_for_many=one_for_many) for name, inner in value.items()}
        if key in ("properties", "$defs")
        else _for_editors(value, one_for_many=one_for_many)
        for key, value in schema.items()
        if key != "propertyNames"
    }
