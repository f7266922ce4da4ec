"""``multicentric …``: what a person asks of a study, beside the workflow."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from multicentric.audit import commands as audit
from multicentric.audit.commands import AuditFault
from multicentric.changes.nothing import NothingToCompare
from multicentric.documents import Mistakes
from multicentric.summary import NoResults, summary

# What a shell says of a command whose reader, such as ``head``, has gone: 128 and SIGPIPE's number.
_READER_GONE = 141


def main(arguments: list[str] | None = None) -> int:
    """Run one command in the current study folder.

    Returns
    -------
    int
        The exit code: 0, or 1 with one sentence on standard error; of ``check`` 1 where something
        must be mended, and 2 where nothing can be checked.
    """
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left to write goes nowhere, or Python would complain once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_GONE
    return code


def _run(arguments: list[str] | None) -> int:
    parser = argparse.ArgumentParser(prog="multicentric", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("summary", help="the report's path, and centers, patients and queries")
    check = commands.add_parser(
        "check", help="every mistake in the study and the mappings, and what to do about it"
    )
    check.add_argument("centers", nargs="*", metavar="CENTER", help="all centers by default")
    draft = commands.add_parser("draft", help="a first mapping of files nobody has mapped yet")
    draft.add_argument("center", metavar="CENTER")
    draft.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the files of one drop")
    draft.add_argument(
        "--write", action="store_true", help="to the center's folder, if no mapping is there"
    )
    changes = commands.add_parser("changes", help="what differs between a center's last two drops")
    changes.add_argument("center", metavar="CENTER")
    changes.add_argument(
        "--mapping",
        type=Path,
        metavar="FILE",
        help="compare the newest drop as this mapping reads it with how it is read now",
    )
    audit.add_commands(commands)
    asked = parser.parse_args(arguments)
    if asked.command == "check":
        return _check(asked.centers)
    if asked.command == "draft":
        return _draft(asked.center, asked.files, asked.write)
    try:
        if asked.command == "audit":
            return int(asked.run(asked))
        if asked.command == "changes":
            # Reads and judges drops, which the other commands need not import.
            from multicentric.changes.command import tell_changes

            print("\n".join(tell_changes(Path(), asked.center, asked.mapping)))
        else:
            print("\n".join(summary(Path("results"))))
    except (NoResults, NothingToCompare, AuditFault, Mistakes) as why:
        print(why, file=sys.stderr)
        return 1
    return 0


def _check(centers: list[str]) -> int:
    # Loads the study's model, and pandera with it, which the other commands need not.
    from multicentric.harmonize.study_check import CannotCheck, check_study, told

    try:
        checked = check_study(Path(), centers)
    except CannotCheck as why:
        print(why, file=sys.stderr)
        return 2
    print("\n".join(told(checked)))
    return checked.exit_code


def _draft(center: str, files: list[Path], write: bool) -> int:
    # Loads pandera and the readers, which the other commands need not.
    from multicentric.draft.command import NoDraft, tell_draft

    try:
        told = tell_draft(Path(), center, files, write=write)
    except (NoDraft, Mistakes) as why:
        print(why, file=sys.stderr)
        return 1
    print(told.rstrip("\n"))
    return 0
