"""Records of one person under several centers: which one stays, by decision or by rule."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from multicentric.adjudications import DECIDED, Adjudication
from multicentric.protocol import SamePerson

Question = dict[str, Any]


def same_person(
    everyone: pd.DataFrame, rule: SamePerson | None, adjudications: Sequence[Adjudication] = ()
) -> tuple[pd.Series, pd.Series, list[Question]]:
    """Find records of one person.

    What people decided counts first. Of the others, records of different centers that agree in the
    variables of the rule are one person, and the one that was followed longest stays.

    Parameters
    ----------
    everyone
        Patients of all centers: ``center``, ``patient_id`` and the rule's variables.
    rule
        The study's rule; None where it has none.

    Returns
    -------
    tuple
        Which rows are duplicates, which cannot be decided (booleans on the index of `everyone`),
        and a question for each of them.
    """
    duplicate = pd.Series(False, index=everyone.index)
    undecided = pd.Series(False, index=everyone.index)
    found: list[Question] = []

    def ask(row: Any, name: str, other: Any, detail: str) -> None:
        found.append(
            {
                "center": everyone.at[row, "center"],
                "patient_id": everyone.at[row, "patient_id"],
                "rule": name,
                "other_center": everyone.at[other, "center"],
                "other_patient_id": everyone.at[other, "patient_id"],
                "detail": detail,
            }
        )

    apart: set[frozenset[Any]] = set()
    keys = zip(everyone["center"], everyone["patient_id"], strict=True)
    place = dict(zip(keys, everyone.index, strict=True))
    for decision in adjudications:
        rows = {c: place[c, p] for c, p in decision.records.items() if (c, p) in place}
        if decision.decision == "two persons":
            apart |= {frozenset(pair) for pair in combinations(rows.values(), 2)}
        elif decision.keep in rows:
            stays = rows[decision.keep]
            for center, row in rows.items():
                if center != decision.keep and not duplicate[row]:
                    duplicate[row] = True
                    ask(row, "duplicate", stays, f"{DECIDED}{decision.reason.rstrip('.')}")
    if rule is None:
        return duplicate, undecided, found

    complete = everyone[~duplicate].dropna(subset=rule.same)
    for _, alike in complete.groupby(rule.same, sort=True):
        group = alike[[_has_twin(row, alike, apart) for row in alike.index]]
        if group["center"].nunique() < 2:
            continue
        latest = group[rule.keep_latest]
        stays = group.index[latest == latest.max()]
        clear = latest.notna().all() and len(stays) == 1
        for row in group.index:
            if clear and row == stays[0]:
                continue
            other = stays[0] if clear else next(o for o in group.index if o != row)
            ask(row, "duplicate" if clear else "duplicate_undecided", other, ", ".join(rule.same))
            (duplicate if clear else undecided)[row] = True
    return duplicate, undecided, found


def _has_twin(row: Any, alike: pd.DataFrame, apart: set[frozenset[Any]]) -> bool:
    """Whether some record of another center may still be the same person."""
    center = alike.at[row, "center"]
    return any(
        alike.at[other, "center"] != center and frozenset((row, other)) not in apart
        for other in alike.index
    )
