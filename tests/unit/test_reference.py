"""The reference of config/ says what the classes read, and the studies here follow it."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from multicentric.documents import parse_document, read_document
from multicentric.reference import files

ROOT = Path(__file__).parents[2]
STUDIES = [ROOT, ROOT / "studies/lung"]


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / f"schemas/{name}.schema.json").read_text()))


@pytest.mark.parametrize("path", files(ROOT), ids=lambda path: path.name)
def test_the_reference_is_up_to_date(path: Path) -> None:
    said = "run python -m multicentric.reference ."
    assert path.read_text(encoding="utf-8") == files(ROOT)[path], said


@pytest.mark.parametrize("study", STUDIES, ids=lambda path: path.name)
@pytest.mark.parametrize("name", ["config", "study"])
def test_the_studies_satisfy_the_schemas(study: Path, name: str) -> None:
    written = read_document(study / f"config/{name}.yaml")
    assert [error.message for error in schema(name).iter_errors(written.value)] == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("config", "profile: public"),
        ("config", "gates: {min_centers: 1}"),
        ("config", "gate: {min_center: 1}"),
        ("study", "models: {adjusted: age, univariable: [age]}"),
        ("study", "endpoints: {pfs: {kind: time_to_event, label: PFS, event: []}}"),
    ],
)
def test_an_editor_underlines_what_is_wrong(name: str, wrong: str) -> None:
    written = parse_document(f"{wrong}\n", "written").value
    # A part of a file lacks keys that must stand; that is not what is wrong with it.
    assert [e for e in schema(name).iter_errors(written) if e.validator != "required"]
