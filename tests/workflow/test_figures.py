"""The figures beside the report, and what Snakemake itself reports of a run."""

import base64
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.workflow.tree import REPORT, Run, Tree

OF_AN_ENDPOINT = (
    "km", "centers", "center-models", "leave-one-out", "subgroups", "sensitivity", "schoenfeld",
)  # fmt: skip


@pytest.fixture(scope="module")
def drawn(built: tuple[Tree, Run], tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The built study with its figures, asked for by name."""
    folder = tmp_path_factory.mktemp("drawn") / "study"
    subprocess.run(["cp", "-a", built[0].folder, folder], check=True)
    assert not (folder / "results/figures").exists()
    run = Tree(folder).snakemake("figures")
    assert (run.code, run.jobs) == (0, {("figures", "")}), run.said
    return Tree(folder)


def test_every_figure_has_all_its_forms(drawn: Tree) -> None:
    folder = drawn / "results/figures"
    found: dict[str, set[str]] = {}
    for path in folder.glob("[a-z]*"):
        found.setdefault(path.stem, set()).add(path.suffix)
    expected = {f"{kind}-{endpoint}" for kind in OF_AN_ENDPOINT for endpoint in ("pfs", "os")}
    assert expected | {"flow", "log-log", "overlap-score", "data-quality"} == set(found)
    for forms in found.values():
        assert forms == {".svg", ".pdf", ".png", ".csv"}


def test_snakemakes_own_report_holds_pdf_and_figures_with_their_words(drawn: Tree) -> None:
    tree = drawn
    run = tree.snakemake("--report", "report.html")
    assert run.code == 0, run.said
    page = Path(tree / "report.html").read_text(encoding="utf-8")
    results = results_in(page)
    assert contents(results["results/report.pdf"]) == (tree / "results/report.pdf").read_bytes()
    assert "The study on paper" in results["results/report.pdf"]["caption"]
    for path in sorted((tree / "results/figures").glob("*.svg")):
        result = results[f"results/figures/{path.name}"]
        assert contents(result) == path.read_bytes()
        assert len(result["caption"]) > 20
        assert result["labels"] == {"figure": path.stem}
    assert set(re.findall(r'"(Report|Figures)": \{"Other"', page)) == {"Report", "Figures"}
    assert not re.search(r"<(?:script|link|img)\b[^>]*\b(?:src|href)=[\"']?https?:", page)


def test_figures_once_asked_for_are_kept_up_to_date(drawn: Tree) -> None:
    drawn.edit("config/study.yaml", "subtitle: Progression", "subtitle: Of progression")
    run = drawn.snakemake()
    assert (run.code, run.jobs) == (0, REPORT | {("figures", "")}), run.said


def results_in(page: str) -> dict[str, dict[str, object]]:
    start = page.index("{", page.index('<script id="results">'))
    found, _ = json.JSONDecoder(strict=False).raw_decode(page[start:])
    return found


def contents(result: dict[str, object]) -> bytes:
    return base64.b64decode(str(result["data_uri"]).split("base64,")[1])
