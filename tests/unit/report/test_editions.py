"""The report's editions as files, also where no PDF can be made."""

import builtins
from dataclasses import replace

import pytest

from multicentric.report import MissingLibrary, render_report
from multicentric.report.editions import write_editions
from multicentric.report.inputs import software_versions
from tests.unit.report import simulated


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
