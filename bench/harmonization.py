"""What harmonization with full lineage costs: time, memory and disk, from 1,000 patients on.

Run from the project's root with ``python -m bench.harmonization [PATIENTS …]``; by default 1,000,
10,000 and 100,000. Each size is one CSV file of 60 mapped columns (codes, whole numbers, numbers
with a decimal comma, dates, yes and no; one cell in a hundred empty, one in a thousand unreadable),
made from a fixed seed and harmonized in a process of its own. Prints CPU seconds for reading and
harmonizing, and for writing table, lineage and findings, and the seconds that passed for both; the
peak of resident memory with the interpreter and its libraries; the size of the lineage on disk.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from multicentric.dictionary import Dictionary, Variable
from multicentric.harmonize import harmonize_center, write_lineage
from multicentric.mapping import parse_mapping
from multicentric.tables import write_table

SIZES = (1_000, 10_000, 100_000)
OF_EACH = 12
CODES = {"first": "First", "second": "Second", "third": "Third"}
WORDS = np.array(["Erste", "Zweite", "Dritte"])
DICTIONARY = Dictionary(
    tuple(
        variable
        for number in range(OF_EACH)
        for variable in (
            Variable(f"code_{number}", f"Code {number}", "code", codes=CODES),
            Variable(f"score_{number}", f"Score {number}", "integer", minimum=0, maximum=4),
            Variable(f"share_{number}", f"Share {number}", "number", unit="%"),
            Variable(f"day_{number}", f"Day {number}", "date"),
            Variable(f"flag_{number}", f"Flag {number}", "flag"),
        )
    )
)
BLOCKS = {
    "code": "codes: {Erste: first, Zweite: second, Dritte: third}",
    "score": "number: {}",
    "share": 'number: {unit: "%"}',
    "day": "dates: [DD.MM.YYYY]",
    "flag": "codes: {ja: yes, nein: no}",
}


def mapping_text() -> str:
    """The mapping of the file that `write_drop` makes."""
    blocks = "".join(
        f"  {name}: {{from: {name}, {BLOCKS[name.partition('_')[0]]}}}\n"
        for name in DICTIONARY.names
    )
    table = '{file: drop.csv, format: delimited, delimiter: ";", decimal: ",", key: id}'
    return f"center: {{name: Bench}}\ntables:\n  patients: {table}\nvariables:\n{blocks}"


def write_drop(path: Path, patients: int) -> None:
    """Write a drop of so many patients, a part at a time."""
    random = np.random.default_rng(1)
    days = np.arange("2015-01-01", "2025-01-01", dtype="datetime64[D]").astype(object)
    texts = {
        "code": WORDS,
        "score": np.array([str(score) for score in range(5)]),
        "share": np.array([f"{share / 10}".replace(".", ",") for share in range(1001)]),
        "day": np.array([f"{day:%d.%m.%Y}" for day in days]),
        "flag": np.array(["ja", "nein"]),
    }
    with path.open("w", encoding="utf-8") as file:
        file.write(f"id;{';'.join(DICTIONARY.names)}\n")
        for start in range(0, patients, 10_000):
            n = min(10_000, patients - start)
            columns = [np.char.mod("P%08d", np.arange(start, start + n)).astype(object)]
            for name in DICTIONARY.names:
                drawn = random.choice(texts[name.partition("_")[0]], n).astype(object)
                chance = random.random(n)
                drawn[chance < 0.01] = ""
                drawn[chance > 0.999] = "?!"
                columns.append(drawn)
            file.writelines(";".join(row) + "\n" for row in zip(*columns, strict=True))


def measure(patients: int) -> None:
    """Harmonize one size and print a line."""
    with tempfile.TemporaryDirectory() as scratch:
        drop = Path(scratch, "drop")
        drop.mkdir()
        write_drop(drop / "drop.csv", patients)
        mapping = parse_mapping(mapping_text())
        sent = (drop / "drop.csv").stat().st_size / 1e6
        start, begun = time.process_time(), time.perf_counter()
        made = harmonize_center("bench", drop, mapping, DICTIONARY)
        harmonized = time.process_time() - start
        start = time.process_time()
        lineage = Path(scratch, "lineage.parquet")
        write_table(made.table, Path(scratch, "table.parquet"))
        write_table(made.intake, Path(scratch, "intake.parquet"))
        write_lineage(made.lineage_parts(), lineage)
        written, passed = time.process_time() - start, time.perf_counter() - begun
        assert len(made.table) == patients
        # In kilobytes on Linux, in bytes on macOS.
        unit = 1e3 if sys.platform != "darwin" else 1.0
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
        print(
            f"| {patients:,} | {sent:.1f} | {len(made.intake):,} | {harmonized:.2f} | "
            f"{written:.2f} | {passed:.2f} | {peak:.2f} | {lineage.stat().st_size / 1e6:.1f} |",
            flush=True,
        )


def main(sizes: list[int]) -> None:
    """Measure each size in a fresh process, so that memory is its own."""
    heads = ("patients", "file MB", "findings", "harmonize s", "write s", "passed s", "peak GB")
    print(f"| {' | '.join(heads)} | lineage MB |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    processes = multiprocessing.get_context("spawn")
    for patients in sizes:
        process = processes.Process(target=measure, args=(patients,))
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(f"{patients:,} patients could not be measured.")


if __name__ == "__main__":
    main([int(size.replace(",", "")) for size in sys.argv[1:]] or list(SIZES))
