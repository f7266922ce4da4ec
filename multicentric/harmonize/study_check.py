"""``multicentric check``: study, dictionary and mappings, every mistake in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from multicentric.centers import Center, discover
from multicentric.dictionary import Dictionary
from multicentric.documents import Mistake, Mistakes, nearest, read_document
from multicentric.harmonize.check import Checked, check_center
from multicentric.keyed_hash import KeyedHash, keyed_hash
from multicentric.mapping import load_mapping
from multicentric.mapping.load import sound_part
from multicentric.schema import dictionary_of, load_model
from multicentric.study import load_settings, load_study, mistakes_against_dictionary


class CannotCheck(Exception):
    """Why there is nothing to check, in one sentence (exit code 2)."""


def check_study(folder: Path, only: Sequence[str] = ()) -> Checked:
    """Check a study folder without running anything.

    Parameters
    ----------
    folder
        The study's folder.
    only
        Centers to look at; all by default.

    Returns
    -------
    Checked
        Mistakes and advice in the order of files and lines.

    Raises
    ------
    CannotCheck
        The study file or the dictionary cannot be read, the secret of hashed keys is not where the
        settings say, or a center is not there.
    """
    dictionary, secret, checked = _protocol(folder)
    centers = discover(folder)
    known = {center.id for center in centers} | {center.source for center in centers}
    for name in only:
        if name not in known:
            raise CannotCheck(f"There is no center '{name}'. {nearest(name, known)}")
    done: set[tuple[Path | None, Path | None]] = set()
    for center in centers:
        asked = not only or center.id in only or center.source in only
        if asked and (center.mapping is None or (center.mapping, center.drop) not in done):
            done.add((center.mapping, center.drop))
            checked += _center(center, folder, dictionary, secret)
    return checked


def told(checked: Checked) -> list[str]:
    """What a check found as lines to read: first what must be mended, then the advice."""
    mistakes, advice = checked.mistakes, checked.advice
    lines = ["There is no mistake." if not mistakes else f"To be mended ({len(mistakes)}):"]
    lines += [f"  {mistake}" for mistake in mistakes]
    if advice:
        lines += ["", f"To be read ({len(advice)}):", *(f"  {one}" for one in advice)]
    return lines


def _protocol(folder: Path) -> tuple[Dictionary, KeyedHash | None, Checked]:
    try:
        settings = load_settings(folder)
        study = load_study(folder, settings)
        document = read_document(folder / settings.study, settings.study)
        secret = keyed_hash(folder, settings)
    except Mistakes as mistakes:
        raise CannotCheck(str(mistakes)) from mistakes
    try:
        dictionary = dictionary_of(load_model(folder / study.dictionary, study.cut_off))
    except (ImportError, TypeError, SyntaxError) as error:
        raise CannotCheck(f"{study.dictionary}: {error}") from error
    found = list(mistakes_against_dictionary(study, document, dictionary))
    return dictionary, secret, Checked(found)


def _center(
    center: Center, folder: Path, dictionary: Dictionary, secret: KeyedHash | None
) -> Checked:
    if center.state == "disabled":
        return Checked()
    if center.state != "ready" or center.mapping is None:
        problems = center.problems or ((center.place, None, center.reason),)
        found = Checked([Mistake(file, line or 0, problem) for file, line, problem in problems])
        return found + _of_the_rest(Path(problems[0][0]), folder, dictionary, secret)
    shown = center.mapping.relative_to(folder).as_posix()
    return check_center(load_mapping(center.mapping, shown), dictionary, center.drop, secret)


def _of_the_rest(
    path: Path, folder: Path, dictionary: Dictionary, secret: KeyedHash | None
) -> Checked:
    """What else is wrong with a center whose mapping has wrong blocks, be they mended or not."""
    shown = path.relative_to(folder).as_posix()
    part = sound_part(path, shown) if path.is_file() and path.name == "mapping.yaml" else None
    if part is None:
        return Checked()
    source = folder / Path(shown).parts[0] / Path(shown).parts[1]
    drops = (drop for drop in source.iterdir() if drop.is_dir() and drop.name[0].isdigit())
    return check_center(part, dictionary, max(drops, default=None), secret)
