"""The cohort as it would be without the corrections that the coordinating center has made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from multicentric.adjudications import Adjudication
from multicentric.centers import Center
from multicentric.dictionary import Dictionary
from multicentric.harmonize import harmonize_center
from multicentric.keyed_hash import KeyedHash
from multicentric.mapping import load_mapping
from multicentric.pool import Pooled, pool_centers
from multicentric.pool.centers import PoolPart
from multicentric.queries.waivers import waivers_in
from multicentric.schema import PatientModel
from multicentric.validate import Validated, validate_center


def validated_as_sent(
    center: Center,
    packs: Iterable[Path],
    model: type[PatientModel],
    dictionary: Dictionary,
    secret: KeyedHash | None = None,
) -> Validated:
    """Read and judge a center's newest drop by its mapping without the mapping's corrections.

    Parameters
    ----------
    center
        A ready center.
    packs
        Its query packs that came back: what it confirmed stays confirmed.
    model, dictionary, secret
        As for `multicentric.validate.validate_center` and
        `multicentric.harmonize.harmonize_center`.
    """
    assert center.drop is not None
    assert center.mapping is not None
    mapping = load_mapping(center.mapping).model_copy(update={"corrections": []})
    made = harmonize_center(
        center.id, center.drop, mapping, dictionary, split=center.split, secret=secret
    )
    waivers = waivers_in(center.id, packs)
    return validate_center(
        center.id, made.table, made.lineage, made.intake, model, dictionary, waivers
    )


def pooled_as_sent(
    as_sent: dict[str, Validated],
    validated: dict[str, pd.DataFrame],
    records: dict[str, pd.DataFrame],
    protocol: PoolPart,
    adjudications: Sequence[Adjudication] = (),
) -> Pooled:
    """Pool the centers with the corrected ones as they have sent their data.

    Parameters
    ----------
    as_sent
        The centers with corrections, by id. One that would be out as sent is not in the cohort.
    validated, records
        Every passing center as it is analysed, by id.
    protocol, adjudications
        As for `multicentric.pool.pool_centers`.
    """
    validated, records = dict(validated), dict(records)
    for center, judged in as_sent.items():
        validated[center], records[center] = judged.table, judged.records
        if judged.state != "ready":
            del validated[center], records[center]
    return pool_centers(validated, records, protocol, adjudications)
