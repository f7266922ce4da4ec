"""The drop's folder: what it holds, and that nothing leads out of it."""

from __future__ import annotations

import os
import unicodedata

import openpyxl
import pytest

from multicentric.reading import DropFault, TableSpec, list_drop, read_tables
from multicentric.reading.drop import list_packs
from multicentric.reading.returned import MARK


def test_files_are_listed_in_a_stable_order_without_debris(drop):
    for name in ("b.csv", "a.csv", ".DS_Store", "~$a.xlsx", "Thumbs.db"):
        (drop / name).write_text("x")
    (drop / "scans").mkdir()
    (drop / "scans" / "c.csv").write_text("x")
    assert [path.as_posix() for path in list_drop(drop)] == ["a.csv", "b.csv", "scans/c.csv"]


def test_links_are_refused(drop, tmp_path):
    (tmp_path / "other.csv").write_text("id\nsecret\n")
    (drop / "a.csv").symlink_to(tmp_path / "other.csv")
    with pytest.raises(DropFault, match=r"a.csv: is a link or a special file"):
        read_tables(drop, {"p": TableSpec(file="a.csv", format="delimited")})


def test_links_to_folders_and_pipes_are_refused(drop, tmp_path):
    (drop / "other").symlink_to(tmp_path)
    with pytest.raises(DropFault, match=r"other: is a link"):
        list_drop(drop)
    (drop / "other").unlink()
    os.mkfifo(drop / "pipe")
    with pytest.raises(DropFault, match=r"pipe: is a link or a special file"):
        list_drop(drop)


def test_a_missing_drop_is_a_fault(tmp_path):
    with pytest.raises(DropFault, match=r"2025-06-02: the folder cannot be read"):
        list_drop(tmp_path / "2025-06-02")


def read(drop, file):
    return read_tables(drop, {"p": TableSpec(file=file, format="delimited")})["p"]


def test_a_glob_must_match_exactly_one_file(drop):
    for name in ("EXPORT_1.csv", "EXPORT_2.csv", "export [1].csv"):
        (drop / name).write_text("id\n1\n")
    (drop / "sub").mkdir()
    (drop / "sub" / "EXPORT_9.csv").write_text("id\n9\n")
    assert read(drop, "EXPORT_[1].csv").file == "EXPORT_1.csv"
    assert read(drop, "export [1].csv").file == "export [1].csv"
    assert read(drop, "*/EXPORT_*.csv").file == "sub/EXPORT_9.csv"
    with pytest.raises(DropFault, match=r"2 files match: EXPORT_1.csv, EXPORT_2.csv"):
        read(drop, "EXPORT_*.csv")
    with pytest.raises(DropFault, match=r"no such file; did you mean EXPORT_1.csv\?"):
        read(drop, "EXPORT1.csv")


def test_a_name_decomposed_by_a_mac_is_found(drop):
    (drop / unicodedata.normalize("NFD", "takip_ölçüm.csv")).write_text("id\n1\n")
    assert len(read(drop, "takip_ölçüm.csv").rows) == 1


def test_a_query_pack_that_came_back_is_no_data(drop):
    book = openpyxl.Workbook()
    book.create_sheet(MARK)
    book.save(drop / "answers.xlsx")
    openpyxl.Workbook().save(drop / "data.xlsx")
    assert "answers.xlsx" not in [path.name for path in list_drop(drop)]
    assert "data.xlsx" in [path.name for path in list_drop(drop)]
    assert [path.name for path in list_packs(drop)] == ["answers.xlsx"]
