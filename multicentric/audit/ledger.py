"""The ledger: one line of JSON for each version of a dataset, each bound to the line before it.

An entry holds the digest of the line before (``previous``) and of itself (``entry``), so that a
line that is changed, removed or moved shows. Lines are only ever added, under a lock, and the file
is replaced as a whole: a run that is killed leaves the ledger as it was or as it should be.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORM = 1
# What the first line names as the line before it.
NOTHING = hashlib.sha256(b"").hexdigest()

Entry = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One line of the ledger.

    Attributes
    ----------
    number
        Its place in the file, from 1.
    entry
        What it says; empty if it is no entry at all.
    faults
        What is wrong with it, each as one sentence; none for a sound line.
    """

    number: int
    entry: Entry
    faults: tuple[str, ...] = ()


def canonical(value: Any) -> str:
    """The one text of plain data: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def sha256(content: bytes | str) -> str:
    """SHA-256 of bytes or of a text's UTF-8."""
    encoded = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(encoded).hexdigest()


def read_ledger(path: Path) -> list[Line]:
    """Read the ledger and hold every line to the chain; nothing if there is no ledger."""
    lines = _raw_lines(path)
    before = [NOTHING, *(sha256(raw) for raw in lines)]
    return [_line(number, raw, before[number - 1]) for number, raw in enumerate(lines, start=1)]


def head_of(path: Path) -> str:
    """Digest of the last line: who keeps it elsewhere can tell a ledger that was rewritten."""
    lines = _raw_lines(path)
    return sha256(lines[-1]) if lines else NOTHING


def knows_head(path: Path, head: str) -> bool:
    """Whether `head` was the head of this ledger at some time; its first eight digits will do."""
    return len(head) >= 8 and any(sha256(raw).startswith(head) for raw in _raw_lines(path))


def append(path: Path, make: Callable[[list[Line]], list[Entry]]) -> list[Entry]:
    """Add entries, made in view of those that are there while nobody else can add any.

    Parameters
    ----------
    path
        The ledger; it and its folder are made where missing, readable by their owner alone.
    make
        From the lines so far to the new entries, without ``seq``, ``previous`` and ``entry``.

    Returns
    -------
    list of dict
        The entries as added.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(path.parent / ".lock"):
        lines = _raw_lines(path)
        added = make(read_ledger(path))
        if not added:
            return []
        for entry in added:
            entry |= {"ledger": FORM, "seq": len(lines) + 1}
            entry["previous"] = sha256(lines[-1]) if lines else NOTHING
            entry["entry"] = sha256(canonical(entry))
            lines.append(canonical(entry).encode())
        _replace(path, b"".join(line + b"\n" for line in lines))
        return added


def _raw_lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.exists() else []


def _line(number: int, raw: bytes, before: str) -> Line:
    try:
        entry = json.loads(raw)
    except ValueError:
        return Line(number, {}, ("it is no entry of a ledger",))
    if not isinstance(entry, dict):
        return Line(number, {}, ("it is no entry of a ledger",))
    unsigned = {key: value for key, value in entry.items() if key != "entry"}
    faults = []
    if sha256(canonical(unsigned)) != entry.get("entry") or canonical(entry).encode() != raw:
        faults.append("what it says is not what was written")
    if entry.get("previous") != before:
        faults.append("the line before it is not the one that stood there when it was written")
    if entry.get("seq") != number:
        faults.append(f"it was written as line {entry.get('seq')}")
    return Line(number, entry, tuple(faults))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(unfinished, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
