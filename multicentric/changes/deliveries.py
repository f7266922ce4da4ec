"""The last two drops of a center, read and judged anew: the way from folders to `compare`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from multicentric.centers import Center
from multicentric.changes.compare import Delivery, compare
from multicentric.changes.files import tables_of
from multicentric.changes.nothing import NothingToCompare
from multicentric.changes.outcomes import outcomes_of
from multicentric.dictionary import Dictionary
from multicentric.harmonize import harmonize_center
from multicentric.keyed_hash import KeyedHash
from multicentric.mapping import Mapping, load_mapping
from multicentric.protocol import Study
from multicentric.queries.waivers import waivers_in
from multicentric.reading.drop import list_packs
from multicentric.schema import PatientModel
from multicentric.validate import validate_center


@dataclass(frozen=True)
class Compared:
    """What changed, and between which two drops."""

    before: str
    after: str
    changes: pd.DataFrame


def mapping_for(drop: Path) -> Mapping:
    """The mapping of a drop: its own where it has one, else the center's.

    Raises
    ------
    multicentric.documents.Mistakes
        The mapping is wrong.
    """
    own = drop / "mapping.yaml"
    path = own if own.is_file() else drop.parent / "mapping.yaml"
    return load_mapping(path, path.as_posix())


def delivery(
    center: str,
    drop: Path,
    mapping: Mapping,
    model: type[PatientModel],
    dictionary: Dictionary,
    split: str | None = None,
    secret: KeyedHash | None = None,
    packs: Sequence[Path] = (),
) -> Delivery:
    """Read, harmonize and validate one drop; with a secret, patients' keys are hashed.

    Parameters
    ----------
    packs
        Query packs that had come back by then.
    """
    how: dict[str, Any] = {"split": split, "secret": secret}
    harmonized = harmonize_center(center, drop, mapping, dictionary, **how)
    read = harmonized.table, harmonized.lineage, harmonized.intake
    judged = validate_center(center, *read, model, dictionary, waivers_in(center, packs))
    return Delivery(
        drop.name,
        harmonized.table,
        harmonized.lineage,
        judged.findings,
        judged.records,
        tables_of(drop, mapping),
    )


def changes_of(
    center: Center,
    study: Study,
    model: type[PatientModel],
    dictionary: Dictionary,
    old_mapping: Path | None = None,
    secret: KeyedHash | None = None,
) -> Compared:
    """What differs between the last two drops of a center.

    Parameters
    ----------
    old_mapping
        Compare the newest drop with itself, as this mapping read it: what an edit of ours moved.
    secret
        What hashes patients' keys, where the settings ask for it.

    Raises
    ------
    NothingToCompare
        The center is not ready, or has one drop only.
    multicentric.documents.Mistakes
        A mapping is wrong.
    """
    if center.drop is None or center.state != "ready":
        raise NothingToCompare(f"{center.id} is {center.state}: {center.reason}")
    if old_mapping is not None:
        earlier, mapping = center.drop, load_mapping(old_mapping, old_mapping.as_posix())
    elif center.previous is None:
        raise NothingToCompare(f"{center.id} has sent one drop only, {center.drop_date}.")
    else:
        earlier, mapping = center.previous, mapping_for(center.previous)
    how = model, dictionary, center.split, secret
    before = delivery(center.id, earlier, mapping, *how, _packs(center, earlier))
    now = mapping_for(center.drop)
    after = delivery(center.id, center.drop, now, *how, _packs(center, center.drop))
    same = study.same_person.same if study.same_person else []
    found = compare(before, after, outcomes_of(study), dictionary, same)
    return Compared(before.drop, after.drop, found)


def _packs(center: Center, until: Path) -> list[Path]:
    """Query packs in the folders of a center's drops up to one of them, oldest first."""
    drops = [*center.earlier, *([center.drop] if center.drop else [])]
    return [drop / name for drop in drops if drop.name <= until.name for name in list_packs(drop)]
