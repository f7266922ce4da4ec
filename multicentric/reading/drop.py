"""The folder of one drop: which files it holds, and which of them a mapping means."""

from __future__ import annotations

import fnmatch
import os
import stat
import unicodedata
from pathlib import Path

from multicentric.reading.cells import DropFault
from multicentric.reading.nearest import did_you_mean
from multicentric.reading.returned import is_pack

# What operating systems and office programs leave behind in a folder; nobody sent it.
_DEBRIS = ("~$", ".")
_DEBRIS_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


def list_drop(drop: Path) -> list[Path]:
    """List the files of a drop in a stable order: what a center sent as data.

    What an operating system left there and query packs that came back are not among them.

    Parameters
    ----------
    drop
        The drop's folder.

    Returns
    -------
    list of Path
        Relative to `drop`, sorted.

    Raises
    ------
    DropFault
        If the folder is missing or cannot be read, or holds a symbolic link or anything else that
        is neither file nor folder: a link could lead out of the center's folder.
    """
    return [path for path in _all_files(drop) if not is_pack(drop / path)]


def list_packs(drop: Path) -> list[Path]:
    """List the query packs that came back with a drop, in a stable order; see `list_drop`."""
    return [path for path in _all_files(drop) if is_pack(drop / path)]


def _all_files(drop: Path) -> list[Path]:
    files: list[Path] = []
    folders = [drop]
    while folders:
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            place = folder.relative_to(drop).as_posix() if folder != drop else drop.name
            raise DropFault(f"the folder cannot be read ({error.strerror})", file=place) from error
        for entry in entries:
            path = Path(entry.path)
            relative = path.relative_to(drop)
            if entry.name.startswith(_DEBRIS) or entry.name.casefold() in _DEBRIS_NAMES:
                continue
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                folders.append(path)
            elif stat.S_ISREG(mode):
                files.append(relative)
            else:
                raise DropFault(
                    "is a link or a special file, not a file",
                    file=relative.as_posix(),
                    remedy="put the file itself into the drop's folder",
                )
    return sorted(files, key=lambda path: path.as_posix())


def find_file(drop: Path, files: list[Path], wanted: str) -> Path:
    """Return the one file of the drop that `wanted` (a name or a glob) means.

    Names are compared in Unicode NFC, since archives made on a Mac decompose letters such as "ü".

    Raises
    ------
    DropFault
        If no file or more than one matches.
    """
    names = {unicodedata.normalize("NFC", path.as_posix()): path for path in files}
    name = unicodedata.normalize("NFC", wanted)
    if name in names:
        return drop / names[name]
    matches = [
        known
        for known in names
        if known.count("/") == name.count("/") and fnmatch.fnmatchcase(known, name)
    ]
    if not matches:
        raise DropFault(
            "the drop holds no such file", file=wanted, remedy=did_you_mean(name, list(names))
        )
    if len(matches) > 1:
        raise DropFault(
            f"{len(matches)} files match: {', '.join(matches)}",
            file=wanted,
            remedy="name exactly one of them in the mapping",
        )
    return drop / names[matches[0]]
