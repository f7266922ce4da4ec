"""The ledger in words: what was published of a dataset, why, and who signed it off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from multicentric.audit.entries import account, latest, now
from multicentric.audit.ledger import Entry, Line, append
from multicentric.audit.published import identity
from multicentric.audit.verify import compare
from multicentric.documents import nearest

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_CHANGES = (
    ("patient_added", "patient more", "patients more"),
    ("patient_gone", "gone", "gone"),
    ("patient_renamed", "under another key", "under another key"),
    ("outcome_dates", "outcome date moved", "outcome dates moved"),
    ("outcome", "other outcome cell changed", "other outcome cells changed"),
    ("other", "other cell changed", "other cells changed"),
)


class NoHistory(Exception):
    """The ledger says nothing of what was asked, in one sentence."""


def dataset_named(lines: Iterable[Line], name: str) -> str:
    """The dataset of a name, or of a center's id.

    Raises
    ------
    NoHistory
        The ledger has no such dataset.
    """
    known = latest(lines)
    for candidate in (name, f"validated/{name}"):
        if candidate in known:
            return candidate
    raise NoHistory(f"the ledger knows no dataset or center '{name}'. {nearest(name, known)}")


def history(lines: list[Line], dataset: str | None = None) -> list[str]:
    """What was published, oldest first, one line each.

    Parameters
    ----------
    lines
        The ledger.
    dataset
        One dataset, or all.
    """
    entries = [line.entry for line in lines if "dataset" in line.entry]
    return [
        f"{_moment(entry)} {_headline(entry)}: {_words(entry, entries)}"
        for entry in (line.entry for line in lines if line.entry)
        if dataset is None or entry.get("dataset") == dataset
    ]


def sign(path: Path, folder: Path, name: str, who: str, meaning: str) -> Entry:
    """Add a sign-off of a dataset's last version.

    Parameters
    ----------
    path
        The ledger.
    folder
        The study's folder, whose files must still be that version.
    name
        The dataset, or a center's id.
    who, meaning
        Who signs, with the role, and what the signature says.

    Raises
    ------
    NoHistory
        There is no such dataset, it is withdrawn, or what lies there is not what was published.
    """

    def make(lines: list[Line]) -> list[Entry]:
        dataset = dataset_named(lines, name)
        entry = latest(lines)[dataset]
        if entry["kind"] == "withdrawal":
            raise NoHistory(f"{dataset} is withdrawn.")
        for file, published in entry["files"].items():
            item = compare(folder / file, file, published, f"version {entry['version']}")
            if item.bad:
                raise NoHistory(f"{dataset} is not signed: {item.name} is {item.state}.")
        signed = {"dataset": dataset, "version": entry["version"], "of": entry["entry"]}
        said = {"who": who, "meaning": meaning}
        return [{"utc": now(), "account": account(), "kind": "sign-off", **signed, **said}]

    return append(path, make)[0]


def _moment(entry: Entry) -> str:
    return str(entry["utc"]).replace("T", " ").replace("Z", " UTC")


def _headline(entry: Entry) -> str:
    if entry["kind"] == "release":
        return f"release {entry['release']}"
    return f"{entry['dataset']}, version {entry['version']}"


def _words(entry: Entry, entries: list[Entry]) -> str:
    by = f"({entry['account']})"
    if entry["kind"] == "sign-off":
        return f"signed off by {entry['who']}: {entry['meaning']} {by}"
    reason = "; ".join(entry["reason"])
    if entry["kind"] == "release":
        return f"{_many(len(entry['files']), 'file')} shown outside, {reason} {by}"
    if entry["kind"] == "withdrawal":
        return f"withdrawn, {reason} {by}"
    same = (entry["replaces"] or {}).get("same_content")
    said = [*_drop(entry), *_counts(entry, entries), *(["the same content"] if same else [])]
    return f"{', '.join(said)}; {reason} {by}"


def _drop(entry: Entry) -> Iterator[str]:
    if entry.get("drop"):
        yield f"drop of {_day(entry['drop'])}"


def _counts(entry: Entry, entries: list[Entry]) -> Iterator[str]:
    counts = entry["counts"]
    if "records" in counts:
        yield _many(counts["records"], "record")
        yield from _changed(entry.get("changes", {}))
        filtered = sum(entry.get("filtered", {}).values())
        if filtered:
            yield f"{_many(filtered, 'row')} left out by filters"
        if entry.get("stale_corrections"):
            yield _many(entry["stale_corrections"], "stale correction")
        analysed = _analysed(entry, entries)
        if analysed is not None:
            yield f"{analysed} analysed"
        found = entry["findings"]
        yield _many(found.get("block", 0) + found.get("query", 0), "query", "queries")
        return
    if "disposition" in counts:
        yield _many(counts["rows"], "record")
        yield from (f"{n} {what}" for what, n in counts["disposition"].items())
        return
    if "patients" in counts:
        yield f"{_many(counts['patients'], 'patient')} of {_many(counts['centers'], 'center')}"
        yield from (f"{n} {name} events" for name, n in counts.get("events", {}).items())
    elif "rows" in counts:
        yield _many(counts["rows"], "row")
    if entry.get("run"):
        yield f"run {entry['run']}"


def _changed(changes: dict[str, int]) -> Iterator[str]:
    for name, one, many in _CHANGES:
        if changes.get(name):
            yield _many(changes[name], one, many)


def _analysed(entry: Entry, entries: list[Entry]) -> int | None:
    """How many of a center's patients are analysed in the cohort made from this version."""
    said = identity(entry["files"][entry["main"]])
    own = [
        later
        for later in entries
        if later["dataset"] == "pooled/disposition"
        and later["kind"] == "dataset"
        and later["above"].get(entry["dataset"]) == said
    ]
    after = [later for later in own if later["utc"] >= entry["utc"]] or own[-1:]
    if not after:
        return None
    center = entry["dataset"].removeprefix("validated/")
    return int(after[0]["counts"]["analysed"].get(center, 0))


def _many(n: int, one: str, many: str | None = None) -> str:
    return f"{n} {one if n == 1 else many or f'{one}s'}"


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def plain(lines: list[Line], dataset: str | None) -> list[dict[str, Any]]:
    """The entries as they stand in the ledger, for machines."""
    return [
        line.entry for line in lines if line.entry and dataset in (None, line.entry.get("dataset"))
    ]
