"""The report for readers outside, made for real: no center, no patient, no small count, no gap."""

import io
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pypdfium2
import pytest

from multicentric.audit.disclosure import Rules
from multicentric.audit.disclosure.files import FILES, read_results
from multicentric.audit.disclosure.masks import OTHERS
from multicentric.audit.labels import labels_of
from multicentric.centers import discover, ready
from multicentric.job import read_json
from multicentric.report import compose, read_inputs
from multicentric.tables import read_table
from tests.unit.audit.test_disclosure import attacked
from tests.workflow.test_security import text_of
from tests.workflow.tree import CENTERS, Run, Tree

PDF = "results/report.pdf"
TABLES = (
    "estimates",
    "curves",
    "baseline",
    "disposition",
    "quality",
    "questions",
)
# Where the report's record names a count of patients, records, events or questions.
COUNTS = re.compile(
    r":(n|n_events)$|kaplan_meier/.*/(at_risk|censored|events):value$|^flow/(?!centers)|/count$"
    r"|^quality/|^title/patients|^glance/(analysed|records|held|queries)|^(key|baseline)/.*/n$"
)
# Events that the power of a test was computed for stand beside it.
GRID, THRESHOLD, STEP = 3, 10, 5


@pytest.fixture(scope="module")
def outside(built: tuple[Tree, Run], tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The example study with its report for readers outside."""
    folder = tmp_path_factory.mktemp("outside") / "study"
    subprocess.run(["cp", "-a", built[0].folder, folder], check=True)
    tree = Tree(folder)
    tree.edit("config/config.yaml", "\nprofile: full", "\nprofile: shareable")
    run = tree.snakemake()
    assert run.code == 0, run.said
    assert run.jobs == {("disclose", ""), ("report", ""), *also_of_the_report(run)}
    return tree


def also_of_the_report(run: Run) -> set[tuple[str, str]]:
    """Other forms of the report, which follow it."""
    return {job for job in run.jobs if job[0] in ("editions", "figures", "ledger", "crate")}


def pages(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def attachments(pdf: Path) -> dict[str, bytes]:
    document = pypdfium2.PdfDocument(pdf)
    found = [document.get_attachment(at) for at in range(document.count_attachments())]
    return {one.get_name(): bytes(one.get_data()) for one in found}


def named(text: str, words: set[str]) -> set[str]:
    """Those of some words that stand in a text by themselves."""
    return {word for word in words if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)}


def test_no_center_and_no_patient_is_named(outside: Tree) -> None:
    sent = read_table(outside / "results/pooled/disposition.parquet")["patient_id"].dropna()
    # Shorter keys are also numbers.
    keys = {key for key in sent if len(key) > 4}
    assert len(keys) > 150
    texts = {PDF: pages(outside / PDF)}
    texts |= {name: data.decode() for name, data in attachments(outside / PDF).items()}
    for path in (outside / "results/shareable").iterdir():
        is_table = path.suffix == ".parquet"
        texts[path.name] = read_table(path).to_csv() if is_table else path.read_text()
    assert {"estimates.csv", "figure-km-pfs.csv", "decisions.csv"} <= texts.keys()
    # The other forms of the report: for a screen, and for a manuscript.
    forms = [outside / "results/report.html", *(outside / "results/tables").iterdir()]
    assert {".html", ".docx", ".csv"} <= {path.suffix for path in forms}
    texts |= {path.name: text_of(path) for path in forms}
    assert {name: named(text, keys | set(CENTERS)) for name, text in texts.items()} == {
        name: set() for name in texts
    }
    assert len(set(re.findall(r"Center [B-Z]{3}\b", texts[PDF]))) == 4
    assert "Other centers" in texts[PDF]


def test_every_count_on_a_page_is_zero_or_large_and_round(outside: Tree) -> None:
    folder = outside / "results/shareable"
    files = {name: (folder / f"{name}.parquet").as_posix() for name in TABLES}
    files |= {"status": (folder / "status.json").as_posix()}
    files |= {"decisions": (folder / "decisions.csv").as_posix()}
    files |= {"dictionary": (outside / "results/dictionary.json").as_posix()}
    record = compose(read_inputs(outside.folder, files)).numbers.printed
    counts = [(entry.source, entry.text) for entry in record if COUNTS.search(entry.source)]
    assert len(counts) > 300
    numbers = [(source, int(text.replace(",", ""))) for source, text in counts]
    small = [(s, n) for s, n in numbers if (0 < n < THRESHOLD) or n % STEP]
    assert small == []


def test_what_is_attached_has_no_small_count_and_curves_on_the_grid(outside: Tree) -> None:
    attached = attachments(outside / PDF)
    figures = {name for name in attached if name.startswith("figure-")}
    assert set(attached) - figures == {
        "estimates.csv",
        "baseline.csv",
        "decisions.csv",
        "study.json",
        "config.json",
    }
    assert "figure-km-os.csv" in figures
    curves = pd.read_csv(io.BytesIO(attached["figure-km-pfs.csv"]))
    assert len(curves) > 20
    assert set(curves["time"] % GRID) == {0}
    assert curves["n_risk"].min() >= THRESHOLD
    assert curves[["n_event", "n_censor"]].isna().all(axis=None)
    estimates = pd.read_csv(io.BytesIO(attached["estimates.csv"]))
    baseline = pd.read_csv(io.BytesIO(attached["baseline.csv"]))
    for counts in (estimates["n"], estimates["n_events"], baseline["n"], baseline["count"]):
        known = counts.dropna()
        assert len(known)
        assert ((known == 0) | ((known >= THRESHOLD) & (known % STEP == 0))).all()
    assert estimates["std_error"].isna().all()


def test_what_is_not_shown_has_a_reason(outside: Tree) -> None:
    text = " ".join(pages(outside / PDF).split())
    assert "Disclosure control" in text
    assert "suppressed, being small or telling a small count" in text
    assert "Not shown: too few events per parameter." in text
    assert "not estimable" not in text
    decisions = pd.read_csv(outside / "results/shareable/decisions.csv")
    assert decisions.notna().all(axis=None)
    assert {
        "small count, or one that tells a small one",
        "every count is rounded",
        "not declared shareable",
    } <= set(decisions["rule"])


def test_no_sum_of_what_is_written_tells_a_small_count(outside: Tree) -> None:
    files = {name: (outside / "results" / file).as_posix() for name, file in FILES.items()}
    results = read_results(files)
    tables = {
        path.stem: read_table(path) for path in (outside / "results/shareable").glob("*.parquet")
    }
    shown = SimpleNamespace(status=read_json(outside / "results/shareable/status.json"), **tables)
    labels = labels_of(ready(discover(outside.folder)).values())
    alone = set(shown.disposition["center"].dropna())
    centers = {name: label if label in alone else OTHERS for name, label in labels.items()}
    reader = attacked(Rules(), results, shown, centers)
    assert len(reader.small) > 20
    assert reader.told() == {}
    # The attachments say what the tables do.
    attached = attachments(outside / PDF)
    for name in ("estimates", "baseline"):
        written = tables[name].to_csv(index=False, lineterminator="\n").encode()
        assert attached[f"{name}.csv"] == written


def test_it_is_the_same_file_whatever_the_folder_hash_seed_and_time_zone(
    outside: Tree, tmp_path: Path
) -> None:
    subprocess.run(["cp", "-a", outside.folder, tmp_path / "other"], check=True)
    other = Tree(tmp_path / "other")
    names = [PDF, *(f"results/shareable/{name}.parquet" for name in TABLES)]
    before = {name: (outside / name).read_bytes() for name in names}
    for name in names:
        (other / name).unlink()
    run = other.snakemake(PYTHONHASHSEED="77", TZ="Asia/Tokyo")
    assert run.code == 0, run.said
    assert {name: (other / name).read_bytes() for name in names} == before


def test_a_release_takes_the_report_with_it_and_the_next_run_is_held_to_it(
    outside: Tree, tmp_path: Path
) -> None:
    subprocess.run(["cp", "-a", outside.folder, tmp_path / "released"], check=True)
    tree = Tree(tmp_path / "released")
    command = [sys.executable, "-m", "multicentric", "audit"]
    run = subprocess.run(
        [*command, "release", "--reason", "to the sponsor"],
        cwd=tree.folder,
        env=tree.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    before = (tree / PDF).read_bytes()
    assert (tree / "audit/releases/1/report.pdf").read_bytes() == before
    assert ("disclose", "") in tree.snakemake().jobs
    assert (tree / PDF).read_bytes() != b""
    released = pd.read_csv(tree / "audit/releases/1/estimates.csv")
    now = read_table(tree / "results/shareable/estimates.parquet")
    assert now["value"].astype(float).tolist() == pytest.approx(
        released["value"].tolist(), nan_ok=True
    )


def test_a_study_file_that_names_a_center_stops_with_its_place(
    outside: Tree, tmp_path: Path
) -> None:
    subprocess.run(["cp", "-a", outside.folder, tmp_path / "named"], check=True)
    tree = Tree(tmp_path / "named")
    tree.edit("config/study.yaml", "subtitle: Progression", "subtitle: Of aras, progression")
    run = tree.snakemake()
    assert run.code == 1
    assert "config/study.yaml: the study file names the center aras (subtitle)" in run.said
    assert "Traceback" not in run.said
