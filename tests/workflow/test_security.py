"""Names and national ids never leave the raw file, and what speaks of patients is its owner's."""

import csv
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from multicentric.tables import read_table
from tests.workflow.tree import Run, Tree

RAW = "centers/ceyhan/2025-06-02/hasta_listesi.csv"
IDENTIFIERS = ("Adı Soyadı", "T.C. Kimlik No", "Telefon")
WRITTEN = ("results", "logs", "audit", ".snakemake/log")


def written(folder: Path) -> Iterator[Path]:
    """Every file that a run wrote for people or programs."""
    for part in WRITTEN:
        yield from (path for path in sorted((folder / part).rglob("*")) if path.is_file())


def text_of(path: Path) -> str:
    """What a file says, whatever its form."""
    if path.suffix == ".parquet":
        return read_table(path).to_csv()
    if path.suffix == ".pdf":
        return "\n".join(
            page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)
        )
    if path.suffix in (".xlsx", ".docx"):
        with zipfile.ZipFile(path) as book:
            return "\n".join(book.read(name).decode(errors="replace") for name in book.namelist())
    return path.read_bytes().decode(errors="replace")


@pytest.fixture(scope="module")
def identifiers(built: tuple[Tree, Run]) -> set[str]:
    """Names, national ids and phone numbers of every patient of the center that sent them."""
    with (built[0] / RAW).open(encoding="windows-1254", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    found = {row[name].strip() for row in rows for name in IDENTIFIERS}
    assert len(found) > 150
    return found - {""}


def test_no_identifier_leaves_the_raw_file(built: tuple[Tree, Run], identifiers: set[str]) -> None:
    leaks = []
    for path in written(built[0].folder):
        text = text_of(path)
        leaks += [path.name for identifier in identifiers if identifier in text]
    assert leaks == []


def test_logs_and_the_terminal_name_no_patient(
    built: tuple[Tree, Run], identifiers: set[str]
) -> None:
    tree, run = built
    sent = read_table(tree / "results/pooled/disposition.parquet")["patient_id"].dropna()
    # Shorter keys are also numbers of steps and seconds.
    keys = {key for key in sent if len(key) > 4}
    assert len(keys) > 150
    logs = [path for path in written(tree.folder) if path.suffix == ".log"]
    said = "\n".join([run.said, *map(text_of, logs)])
    assert [word for word in keys | identifiers if word in said] == []


def test_a_center_that_fails_tells_no_value_of_a_patient(tree: Tree, identifiers: set[str]) -> None:
    text = (tree / RAW).read_text(encoding="windows-1254").replace("Basamak;", "Basamk;", 1)
    (tree / RAW).write_text(text, encoding="windows-1254")
    run = tree.snakemake()
    assert "ceyhan is OUT" in run.said
    logs = [path for path in written(tree.folder) if path.suffix == ".log"]
    said = "\n".join([run.said, *map(text_of, logs)])
    assert [word for word in identifiers if word in said] == []


def test_what_a_run_writes_is_for_its_owner_alone(built: tuple[Tree, Run]) -> None:
    tree, _ = built
    open_to_others = [
        path.relative_to(tree.folder).as_posix()
        for part in ("results", "logs", "audit")
        for path in [tree / part, *(tree / part).rglob("*")]
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []
