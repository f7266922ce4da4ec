"""``multicentric draft CENTER FILE…``: print a first mapping, or write it where there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from multicentric.centers import ID
from multicentric.draft.draft import draft
from multicentric.draft.writer import mapping_text
from multicentric.reading import DropFault
from multicentric.schema import dictionary_of, load_model
from multicentric.study import load_settings, load_study


class NoDraft(Exception):
    """Why no mapping can be drafted or written, in one sentence."""


def tell_draft(study: Path, center: str, files: Sequence[Path], *, write: bool) -> str:
    """Draft a mapping.

    Parameters
    ----------
    study
        The study's folder.
    files
        The files of one drop.
    write
        Write it to the center's folder, in place of returning it; what is there stays.

    Returns
    -------
    str
        The mapping, or one sentence that says where it was written.

    Raises
    ------
    NoDraft
        The center's id is none, a file cannot be read, or a mapping exists already.
    multicentric.documents.Mistakes
        The study file is wrong.
    """
    if not re.fullmatch(ID, center):
        raise NoDraft(f"'{center}' is no id: it takes lower-case letters, digits, '-' and '_'.")
    target = study / "centers" / center / "mapping.yaml"
    if write and target.exists():
        raise NoDraft(f"{target.as_posix()} exists and stays as it is; draft without --write.")
    for file in files:
        if not file.is_file():
            raise NoDraft(f"{file.as_posix()} is no file.")
    settings = load_settings(study)
    declared = load_study(study, settings)
    try:
        dictionary = dictionary_of(load_model(study / declared.dictionary, declared.cut_off))
    except (ImportError, TypeError, SyntaxError) as error:
        raise NoDraft(f"{declared.dictionary}: {error}") from error
    try:
        text = mapping_text(draft(center, files, dictionary), dictionary)
    except DropFault as fault:
        raise NoDraft(str(fault)) from fault
    if not write:
        return text
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return (
        f"Written to {target.as_posix()}; read it, complete it, then: multicentric check {center}"
    )
