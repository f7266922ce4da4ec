"""A release: what was shown outside, when; and what the next one must not give away.

Two releases can be subtracted. So each is kept beside the ledger, and the next one is held to it
(`multicentric.audit.disclosure.counts.Gate`).
"""

from __future__ import annotations

from pathlib import Path

from multicentric.audit.disclosure.counts import Rules
from multicentric.audit.disclosure.shareable import Shareable
from multicentric.audit.entries import account, now
from multicentric.audit.ledger import Entry, Line, append, sha256

# What was decided may be told otherwise; what is shown counts.
_DECISIONS = "decisions.csv"


class Refused(Exception):
    """Why nothing is released, in one sentence."""


def release(
    ledger: Path, shown: Shareable, rules: Rules, reason: str, report: bytes | None = None
) -> Entry:
    """Write a release beside the ledger, and an entry about it.

    Parameters
    ----------
    ledger
        The ledger; releases stand in ``releases/<number>/`` beside it.
    shown
        What may be shown, held to the last release.
    rules
        The thresholds.
    reason
        To whom it goes and why.
    report
        The report of the profile ``shareable``, if there is one.

    Raises
    ------
    Refused
        It would be the last release once more.
    """
    folder = ledger.parent / "releases"
    written = {
        f"{name}.csv": table.to_csv(index=False, lineterminator="\n").encode()
        for name, table in shown.tables().items()
    }
    if report is not None:
        written["report.pdf"] = report

    def make(lines: list[Line]) -> list[Entry]:
        number = 1 + sum(line.entry.get("kind") == "release" for line in lines)
        before = folder / str(number - 1)
        if number > 1 and all(_same(before / name, text) for name, text in written.items()):
            raise Refused(f"nothing differs from release {number - 1}.")
        target = folder / str(number)
        target.mkdir(mode=0o700, parents=True)
        for name, content in written.items():
            # For its owner, who hands it on, until it is handed on.
            (target / name).touch(mode=0o600)
            (target / name).write_bytes(content)
        said = {
            "kind": "release",
            "release": number,
            "reason": [reason],
            "rules": vars(rules),
            "files": {f"releases/{number}/{n}": sha256(t) for n, t in written.items()},
        }
        return [{"utc": now(), "account": account(), **said}]

    return append(ledger, make)[0]


def _same(path: Path, content: bytes) -> bool:
    return path.name == _DECISIONS or (path.is_file() and path.read_bytes() == content)
