"""Changes as a person reads them: four layers, a sentence for each, in the words of a language."""

from __future__ import annotations

from typing import Any

import pandas as pd

from multicentric.changes.table import LAYERS
from multicentric.queries.words import Words

# Where a note makes another sentence of a change: the phrase is then that of the kind with its end.
_NOTED = {
    "patient_gone": "with_event",
    "value_moved": "sent",
    "fewer_events": "longer",
}


def sentence(change: dict[str, Any], words: Words) -> str:
    """One change in words.

    Parameters
    ----------
    change
        A row of `multicentric.changes.table.COLUMNS`.
    """
    empty = words("changes.empty")
    fields = {key: empty if pd.isna(value) else str(value) for key, value in change.items()}
    fields["sheet"] = "" if pd.isna(change["sheet"]) else f", {change['sheet']}"
    if not pd.isna(change["variables"]):
        names = str(change["variables"]).split(", ")
        fields["variables"] = ", ".join(dict.fromkeys(map(words.label, names)))
    about = [part for part in str(change["about"] or "").split(" + ") if part]
    fields["about"] = " + ".join(words(f"changes.about.{part}") for part in about)
    kind = str(change["kind"])
    if kind in _NOTED and change["note"]:
        kind = f"{kind}.{_NOTED[kind]}"
    return words(f"changes.kind.{kind}", **fields)


def in_words(changes: pd.DataFrame, words: Words) -> dict[str, list[str]]:
    """Heading to sentences: the four layers, the moved mapping apart from the moved data."""
    told: dict[str, list[str]] = {}
    ours = changes["cause"] == "mapping"
    for layer in LAYERS:
        part = changes[(changes["layer"] == layer) & ~ours]
        heading = words(f"changes.layer.{layer}")
        told[heading] = [sentence(row, words) for row in part.to_dict("records")]
    rows = changes[ours].to_dict("records")
    told[words("changes.layer.mapping")] = [sentence(row, words) for row in rows]
    return told
