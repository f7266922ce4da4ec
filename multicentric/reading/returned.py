"""Query packs that a center sent back: files in a drop's folder that hold answers and no data."""

from __future__ import annotations

import zipfile
from pathlib import Path

# The hidden sheet that tells a query pack from any other workbook.
MARK = "_multicentric"
_NAME = f'"{MARK}"'.encode()
_LARGEST_INDEX = 1_000_000


def is_pack(path: Path) -> bool:
    """Whether a file is a query pack: a workbook with our hidden sheet, whatever its name is.

    A file that cannot be read is none; whoever reads it as data will say so.
    """
    if path.suffix.casefold() != ".xlsx":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            index = archive.getinfo("xl/workbook.xml")
            return index.file_size < _LARGEST_INDEX and _NAME in archive.read(index)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError, EOFError):
        return False
