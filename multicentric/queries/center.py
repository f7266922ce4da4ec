"""The questions of one center, from the tables of its drops and the packs that came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from multicentric.dictionary import Dictionary
from multicentric.mapping import Mapping
from multicentric.queries.answers import Answer, AnswerProblem, Returned
from multicentric.queries.shown import fingerprint
from multicentric.queries.states import DropFindings, Query, as_table, follow
from multicentric.queries.told import in_words
from multicentric.queries.words import Words


@dataclass(frozen=True)
class JudgedDrop:
    """One drop of a center, harmonized and validated, with the mapping that read it.

    Attributes
    ----------
    drop
        Its date, ``YYYY-MM-DD``.
    returned
        Query packs that lay in its folder.
    """

    drop: str
    harmonized: pd.DataFrame
    lineage: pd.DataFrame
    findings: pd.DataFrame
    records: pd.DataFrame
    mapping: Mapping
    returned: Sequence[Returned] = ()


def questions(
    center: str,
    drops: Sequence[JudgedDrop],
    words: Words,
    dictionary: Dictionary,
    across: Sequence[pd.DataFrame] = (),
) -> pd.DataFrame:
    """Every question that the center was asked over its drops, and where it stands now.

    Parameters
    ----------
    drops
        Oldest first; the last is the one that is analysed.
    across
        What shows only beside other centers, of the newest drop (`multicentric.pool.part_of`).
        Earlier drops were never pooled with the others' of that time again, so such a question
        counts as asked before only once it was answered.

    Returns
    -------
    pandas.DataFrame
        `multicentric.queries.states.COLUMNS`.
    """
    for table in across:
        drops = _with_those_across(center, drops, table)
    asked = follow([_findings_of(center, drop, words, dictionary) for drop in drops])
    unusable = [
        _of_problem(center, drops[-1], problem, words) for problem in _problems(center, drops)
    ]
    return pd.concat([as_table(unusable), asked], ignore_index=True) if unusable else asked


def _with_those_across(
    center: str, drops: Sequence[JudgedDrop], across: pd.DataFrame
) -> list[JudgedDrop]:
    """The drops with what shows across centers: in the newest, and where an answer tells of it."""
    told = [{answer.finding_id for answer in _answers(center, drop)} for drop in drops]
    since = {}
    for finding_id in across["finding_id"]:
        # The pack that was answered asked about the drop before the one that it came with.
        answered = [at for at, ids in enumerate(told) if finding_id in ids]
        since[finding_id] = max(answered[0] - 1, 0) if answered else len(drops) - 1
    found = []
    for at, drop in enumerate(drops):
        sent = across["patient_id"].isna() | across["patient_id"].isin(drop.records["patient_id"])
        there = across[sent & (across["finding_id"].map(since) <= at)]
        both = [part for part in (drop.findings, there) if len(part)] or [drop.findings]
        found.append(replace(drop, findings=pd.concat(both, ignore_index=True)))
    return found


def _answers(center: str, drop: JudgedDrop) -> list[Answer]:
    """A pack of another center, left here by mistake, answers nothing."""
    return [a for pack in drop.returned if pack.center == center for a in pack.answers]


def _problems(center: str, drops: Sequence[JudgedDrop]) -> Iterator[AnswerProblem]:
    """What could not be used of the packs that came with the newest drop."""
    for pack in drops[-1].returned:
        yield from pack.problems
        if pack.center not in ("", center):
            yield AnswerProblem("other_center", pack.file, raw=pack.center)


def _of_problem(center: str, drop: JudgedDrop, problem: AnswerProblem, words: Words) -> Query:
    place = (problem.file, problem.sheet, problem.row, problem.kind, problem.raw)
    told = words(f"problem.{problem.kind}", raw=problem.raw)
    return Query(
        finding_id=fingerprint("\x1f".join(str(part) for part in (center, *place))),
        center=center,
        patient_id=None,
        variables=None,
        rule=f"answer_{problem.kind}",
        severity="query",
        effect="none",
        message=told,
        told=told,
        wanted=None,
        file=problem.file,
        sheet=problem.sheet,
        row=problem.row,
        column=None,
        raw=problem.raw or None,
        first_drop=drop.drop,
        last_drop=drop.drop,
        times_asked=1,
    )


def _findings_of(
    center: str, drop: JudgedDrop, words: Words, dictionary: Dictionary
) -> DropFindings:
    told = in_words(drop.findings, drop.harmonized, drop.mapping, words, dictionary)
    return DropFindings(
        drop=drop.drop,
        findings=told,
        patients=frozenset(drop.records["patient_id"].dropna()),
        cells=cells_of(drop.lineage),
        answers=tuple(_answers(center, drop)),
    )


def cells_of(lineage: pd.DataFrame) -> dict[tuple[str, str], str | None]:
    """Raw text by patient and variable."""
    raw = lineage["raw"].astype(object).where(lineage["raw"].notna(), None)
    return dict(zip(zip(lineage["patient_id"], lineage["variable"], strict=True), raw, strict=True))
