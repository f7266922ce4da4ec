"""Answers that come back: a filled query pack, read from the folder of a drop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from multicentric.mapping.folding import folding
from multicentric.queries.words import every_label
from multicentric.reading import DropFault, RawTable, TableSpec
from multicentric.reading.drop import list_packs
from multicentric.reading.returned import MARK
from multicentric.reading.workbook import Workbook

CODES = ("corrected", "value_is_right", "cannot_be_resolved", "mapping_is_wrong")
_ID = re.compile(r"[0-9a-f]{12}")
_FOLD = folding(ignore_case=True)


@dataclass(frozen=True)
class Answer:
    """One answer of a center to one question.

    Attributes
    ----------
    about
        Fingerprint of the raw text that the question quoted: the answer is about no other.
    code
        One of `CODES`.
    patient_id, rule, raw, told, file, sheet, row, column
        The question as the pack put it, for the case that it is no longer asked.
    """

    finding_id: str
    about: str
    code: str
    new_value: str = ""
    comment: str = ""
    by: str = ""
    on: str = ""
    patient_id: str = ""
    rule: str = ""
    raw: str = ""
    told: str = ""
    file: str = ""
    sheet: str = ""
    row: str = ""
    column: str = ""


@dataclass(frozen=True)
class AnswerProblem:
    """Something in a returned pack that could not be used, with its place.

    Attributes
    ----------
    kind
        ``unreadable``, ``without_keys``, ``unknown_answer``, ``without_choice``,
        ``other_center``; the words are those of the phrase ``problem.<kind>``.
    raw
        What it is about.
    """

    kind: str
    file: str
    sheet: str | None = None
    row: int | None = None
    raw: str = ""


@dataclass(frozen=True)
class Returned:
    """What a returned pack holds."""

    file: str
    center: str
    drop: str
    answers: tuple[Answer, ...]
    problems: tuple[AnswerProblem, ...]


def read_packs(drop: Path) -> tuple[Returned, ...]:
    """Read every filled pack in the folder of a drop, in the order of their names.

    Raises
    ------
    multicentric.reading.DropFault
        The folder cannot be read.
    """
    return tuple(read_pack(drop / file, file.as_posix()) for file in list_packs(drop))


def read_pack(path: Path, file: str) -> Returned:
    """Read one filled pack; what cannot be used becomes a problem, never an exception.

    Parameters
    ----------
    path
        The workbook.
    file
        The name under which problems mention it.
    """
    about: dict[str, str] = {}
    answers: list[Answer] = []
    problems: list[AnswerProblem] = []
    try:
        with Workbook(path, file) as book:
            about = _about(book.read("about", _spec(file, MARK)))
            for key in ("open", "answered"):
                if about.get(key):
                    table = book.read(key, _spec(file, about[key]))
                    answers += _answers(table, problems)
    except DropFault as fault:
        problems.append(AnswerProblem("unreadable", file, fault.sheet, fault.row, fault.message))
    return Returned(
        file, about.get("center", ""), about.get("drop", ""), tuple(answers), tuple(problems)
    )


def _spec(file: str, sheet: str) -> TableSpec:
    return TableSpec(file=file, format="workbook", sheet=sheet, heading_rows="1")


def _about(table: RawTable) -> dict[str, str]:
    names, values = table.columns.get("what"), table.columns.get("value")
    if names is None or values is None:
        return {}
    pairs = zip(names.text, values.text, strict=True)
    return {name: value for name, value in pairs if name and value}


def _answers(table: RawTable, problems: list[AnswerProblem]) -> Iterator[Answer]:
    meaning = _meaning()
    columns = {name: table.columns[name].text for name in table.columns}
    if "finding_id" not in columns or "answer" not in columns:
        problems.append(AnswerProblem("without_keys", table.file, table.sheet))
        return

    for at, row in enumerate(table.rows.tolist()):

        def cell(name: str, at: int = at) -> str:
            return columns[name][at] or "" if name in columns else ""

        finding_id = cell("finding_id")
        given = {name: cell(name).strip() for name in _GIVEN}
        if not _ID.fullmatch(finding_id) or not any(given.values()):
            continue
        code = meaning.get(_folded(given["answer"]), "")
        if given["answer"] and not code:
            problems.append(
                AnswerProblem("unknown_answer", table.file, table.sheet, row, given["answer"])
            )
        elif not code:
            problems.append(AnswerProblem("without_choice", table.file, table.sheet, row))
        yield Answer(
            finding_id=finding_id,
            about=cell("about"),
            code=code,
            new_value=given["new_value"],
            comment=given["comment"],
            by=given["answered_by"],
            on=given["answered_on"],
            **{name: cell(name) for name in _ASKED},
        )


_GIVEN = ("answer", "new_value", "comment", "answered_by", "answered_on")
_ASKED = ("patient_id", "rule", "raw", "told", "file", "sheet", "row", "column")


def _folded(text: str) -> str:
    return _FOLD(text)


def _meaning() -> dict[str, str]:
    """Label in any language, or the code itself, to code: a pack may be filled in another one."""
    labels = {_folded(code): code for code in CODES}
    for code in CODES:
        labels |= {_folded(label): code for label in every_label(f"answer.{code}")}
    return labels
