"""The command: prints, or writes where no mapping is, and says in one sentence why it cannot."""

import shutil
from pathlib import Path

import pytest

from multicentric.cli import main

ROOT = Path(__file__).parents[3]
EXTRACT = ROOT / "centers/aras/2025-06-02/extract.csv"


@pytest.fixture
def study(tmp_path, monkeypatch):
    for folder in ("config", "schemas"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_prints_the_mapping(study, capsys):
    assert main(["draft", "new", str(EXTRACT)]) == 0
    assert "from: PatientID" not in (printed := capsys.readouterr().out)
    assert "key: PatientID" in printed
    assert not (study / "centers").exists()


def test_it_writes_only_where_no_mapping_is(study, capsys):
    target = study / "centers/new/mapping.yaml"
    assert main(["draft", "new", str(EXTRACT), "--write"]) == 0
    first = target.read_bytes()
    assert main(["draft", "new", str(EXTRACT), "--write"]) == 1
    assert target.read_bytes() == first
    assert "exists and stays as it is" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["New Center", str(EXTRACT)], "is no id"),
        (["new", "nothing.csv"], "is no file"),
        (["new", "empty.csv"], "is empty"),
    ],
)
def test_what_cannot_be_drafted_is_one_sentence(study, capsys, arguments, why):
    (study / "empty.csv").write_text("")
    assert main(["draft", *arguments]) == 1
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
