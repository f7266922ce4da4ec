"""The stage that asks: a center's drops as results hold them, to its pack and its summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from multicentric.dictionary import Dictionary
from multicentric.mapping import load_mapping
from multicentric.queries.answers import read_packs
from multicentric.queries.center import JudgedDrop, questions
from multicentric.queries.pack import Addressee, write_pack
from multicentric.queries.summary import summary_page, write_summary
from multicentric.queries.words import load_words
from multicentric.tables import read_table


@dataclass(frozen=True)
class Asked:
    """What a center is sent: its questions as a table, as a workbook and on paper."""

    queries: pd.DataFrame
    pack: bytes
    summary: bytes


def judged_drops(
    folders: Sequence[str],
    mappings: Sequence[str],
    tables: Sequence[str],
    lineages: Sequence[str],
    findings: Sequence[str],
    records: Sequence[str],
) -> list[JudgedDrop]:
    """A center's drops, oldest first, from the files that earlier stages wrote for each of them."""
    parts = zip(folders, mappings, tables, lineages, findings, records, strict=True)
    return [
        JudgedDrop(
            drop=Path(folder).name,
            harmonized=read_table(Path(table)),
            lineage=read_table(Path(lineage)),
            findings=read_table(Path(found)),
            records=read_table(Path(sent)),
            mapping=load_mapping(Path(mapping)),
            returned=read_packs(Path(folder)),
        )
        for folder, mapping, table, lineage, found, sent in parts
    ]


def ask(
    center: str,
    drops: Sequence[JudgedDrop],
    across: Sequence[pd.DataFrame],
    checks: pd.DataFrame,
    dictionary: Dictionary,
    messages: Path,
    *,
    simulated: bool,
    split: str | None,
) -> Asked:
    """Put a center's questions together, in its language.

    Parameters
    ----------
    drops
        Oldest first.
    across
        What shows of the newest drop beside other centers (`multicentric.pool.part_of`); empty
        where the center is not pooled.
    checks
        Checks of the newest drop.
    messages
        The study's folder of messages.
    simulated
        Whether the data are simulated, which every sheet and page then says.
    split
        For a drop that several centers share: the code of this one; it is then called by its id.
    """
    newest = drops[-1]
    about = newest.mapping.center
    words = load_words(about.language, dictionary, messages)
    queries = questions(center, drops, words, dictionary, across)
    to = Addressee(center, center if split else about.name, newest.drop, simulated)
    previous = drops[-2].drop if len(drops) > 1 else ""
    page = summary_page(queries, checks, newest.records, to, previous, words)
    return Asked(queries, write_pack(queries, to, words), write_summary(page))
