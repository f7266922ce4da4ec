"""Proof that what lies in a study folder is what was published, from the drops to the report."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from multicentric.audit.entries import latest
from multicentric.audit.ledger import Entry, Line, head_of, knows_head, read_ledger, sha256
from multicentric.audit.pdf_text import NoReport, run_in
from multicentric.audit.published import identity, measure, measure_decision, measure_input

OK = "OK"
MISSING = "MISSING"
ALTERED = "ALTERED"
SAME = "SAME CONTENT OTHER BYTES"
BAD = (MISSING, ALTERED)

# Results that must not lie there without an entry.
_PATIENTS = ("results/validated/*.parquet", "results/pooled/*.parquet")


@dataclass(frozen=True)
class Item:
    """One thing that was looked at: what, its state, and what is wrong with it."""

    name: str
    state: str
    detail: str = ""

    @property
    def bad(self) -> bool:
        """Whether it is missing or altered."""
        return self.state in BAD

    def __str__(self) -> str:
        return f"{self.state:<8} {self.name}{f': {self.detail}' if self.detail else ''}"


def verify(folder: Path, ledger: str, head: str = "") -> list[Item]:
    """Recompute everything that the ledger's last entries speak of.

    Parameters
    ----------
    folder
        The study's folder.
    ledger
        Path of the ledger within it.
    head
        A head of the ledger that was kept elsewhere, or its first digits; it must be known.

    Returns
    -------
    list of Item
        The ledger, then each dataset's files, inputs and decisions, the validated tables against
        the schema, and the report by the run that its footer names.
    """
    lines = read_ledger(folder / ledger)
    items = list(_of_ledger(folder, ledger, lines, head))
    entries = {name: e for name, e in latest(lines).items() if e["kind"] == "dataset"}
    for entry in entries.values():
        items += _of_dataset(folder, entry)
        items += _of_above(entry, entries)
    items += _of_sources(folder, entries)
    items += _of_releases((folder / ledger).parent, lines)
    items += _of_schema(folder, entries)
    items += _unrecorded(folder, entries)
    report = folder / "results/report.pdf"
    if report.exists():
        items.append(verify_report(report, "results/report.pdf by its run", lines))
    return items


def verify_report(report: Path, shown_as: str, lines: list[Line]) -> Item:
    """Hold a PDF to the entry of the run that its footer names, also of a run long replaced."""
    content = sha256(report.read_bytes())
    try:
        run = run_in(report)
    except NoReport as why:
        return Item(shown_as, ALTERED, f"{why}.")
    of_run = [line.entry for line in lines if line.entry.get("run") == run]
    if not of_run:
        return Item(shown_as, ALTERED, f"the ledger knows no report of run {run}.")
    for entry in of_run:
        if any(measured["sha256"] == content for measured in entry["files"].values()):
            return Item(shown_as, OK, f"run {run}, version {entry['version']} of {entry['utc']}")
    entry = of_run[-1]
    published = f"version {entry['version']} of {entry['utc']} was published under run {run}"
    return Item(shown_as, ALTERED, f"{published} with other bytes.")


def _of_ledger(folder: Path, ledger: str, lines: list[Line], head: str) -> Iterator[Item]:
    if not lines:
        yield Item(ledger, MISSING, "nothing says what was published.")
        return
    faulty = [line for line in lines if line.faults]
    for line in faulty:
        yield Item(f"{ledger}, line {line.number}", ALTERED, f"{'; '.join(line.faults)}.")
    if not faulty:
        said = f"{len(lines)} lines, head {head_of(folder / ledger)}"
        yield Item(ledger, OK, said)
    if head:
        known = knows_head(folder / ledger, head)
        yield Item(
            f"head {head}",
            OK if known else ALTERED,
            "" if known else "this ledger never had it, so it is not the one that was kept.",
        )


def _of_dataset(folder: Path, entry: Entry) -> Iterator[Item]:
    for name, published in entry["files"].items():
        yield compare(folder / name, name, published, f"version {entry['version']}")


def compare(path: Path, name: str, published: Mapping[str, Any], version: str) -> Item:
    """Hold a result to what was measured when it was published."""
    if not path.is_file():
        return Item(name, MISSING, f"{version} was published and is not there.")
    try:
        found = measure(path)
    except OSError:
        return Item(name, ALTERED, f"it cannot be read, so it is not {version}.")
    if found["sha256"] == published["sha256"]:
        return Item(name, OK)
    if "content" not in published:
        return Item(name, ALTERED, f"its bytes are not those of {version}.")
    if found["content"] == published["content"]:
        return Item(name, SAME, f"another program wrote it anew; its values are {version}.")
    return Item(name, ALTERED, f"{_difference(found, published)} differ from {version}.")


def _difference(found: Mapping[str, Any], published: Mapping[str, Any]) -> str:
    now, before = found["columns"], published["columns"]
    names = sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name))
    rows = f"{found['rows']} rows instead of {published['rows']} and "
    rows = "" if found["rows"] == published["rows"] else rows
    word = "column" if len(names) == 1 else "columns"
    return f"{rows}the values of {word} {', '.join(names)}"


def _of_above(entry: Entry, entries: Mapping[str, Entry]) -> Iterator[Item]:
    """Whether a dataset was made from the versions that are published."""
    for above, said in entry["above"].items():
        current = entries.get(above)
        if current is None or identity(current["files"][current["main"]]) != said:
            why = f"it was made from another version of {above} than the one published."
            yield Item(entry["dataset"], ALTERED, why)


def _of_sources(folder: Path, entries: Mapping[str, Entry]) -> Iterator[Item]:
    inputs: dict[str, Any] = {}
    decisions: dict[str, Any] = {}
    # Datasets share files; the one recorded last knows the newest bytes.
    for entry in sorted(entries.values(), key=lambda entry: entry["seq"]):
        inputs |= entry["inputs"]
        decisions |= entry["decisions"]
    for name, published in sorted(inputs.items()):
        path = folder / name
        if not path.is_file():
            yield Item(name, MISSING, "the results stand on this file of a drop.")
        elif measure_input(path)["sha256"] != published["sha256"]:
            yield Item(name, ALTERED, "its bytes are not those that the results stand on.")
        else:
            yield Item(name, OK)
    for name, published in sorted(decisions.items()):
        yield _decision(folder / name, name, published)


def _decision(path: Path, name: str, published: Mapping[str, Any]) -> Item:
    if not path.is_file():
        return Item(name, MISSING, "the results stand on what it decided.")
    found = measure_decision(path)
    if found["sha256"] == published["sha256"]:
        return Item(name, OK)
    if found.get("meaning") is not None and found.get("meaning") == published.get("meaning"):
        return Item(name, SAME, "comments or layout differ; what it says does not.")
    return Item(name, ALTERED, "it says something else than the results stand on.")


def _of_releases(beside: Path, lines: list[Line]) -> Iterator[Item]:
    """What was released lies beside the ledger, as it was."""
    for line in lines:
        if line.entry.get("kind") == "release":
            for name, content in line.entry["files"].items():
                path = beside / name
                if not path.is_file():
                    yield Item(name, MISSING, "it was released and is not there.")
                elif sha256(path.read_bytes()) != content:
                    yield Item(name, ALTERED, "its bytes are not those that were released.")
                else:
                    yield Item(name, OK)


def _of_schema(folder: Path, entries: Mapping[str, Entry]) -> Iterator[Item]:
    """Every validated table against the study's model, as it stands now."""
    from multicentric.schema import SchemaErrors, gate, load_model
    from multicentric.study import load_settings, load_study
    from multicentric.tables import read_table

    mains = [entry["main"] for entry in entries.values()]
    validated = [
        name
        for name in mains
        if name.startswith("results/validated/") and (folder / name).is_file()
    ]
    if not validated:
        return
    study = load_study(folder, load_settings(folder))
    cut_off: date = study.cut_off
    model = load_model(folder / study.dictionary, cut_off)
    for name in validated:
        shown_as = f"{name} against {study.dictionary}"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                gate(model, read_table(folder / name))
        except SchemaErrors as errors:
            checks = sorted({str(check) for check in errors.failure_cases["check"]})
            yield Item(shown_as, ALTERED, f"it does not satisfy {', '.join(checks)}.")
        except OSError:
            yield Item(shown_as, ALTERED, "it cannot be read.")
        else:
            yield Item(shown_as, OK)


def _unrecorded(folder: Path, entries: Mapping[str, Entry]) -> Iterator[Item]:
    recorded = {name for entry in entries.values() for name in entry["files"]}
    for pattern in _PATIENTS:
        for path in sorted(folder.glob(pattern)):
            name = path.relative_to(folder).as_posix()
            if name not in recorded:
                yield Item(name, ALTERED, "it lies there, and the ledger does not know it.")
