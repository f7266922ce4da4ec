"""Only what changed reruns, judged by content: the exact set of jobs for each change."""

import io
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pypdfium2
import pytest

from tests.workflow.tree import (
    CENTERS,
    ESTIMATES,
    GATE,
    POOLED,
    PROJECT,
    REPORT,
    Run,
    Tree,
    chain,
    judged,
    of,
)

ASKED_ABOUT_ISH = ("aras", "ceyhan", "dicle", "firat")
# The centers beside each other, and what shows of each of them only there.
BESIDE = {("quality", ""), ("across_centers", ""), *REPORT}
EXTRACT = "centers/aras/2025-06-02/extract.csv"
MAPPING = "centers/aras/mapping.yaml"
DAY = 86400


def make_older(path: Path) -> None:
    """Date a file before every result, as copying tools and archives do."""
    os.utime(path, (path.stat().st_mtime - DAY,) * 2)


def touch_everything(tree: Tree) -> None:
    for path in sorted(tree.folder.rglob("*")):
        if ".snakemake" not in path.parts:
            path.touch()


def rewrite_with_the_same_bytes(tree: Tree) -> None:
    for path in (tree / EXTRACT, tree / MAPPING, tree / "results/validated/aras.parquet"):
        path.write_bytes(path.read_bytes())


def comment_everywhere(tree: Tree) -> None:
    for name in (MAPPING, "config/study.yaml", "config/config.yaml", "schemas/patient.py"):
        path = tree / name
        path.write_text(path.read_text(encoding="utf-8") + "\n# a comment\n", encoding="utf-8")
    for path in [*(tree / "multicentric").rglob("*.py"), *(tree / "scripts").glob("*.py")]:
        path.write_text(path.read_text(encoding="utf-8") + "\n# a comment\n", encoding="utf-8")


def reword_a_docstring(tree: Tree) -> None:
    tree.edit("multicentric/tables.py", '"""Write a table as Parquet:', '"""Store a table:')


def test_a_clean_run_makes_everything_once(built: tuple[Tree, Run]) -> None:
    _, run = built
    assert run.jobs == {("dictionary", "")} | chain(*CENTERS) | GATE | POOLED


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: None,
        touch_everything,
        rewrite_with_the_same_bytes,
        comment_everywhere,
        reword_a_docstring,
    ],
    ids=["nothing", "touch", "same bytes", "comments", "docstring"],
)
def test_nothing_runs_when_nothing_is_said_differently(
    tree: Tree, change: Callable[[Tree], None]
) -> None:
    change(tree)
    run = tree.snakemake()
    assert (run.code, run.jobs) == (0, set()), run.said


def test_a_changed_extract_reruns_its_center_though_its_date_is_older(tree: Tree) -> None:
    before = tree.results()
    extract = tree / EXTRACT
    extract.write_bytes(b"".join(extract.read_bytes().splitlines(keepends=True)[:-1]))
    make_older(extract)
    run = tree.snakemake()
    assert (run.code, run.jobs) == (0, chain("aras") | GATE | POOLED), run.said
    after = tree.results()
    assert {name for name in after if "ceyhan" in name and after[name] != before[name]} == set()
    assert tree.snakemake().jobs == set()


def test_a_changed_mapping_reruns_its_center_though_its_date_is_older(tree: Tree) -> None:
    path = tree / MAPPING
    path.write_text(path.read_text().replace("name:", "name: New", 1))
    make_older(path)
    # Beforehand nobody knows whom the other centers' parts of what shows between centers leave as
    # they were, so all packs are announced.
    assert tree.announced() == chain("aras") | of("ask", *CENTERS) | GATE | POOLED
    # What centers are called reaches no value: they come out the same, and nobody below runs.
    run = tree.snakemake()
    assert (run.code, run.jobs) == (0, chain("aras") | GATE), run.said


def test_a_status_of_a_mapping_reaches_the_report_and_no_value(tree: Tree) -> None:
    tree.edit(MAPPING, "  grade: {from: ", "  grade: {status: partial, from: ")
    run = tree.snakemake()
    assert (run.code, run.jobs) == (0, chain("aras") | GATE | REPORT), run.said


def test_a_script_of_validation_judges_all_centers_and_stops_at_the_gate_if_all_is_the_same(
    tree: Tree,
) -> None:
    path = tree / "scripts/validate.py"
    path.write_text(path.read_text() + "\nNEW = 1\n")
    run = tree.snakemake()
    assert (run.code, run.jobs) == (0, of("validate", *CENTERS) | GATE), run.said


def changed(tree: Tree, before: dict[str, bytes]) -> set[str]:
    """Results whose bytes differ, what was published aside."""
    after = tree.results()
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return {name for name in names if not name.startswith(("audit/", "exports/"))}


@pytest.mark.parametrize(
    ("file", "old", "new", "jobs", "results"),
    [
        pytest.param(
            "multicentric/survival/kaplan_meier.py",
            "half = z * log_error / np.log(survival)",
            "half = 2 * z * log_error / np.log(survival)",
            ESTIMATES,
            {"estimates.parquet", "estimates.csv", "curves.parquet", "report.pdf"},
            id="module of the estimates",
        ),
        pytest.param(
            "multicentric/report/words.py",
            "\ndef finding(",
            "\nNEW = 1\n\n\ndef finding(",
            REPORT,
            {"report.pdf"},
            id="module of the report",
        ),
        pytest.param(
            "templates/title_page.html.j2",
            "{{ study.title }}",
            "New: {{ study.title }}",
            REPORT,
            {"report.pdf"},
            id="template",
        ),
        pytest.param(
            "schemas/patient.py",
            "but no result of in situ hybridization was sent",
            "but no in situ hybridization was sent",
            # Only who is asked by that rule is asked anew.
            of("validate", *CENTERS) | of("ask", *ASKED_ABOUT_ISH) | GATE | BESIDE,
            {"findings/aras.parquet", "findings/firat.parquet"},
            id="rule of the schema",
        ),
        pytest.param(
            "config/study.yaml",
            "landmarks: [12, 24, 36]",
            "landmarks: [12, 24]",
            ESTIMATES,
            {"estimates.parquet", "estimates.csv", "report.pdf"},
            id="landmarks",
        ),
        pytest.param(
            "config/study.yaml",
            "subtitle: Progression",
            "subtitle: Of progression",
            REPORT,
            {"report.pdf"},
            id="subtitle",
        ),
        pytest.param(
            "config/study.yaml",
            "  - met_bone\n",
            "",
            {("baseline", "")} | REPORT,
            {"baseline.parquet", "report.pdf"},
            id="line of Table 1",
        ),
        pytest.param(
            "config/study.yaml",
            "month_days: 30.4375",
            "month_days: 30.4",
            POOLED - {("quality", "")},
            {"pooled/time_to_event.parquet", "estimates.parquet", "curves.parquet", "report.pdf"},
            id="days of a month",
        ),
        pytest.param(
            "config/study.yaml",
            "cut_off: 2025-05-31",
            "cut_off: 2024-05-31",
            judged(*CENTERS) | GATE | POOLED,
            {"findings/aras.parquet", "pooled/time_to_event.parquet", "report.pdf"},
            id="cut-off",
        ),
    ],
)
def test_a_change_reaches_its_stages_and_their_results_though_its_date_is_older(
    tree: Tree, file: str, old: str, new: str, jobs: set[tuple[str, str]], results: set[str]
) -> None:
    before = tree.results()
    tree.edit(file, old, new)
    make_older(tree / file)
    run = tree.snakemake()
    assert (run.code, run.jobs) == (0, jobs), run.said
    assert results <= changed(tree, before)
    harmless = "pooled/" if jobs <= ESTIMATES | {("baseline", "")} else "harmonized/"
    assert not [name for name in changed(tree, before) if name.startswith(harmless)]


def test_a_variable_of_the_schema_reruns_all_that_reads_the_dictionary(tree: Tree) -> None:
    before = tree.results()
    tree.edit("schemas/variables.py", '"Progression-free survival as sent"', '"PFS as sent"')
    run = tree.snakemake()
    # What a variable is called reaches no value: they come out the same, and nobody is pooled anew.
    named = {("dictionary", ""), ("baseline", ""), *BESIDE} | REPORT
    assert (run.code, run.jobs) == (0, named | chain(*CENTERS) | GATE), run.said
    assert "dictionary.json" in changed(tree, before)


def test_another_version_of_a_library_reruns_the_stages_that_use_it(tree: Tree) -> None:
    site = tree / "site"
    site.mkdir()
    metadata = site / "weasyprint-99.0.dist-info/METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: weasyprint\nVersion: 99.0\n")
    assert tree.announced(PYTHONPATH=str(site)) == REPORT | of("ask", *CENTERS)


def test_a_new_drop_is_analysed_and_the_second_delivery_gives_312_patients(tree: Tree) -> None:
    shutil.copytree(PROJECT / "tests/data/second/aras", tree / "centers/aras/2025-09-01")
    run = tree.snakemake()
    since = of("earlier", "aras.2025-06-02") | of("changes", "aras")
    assert (run.code, run.jobs) == (0, chain("aras") | since | GATE | POOLED), run.said
    assert len(pd.read_parquet(tree / "results/pooled/patients.parquet")) == 312
    census = pd.read_parquet(tree / "results/census/aras.parquet")
    assert 0 < census["new"].sum() < len(census)
    assert pd.read_parquet(tree / "results/census/firat.parquet")["new"].isna().all()
    assert tree.snakemake().jobs == set()


def test_a_new_center_joins_and_a_removed_one_leaves_no_trace(tree: Tree) -> None:
    shutil.copytree(tree / "centers/aras", tree / "centers/newcomer")
    run = tree.snakemake()
    # Its patients are those of another center, which is asked about them.
    assert (run.code, run.jobs) == (
        0,
        chain("newcomer") | of("ask", "aras") | GATE | POOLED,
    ), run.said
    assert any(b"newcomer" in content for content in tree.results().values())

    shutil.rmtree(tree / "centers/newcomer")
    run = tree.snakemake()
    assert (run.code, run.jobs) == (0, GATE | POOLED | of("ask", "aras")), run.said
    for name, content in tree.results().items():
        assert "newcomer" not in name
        assert b"newcomer" not in content, name
    patients = pd.read_parquet(tree / "results/pooled/patients.parquet")
    assert sorted(patients["center"].unique()) == list(CENTERS)
    assert "newcomer" in (tree / "logs/gate.log").read_text()


@pytest.mark.parametrize(
    ("lost", "jobs"),
    [
        ("validated/aras.parquet", of("validate", "aras") | GATE),
        ("harmonized/aras.parquet", of("harmonize", "aras") | of("validate", "aras") | GATE),
        ("intake/firat.parquet", of("harmonize", "firat") | of("validate", "firat") | GATE),
        ("census/gediz.parquet", of("census", "gediz")),
        ("gate/passing.json", GATE),
        ("across/aras.parquet", {("across_centers", "")}),
    ],
)
def test_a_lost_intermediate_is_made_again_and_nothing_below_it(
    tree: Tree, lost: str, jobs: set[tuple[str, str]]
) -> None:
    before = tree.results()
    (tree / "results" / lost).unlink()
    run = tree.snakemake()
    assert (run.code, run.jobs) == (0, jobs), run.said
    assert tree.results() == before


def test_a_pack_that_came_back_is_read_and_touches_no_analysis(tree: Tree) -> None:
    shutil.copy(tree / "results/queries/aras.xlsx", tree / "centers/aras/2025-06-02/answers.xlsx")
    run = tree.snakemake()
    judged_again = of("validate", "aras") | of("ask", "aras") | GATE
    assert (run.code, run.jobs) == (0, judged_again), run.said


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("templates/words/tr.yaml", "sheet.open: Açık", "sheet.open: Açık olan"),
        ("schemas/messages/tr.yaml", "sex: Cinsiyet", "sex: Cins"),
        ("templates/queries.html.j2", "<body>", "<body class='new'>"),
    ],
)
def test_what_is_said_to_centers_reruns_their_packs(
    tree: Tree, file: str, old: str, new: str
) -> None:
    tree.edit(file, old, new)
    report = REPORT if file.startswith("templates") else set()
    assert tree.announced() == of("ask", *CENTERS) | report


def test_a_decision_about_one_person_pools_anew(tree: Tree) -> None:
    (tree / "config/adjudications.yaml").write_text(
        "- records: {aras: AR-0901, dicle: D037}\n"
        "  decision: two persons\n"
        "  reason: Twins, treated on the same day.\n"
    )
    run = tree.snakemake()
    asked = of("ask", "aras")
    assert (run.code, run.jobs) == (0, (POOLED - {("quality", "")}) | asked), run.said
    records = pd.read_parquet(tree / "results/pooled/disposition.parquet")
    assert (records["disposition"] == "analysed").sum() == 310


def test_a_lost_estimate_is_made_again(tree: Tree) -> None:
    before = tree.results()
    (tree / "results/estimates.csv").unlink()
    run = tree.snakemake()
    assert (run.code, run.jobs) == (0, {("estimates", "")} | REPORT), run.said
    assert changed(tree, before) == set()


def ratio_of(estimates: bytes, population: str) -> "pd.Series[float]":
    """The hazard ratios of the primary model, of every endpoint."""
    table = pd.read_csv(io.BytesIO(estimates))
    primary = (table["model"] == "cox_adjusted_stratified") & (table["term"] == "low")
    return table.loc[primary & (table["population"] == population), "value"]


def test_what_hangs_on_corrections_is_told_beside_the_cohort_as_sent(tree: Tree) -> None:
    before = tree.results()
    mapping = tree / MAPPING
    as_it_was = mapping.read_text(encoding="utf-8")
    held, odd = (
        "AR-0023X, variable: progression_date, was: 2017-11-07, becomes: 2019-11-07",
        "AR-0016, variable: her2_ish, was: nd, becomes: neg",
    )
    corrections = f"- {{patient: {held}, reason: chart}}\n- {{patient: {odd}, reason: pathology}}\n"
    mapping.write_text(f"{as_it_was}\ncorrections:\n{corrections}", encoding="utf-8")
    run = tree.snakemake()
    assert (run.code, run.jobs) == (0, chain("aras") | GATE | POOLED | {("as_sent", "")}), run.said
    after = tree.results()
    # Without its corrections the cohort is the one that was there before them.
    for table in ("patients", "time_to_event"):
        assert after[f"as_sent/{table}.parquet"] == before[f"pooled/{table}.parquet"]
    as_sent, primary = (
        ratio_of(content["estimates.csv"], population)
        for content, population in ((after, "as_sent"), (before, "primary"))
    )
    assert list(as_sent) == list(primary)
    document = pypdfium2.PdfDocument(tree / "results/report.pdf")
    pages = " ".join(page.get_textpage().get_text_range() for page in document)
    said = re.sub(r"\s+", " ", pages)
    assert "has corrected 2 values, each with a reason. Without these corrections 309" in said
    assert "patients would be analyzed instead of 311" in said
    # What the workflow hands over is named with its path.
    assert "results/estimates.parquet" in said

    mapping.write_text(as_it_was, encoding="utf-8")
    assert tree.snakemake().code == 0
    assert changed(tree, before) == set()
