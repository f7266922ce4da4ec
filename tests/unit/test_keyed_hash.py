"""Patients' keys hashed under a secret: which, from where, and what of the raw key is left."""

import hashlib
import hmac
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from multicentric.cli import main
from multicentric.documents import Mistakes
from multicentric.harmonize import harmonize_center, unassigned_rows
from multicentric.keyed_hash import KeyedHash, keyed_hash
from multicentric.mapping import parse_mapping
from multicentric.mapping.load import load_mapping
from multicentric.schema import dictionary_of, load_model
from multicentric.study import load_settings, load_study
from multicentric.validate import validate_center

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret that nobody outside the study can guess"
STUDY = load_study(ROOT, load_settings(ROOT))
MODEL = load_model(ROOT / STUDY.dictionary, STUDY.cut_off)
DICTIONARY = dictionary_of(MODEL)
HASHED = KeyedHash(SECRET.encode())


@pytest.fixture
def folder(tmp_path):
    study = tmp_path / "study"
    shutil.copytree(ROOT / "config", study / "config")
    return study


def asked_for(folder, how):
    path = folder / "config/config.yaml"
    text = path.read_text(encoding="utf-8")
    old = "  hashed: no\n"
    assert text.count(old) == 1
    text = text.replace(old, "  hashed: yes\n")
    text = text.replace("  secret_variable: MULTICENTRIC_SECRET\n", how)
    path.write_text(text, encoding="utf-8")
    return keyed_hash(folder, load_settings(folder))


def test_keys_stay_as_sent_unless_the_settings_say_otherwise(folder):
    assert keyed_hash(folder, load_settings(folder)) is None


def test_it_is_hmac_sha256_of_the_key_under_the_secret():
    expected = hmac.new(SECRET.encode(), b"key\x1fAR-0001", hashlib.sha256).hexdigest()
    assert HASHED.of("AR-0001") == expected[:32]
    assert HASHED.of("AR-0002") != HASHED.of("AR-0001")
    assert KeyedHash(b"another").of("AR-0001") != HASHED.of("AR-0001")
    assert SECRET not in repr(HASHED)
    assert SECRET not in HASHED.fingerprint


def test_the_secret_comes_from_the_environment(folder, monkeypatch):
    monkeypatch.setenv("OURS", f" {SECRET}\n")
    assert asked_for(folder, "  secret_variable: OURS\n").of("x") == HASHED.of("x")


def test_the_secret_comes_from_a_file_elsewhere(folder, tmp_path):
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    how = f"  secret_file: {tmp_path / 'secret'}\n"
    assert asked_for(folder, how).of("x") == HASHED.of("x")


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("  secret_variable: NOT_SET\n", "the environment variable NOT_SET is not set"),
        ("  secret_variable: SHORT\n", "variable SHORT is shorter than 32 signs"),
        ("  secret_file: /no/such/file\n", "/no/such/file cannot be read (No such file"),
        ("  secret_file: secret\n", "the file secret is not named by its whole path"),
        ("  secret_file: {study}/secret\n", "stands inside the study's folder"),
        ("", "hashed needs secret_variable or secret_file, one of them"),
        ("  secret_file: /x\n  secret_variable: Y\n", "secret_variable or secret_file, one of"),
    ],
)
def test_a_secret_that_is_not_there_is_one_sentence_with_its_line(folder, monkeypatch, how, why):
    monkeypatch.setenv("SHORT", "short")
    (folder / "secret").write_text(SECRET)
    with pytest.raises(Mistakes) as caught:
        asked_for(folder, how.format(study=folder))
    (mistake,) = caught.value.mistakes
    assert why in mistake.problem
    lines = (folder / "config/config.yaml").read_text().splitlines()
    assert lines[mistake.line - 1].startswith("patient_keys:")


def keys_of(center):
    """The keys of a center as its own file has them."""
    mapping = load_mapping(ROOT / f"centers/{center}/mapping.yaml")
    read = harmonize_center(center, ROOT / f"centers/{center}/2025-06-02", mapping, DICTIONARY)
    return set(read.table["patient_id"]) | set(read.intake["patient_id"].dropna())


@pytest.mark.parametrize("center", ["aras", "ceyhan", "firat", "meric"])
def test_no_raw_key_is_in_any_table_of_a_center(center):
    drop = ROOT / f"centers/{center}/2025-06-02"
    mapping = load_mapping(ROOT / f"centers/{center}/mapping.yaml")
    raw = keys_of(center)
    plain = harmonize_center(center, drop, mapping, DICTIONARY)
    read = harmonize_center(center, drop, mapping, DICTIONARY, secret=HASHED)
    judged = validate_center(center, read.table, read.lineage, read.intake, MODEL, DICTIONARY)
    assert len(raw) > 30
    seen = set()
    for frame in (read.table, read.lineage, read.intake, judged.table, judged.findings):
        for name in frame.columns.drop([c for c in ("row",) if c in frame]):
            if str(frame[name].dtype) == "string":
                seen |= set(frame[name].dropna())
    assert not raw & set(judged.records["patient_id"].dropna())
    # By words, since digits of a hash may be anything; a key as short as a score proves nothing.
    words = {word for text in seen for word in re.findall(r"[\w-]+", text)}
    assert not {key for key in raw if len(key) > 3} & words
    # And nothing else differs: the same patients, the same values, found by the hash of their key.
    same = plain.table.assign(patient_id=HASHED.each(plain.table["patient_id"]))
    same = same.astype({"patient_id": "string"}).sort_values("patient_id", ignore_index=True)
    pd.testing.assert_frame_equal(read.table, same)
    assert len(read.intake) == len(plain.intake)
    assert sorted(read.intake["rule"]) == sorted(plain.intake["rule"])


MAPPING = parse_mapping(
    "center: {name: T}\n"
    "tables:\n"
    "  p: {file: p.csv, format: delimited, key: Id}\n"
    "  v: {file: v.csv, format: delimited, key: Id, rows: visit}\n"
    "filters:\n"
    "  - {id: training, drop: {Id: K-0009}, reason: A training.}\n"
    "variables:\n"
    "  sex: {from: S}\n"
    "  ecog: {table: v, from: E, number: {}, collapse: {pick: max}}\n"
)
FILES = {
    "p.csv": "Id,S\nK-0001,female\n K-0002 ,female\nK-0003,male\nK-0003,male\nK-0009,male\n",
    "v.csv": "Id,E\nK-0002,1\nK-0001,2\nK-0001,0\nK-0404,1\n",
}


@pytest.fixture
def drop(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_joins_filters_and_duplicates_work_on_hashed_keys(drop):
    read = harmonize_center("t", drop, MAPPING, DICTIONARY, secret=HASHED)
    table = read.table.set_index("patient_id")
    assert set(table.index) == {HASHED.of("K-0001"), HASHED.of("K-0002")}
    assert table.at[HASHED.of("K-0001"), "ecog"] == 2
    found = set(zip(read.intake["rule"], read.intake["patient_id"], strict=True))
    assert found == {
        ("duplicate_key", HASHED.of("K-0003")),
        ("filter_training", HASHED.of("K-0009")),
        ("no_such_patient", HASHED.of("K-0404")),
    }
    assert "K-0" not in read.intake.to_csv()


def test_no_variable_is_made_of_a_hidden_key(drop):
    mapping = parse_mapping(
        "center: {name: T}\ntables:\n  p: {file: p.csv, format: delimited, key: Id}\n"
        "variables:\n  sex: {from: Id, codes: {K-0001: female}}\n"
    )
    read = harmonize_center("t", drop, mapping, DICTIONARY, secret=HASHED)
    assert list(read.intake["rule"]) == ["identifier_mapped"]
    assert "K-0" not in read.intake.to_csv()


def test_rows_of_no_center_are_told_by_the_hash(drop):
    mapping = parse_mapping(
        "center: {name: T}\ntables:\n  p: {file: p.csv, format: delimited, key: Id}\n"
        "centers: {column: S, codes: {male: one}}\nvariables:\n  sex: {from: S}\n"
    )
    rest = unassigned_rows(drop, mapping, DICTIONARY, HASHED)
    assert list(rest.records["patient_id"]) == [HASHED.of("K-0001"), HASHED.of("K-0002")]
    assert "K-0" not in rest.findings.to_csv()


def test_changes_find_a_patient_again_and_name_nobody(folder, monkeypatch, capsys):
    """The commands beside the workflow hash as it does."""
    shutil.copytree(ROOT / "schemas", folder / "schemas")
    for date in ("2025-06-02", "2025-09-01"):
        shutil.copytree(ROOT / "centers/aras/2025-06-02", folder / "centers/aras" / date)
    shutil.copy(ROOT / "centers/aras/mapping.yaml", folder / "centers/aras")
    extract = folder / "centers/aras/2025-09-01/extract.csv"
    rows = extract.read_text(encoding="utf-8").splitlines(keepends=True)
    extract.write_text("".join([rows[0], *rows[2:]]), encoding="utf-8")
    monkeypatch.chdir(folder)
    assert main(["changes", "aras"]) == 0
    plain = capsys.readouterr().out
    assert "AR-0" in plain
    monkeypatch.setenv("MULTICENTRIC_SECRET", SECRET)
    asked_for(folder, "  secret_variable: MULTICENTRIC_SECRET\n")
    assert main(["changes", "aras"]) == 0
    hidden = capsys.readouterr().out
    assert "AR-0" not in hidden
    assert len(hidden.splitlines()) == len(plain.splitlines())
    assert main(["check"]) == 0
    capsys.readouterr()
    monkeypatch.delenv("MULTICENTRIC_SECRET")
    assert main(["check"]) == 2
    assert "the environment variable MULTICENTRIC_SECRET is not set" in capsys.readouterr().err
