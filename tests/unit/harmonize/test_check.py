"""``multicentric check``: every mistake with its place and its remedy, and an exit code."""

import shutil
from pathlib import Path

import pytest

from multicentric.cli import main

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A copy of the example study, which the command runs in."""
    for part in ("config", "schemas", "centers"):
        shutil.copytree(PROJECT / part, tmp_path / part)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(study, name, old, new):
    path = study / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def line_of(study, name, text):
    lines = (study / name).read_text(encoding="utf-8").splitlines()
    (number,) = [number for number, line in enumerate(lines, start=1) if text in line]
    return f"{name}, line {number}: "


def test_a_sound_study_has_advice_and_no_mistake(study, capsys):
    assert main(["check"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("There is no mistake.\n")
    mapping = "centers/dicle/mapping.yaml"
    place = line_of(study, mapping, "ecog:")
    assert f"{place}nothing is made of 'ECOG 7' (1) in column 'Performans'." in said


def test_mistakes_of_all_centers_are_told_at_once_with_place_and_remedy(study, capsys):
    aras, ceyhan, firat = (f"centers/{name}/mapping.yaml" for name in ("aras", "ceyhan", "firat"))
    edit(study, aras, "birth_date: {from: DOB,", "birth_date: {from: DOBB,")
    edit(study, ceyhan, "{Kadın: female, Erkek: male}", "{Kadın: femal, Erkek: male}")
    edit(study, firat, "  grade:", "  gradde:")
    assert main(["check"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "To be mended (3):"
    place = line_of(study, aras, "DOBB")
    assert said[1] == f"  {place}The column 'DOBB' is missing; did you mean DOB? (extract.csv)"
    place = line_of(study, ceyhan, "femal,")
    assert said[2] == f"  {place}'femal' is no value of sex. Did you mean 'female'?"
    place = line_of(study, firat, "gradde")
    problem = "the dictionary has no variable 'gradde'. Did you mean 'grade'?"
    assert said[3] == f"  {place}{problem}"


def test_only_the_centers_asked_for_are_looked_at(study, capsys):
    edit(study, "centers/ceyhan/mapping.yaml", "Kadın: female", "Kadın: femal")
    assert main(["check", "aras"]) == 0
    assert "ceyhan" not in capsys.readouterr().out
    assert main(["check", "aras", "ceyhan"]) == 1


def test_a_mapping_that_cannot_be_read_is_a_mistake_of_its_center(study, capsys):
    (study / "centers/aras/mapping.yaml").write_text("center: {name: Aras}\ntables: [\n")
    assert main(["check"]) == 1
    said = capsys.readouterr().out
    assert "  centers/aras/mapping.yaml, line " in said
    assert "centers/ceyhan/mapping.yaml" in said


def test_where_nothing_can_be_checked_the_exit_code_is_2(study, capsys):
    assert main(["check", "arass"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "There is no center 'arass'. Did you mean 'aras'?\n")
    (study / "config/study.yaml").unlink()
    assert main(["check"]) == 2
    assert capsys.readouterr().err.startswith("config/study.yaml, line 1: the file is missing.")


def test_columns_that_nobody_maps_are_never_quoted(study, capsys):
    """Names, phone numbers and national ids of the delivery stay where they are."""
    mapping = "centers/ceyhan/mapping.yaml"
    edit(study, mapping, "from: Cinsiyet", "from: Cinsiyett")
    assert main(["check"]) == 1
    said = capsys.readouterr().out
    with open("centers/ceyhan/2025-06-02/hasta_listesi.csv", encoding="windows-1254") as file:
        rows = [line.split(";") for line in file.read().splitlines()[1:]]
    assert not [cell for row in rows for cell in row[:4] if len(cell) > 4 and cell in said]


def test_a_wrong_block_hides_no_other_mistake_of_its_mapping(study, capsys):
    """Of the shape of a block, of two blocks together, beside the dictionary, beside the drop."""
    aras = "centers/aras/mapping.yaml"
    edit(study, aras, "dates: [YYYY-MM-DD]}\n  menopausal", "dates: [yyyy-mm-dd]}\n  menopausal")
    edit(study, aras, "{F: female, M: male}", "{F: femal, M: male}")
    edit(study, aras, "from: LastFU", "from: LastSeen")
    assert main(["check", "aras"]) == 1
    said = capsys.readouterr().out.partition("To be read")[0]
    assert said.startswith("To be mended (3):\n")
    assert f"{line_of(study, aras, 'yyyy-mm-dd')}variables.birth_date.dates: 'yyyy-mm-dd' must" in (
        said
    )
    assert f"{line_of(study, aras, 'femal,')}'femal' is no value of sex." in said
    assert f"{line_of(study, aras, 'LastSeen')}The column 'LastSeen' is missing; there is" in (said)


def test_a_folder_has_no_line(study, capsys):
    shutil.rmtree(study / "centers/aras/2025-06-02")
    (study / "centers/ceyhan/mapping.yaml").unlink()
    assert main(["check"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "To be mended (2):"
    assert said[1].startswith("  centers/aras: no drop has arrived")
    assert said[2] == "  centers/ceyhan/mapping.yaml: mapping.yaml is missing."
