"""From the state of the datasets to new lines of the ledger: what is new, and why."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from multicentric.audit.ledger import Entry, Line, append, canonical
from multicentric.audit.published import State, identity

# The parts of a state that make it another version. Bytes of decisions are left out: a comment in a
# mapping changes them and nothing that counts; what the mapping says stands in the stages' keys.
SUBSTANCE = ("files", "stages", "inputs", "above", "drop", "corrections", "waivers")


def record(
    path: Path,
    states: Mapping[str, State],
    decisions: Mapping[str, Mapping[str, Any]],
    made_with: Mapping[str, Any],
) -> list[Entry]:
    """Write into the ledger what it does not say yet.

    Parameters
    ----------
    path
        The ledger.
    states
        `multicentric.audit.published.states`: every dataset that there is.
    decisions
        `multicentric.audit.published.decisions`: the files that people wrote, for each of them.
    made_with
        ``software``, the versions of Python and of all libraries, ``lock``, the digest of the
        file that pins them, and what `multicentric.audit.commit.commit_of` says.

    Returns
    -------
    list of dict
        The new entries: a version of each dataset that is new or another than its last one, and a
        withdrawal of each that is no more. None if nothing changed.
    """

    def make(lines: list[Line]) -> list[Entry]:
        last = latest(lines)
        new = [
            {**_version(name, state, last.get(name)), "decisions": decisions[name], **made_with}
            for name, state in states.items()
            if _differs(state, last.get(name))
        ]
        gone = [name for name in last if name not in states and last[name]["kind"] == "dataset"]
        new += [_withdrawal(name, last[name]) for name in sorted(gone)]
        return [{"utc": now(), "account": account(), **entry} for entry in new]

    return append(path, make)


def latest(lines: Iterable[Line]) -> dict[str, Entry]:
    """The last entry of every dataset, withdrawals included."""
    found: dict[str, Entry] = {}
    for line in lines:
        if line.entry.get("kind") in ("dataset", "withdrawal"):
            found[line.entry["dataset"]] = line.entry
    return found


def now() -> str:
    """The time of an entry: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def account() -> str:
    """The account under which the program runs, as the system knows it."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"


def _differs(state: State, last: Entry | None) -> bool:
    if last is None or last["kind"] != "dataset":
        return True
    return any(canonical(state.get(part)) != canonical(last.get(part)) for part in SUBSTANCE)


def _version(name: str, state: State, last: Entry | None) -> dict[str, Any]:
    replaced = None
    if last is not None:
        replaced = {"version": last["version"], "entry": last["entry"]}
        if last["kind"] == "dataset":
            replaced["same_content"] = _said(state) == _said(last)
    return {
        "kind": "dataset",
        "dataset": name,
        "version": 1 if last is None else last["version"] + 1,
        "reason": _reasons(state, last),
        "replaces": replaced,
        **state,
    }


def _withdrawal(name: str, last: Entry) -> dict[str, Any]:
    return {
        "kind": "withdrawal",
        "dataset": name,
        "version": last["version"],
        "reason": ["the study no longer makes it"],
        "replaces": {"version": last["version"], "entry": last["entry"]},
    }


def _said(state: Mapping[str, Any]) -> dict[str, str]:
    return {file: identity(measured) for file, measured in state["files"].items()}


def _reasons(state: State, last: Entry | None) -> list[str]:
    """Why there is a new version, in words, the cause nearest to the center first."""
    if last is None:
        return ["first version"]
    if last["kind"] == "withdrawal":
        return ["made again"]
    reasons = []
    if state.get("drop") != last.get("drop"):
        reasons.append(f"new drop {state['drop']}")
    elif state["inputs"] != last["inputs"]:
        names = sorted(_changed(state["inputs"], last["inputs"]))
        reasons.append(f"files of the drop changed: {', '.join(Path(n).name for n in names)}")
    for part, words in _CAUSES:
        stages = [
            stage
            for stage, key in state["stages"].items()
            if stage in last["stages"] and key.get(part) != last["stages"][stage].get(part)
        ]
        if stages:
            reasons.append(f"{words} ({', '.join(sorted(stages))})")
    changed = _changed(state["above"], last["above"])
    if changed:
        reasons.append(f"made from others: {', '.join(sorted(changed))}")
    for part in ("corrections", "waivers"):
        if state.get(part) != last.get(part):
            reasons.append(f"{part} changed")
    return reasons or ["the file changed although nothing that it is made from did"]


def _changed(now: Mapping[str, Any], before: Mapping[str, Any]) -> set[str]:
    names = now.keys() | before.keys()
    return {name for name in names if now.get(name) != before.get(name)}


_CAUSES = (
    ("mapping", "mapping change"),
    ("schema", "rule change"),
    ("protocol", "study file change"),
    ("settings", "settings change"),
    ("templates", "template change"),
    ("packs", "answers of the center"),
    ("said", "words to the center changed"),
    ("adjudications", "adjudication"),
    ("code", "code change"),
    ("libraries", "library change"),
)
