"""The value census of a drop: every distinct raw text, how often it stands there, what it became.

This and the grid of statuses are what a biostatistician reads before signing a mapping.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from multicentric.dictionary import Dictionary
from multicentric.harmonize.center import made_of, read_drop
from multicentric.harmonize.conversion import Converted
from multicentric.harmonize.filled import convert_column
from multicentric.harmonize.intake import Intake
from multicentric.harmonize.rows import Joined, join_patients
from multicentric.harmonize.variables import Maker
from multicentric.keyed_hash import KeyedHash
from multicentric.mapping.columns import heading_of
from multicentric.mapping.language import Mapping, VariableBlock

COLUMNS = ("variable", "column", "raw", "n", "outcome", "became", "rule", "new")


def take_census(
    drop: Path,
    mapping: Mapping,
    dictionary: Dictionary,
    *,
    split: str | None = None,
    secret: KeyedHash | None = None,
) -> pd.DataFrame:
    """Count the raw texts of a drop, variable by variable.

    Of a table with many rows per patient, the cells of all rows are counted, not only those picked.
    A drop that cannot be read has no census.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`: `raw` is missing for an empty cell, `became` where there is no value; `new` is
        missing until `since` compares with the drop before. In the dictionary's order, the most
        frequent text first.
    """
    intake = Intake(None)
    rows: list[dict[str, object]] = []
    delivered = read_drop(drop, mapping, dictionary, intake, secret)
    if delivered is not None:
        patients = join_patients(mapping, delivered, split, intake)
        maker = made_of(mapping, dictionary, patients)
        for name in dictionary.names:
            rows += _counts(maker, name)
    census = pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {name: {"n": "Int64", "new": "boolean"}.get(name, "string") for name in COLUMNS}
    )
    order = {name: number for number, name in enumerate(dictionary.names)}
    place = census["variable"].map(order).astype("Int64")
    census = census.assign(place=place, rare=-census["n"])
    census = census.sort_values(["place", "rare", "column", "raw", "rule"], kind="stable")
    return census[list(COLUMNS)].reset_index(drop=True)


def since(census: pd.DataFrame, previous: pd.DataFrame) -> pd.DataFrame:
    """Mark the raw texts that the drop before did not hold.

    Parameters
    ----------
    census, previous
        Of this drop and of the one before, each by the mapping that was its own. Where the one
        before could not be read, `new` stays missing.
    """
    if previous.empty:
        return census
    known = set(zip(previous["variable"], previous["raw"].fillna(""), strict=True))
    now = zip(census["variable"], census["raw"].fillna(""), strict=True)
    new = pd.array([text not in known for text in now], dtype="boolean")
    return census.assign(new=new)


def _counts(maker: Maker, name: str) -> Iterator[dict[str, object]]:
    block = maker.mapping.variables.get(name)
    if block is None or not block.made or block.verb in ("constant", "duration"):
        return
    if block.collapse is not None and name not in maker.without_column:
        if block.from_ is not None:
            yield from _of_visits(maker, name, block)
        return
    filled = maker.made[name]
    cells = pd.DataFrame({"raw": filled.raw, "result": filled.index, "place": filled.place})
    for (raw, result, place), n in (
        cells.groupby(["raw", "result", "place"], dropna=False, sort=False).size().items()
    ):
        converted = filled.results[result]
        if converted.reason != "no_row":
            text = None if pd.isna(raw) else str(raw)
            yield _line(name, filled.places[place].column, text, n, converted)


def _of_visits(maker: Maker, name: str, block: VariableBlock) -> Iterator[dict[str, object]]:
    joined: Joined = maker.patients.tables[maker.mapping.table_of(block)]
    heading = heading_of(block)
    convert = maker.conversion(block, maker.dictionary[name], f"variables.{name}")
    results, index = convert_column(joined.table, heading, convert)
    own = np.concatenate([*joined.visits, np.array([], dtype=np.int64)])
    raw = joined.table.columns[heading].text[own]
    cells = pd.DataFrame({"raw": raw, "result": index[own]})
    groups = cells.groupby(["raw", "result"], dropna=False, sort=False).size()
    for (text, result), n in groups.items():
        sent = None if pd.isna(text) else str(text)
        yield _line(name, heading, sent, n, results[result])


def _line(
    name: str, column: str | None, raw: str | None, n: int, converted: Converted
) -> dict[str, object]:
    return {
        "variable": name,
        "column": column,
        "raw": raw,
        "n": n,
        "outcome": converted.outcome,
        "became": _shown(converted),
        "rule": converted.rule,
        "new": None,
    }


def _shown(converted: Converted) -> str | None:
    """The value as the dictionary writes it; the reason of a missing one."""
    if converted.outcome == "missing":
        return f"missing: {converted.reason}"
    if converted.value is None:
        return None
    if isinstance(converted.value, bool):
        return "yes" if converted.value else "no"
    return str(converted.value)
