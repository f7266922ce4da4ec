"""``multicentric …``: what a person asks of a study, beside the workflow."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from multicentric.audit import commands as audit
from multicentric.audit.commands import AuditFault
from multicentric.documents import Mistakes
from multicentric.summary import NoResults, summary


def main(arguments: list[str] | None = None) -> int:
    """Run one command in the current study folder.

    Returns
    -------
    int
        The exit code: 0, or 1 with one sentence on standard error.
    """
    parser = argparse.ArgumentParser(prog="multicentric", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("summary", help="the report's path, and centers, patients and queries")
    audit.add_commands(commands)
    asked = parser.parse_args(arguments)
    try:
        if asked.command == "audit":
            return int(asked.run(asked))
        print("\n".join(summary(Path("results"))))
    except (NoResults, AuditFault, Mistakes) as why:
        print(why, file=sys.stderr)
        return 1
    return 0
