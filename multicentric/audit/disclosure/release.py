"""A release: what was shown outside, when; and what the next one must not give away.

Two releases can be subtracted. So each is kept beside the ledger, and a count that differs from the
last release by no more than the threshold is not shown anew.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from multicentric.audit.disclosure.counts import Rules
from multicentric.audit.disclosure.shareable import Shareable
from multicentric.audit.entries import account, now
from multicentric.audit.ledger import Entry, Line, append, sha256

# The counts of each table, and what names a row in it.
_KEYS = {
    "estimates": ["endpoint", "model", "population", "term", "level", "at", "statistic"],
    "curves": ["endpoint", "level", "time"],
    "baseline": ["variable", "level", "group"],
    "flow": ["disposition", "reason"],
}
_COUNTED = {
    "estimates": ["n", "n_events"],
    "curves": ["n_risk"],
    "baseline": ["n", "count", "n_missing"],
    "flow": ["n"],
}


class Refused(Exception):
    """Why nothing is released, in one sentence."""


def release(ledger: Path, shown: Shareable, rules: Rules, reason: str) -> Entry:
    """Write a release beside the ledger, and an entry about it.

    Parameters
    ----------
    ledger
        The ledger; releases stand in ``releases/<number>/`` beside it.
    shown
        What may be shown by itself.
    rules
        The thresholds, for the difference to the last release.
    reason
        To whom it goes and why.

    Raises
    ------
    Refused
        It would be the last release once more.
    """
    folder = ledger.parent / "releases"

    def make(lines: list[Line]) -> list[Entry]:
        number = 1 + sum(line.entry.get("kind") == "release" for line in lines)
        before = folder / str(number - 1)
        tables = _without_differences(shown, before, rules) if number > 1 else shown.tables()
        written = {name: table.to_csv(index=False).encode() for name, table in tables.items()}
        if number > 1 and all(_same(before / f"{n}.csv", text) for n, text in written.items()):
            raise Refused(f"nothing differs from release {number - 1}.")
        target = folder / str(number)
        target.mkdir(mode=0o700, parents=True)
        for name, content in written.items():
            (target / f"{name}.csv").write_bytes(content)
        said = {
            "kind": "release",
            "release": number,
            "reason": [reason],
            "rules": vars(rules),
            "files": {f"releases/{number}/{n}.csv": sha256(t) for n, t in written.items()},
        }
        return [{"utc": now(), "account": account(), **said}]

    return append(ledger, make)[0]


def _same(path: Path, content: bytes) -> bool:
    # What was decided may be told otherwise; what is shown counts.
    return path.stem == "decisions" or (path.is_file() and path.read_bytes() == content)


def _without_differences(shown: Shareable, before: Path, rules: Rules) -> dict[str, pd.DataFrame]:
    tables = shown.tables()
    noted = []
    for name, keys in _KEYS.items():
        path = before / f"{name}.csv"
        if not path.is_file():
            continue
        table, old = tables[name].copy(), pd.read_csv(path)
        earlier = {_key(row, keys): row for row in old.to_dict("records")}
        for at, row in zip(table.index, table.to_dict("records"), strict=True):
            last = earlier.get(_key(row, keys), {})
            for column in _COUNTED[name]:
                now_, then = row[column], last.get(column)
                if pd.isna(now_) or then is None or pd.isna(then):
                    continue
                if 0 < abs(float(now_) - float(then)) <= rules.threshold:
                    table.loc[at, column] = int(float(then))
                    key = f"{'/'.join(_key(row, keys))}:{column}"
                    rule = "difference to the last release"
                    noted.append(
                        {"output": name, "key": key, "rule": rule, "action": "kept as released"}
                    )
        tables[name] = table
    tables["decisions"] = pd.concat([tables["decisions"], pd.DataFrame(noted)], ignore_index=True)
    return tables


def _key(row: dict, keys: list[str]) -> tuple[str, ...]:
    texts = ("" if pd.isna(row[key]) else row[key] for key in keys)
    return tuple(f"{text:g}" if isinstance(text, float) else str(text) for text in texts)
