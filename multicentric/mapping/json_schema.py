"""The mapping language as a JSON Schema, for editors that complete and underline as one writes.

The schema is made of the same classes that read a mapping, and of the study's dictionary: it knows
the variables and their codes. An editor that follows the first line of a mapping
(``# yaml-language-server: $schema=…``) needs nothing else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from multicentric.dictionary import Dictionary, Variable
from multicentric.json_schema import DIALECT, schema_of
from multicentric.mapping import language

_TAKES_VALUES = ("codes", "labels", "classes")


def mapping_schema(dictionary: Dictionary) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a mapping for one study."""
    schema = schema_of(language.Mapping, one_for_many=True)
    schema["properties"]["variables"] = {
        "description": "One block per variable of the dictionary.",
        "type": "object",
        "properties": {variable.name: _block(variable) for variable in dictionary},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"$schema": DIALECT, "title": "A center's mapping", **schema}


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


def main(model: str, target: str) -> None:
    """Write the schema of the study whose pandera model stands in the file `model`."""
    from multicentric.schema import dictionary_of, load_model

    dictionary = dictionary_of(load_model(Path(model)))
    Path(target).write_text(schema_text(dictionary), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
