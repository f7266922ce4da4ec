"""The figures beside the report, and what Snakemake itself reports of a run."""

import base64
import json
import re
from pathlib import Path

from tests.workflow.tree import Run, Tree

OF_AN_ENDPOINT = (
    "km", "centers", "center-models", "leave-one-out", "subgroups", "sensitivity", "schoenfeld",
)  # fmt: skip


def test_every_figure_has_all_its_forms(built: tuple[Tree, Run]) -> None:
    folder = built[0] / "results/figures"
    found: dict[str, set[str]] = {}
    for path in folder.glob("[a-z]*"):
        found.setdefault(path.stem, set()).add(path.suffix)
    expected = {f"{kind}-{endpoint}" for kind in OF_AN_ENDPOINT for endpoint in ("pfs", "os")}
    assert expected | {"flow", "data-quality"} == set(found)
    for forms in found.values():
        assert forms == {".svg", ".pdf", ".png", ".csv"}


def test_snakemakes_own_report_holds_pdf_and_figures_with_their_words(tree: Tree) -> None:
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


def results_in(page: str) -> dict[str, dict[str, object]]:
    start = page.index("{", page.index('<script id="results">'))
    found, _ = json.JSONDecoder(strict=False).raw_decode(page[start:])
    return found


def contents(result: dict[str, object]) -> bytes:
    return base64.b64decode(str(result["data_uri"]).split("base64,")[1])
