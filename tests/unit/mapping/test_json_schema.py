"""The JSON Schema that editors follow is that of the classes and of the dictionary."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from multicentric.documents import parse_document, read_document
from multicentric.mapping.json_schema import schema_text
from multicentric.schema import dictionary_of, load_model

ROOT = Path(__file__).parents[3]
FILE = ROOT / "schemas/mapping.schema.json"


@pytest.fixture(scope="module")
def schema():
    return Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))


def test_the_schema_is_up_to_date():
    dictionary = dictionary_of(load_model(ROOT / "schemas/patient.py"))
    assert FILE.read_text(encoding="utf-8") == schema_text(dictionary), (
        "run python -m multicentric.mapping.json_schema schemas/patient.py "
        "schemas/mapping.schema.json"
    )


@pytest.mark.parametrize("path", sorted((ROOT / "centers").glob("*/mapping.yaml")), ids=str)
def test_the_centers_mappings_satisfy_it(path, schema):
    assert [error.message for error in schema.iter_errors(read_document(path).value)] == []
    assert "mapping.schema.json" in path.read_text(encoding="utf-8").splitlines()[0]


@pytest.mark.parametrize(
    "wrong",
    [
        "sexx: {from: A}",
        "sex: {from: A, codes: {F: famale}}",
        "sex: {form: A}",
        "met_bone: {from: A, codes: {x: present}}",
        "sex: {from: A, missing: {x: later}}",
        "sex: {from: A, collapse: {pick: some}}",
    ],
)
def test_it_underlines_what_is_wrong(wrong, schema):
    text = (
        "center: {name: A}\ntables: {p: {file: a.csv, format: delimited, key: ID}}\n"
        f"variables:\n  ecog: {{from: E}}\n  {wrong}\n"
    )
    assert list(schema.iter_errors(parse_document(text, "m").value))


def test_every_key_of_a_block_has_words(schema):
    block = schema.schema["$defs"]["VariableBlock"]["properties"]
    assert all(key.get("description") or "$ref" in key for key in block.values())
