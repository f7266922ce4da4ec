import shutil
from pathlib import Path

import pytest

from multicentric.documents import Mistakes, read_document
from multicentric.schema import dictionary_of, load_model
from multicentric.study import (
    load_settings,
    load_study,
    mistakes_against_dictionary,
    part_for,
    part_text,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    return tmp_path


def edit(folder, old, new):
    path = folder / "config/study.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def load(folder):
    return load_study(folder, load_settings(folder))


def test_the_example_study_is_sound(folder):
    study = load(folder)
    dictionary = dictionary_of(load_model(folder / study.dictionary, study.cut_off))
    document = read_document(folder / "config/study.yaml")
    assert list(mistakes_against_dictionary(study, document, dictionary)) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("cut_off: 2025-05-31", "cut_off: 2025-31-05", "cut_off"),
        ("cut_off:", "cutoff:", "Did you mean 'cut_off'?"),
        ("then: positive}", "then: postive}", "Did you mean 'positive'?"),
        ("  reference: zero\n", "  reference: null\n", "is none of the groups"),
        ("adjusted: [low, age10", "adjusted: [low, age01", "is no term of this study"),
        ("flag: {any:", "flag: {either:", "either"),
        ('her2_ihc: "3"', 'her2: "3"', "in a circle"),
        (
            "pfs: {date: last_as",
            "response: {date: last_as",
            "no time to event that starts at a date",
        ),
    ],
)
def test_a_mistake_names_file_line_and_what_to_do(folder, old, new, words):
    edit(folder, old, new)
    with pytest.raises(Mistakes) as caught:
        load(folder)
    text = str(caught.value)
    assert words in text
    assert "config/study.yaml, line " in text


def test_a_name_outside_the_dictionary_is_found_with_its_line(folder):
    edit(folder, 'keep: {line: "1"}', 'keep: {lines: "1"}')
    study = load(folder)
    dictionary = dictionary_of(load_model(folder / study.dictionary, study.cut_off))
    document = read_document(folder / "config/study.yaml")
    (mistake,) = mistakes_against_dictionary(study, document, dictionary)
    assert "'lines' is no variable" in mistake.problem
    assert mistake.remedy == "Did you mean 'line'?"


def test_censoring_at_what_is_no_date_is_found_with_its_line(folder):
    edit(folder, "pfs: {date: last_assessment_date", "pfs: {date: last_assesment_date")
    study = load(folder)
    dictionary = dictionary_of(load_model(folder / study.dictionary, study.cut_off))
    document = read_document(folder / "config/study.yaml")
    (mistake,) = mistakes_against_dictionary(study, document, dictionary)
    assert "'last_assesment_date' is no date of the dictionary" in str(mistake)
    assert "last_assessment_date" in mistake.remedy
    assert mistake.line


def test_a_stage_holds_its_part_and_nothing_else(folder):
    before = {stage: part_text(stage, load(folder)) for stage in ("validate", "pool", "estimates")}
    edit(folder, "landmarks: [12, 24, 36]", "landmarks: [12, 24]")
    after = {stage: part_text(stage, load(folder)) for stage in before}
    assert [stage for stage in before if before[stage] != after[stage]] == ["estimates"]
    with pytest.raises(AttributeError):
        _ = part_for("validate", load(folder)).landmarks


def test_words_of_an_endpoint_reach_the_report_alone(folder):
    stages = ("validate", "pool", "estimates", "report")
    before = {stage: part_text(stage, load(folder)) for stage in stages}
    edit(folder, "label: Progression-free survival", "label: Survival without progression")
    after = {stage: part_text(stage, load(folder)) for stage in stages}
    assert [stage for stage in stages if before[stage] != after[stage]] == ["report"]
