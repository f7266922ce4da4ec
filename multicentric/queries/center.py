"""The questions of one center, from the tables of its drops and the packs that came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from multicentric.dictionary import Dictionary
from multicentric.mapping import Mapping
from multicentric.queries.answers import Returned
from multicentric.queries.states import DropFindings, follow
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
    center: str, drops: Sequence[JudgedDrop], words: Words, dictionary: Dictionary
) -> pd.DataFrame:
    """Every question that the center was asked over its drops, and where it stands now.

    Parameters
    ----------
    drops
        Oldest first; the last is the one that is analysed.

    Returns
    -------
    pandas.DataFrame
        `multicentric.queries.states.COLUMNS`.
    """
    return follow([_findings_of(center, drop, words, dictionary) for drop in drops])


def _findings_of(
    center: str, drop: JudgedDrop, words: Words, dictionary: Dictionary
) -> DropFindings:
    told = in_words(drop.findings, drop.harmonized, drop.mapping, words, dictionary)
    # A pack of another center, left here by mistake, answers nothing.
    answers = [a for pack in drop.returned if pack.center == center for a in pack.answers]
    return DropFindings(
        drop=drop.drop,
        findings=told,
        patients=frozenset(drop.records["patient_id"].dropna()),
        cells=cells_of(drop.lineage),
        answers=tuple(answers),
    )


def cells_of(lineage: pd.DataFrame) -> dict[tuple[str, str], str | None]:
    """Raw text by patient and variable."""
    raw = lineage["raw"].astype(object).where(lineage["raw"].notna(), None)
    return dict(zip(zip(lineage["patient_id"], lineage["variable"], strict=True), raw, strict=True))
