"""The mapping language as a JSON Schema, for editors that complete and underline as one writes.

The schema is made of the same classes that read a mapping, and of the study's dictionary: it knows
the variables and their codes. An editor that follows the first line of a mapping
(``# yaml-language-server: $schema=…``) needs nothing else.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from multicentric.dictionary import Dictionary, Variable
from multicentric.mapping import language

# Every scalar of a mapping is text for us; an editor may take `8` for a number.
_SCALAR = ["string", "number", "boolean"]
_TAKES_VALUES = ("codes", "labels", "classes")


def mapping_schema(dictionary: Dictionary) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a mapping for one study."""
    schema = language.Mapping.model_json_schema(by_alias=True)
    models = {
        name: model
        for name, model in vars(language).items()
        if isinstance(model, type) and issubclass(model, BaseModel)
    }
    for name, definition in schema["$defs"].items():
        _describe(definition, models[name])
    _describe(schema, language.Mapping)
    schema = _for_editors(schema)
    schema["properties"]["variables"] = {
        "description": "One block per variable of the dictionary.",
        "type": "object",
        "properties": {variable.name: _block(variable) for variable in dictionary},
        "additionalProperties": False,
        "minProperties": 1,
    }
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "title": "A center's mapping", **schema}


def schema_text(dictionary: Dictionary) -> str:
    """The schema as it is written to ``schemas/mapping.schema.json``."""
    return json.dumps(mapping_schema(dictionary), ensure_ascii=False, indent=1) + "\n"


def _block(variable: Variable) -> dict[str, Any]:
    """The block of one variable: what it is, and the values that its codes may have."""
    unit = f" ({variable.unit})" if variable.unit else ""
    words = f"{variable.label}{unit}: {variable.expected}." if variable.expected else variable.label
    schema: dict[str, Any] = {"$ref": "#/$defs/VariableBlock", "description": words}
    values = {"code": list(variable.codes), "flag": ["yes", "no"]}.get(variable.kind)
    if values:
        one = {"enum": [*values, *(int(code) for code in values if code.isdigit())]}
        schema["properties"] = {name: {"additionalProperties": one} for name in _TAKES_VALUES}
        schema["properties"] |= {"constant": one, "empty": one}
    return schema


def _describe(definition: dict[str, Any], model: type[BaseModel]) -> None:
    """Hand the words of a class's docstring to its properties."""
    attributes: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        attributes |= _attributes(cls.__dict__.get("__doc__") or "")
    definition["description"] = (model.__doc__ or "").partition("\n")[0]
    for name, schema in definition.get("properties", {}).items():
        if name in attributes:
            schema["description"] = attributes[name]


def _attributes(docstring: str) -> dict[str, str]:
    """Names and words of the "Attributes" section of a docstring in NumPy's style."""
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


def _for_editors(schema: Any) -> Any:
    """Without titles and nulls, and open to the ways in which an editor reads a scalar."""
    if isinstance(schema, list):
        return [_for_editors(inner) for inner in schema]
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
    if schema.get("type") == "integer":
        return {**schema, "type": ["integer", "string"]}
    if schema.get("type") == "string" and not {"enum", "pattern", "const"} & set(schema):
        schema["type"] = _SCALAR
    if schema.get("type") == "array":
        one = _for_editors(schema["items"])
        if "$ref" in one:
            return {**schema, "items": one}
        words = {key: schema[key] for key in ("description",) if key in schema}
        return {**words, "anyOf": [one, {"type": "array", "items": one}]}
    if schema.get("type") == "object" and "minLength" in schema:
        schema["minProperties"] = schema.pop("minLength")
    return {
        key: {name: _for_editors(inner) for name, inner in value.items()}
        if key in ("properties", "$defs")
        else _for_editors(value)
        for key, value in schema.items()
        if key != "propertyNames"
    }


def main(model: str, target: str) -> None:
    """Write the schema of the study whose pandera model stands in the file `model`."""
    from multicentric.schema import dictionary_of, load_model

    dictionary = dictionary_of(load_model(Path(model)))
    Path(target).write_text(schema_text(dictionary), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
