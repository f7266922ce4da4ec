"""What changed between two deliveries of a center, against what was changed on purpose."""

import json
import shutil
from pathlib import Path

import pytest

from multicentric.centers import discover
from multicentric.changes.command import tell_changes
from multicentric.changes.deliveries import changes_of
from multicentric.changes.nothing import NothingToCompare
from multicentric.cli import main
from multicentric.schema import dictionary_of, load_model
from multicentric.study import load_settings, load_study

ROOT = Path(__file__).resolve().parents[2]
SECOND = ROOT / "tests/data/second/aras"


@pytest.fixture(scope="module")
def study_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    for name in ("config", "schemas"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "centers/aras", folder / "centers/aras")
    drop = folder / "centers/aras/2025-09-01"
    drop.mkdir()
    shutil.copy(SECOND / "extract.csv", drop)
    return folder


@pytest.fixture(scope="module")
def study(study_folder):
    return load_study(study_folder, load_settings(study_folder))


@pytest.fixture(scope="module")
def model(study_folder, study):
    return load_model(study_folder / study.dictionary, study.cut_off)


def compared(folder, study, model, **more):
    (center,) = discover(folder)
    return changes_of(center, study, model, dictionary_of(model), **more).changes


@pytest.fixture(scope="module")
def changes(study_folder, study, model):
    return compared(study_folder, study, model)


@pytest.fixture(scope="module")
def expected():
    return json.loads((SECOND / "expected_diff.json").read_text())


def of(changes, kind):
    return changes[changes["kind"] == kind]


def test_patients_added_and_gone_are_those_of_the_second_delivery(changes, expected):
    assert of(changes, "patient_added")["patient_id"].tolist() == expected["added"]
    assert of(changes, "patient_gone")["patient_id"].tolist() == expected["removed"]
    assert of(changes, "patient_renamed").empty


def test_cells_changed_are_those_of_the_second_delivery(changes, expected):
    cells = changes[changes["layer"] == "cells"]
    names = ["patient_id", "column", "old", "new"]
    found = {tuple(row) for row in cells[names].itertuples(index=False)}
    assert found == {tuple(cell[name] for name in names) for cell in expected["changed"]}
    assert len(cells) == len(expected["changed"])


def test_no_patient_is_named_who_did_not_change(changes, expected):
    named = set(changes["patient_id"].dropna())
    changed = {cell["patient_id"] for cell in expected["changed"]}
    assert named == {*expected["added"], *expected["removed"], *changed}


def test_an_answer_an_outcome_and_a_silent_edit_stay_apart(changes, expected):
    cells = of(changes, "cell_changed").set_index("patient_id")["about"].to_dict()
    assert cells == {
        "AR-0013": "outcome",
        expected["mended"]: "answer + outcome",
        "AR-0064": "silent",
    }
    assert of(changes, "record_released")["patient_id"].tolist() == [expected["mended"]]


def test_everything_that_differs_was_sent_otherwise(changes):
    assert set(changes["cause"]) == {"data"}


def test_an_edit_of_the_mapping_moves_values_and_no_data(study_folder, study, model, tmp_path):
    text = (study_folder / "centers/aras/mapping.yaml").read_text()
    block = "ecog: {from: ECOG}"
    assert block in text
    old = tmp_path / "old.yaml"
    old.write_text(text.replace(block, 'ecog: {from: ECOG, missing: {"2": unknown}}'))
    moved = compared(study_folder, study, model, old_mapping=old)
    cells = moved[moved["layer"] == "cells"]
    assert set(cells["cause"]) == {"mapping"}
    assert set(cells["variables"]) == {"ecog"}
    assert set(cells["new"]) == {"2"}
    assert moved[moved["layer"].isin(["files", "patients"])].empty


def test_a_drop_with_its_own_shape_keeps_its_mapping(study_folder, study, model, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(study_folder, folder)
    drop = folder / "centers/aras/2025-09-01"
    shutil.copy(folder / "centers/aras/mapping.yaml", drop)
    for path in (drop / "mapping.yaml", drop / "extract.csv"):
        text = path.read_text().replace("LastFU", "LastContact")
        path.write_text(text)
    changes = compared(folder, study, model)
    (renamed,) = of(changes, "column_renamed").to_dict("records")
    assert (renamed["old"], renamed["new"]) == ("LastFU", "LastContact")
    cells = of(changes, "cell_changed")
    assert sorted(cells["column"]) == ["Grade", "LastContact", "LastContact"]
    assert set(changes["cause"]) == {"data"}


def test_the_command_says_it_in_words(study_folder):
    said = "\n".join(tell_changes(study_folder, "aras"))
    assert "aras: 2025-06-02 → 2025-09-01" in said
    assert "AR-0030 is gone (had an event)" in said
    assert "AR-0064, Grade: 1 → 2 [silent]" in said
    assert "Read otherwise by us: nothing" in said


def test_a_center_that_does_not_exist_is_one_sentence(study_folder):
    with pytest.raises(NothingToCompare, match=r"no center 'arras'\. Did you mean 'aras'"):
        list(tell_changes(study_folder, "arras"))


def test_the_command_ends_in_words_and_an_exit_code(study_folder, monkeypatch, capsys):
    monkeypatch.chdir(study_folder)
    assert main(["changes", "aras"]) == 0
    assert "AR-1001 is new" in capsys.readouterr().out
    assert main(["changes", "nobody"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("There is no center 'nobody'.")
