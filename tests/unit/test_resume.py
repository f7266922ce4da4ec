"""What a run finds that an earlier one left behind."""

import signal
import subprocess
import sys
from pathlib import Path

from snakemake.persistence.file import FilePersistence

from multicentric.resume import unlock_if_nobody_works, without_record

ANOTHER = """
import sys, time
from pathlib import Path
from multicentric.resume import say_at_work
say_at_work(Path(sys.argv[1]))
print("at work", flush=True)
time.sleep(60)
"""


def locked(folder: Path) -> Path:
    record = folder / ".snakemake"
    (record / "locks").mkdir(parents=True)
    (record / "locks/0.output.lock").write_text("results/report.pdf\n")
    return record


def test_a_lock_goes_only_when_the_last_process_is_gone(tmp_path: Path) -> None:
    record = locked(tmp_path)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", ANOTHER, str(record)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "at work\n"
        assert not unlock_if_nobody_works(record)
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        assert not unlock_if_nobody_works(record)
        assert (record / "locks/0.output.lock").exists()
        workers[1].send_signal(signal.SIGKILL)
        workers[1].wait()
        assert unlock_if_nobody_works(record)
        assert not (record / "locks").exists()
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def test_work_on_another_host_counts(tmp_path: Path) -> None:
    record = locked(tmp_path)
    (record / "at-work").mkdir()
    (record / "at-work/elsewhere-7").write_text("")
    assert not unlock_if_nobody_works(record)


def test_without_a_lock_nothing_is_said(tmp_path: Path) -> None:
    assert not unlock_if_nobody_works(tmp_path / ".snakemake")


def test_a_result_is_known_where_snakemake_itself_files_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    record = tmp_path / ".snakemake"
    snakemake = FilePersistence(path=record)
    short, long = "results/a.parquet", f"results/{'b' * 240}.parquet"
    for name in (short, long, "results/lost.parquet", "results/cut_off.parquet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    for name in (short, long):
        snakemake._io_write(snakemake._metadata_path, {}, name)
    snakemake._mark_incomplete("results/cut_off.parquet", None)
    results = [short, long, "results/lost.parquet", "results/cut_off.parquet", "results/no.parquet"]
    assert without_record(results, record) == ["results/lost.parquet"]
