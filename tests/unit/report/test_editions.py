"""The report's editions as files, also where no PDF can be made."""

import builtins
import re
import zipfile
from dataclasses import replace

import pytest

from multicentric.report import MissingLibrary, render_report
from multicentric.report.editions import write_editions
from multicentric.report.inputs import software_versions
from tests.unit.report import simulated
from tests.unit.report.test_outside import outside


def test_without_the_libraries_of_the_pdf_all_others_are_made(monkeypatch, tmp_path):
    def without_pango(name, *args, **kwargs):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return importing(name, *args, **kwargs)

    importing = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", without_pango)
    inputs = replace(simulated.inputs(), software=software_versions())
    with pytest.raises(MissingLibrary):
        render_report(inputs)
    write_editions(inputs, tmp_path / "report.html", tmp_path / "tables")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("not installed") == 1
    made = {path.name for path in (tmp_path / "tables").iterdir()}
    assert {"tables.docx", "index.csv", "key-results.csv"} < made
    assert {path.rpartition(".")[2] for path in made} == {"docx", "csv"}


def test_editions_for_readers_outside_name_no_center_and_no_patient(tmp_path):
    """In no part of any file; the exact ones, made the same way, name them."""
    exact = {"centers": ("alphacenter", "betacenter", "gammacenter")}
    for name, inputs in (("exact", simulated.inputs(**exact)), ("outside", outside(**exact))):
        folder = tmp_path / name
        write_editions(inputs, folder.with_suffix(".html"), folder)
        with zipfile.ZipFile(folder / "tables.docx") as packed:
            parts = {part: packed.read(part) for part in packed.namelist()}
        parts |= {path.name: path.read_bytes() for path in folder.glob("*.csv")}
        parts["report.html"] = folder.with_suffix(".html").read_bytes()
        named = {
            part for part, said in parts.items() if re.search(rb"(alpha|beta|gamma)center", said)
        }
        if name == "exact":
            assert {"word/document.xml", "report.html", "table-01-records-by-center.csv"} <= named
        else:
            assert named == set()
            assert b"Disclosure control" in parts["report.html"]
            assert not any(re.search(rb"P\d{4}", said) for said in parts.values())
