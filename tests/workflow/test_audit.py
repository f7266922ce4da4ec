"""What was published can be proved, and whatever is tampered with is named."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from multicentric.audit.entries import latest
from multicentric.audit.ledger import head_of, read_ledger
from multicentric.audit.verify import ALTERED, MISSING, OK, SAME, verify
from tests.workflow.tree import CENTERS, PROJECT, Run, Tree

LEDGER = "audit/ledger.jsonl"
EXTRACT = "centers/aras/2025-06-02/extract.csv"
PATIENTS = "results/pooled/patients.parquet"
# A changed line breaks the chain behind it as well.
LINES = (f"{LEDGER}, line 5", f"{LEDGER}, line 6")
DATASETS = {
    *(f"validated/{center}" for center in CENTERS),
    *(f"pooled/{name}" for name in ("disposition", "patients", "time_to_event")),
    *("estimates", "curves", "diagnostics", "baseline", "quality", "report", "report_editions"),
    *("exports/adsl", "exports/adtte"),
}


def ledger_of(tree: Tree) -> bytes:
    return (tree / LEDGER).read_bytes()


def states(tree: Tree) -> dict[str, str]:
    return {item.name: item.state for item in verify(tree.folder, LEDGER) if item.state != OK}


def told(tree: Tree, name: str) -> str:
    return next(item.detail for item in verify(tree.folder, LEDGER) if item.name == name)


def command(tree: Tree, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "multicentric", "audit", *words],
        cwd=tree.folder,
        env=tree.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_clean_run_publishes_every_dataset_once_and_all_of_it_stands(
    built: tuple[Tree, Run],
) -> None:
    tree, _ = built
    lines = read_ledger(tree / LEDGER)
    assert {line.entry["dataset"] for line in lines} == DATASETS
    assert [line.entry["version"] for line in lines] == [1] * len(DATASETS)
    assert states(tree) == {}


def test_the_ledger_names_no_folder_host_or_patient(built: tuple[Tree, Run]) -> None:
    tree, _ = built
    text = ledger_of(tree).decode()
    patients = pq.read_table(tree / "results/pooled/disposition.parquet").column("patient_id")
    named = {str(tree.folder), str(PROJECT), os.uname().nodename}
    named |= {f'"{patient}"' for patient in patients.to_pylist()}
    assert {word for word in named if word in text} == set()


def test_a_rerun_that_changes_nothing_adds_nothing_also_from_clean(tree: Tree) -> None:
    before = ledger_of(tree)
    assert tree.snakemake().code == 0
    assert ledger_of(tree) == before
    for folder in ("results", ".snakemake"):
        shutil.rmtree(tree / folder)
    run = tree.snakemake()
    assert run.code == 0, run.said
    assert ledger_of(tree) == before
    assert states(tree) == {}


def test_a_new_drop_adds_the_versions_that_it_changes_and_says_why(tree: Tree) -> None:
    new = tree / "centers/aras/2025-09-01"
    shutil.copytree(tree / "centers/aras/2025-06-02", new)
    heading, _, *rows = (new / "extract.csv").read_bytes().splitlines(keepends=True)
    (new / "extract.csv").write_bytes(b"".join([heading, *rows]))
    before = ledger_of(tree)
    run = tree.snakemake()
    assert run.code == 0, run.said
    assert ledger_of(tree).startswith(before)
    added = [line.entry for line in read_ledger(tree / LEDGER)[len(DATASETS) :]]
    reasons = {entry["dataset"]: entry["reason"] for entry in added}
    assert reasons.keys() == DATASETS - {f"validated/{c}" for c in CENTERS if c != "aras"}
    assert reasons["validated/aras"] == ["new drop 2025-09-01"]
    assert reasons["pooled/patients"] == ["made from others: validated/aras"]
    assert {entry["version"] for entry in added} == {2}
    assert states(tree) == {}


def test_the_log_tells_the_story_of_a_centers_second_delivery(tree: Tree) -> None:
    second = PROJECT / "tests/data/second/aras"
    expected = json.loads((second / "expected_diff.json").read_text(encoding="utf-8"))
    drop = tree / "centers/aras/2025-09-01"
    drop.mkdir()
    shutil.copy(second / "extract.csv", drop)
    before = json.loads((tree / "results/status/aras.json").read_text(encoding="utf-8"))
    assert tree.snakemake().code == 0
    as_who = ("--as", "J. Doe, statistician", "--meaning", "reviewed and approved")
    assert command(tree, "sign", "aras", *as_who).returncode == 0
    first, then, signed = command(tree, "log", "aras").stdout.splitlines()
    assert f"version 1: drop of 2 June 2025, {before['records']} records, 77 analysed, " in first
    outcomes = [cell for cell in expected["changed"] if cell["column"] == "LastFU"]
    others = len(expected["changed"]) - len(outcomes)
    more = len(expected["added"]) - len(expected["removed"])
    assert (
        f"version 2: drop of 1 September 2025, {before['records'] + more} records, "
        f"{len(expected['added'])} patients more, {len(expected['removed'])} gone, "
        f"{len(outcomes)} outcome dates moved, {others} other cell changed, "
        f"{expected['analysed_center']} analysed, "
    ) in then
    assert "; new drop 2025-09-01 (" in then
    assert "version 2: signed off by J. Doe, statistician: reviewed and approved (" in signed


def test_a_reader_that_has_seen_enough_ends_a_command_in_silence(tree: Tree) -> None:
    log = subprocess.Popen(
        [sys.executable, "-m", "multicentric", "audit", "log", "--json"],
        cwd=tree.folder,
        env=tree.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert log.stdout is not None
    assert log.stderr is not None
    log.stdout.read(1)
    log.stdout.close()
    assert (log.stderr.read(), log.wait()) == (b"", 141)


def test_a_decision_is_named_as_the_reason_though_the_values_stay(tree: Tree) -> None:
    path = tree / "centers/aras/mapping.yaml"
    path.write_text(path.read_text().replace("name:", "name: New", 1))
    assert tree.snakemake().code == 0
    added = [line.entry for line in read_ledger(tree / LEDGER)[len(DATASETS) :]]
    assert [entry["dataset"] for entry in added] == ["validated/aras"]
    assert added[0]["reason"] == ["mapping change (harmonize)"]
    assert added[0]["replaces"]["same_content"] is True


def test_a_center_that_is_gone_is_withdrawn(tree: Tree) -> None:
    shutil.rmtree(tree / "centers/meric")
    assert tree.snakemake().code == 0
    assert latest(read_ledger(tree / LEDGER))["validated/meric"]["kind"] == "withdrawal"
    assert states(tree) == {}


def change_a_byte(path: Path, at: int = -20) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def change_a_cell(path: Path, column: str) -> None:
    table = pq.read_table(path)
    values = table.column(column).to_pylist()
    row = next(row for row, value in enumerate(values) if isinstance(value, int | float))
    values[row] += 1
    kind = table.schema.field(column).type
    at = table.schema.get_field_index(column)
    pq.write_table(table.set_column(at, column, pa.array(values, kind)), path)


def change_a_ledger_line(path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    lines[4] = lines[4].replace('"version":1', '"version":2')
    path.write_text("".join(lines))


@pytest.mark.parametrize(
    ("name", "tamper", "named"),
    [
        (EXTRACT, change_a_byte, {EXTRACT: ALTERED}),
        (
            "results/validated/aras.parquet",
            lambda path: change_a_cell(path, "ecog"),
            {"results/validated/aras.parquet": ALTERED},
        ),
        (
            "results/estimates.parquet",
            lambda path: change_a_cell(path, "value"),
            {"results/estimates.parquet": ALTERED},
        ),
        (LEDGER, change_a_ledger_line, dict.fromkeys(LINES, ALTERED)),
        (
            "results/report.pdf",
            change_a_byte,
            {"results/report.pdf": ALTERED, "results/report.pdf by its run": ALTERED},
        ),
        (PATIENTS, Path.unlink, {PATIENTS: MISSING}),
        (EXTRACT, Path.unlink, {EXTRACT: MISSING}),
        (LEDGER, Path.unlink, {LEDGER: MISSING}),
    ],
    ids=["raw", "cell", "estimate", "ledger", "pdf", "lost table", "lost raw", "lost ledger"],
)
def test_what_is_tampered_with_is_named_and_nothing_else(
    tree: Tree, name: str, tamper: Callable[[Path], None], named: dict[str, str]
) -> None:
    tamper(tree / name)
    found = states(tree)
    if name == LEDGER and not (tree / LEDGER).exists():
        # Without the ledger nothing vouches for what lies there.
        assert {found.pop(key) for key in list(found) if key != LEDGER} == {ALTERED}
    assert found == named
    verdict = command(tree, "verify")
    assert verdict.returncode == 1
    assert all(f"{state:<8} {item}" in verdict.stdout for item, state in named.items())


def test_a_changed_cell_names_its_column(tree: Tree) -> None:
    name = "results/validated/aras.parquet"
    change_a_cell(tree / name, "ecog")
    assert told(tree, name) == "the values of column ecog differ from version 1."


def test_an_impossible_value_also_breaks_the_schema(tree: Tree) -> None:
    name = "results/validated/aras.parquet"
    table = pq.read_table(tree / name)
    at = table.schema.get_field_index("ecog")
    nine = pa.array([9] * table.num_rows, table.schema.field("ecog").type)
    pq.write_table(table.set_column(at, "ecog", nine), tree / name)
    assert states(tree) == {name: ALTERED, f"{name} against schemas/patient.py": ALTERED}


def test_the_same_values_from_another_writer_are_told_apart_from_tampering(tree: Tree) -> None:
    name = "results/validated/aras.parquet"
    pq.write_table(pq.read_table(tree / name), tree / name, compression="gzip")
    mapping = tree / "centers/aras/mapping.yaml"
    mapping.write_text(mapping.read_text() + "\n# a comment\n")
    assert states(tree) == {name: SAME, "centers/aras/mapping.yaml": SAME}
    assert command(tree, "verify").returncode == 0


def test_a_table_that_nobody_published_is_named(tree: Tree) -> None:
    shutil.copy(tree / "results/validated/aras.parquet", tree / "results/validated/forged.parquet")
    assert states(tree) == {"results/validated/forged.parquet": ALTERED}


def test_a_rewritten_ledger_is_told_by_a_head_kept_elsewhere(tree: Tree) -> None:
    head = head_of(tree / LEDGER)
    assert command(tree, "verify", "--head", head[:16]).returncode == 0
    lines = (tree / LEDGER).read_text().splitlines(keepends=True)
    (tree / LEDGER).write_text("".join(lines[:-1]))
    assert command(tree, "verify", "--head", head[:16]).returncode == 1


def test_a_report_that_was_replaced_is_still_known(tree: Tree) -> None:
    sent = tree / "sent.pdf"
    shutil.copy(tree / "results/report.pdf", sent)
    tree.edit("config/study.yaml", "subtitle: Progression", "subtitle: Of progression")
    assert tree.snakemake().code == 0
    assert command(tree, "verify", "--report", "sent.pdf").returncode == 0
    change_a_byte(sent)
    forged = command(tree, "verify", "--report", "sent.pdf")
    assert (forged.returncode, "ALTERED  sent.pdf" in forged.stdout) == (1, True)


def test_a_release_names_no_center_and_no_patient_and_is_verified_with_the_rest(
    tree: Tree,
) -> None:
    assert command(tree, "release", "--reason", "to the sponsor").returncode == 0
    released = {path.name: path.read_text() for path in (tree / "audit/releases/1").iterdir()}
    assert set(released) == {
        f"{name}.csv" for name in ("estimates", "curves", "baseline", "disposition", "decisions")
    }
    patients = pq.read_table(tree / "results/pooled/disposition.parquet").column("patient_id")
    sent = {str(patient) for patient in patients}
    assert len(sent) > 300
    # Keys of digits also stand within the decimals of numbers, so whole fields are looked at.
    fields = {field for text in released.values() for field in re.split(r"[,\n/:]", text)}
    assert fields & {key for key in sent if len(key) > 4} == set()
    assert [name for name in CENTERS for text in released.values() if name in text] == []
    assert states(tree) == {}
    assert "release 1: 5 files shown outside, to the sponsor" in command(tree, "log").stdout
    change_a_byte(tree / "audit/releases/1/disposition.csv", -2)
    assert states(tree) == {"releases/1/disposition.csv": ALTERED}
    again = command(tree, "release", "--reason", "once more")
    assert (again.returncode, "nothing is released" in again.stderr) == (1, True)


def test_the_study_built_anew_is_what_was_published(tree: Tree) -> None:
    items = json.loads(command(tree, "verify", "--rerun", "--json").stdout)
    rebuilt = [item for item in items if item["name"].endswith(" rebuilt")]
    published = sum(len(line.entry["files"]) for line in read_ledger(tree / LEDGER))
    assert len(rebuilt) == published
    assert {item["state"] for item in rebuilt} == {OK}
