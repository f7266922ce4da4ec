"""What a center is called where readers outside the study must not know its name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from multicentric.centers import Center
from multicentric.fingerprint import files_digest

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def labels_of(centers: Iterable[Center]) -> dict[str, str]:
    """A label for every center that has sent something, by its id.

    A label is drawn from the center's first drop, which never changes and which nobody outside has:
    so it stays the same in every later release, whoever joins or leaves, and tells neither size nor
    name nor order of joining. Letters without vowels spell no word.

    Returns
    -------
    dict
        Id to label, such as ``Center KXR``; no two centers share one.
    """
    labels: dict[str, str] = {}
    for center in sorted(centers, key=lambda center: center.id):
        if center.drop is None:
            continue
        first = center.earlier[0] if center.earlier else center.drop
        files = sorted(path for path in first.rglob("*") if path.is_file())
        sent = [path for path in files if path.name != "mapping.yaml"]
        label = _label(f"{files_digest(sent, first)} {center.id}", set(labels.values()))
        labels[center.id] = label
    return labels


def _label(secret: str, taken: set[str]) -> str:
    number = int(hashlib.sha256(secret.encode()).hexdigest(), 16)
    while True:
        letters = ""
        for _ in range(3):
            number, rest = divmod(number, len(_LETTERS))
            letters += _LETTERS[rest]
        if f"Center {letters}" not in taken:
            return f"Center {letters}"
