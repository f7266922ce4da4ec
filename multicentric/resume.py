"""What an earlier run left behind: its lock after a kill, results without Snakemake's record.

Snakemake locks a study folder while it runs and forgets whose lock it is: after a kill the lock
stays until someone says ``--unlock``. Here every run and every job holds a file locked by the
operating system, which lets go when the process ends, however it ends. So the next run knows
whether anybody is still at work, and takes over where nobody is.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path

# Open for the life of the process: closing the file would let go of its lock.
_held: list[int] = []


def say_at_work(record: Path) -> None:
    """Let others see, as long as this process lives, that it works in this study folder.

    Parameters
    ----------
    record
        Snakemake's folder ``.snakemake`` in the study folder.
    """
    folder = record / "at-work"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{socket.gethostname()}-{os.getpid()}"
    # Locked before it gets its name: nobody may take it for the file of a dead process.
    unlocked = folder / f".{name}"
    file = os.open(unlocked, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)
    os.replace(unlocked, folder / name)
    _held.append(file)
    atexit.register((folder / name).unlink, missing_ok=True)


def unlock_if_nobody_works(record: Path) -> bool:
    """Remove Snakemake's lock if the run that made it, and all its jobs, are gone.

    Returns
    -------
    bool
        Whether there was such a lock.
    """
    folder = record / "at-work"
    marks = sorted(path for path in folder.glob("[!.]*")) if folder.is_dir() else []
    if any([_alive(mark) for mark in marks]):
        return False
    locks = record / "locks"
    left_behind = locks.is_dir() and any(locks.iterdir())
    if left_behind:
        shutil.rmtree(locks)
    return left_behind


def _alive(mark: Path) -> bool:
    host, _, process = mark.name.rpartition("-")
    # Not every shared file system tells another host of a lock, so another host counts as at work.
    if host != socket.gethostname():
        return True
    if process == str(os.getpid()):
        return False
    try:
        file = os.open(mark, os.O_RDWR)
    except FileNotFoundError:
        return False
    except PermissionError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    mark.unlink(missing_ok=True)
    return False


def without_record(results: Iterable[str], record: Path) -> list[str]:
    """Results that exist although Snakemake knows nothing of how they were made.

    Without its record Snakemake takes whatever lies there for up to date. A result that a cut-off
    job left is no such case: Snakemake has marked it as incomplete.

    Parameters
    ----------
    results
        Paths as the rules name them.
    record
        Snakemake's folder ``.snakemake`` in the study folder.
    """
    return [
        path
        for path in results
        if Path(path).exists()
        and not any((record / kind / _entry(path)).is_file() for kind in ("metadata", "incomplete"))
    ]


def _entry(path: str) -> str:
    """Where Snakemake files what it knows of a result; a long name becomes nested folders."""
    name = urlsafe_b64encode(path.encode()).decode()
    longest = os.pathconf(".", "PC_NAME_MAX") - 1
    parts = [name[start : start + longest] for start in range(0, len(name), longest)]
    return "/".join([*(f"@{part}" for part in parts[:-1]), parts[-1]])
