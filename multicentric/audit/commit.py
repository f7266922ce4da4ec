"""Which commit the program stood at when something was published."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

# What decides over results; the study's own files stand in the ledger by their digests.
_PROGRAM = ("Snakefile", "rules", "scripts", "multicentric", "templates", "profiles")


def commit_of(engine: Path) -> dict[str, Any]:
    """The commit of the program, for the ledger alone: a commit that changes no result reruns none.

    Parameters
    ----------
    engine
        The folder of the Snakefile.

    Returns
    -------
    dict
        ``commit``, and ``uncommitted``, whether the program differs from it; empty where the
        program is under no version control, or Git is not there.
    """
    if _git(engine, "ls-files", "--error-unmatch", "Snakefile") is None:
        return {}
    commit = _git(engine, "rev-parse", "HEAD")
    if not commit:
        return {}
    changed = _git(engine, "status", "--porcelain", "--", *_PROGRAM)
    return {"commit": commit, "uncommitted": bool(changed)}


def _git(folder: Path, *asked: str) -> str | None:
    """What Git answers; None where it cannot."""
    command = ["git", "--no-optional-locks", "-C", str(folder), *asked]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
