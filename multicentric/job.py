"""How a script of the workflow begins, and how it ends when a person has to act."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

from multicentric.dictionary import read_dictionary
from multicentric.documents import Mistakes, read_document
from multicentric.resume import say_at_work
from multicentric.study import load_settings, load_study, mistakes_against_dictionary, part_for


class Stop(Exception):
    """Why a stage cannot go on, in one sentence for the person who can change it."""


def begin(log: str) -> None:
    """Send what the script says to its log, and end it in words where a person must act.

    `Stop` and `multicentric.documents.Mistakes` end the script with exit code 1 and their
    sentences, in the log and on the terminal. Any other exception is a fault of the program: its
    traceback goes to the log, which Snakemake shows.
    """
    terminal = sys.stderr
    sys.stderr = Path(log).open("w", encoding="utf-8", buffering=1)  # noqa: SIM115 - until the end
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s", force=True)

    def end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, Stop | Mistakes):
            print(error, file=sys.stderr)
            print(error, file=terminal)
        else:
            traceback.print_exception(kind, error, trace)

    sys.excepthook = end
    say_at_work(Path(".snakemake"))


def protocol_part(stage: str, dictionary: str | None = None) -> SimpleNamespace:
    """The part of the protocol that a stage sees.

    Parameters
    ----------
    dictionary
        Path of ``results/dictionary.json``, if the study file is to be held to it first.

    Raises
    ------
    multicentric.documents.Mistakes
        All mistakes of the study file, each with its line.
    """
    folder = Path()
    settings = load_settings(folder)
    study = load_study(folder, settings)
    if dictionary is not None:
        document = read_document(folder / settings.study, settings.study)
        known = read_dictionary(Path(dictionary))
        mistakes = list(mistakes_against_dictionary(study, document, known))
        if mistakes:
            raise Mistakes(mistakes)
    return part_for(stage, study)


def read_json(path: str | Path) -> Any:
    """Read what `write_json` wrote."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_json(value: Any, path: str | Path) -> None:
    """Write plain data: same data, same bytes; whole or not at all."""
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.unfinished")
    text = json.dumps(value, indent=1, ensure_ascii=False)
    unfinished.write_text(f"{text}\n", encoding="utf-8")
    os.replace(unfinished, path)
