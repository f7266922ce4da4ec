"""Waivers: what a center has confirmed as right, as far as the study's rules let it be waived."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from multicentric.queries.answers import read_pack
from multicentric.validate.waived import Waivers


def waivers_in(center: str, packs: Iterable[Path]) -> Waivers:
    """Questions whose last answer is that the value is right.

    Parameters
    ----------
    packs
        Filled query packs of the center's drops up to the one that is judged, oldest drop first.
        A pack of another center, left there by mistake, waives nothing.
    """
    last = {
        answer.finding_id: answer
        for path in packs
        for pack in [read_pack(path, path.name)]
        if pack.center == center
        for answer in pack.answers
    }
    right = (answer for answer in last.values() if answer.code == "value_is_right")
    return frozenset((answer.finding_id, answer.about) for answer in right)
