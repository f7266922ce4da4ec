"""``multicentric changes CENTER``: what differs between a center's last two drops, in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from multicentric.centers import discover
from multicentric.changes.deliveries import changes_of
from multicentric.changes.nothing import NothingToCompare
from multicentric.changes.told import in_words
from multicentric.documents import nearest
from multicentric.keyed_hash import keyed_hash
from multicentric.queries.words import ENGLISH, load_words
from multicentric.schema import dictionary_of, load_model
from multicentric.study import load_settings, load_study


def tell_changes(folder: Path, center: str, old_mapping: Path | None = None) -> Iterator[str]:
    """The changes of one center, line by line.

    Parameters
    ----------
    folder
        The study's folder.
    old_mapping
        Compare with the newest drop as this mapping read it, instead of with the drop before.

    Raises
    ------
    NothingToCompare
        There is no such center, or it has no two drops.
    multicentric.documents.Mistakes
        The settings, the study or a mapping is wrong.
    """
    settings = load_settings(folder)
    study, secret = load_study(folder, settings), keyed_hash(folder, settings)
    centers = {found.id: found for found in discover(folder)}
    if center not in centers:
        raise NothingToCompare(f"There is no center '{center}'. {nearest(center, centers)}")
    model = load_model(folder / study.dictionary, study.cut_off)
    dictionary = dictionary_of(model)
    compared = changes_of(centers[center], study, model, dictionary, old_mapping, secret)
    span = f"{compared.before} → {compared.after}"
    if compared.before == compared.after:
        span = f"{compared.after}, by the mapping {old_mapping} and by the present one"
    yield f"{center}: {span}"
    # The command is the coordinating center's; the page speaks the center's language.
    words = load_words(ENGLISH, dictionary)
    for heading, sentences in in_words(compared.changes, words).items():
        yield ""
        yield f"{heading}: {len(sentences) or 'nothing'}"
        yield from (f"  {sentence}" for sentence in sentences)
