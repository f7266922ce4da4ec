"""Which centers a study has, which drop of each is analysed, and in what state they are.

A center is a folder below ``centers/``; no list names it. Whatever is wrong with one center becomes
its state and a sentence, so that no center can stop another.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from multicentric.documents import Mistakes
from multicentric.mapping import Mapping, load_mapping
from multicentric.reading.cells import DropFault
from multicentric.reading.drop import list_drop

ID = r"[a-z0-9][a-z0-9_-]*"

State = Literal["ready", "incomplete", "invalid", "disabled"]


@dataclass(frozen=True)
class Center:
    """One center as found before any file of patients is opened.

    Attributes
    ----------
    source
        Name of the folder; that of the center, unless several centers share a drop.
    state
        ``ready``; ``incomplete`` (no mapping, no drop, an empty drop); ``invalid`` (the id, a date
        or the mapping is wrong, a file cannot be read); ``disabled`` (by its mapping).
    reason, place
        Why it is not ready, as one sentence, and where to look.
    problems
        Everything wrong with it: file, line (or none) and sentence.
    drop, drop_date, files
        The newest drop, and its files; the files are what is read, the mapping aside.
    earlier
        The drops before it, oldest first.
    mapping, meaning
        The mapping's file, and the digest of what it says.
    corrected
        Whether its mapping corrects single values.
    split
        In a shared drop, the code of this center's rows.
    """

    id: str
    source: str
    state: State
    reason: str = ""
    place: str = ""
    problems: tuple[tuple[str, int | None, str], ...] = ()
    drop: Path | None = None
    drop_date: str = ""
    files: tuple[Path, ...] = ()
    earlier: tuple[Path, ...] = ()
    mapping: Path | None = None
    meaning: str = ""
    statuses: tuple[tuple[str, str], ...] = ()
    corrected: bool = False
    split: str | None = None

    @property
    def previous(self) -> Path | None:
        """The drop before the newest."""
        return self.earlier[-1] if self.earlier else None


class _Unready(Exception):
    def __init__(self, state: State, reason: str, *problems: tuple[Path | str, int | None, str]):
        super().__init__(reason)
        self.state: State = state
        self.reason = reason
        self.problems = tuple((str(file), line, problem) for file, line, problem in problems)


def discover(study: Path) -> list[Center]:
    """Find the centers of a study, in the order of their ids.

    Parameters
    ----------
    study
        The study's folder; paths in the answer start with it.
    """
    folder = study / "centers"
    if not folder.is_dir():
        return []
    found = [
        center
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.name.startswith((".", "_"))
        for center in _centers_of(path)
    ]
    return sorted(_with_one_owner(found), key=lambda center: center.id)


def ready(centers: list[Center]) -> dict[str, Center]:
    """The centers whose files can be read, by id."""
    return {center.id: center for center in centers if center.state == "ready"}


def shared_sources(centers: list[Center]) -> dict[str, Center]:
    """Folders whose drop several centers share, each with one of its ready centers."""
    return {c.source: c for c in centers if c.state == "ready" and c.split is not None}


def _centers_of(folder: Path) -> list[Center]:
    empty = Center(id=folder.name, source=folder.name, state="ready")
    try:
        return _ready(empty, folder)
    except _Unready as why:
        file, line, _ = why.problems[0]
        place = file if line is None else f"{file}, line {line}"
        return [
            replace(empty, state=why.state, reason=why.reason, place=place, problems=why.problems)
        ]


def _ready(center: Center, folder: Path) -> list[Center]:
    if not re.fullmatch(ID, center.id):
        problem = "a center's id is lower-case letters, digits, '-' and '_'."
        raise _Unready("invalid", f"'{center.id}' is no id: {problem}", (folder, None, problem))
    drops = _drops(folder)
    drop = drops[-1]
    own = drop / "mapping.yaml"
    path = own if own.is_file() else folder / "mapping.yaml"
    mapping = _mapping(path)
    if not mapping.center.enabled:
        raise _Unready("disabled", mapping.center.reason, (path, None, mapping.center.reason))
    center = replace(
        center,
        drop=drop,
        drop_date=drop.name,
        files=_files(drop),
        earlier=tuple(drops[:-1]),
        mapping=path,
        meaning=mapping.digest,
        statuses=tuple((name, block.status) for name, block in mapping.variables.items()),
        corrected=bool(mapping.corrections),
    )
    if mapping.centers is None:
        return [center]
    return [replace(center, id=name, split=code) for code, name in mapping.centers.codes.items()]


def _drops(folder: Path) -> list[Path]:
    """Folders of drops, oldest first. A name that begins as a date must be one."""
    found = []
    for path in sorted(folder.iterdir()):
        if not (path.is_dir() and path.name[0].isdigit()):
            continue
        try:
            right = date.fromisoformat(path.name).isoformat() == path.name
        except ValueError:
            right = False
        if not right:
            problem = f"'{path.name}' is no date; a drop's folder is named as in 2025-06-02."
            raise _Unready("invalid", problem, (path, None, problem))
        found.append(path)
    if not found:
        problem = "no drop has arrived: there is no folder named by a date, as in 2025-06-02."
        raise _Unready("incomplete", problem, (folder, None, problem))
    return found


def _mapping(path: Path) -> Mapping:
    if not path.is_file():
        problem = "mapping.yaml is missing."
        raise _Unready("incomplete", problem, (path, None, problem))
    try:
        return load_mapping(path, path.as_posix())
    except Mistakes as mistakes:
        first, *more = mistakes.mistakes
        others = f" (and {len(more)} more)" if more else ""
        raise _Unready(
            "invalid",
            f"the mapping is wrong: {first.problem}{others}",
            *((m.file, m.line, f"{m.problem} {m.remedy}".strip()) for m in mistakes.mistakes),
        ) from None


def _files(drop: Path) -> tuple[Path, ...]:
    try:
        names = list_drop(drop)
    except DropFault as fault:
        problem = f"{fault.file}: {fault.message}."
        raise _Unready("invalid", problem, (drop, None, problem)) from None
    files = tuple(drop / name for name in names if name.as_posix() != "mapping.yaml")
    if not files:
        problem = f"the drop {drop.name} holds no file."
        raise _Unready("incomplete", problem, (drop, None, problem))
    for file in files:
        if not os.access(file, os.R_OK):
            problem = "the file may not be read."
            raise _Unready("invalid", f"{file.name}: {problem}", (file, None, problem))
    return files


def _with_one_owner(centers: list[Center]) -> list[Center]:
    """Centers whose id is claimed once; where several claim it, none of them can be right."""
    claims = defaultdict(list)
    for center in centers:
        claims[center.id].append(center)
    return [claimed[0] if len(claimed) == 1 else _disputed(claimed) for claimed in claims.values()]


def _disputed(claimed: list[Center]) -> Center:
    first = claimed[0]
    files = sorted({(c.mapping or Path("centers", c.source)).as_posix() for c in claimed})
    problem = f"the id '{first.id}' is used {len(claimed)} times, in {' and '.join(files)}."
    return Center(
        id=first.id,
        source=first.source,
        state="invalid",
        reason=problem,
        place=files[0],
        problems=tuple((file, None, problem) for file in files),
    )
