"""Centers without their names: a neutral label each, the small ones together under one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from multicentric.audit.disclosure.counts import Gate

OTHERS = "Other centers"


@dataclass(frozen=True)
class Masks:
    """Under which name each center is shown.

    Attributes
    ----------
    names
        Id to label, to `OTHERS`, or to nothing where even the small ones together are too small.
    """

    names: Mapping[str, str]
    _pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ids = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        pattern = re.compile(rf"(?<![\w-])(?:{ids})(?![\w-])" if ids else r"(?!)")
        object.__setattr__(self, "_pattern", pattern)

    def named_in(self, text: str) -> str | None:
        """The first center that a text names, as a word of its own."""
        found = self._pattern.search(text)
        return None if found is None else found.group()

    def alone(self, center: str) -> str | None:
        """The label of a center that is shown by itself; None if it is not."""
        name = self.names.get(center, "")
        return name if name and name != OTHERS else None

    def shown(self, centers: pd.Series) -> pd.Series:
        """A column of ids as a column of names; missing where a center is not shown at all."""
        named = {center: name for center, name in self.names.items() if name}
        return centers.map(named).astype("string")


def masks_of(gate: Gate, labels: Mapping[str, str], times: pd.DataFrame, ids: list[str]) -> Masks:
    """Decide which centers are shown by themselves: patients and events reach the threshold.

    Parameters
    ----------
    labels
        Id to label, see `labels_of`.
    times
        One row per analysed patient and endpoint.
    ids
        All centers of the study, also those without an analysed patient.

    Returns
    -------
    Masks
        Small centers go together as `OTHERS`, of two at least: with one alone among them, the
        next smallest joins; as long as they are too small together, too.
    """
    sizes = times.groupby(["center", "endpoint"])["event"].agg(["size", "sum"]).astype(int)
    of_center = sizes.groupby("center").min()
    smallest = {name: int(of_center.loc[name].min()) if name in of_center.index else 0
                for name in ids}  # fmt: skip
    order = sorted(ids, key=lambda name: (smallest[name], labels.get(name, ""), name))
    limit = gate.rules.threshold
    small = [name for name in order if smallest[name] < limit or name not in labels]
    rest = [name for name in order if name not in small]
    while small and rest and (len(small) < 2 or not _large(sizes, small, limit)):
        small.append(rest.pop(0))
    together = OTHERS if len(small) > 1 and _large(sizes, small, limit) else ""
    for _ in small:
        action = "shown among other centers" if together else "not shown by itself"
        gate.withhold("estimates", "a center", "center below the threshold", action)
    return Masks({**{name: labels[name] for name in rest}, **dict.fromkeys(small, together)})


def _large(sizes: pd.DataFrame, centers: list[str], limit: int) -> bool:
    own = sizes[sizes.index.get_level_values("center").isin(centers)]
    together = own.groupby("endpoint").sum()
    return len(together) > 0 and bool((together >= limit).all(axis=None))
