"""What goes wrong stays where it is, is said in words, and is never taken for up to date."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable

import pandas as pd
import pytest

from tests.workflow.tree import CENTERS, GATE, POOLED, RECORD, Run, Tree, announced, chain, of


def summary(tree: Tree, study: str = ".") -> str:
    return told(tree, "summary", study)


def told(tree: Tree, command: str, study: str = ".") -> str:
    run = subprocess.run(
        [sys.executable, "-m", "multicentric", command],
        cwd=tree / study,
        env={**tree.environment, "PYTHONPATH": str(tree.folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


def test_the_summary_of_a_run_is_its_report_and_three_lines(built: tuple[Tree, Run]) -> None:
    lines = summary(built[0]).splitlines()
    assert lines[0] == "results/report.pdf"
    assert lines[1] == "Centers: 6 of 6"
    assert lines[2].startswith("Patients: 309 analyzed of 356 records sent")
    assert lines[3].startswith("Queries: ")
    assert len(lines) == 4


def test_results_are_for_the_one_who_runs_the_study(built: tuple[Tree, Run]) -> None:
    for path in [built[0] / "results", *(built[0] / "results").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_an_update_that_failed_is_tried_again_until_it_is_made(tree: Tree) -> None:
    module = "multicentric/estimates/curves.py"
    sound = (tree / module).read_text()
    (tree / module).write_text(sound + "\nraise OSError('the disk is full')\n")
    broken = tree.snakemake()
    assert broken.code == 1
    assert "the disk is full" in broken.said
    again = tree.snakemake()
    assert again.code == 1
    assert "Nothing to be done" not in again.said
    assert again.jobs == broken.jobs
    assert ("curves", "") in announced(tree.snakemake("-n").said)

    (tree / module).write_text(sound)
    mended = tree.snakemake()
    assert mended.code == 0, mended.said
    assert {("curves", ""), ("report", "")} <= mended.jobs
    assert tree.snakemake().jobs == set()


def test_bad_centers_stop_nobody_and_are_told_with_file_and_place(tree: Tree) -> None:
    workbook = tree / "centers/firat/2025-06-02/FIRAT_export.xlsx"
    workbook.write_bytes(workbook.read_bytes()[:3000])
    extract = tree / "centers/aras/2025-06-02/extract.csv"
    extract.write_bytes(extract.read_bytes().replace(b"Sex", b"Gender", 1))
    tree.edit("centers/gediz/mapping.yaml", "\nvariables:", "\nvarables:")
    tree.edit("config/config.yaml", "strict: no", "strict: yes")
    run = tree.snakemake()
    assert run.code == 1
    # A person of ceyhan was a patient of a center that is out now, so that is no question any more.
    asked = chain("aras", "firat") | of("ask", "ceyhan")
    assert run.jobs == asked | GATE | POOLED | {("everyone_in", "")}, run.said
    assert "Traceback" not in run.said

    patients = pd.read_parquet(tree / "results/pooled/patients.parquet")
    assert sorted(patients["center"].unique()) == ["ceyhan", "dicle", "meric"]
    held = {}
    places = {
        "aras": ("aras.parquet", "extract.csv", "Sex"),
        "firat": ("firat.parquet", "FIRAT_export.xlsx", None),
        "gediz": ("_gate.parquet", "centers/gediz/mapping.yaml", None),
    }
    for center, (file, place, column) in places.items():
        found = pd.read_parquet(tree / "results/findings" / file)
        found = found[(found["center"] == center) & (found["effect"] == "center held")]
        assert place in set(found["file"])
        if column:
            assert column in set(found["column"])
        held[center] = list(found["message"])
    states = {
        entry["center"]: entry["state"]
        for entry in json.loads((tree / "results/gate/status.json").read_text())["centers"]
    }
    assert states == {
        **dict.fromkeys(CENTERS, "ready"),
        "aras": "out",
        "firat": "out",
        "gediz": "invalid",
    }
    for said in (run.said, summary(tree)):
        assert "aras is OUT: The column 'Sex' is missing" in said
        assert "firat is OUT: FIRAT_export.xlsx" in said
        assert "gediz is INVALID: the mapping is wrong" in said
        assert "centers/gediz/mapping.yaml, line" in said

    # The check that a data manager runs names the same mistakes, and no others.
    mistakes = told(tree, "check").partition("To be read")[0].splitlines()
    assert mistakes[0] == f"To be mended ({sum(map(len, held.values()))}):"
    for center, messages in held.items():
        lines = [line for line in mistakes if f"centers/{center}/mapping.yaml, line " in line]
        assert len(lines) == len(messages)
        assert all(any(message in line for line in lines) for message in messages)

    again = tree.snakemake()
    assert (again.code, again.jobs) == (1, {("everyone_in", "")}), again.said
    tree.edit("config/config.yaml", "strict: yes", "strict: no")
    run = tree.snakemake()
    # What no strict run could finish is recorded now; nothing is made.
    assert (run.code, run.jobs) == (0, RECORD - {("exports", "")}), run.said
    assert "aras is OUT" in run.said
    assert "gediz is INVALID" in run.said


def test_strictness_asks_nothing_of_a_sound_study(tree: Tree) -> None:
    tree.edit("config/config.yaml", "strict: no", "strict: yes")
    assert tree.snakemake().jobs == {("everyone_in", "")}
    run = tree.snakemake()
    assert (run.code, run.jobs) == (0, set()), run.said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("min_centers: 1", "min_centers: 7", "only 6 of 6 centers are in, and the study needs 7"),
        ("required: []", "required: [van]", "the required center van does not exist"),
    ],
)
def test_a_policy_that_is_not_met_stops_before_pooling(
    tree: Tree, old: str, new: str, says: str
) -> None:
    tree.edit("config/config.yaml", old, new)
    run = tree.snakemake()
    # Who is not pooled is asked about its own drop alone.
    stopped = GATE | {("pool", ""), ("quality", "")} | of("ask", *CENTERS)
    assert (run.code, run.jobs) == (1, stopped), run.said
    assert f"Nothing is pooled: {says}" in run.said
    assert "Traceback" not in run.said
    assert f"Nothing is pooled: {says}" in summary(tree)


def test_without_any_center_a_sentence_says_so(tree: Tree) -> None:
    shutil.rmtree(tree / "centers")
    run = tree.snakemake()
    assert (run.code, run.jobs) == (1, GATE | {("pool", ""), ("quality", "")}), run.said
    assert "Nothing is pooled: there is no folder below centers/." in run.said
    assert "Traceback" not in run.said


def test_mistakes_in_the_study_file_are_told_with_their_lines(tree: Tree) -> None:
    tree.edit("config/study.yaml", "\ncut_off:", "\ncut_of:")
    run = tree.snakemake()
    assert (run.code, run.jobs) == (1, set())
    assert "config/study.yaml, line 15: unknown key 'cut_of'. Did you mean 'cut_off'?" in run.said
    assert "Traceback" not in run.said


def test_a_name_that_the_dictionary_does_not_know_is_told_with_its_line(tree: Tree) -> None:
    tree.edit("config/study.yaml", "  - met_bone\n", "  - met_bonne\n")
    run = tree.snakemake()
    assert (run.code, run.jobs) == (1, {("baseline", "")})
    assert "'met_bonne' is no variable of the dictionary. Did you mean 'met_bone'?" in run.said
    assert "Traceback" not in run.said


def lose_all(tree: Tree) -> None:
    shutil.rmtree(tree / ".snakemake")


def lose_some(tree: Tree) -> None:
    entries = sorted((tree / ".snakemake/metadata").iterdir())
    entries[len(entries) // 2].unlink()


@pytest.mark.parametrize("lose", [lose_all, lose_some])
def test_a_lost_record_is_noticed_and_not_taken_for_up_to_date(
    tree: Tree, lose: Callable[[Tree], None]
) -> None:
    lose(tree)
    for options in ((), ("-n",), ("-n", "results/report.pdf")):
        run = tree.snakemake(*options)
        assert (run.code, run.jobs) == (1, set()), run.said
        assert "no record of making" in run.said
        assert "--forceall" in run.said
        assert "Traceback" not in run.said
    everything = {("dictionary", "")} | chain(*CENTERS) | GATE | POOLED
    assert announced(tree.snakemake("-n", "--forceall").said) == everything
    shutil.rmtree(tree / "results")
    assert announced(tree.snakemake("-n").said) == everything


def test_a_killed_run_is_started_again_and_ends_with_the_same_bytes(
    built: tuple[Tree, Run], tree: Tree
) -> None:
    """Also what two runs from clean give: everything here is made anew, and nothing differs."""
    for name in ("results", ".snakemake", "logs"):
        shutil.rmtree(tree / name)
    run = subprocess.Popen(
        tree.command(),
        cwd=tree.folder,
        env=tree.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not list((tree / "results").glob("validated/*.parquet")):
        assert run.poll() is None
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert not (tree / "results/report.pdf").exists()
    assert list((tree / ".snakemake/locks").iterdir())

    again = tree.snakemake()
    assert again.code == 0, again.said
    assert "An earlier run was cut off" in again.said
    assert tree.results() == built[0].results()
    assert tree.snakemake().jobs == set()
