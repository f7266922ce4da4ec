"""What may stand in the study file and in the settings: a page for people, schemas for editors.

All three are made of the classes that read the files, so none can say what the engine does not do.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from multicentric.json_schema import DIALECT, attributes, blocks_of, schema_of
from multicentric.protocol import Study
from multicentric.settings import Settings

_OPENING = """\
# Reference of config/

Every key of the two files, made from the program by `python -m multicentric.reference .`; the
files of the example study show them in use. A *condition* is a mapping such as `{sex: female}`,
`{age: {at_least: 18}}` or `{any: [...]}`; several keys in one must all hold.
"""


def files(folder: Path) -> dict[Path, str]:
    """What the reference consists of, by the place where it stands in a study's folder."""
    return {
        folder / "config/README.md": page(),
        folder / "schemas/config.schema.json": _text(Settings, "The run settings"),
        folder / "schemas/study.schema.json": _text(Study, "The study file"),
    }


def page() -> str:
    """The reference in Markdown: a table of keys for every block."""
    parts = [_OPENING]
    for title, model in (("config.yaml: run settings", Settings), ("study.yaml: protocol", Study)):
        parts.append(f"\n## {title}\n")
        for block in blocks_of(model):
            parts.append(_table(block, heading=block is not model))
    return "\n".join(parts)


def _table(block: type[BaseModel], *, heading: bool) -> str:
    words = attributes(block)
    said = " ".join((block.__doc__ or "").partition("\n\n    Attributes")[0].split())
    lines = [f"\n### {block.__name__}\n"] if heading else []
    lines += [_plain(said), "", "| key | takes | left out | |", "|---|---|---|---|"]
    properties = block.model_json_schema()["properties"]
    for name, field in block.model_fields.items():
        left_out = "must stand" if field.is_required() else _value(field.get_default())
        cells = (f"`{name}`", _takes(properties[name]), left_out, _plain(words[name]))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def _takes(schema: dict[str, Any]) -> str:
    """What a key takes, in words, from its JSON Schema."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " or ".join(_takes(one) for one in choices if one != {"type": "null"})
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type")
    if kind == "array" and "prefixItems" in schema:
        return f"{len(schema['prefixItems'])} × {_takes(schema['prefixItems'][0])}"
    if kind == "array":
        return f"list of {_takes(schema['items'])}"
    if kind == "object":
        inner = schema.get("additionalProperties") or next(
            iter(schema.get("patternProperties", {}).values())
        )
        return f"name: {_takes(inner)}"
    if kind == "string":
        return "date" if schema.get("format") == "date" else "text"
    return {"boolean": "yes or no", "integer": "whole number", "number": "number"}.get(
        kind or "", "condition"
    )


def _value(default: Any) -> str:
    if isinstance(default, bool):
        return "`yes`" if default else "`no`"
    if default in (None, "", [], {}) or isinstance(default, BaseModel):
        return ""
    return f"`{default}`"


def _plain(words: str) -> str:
    """Docstrings' names of code as names of keys."""
    return words.replace("``", "`")


def _text(model: type[BaseModel], title: str) -> str:
    schema = {"$schema": DIALECT, "title": title, **schema_of(model)}
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for path, text in files(Path(sys.argv[1])).items():
        path.write_text(text, encoding="utf-8")
