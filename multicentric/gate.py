"""The gate: which centers are pooled, which are not and why, and whether any is."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multicentric.centers import ID, Center
from multicentric.findings import Finding, as_table
from multicentric.fingerprint import file_digest, file_sha256
from multicentric.settings import Gate

if TYPE_CHECKING:
    import pandas as pd

# Holds files for each center that has sent more than one drop.
CHANGES = "changes"
# Folders of results that hold a file for each center.
BY_CENTER = (
    "harmonized",
    "lineage",
    "intake",
    "validated",
    "findings",
    "records",
    "status",
    "checks",
    "census",
    "across",
    "queries",
    CHANGES,
)
# Holds a folder for each drop before a center's newest.
EARLIER = "earlier"
# Holds the cohort without corrections.
AS_SENT = "as_sent"
# A shared drop's rows that name no center are filed under the drop.
UNASSIGNED = "_unassigned_"


@dataclass(frozen=True)
class Decision:
    """What the gate decided.

    Attributes
    ----------
    centers
        Every center found, in the order of ids: the verdict of its validation, or why it never got
        there.
    passing
        Ids of the centers that are pooled.
    stop
        Why nothing is pooled, as one sentence; empty if the analysis goes on.
    """

    centers: list[dict[str, Any]]
    passing: list[str]
    stop: str


def decide(
    verdicts: Iterable[dict[str, Any]], unready: Iterable[dict[str, Any]], policy: Gate
) -> Decision:
    """Judge the centers by the study's policy.

    Parameters
    ----------
    verdicts
        ``results/status/<center>.json`` of the centers that were validated.
    unready
        `standing` of the others.
    policy
        How many centers, and which, an analysis needs.
    """
    centers = sorted([*verdicts, *unready], key=lambda entry: entry["center"])
    passing = [entry["center"] for entry in centers if entry["state"] == "ready"]
    return Decision(centers, passing, _stop(centers, passing, policy))


def told_of(
    decision: Decision, mapped: dict[str, dict[str, str]], arrived: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """What the report tells of the centers: ``results/gate/status.json``.

    Parameters
    ----------
    mapped
        For each center whose mapping can be read: variable to its status in the mapping.
    arrived
        `delivery` of each of them.

    Returns
    -------
    dict
        ``centers``, the verdicts with what each has sent and how it was read; ``rules``, what each
        rule asks, once for all centers, since all are judged by one model; ``stop``.
    """
    rules: dict[str, str] = {}
    centers = []
    for entry in decision.centers:
        rules |= entry.get("rules", {})
        beside = {
            "mapping": mapped.get(entry["center"], {}),
            "delivery": arrived.get(entry["center"], {}),
        }
        centers.append({key: said for key, said in entry.items() if key != "rules"} | beside)
    return {"centers": centers, "rules": rules, "stop": decision.stop}


def delivery(center: Center) -> dict[str, Any]:
    """A ready center's drop: its folder, and its files with their SHA-256.

    Nothing of the mapping: a change of it that reaches no value is to reach no report.
    """
    assert center.drop is not None
    return {
        "folder": f"{center.source}/{center.drop.name}",
        "files": {
            path.relative_to(center.drop).as_posix(): file_sha256(path) for path in center.files
        },
    }


def passing(decision: Decision, tables: Iterable[Path]) -> dict[str, Any]:
    """What drives the analysis: who passes, and the bytes that each of them brings along.

    Nothing else stands here, so that a center which is out for another reason than before causes no
    pooled job.

    Parameters
    ----------
    tables
        The validated tables and records that the gate was given, of centers and shared drops.
    """
    brought = {
        f"{path.parent.name}/{path.stem}": file_digest(path)
        for path in tables
        if path.stem in decision.passing or path.stem.startswith(UNASSIGNED)
    }
    return {
        "centers": decision.passing,
        "tables": dict(sorted(brought.items())),
        "stop": decision.stop,
    }


def _stop(centers: list[dict[str, Any]], passing: list[str], policy: Gate) -> str:
    settings = "config/config.yaml"
    known = {entry["center"] for entry in centers}
    reasons = [
        f"the required center {center} {'is out' if center in known else 'does not exist'} "
        f"(gate.required in {settings})"
        for center in policy.required
        if center not in passing
    ]
    if not passing:
        reasons.append("no center is in" if centers else "there is no folder below centers/")
    elif len(passing) < policy.min_centers:
        reasons.append(
            f"only {len(passing)} of {len(centers)} centers are in, and the study needs "
            f"{policy.min_centers} (gate.min_centers in {settings})"
        )
    if not reasons:
        return ""
    sentence = f"Nothing is pooled: {'; '.join(reasons)}."
    return "\n".join([sentence, *told(centers)])


def told(centers: Iterable[dict[str, Any]]) -> list[str]:
    """One sentence for each reason why centers are not pooled: which, why, and where to look."""
    names = defaultdict(list)
    for entry in centers:
        if entry["state"] != "ready":
            names[entry["state"], entry["reason"].rstrip("."), entry["place"]].append(
                entry["center"]
            )
    sentences = []
    for (state, reason, place), out in names.items():
        where = f" ({place})" if place and place not in reason else ""
        are = "is" if len(out) == 1 else "are"
        # A reason that proposes another name ends with its own mark.
        stop = "" if (reason + where).endswith("?") else "."
        sentences.append(f"{', '.join(out)} {are} {state.upper()}: {reason}{where}{stop}")
    return sentences


def standing(center: Center) -> dict[str, Any]:
    """The entry of a center that never got to validation, in the form of a verdict."""
    return {
        "center": center.id,
        "drop": center.drop_date,
        "state": center.state,
        "reason": center.reason,
        "place": center.place,
        "problems": [list(problem) for problem in center.problems],
        "records": 0,
        "held": 0,
        "queries": 0 if center.state == "disabled" else len(center.problems),
        "findings": [],
    }


def findings_at_the_gate(unready: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Findings about centers whose drop or mapping could not be used, with file and line."""
    return as_table(
        Finding(
            center=entry["center"],
            rule="unusable_drop" if line is None else "mapping_mistake",
            severity="block",
            effect="center held",
            message=problem,
            file=file,
            row=line,
        )
        for entry in unready
        if entry["state"] in ("incomplete", "invalid")
        for file, line, problem in entry["problems"]
    )


def strictly(centers: Iterable[dict[str, Any]]) -> str:
    """Why a strict run fails, naming each center; empty if every center is in.

    A center that its mapping disables, with a reason, is out by decision and fails no run.
    """
    out = told(entry for entry in centers if entry["state"] != "disabled")
    if not out:
        return ""
    return "\n".join(["Not every center is in (strict: yes in config/config.yaml):", *out])


def remove_orphans(
    results: Path,
    known: Collection[str],
    earlier: Mapping[str, Collection[str]],
    corrected: bool = False,
) -> list[Path]:
    """Remove what is left of centers, drops and corrections that no longer exist; say what.

    Parameters
    ----------
    results
        The folder of results; nothing outside is touched.
    known
        Ids of all centers found, in whatever state, and names of shared drops.
    earlier
        Center to the dates of its drops before the newest: without one, there is nothing to compare
        it with. Of a center that is not named here everything stays.
    corrected
        Whether any mapping corrects values; without, there is no other cohort as sent.
    """
    own = {*known, *(f"{UNASSIGNED}{name}" for name in known)}
    removed = []
    for folder in BY_CENTER:
        for path in sorted((results / folder).glob("*")):
            of_center = re.fullmatch(f"({UNASSIGNED})?{ID}", path.stem)
            alone = folder == CHANGES and path.stem in earlier and not earlier[path.stem]
            if of_center and path.is_file() and (path.stem not in own or alone):
                path.unlink()
                removed.append(path)
    for path in sorted((results / EARLIER).glob("*/*")):
        center = path.parent.name
        gone = center in earlier and path.name not in earlier[center]
        if path.is_dir() and (center not in own or gone):
            shutil.rmtree(path)
            removed.append(path)
    for path in sorted((results / EARLIER).glob("*")):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    if not corrected and (results / AS_SENT).is_dir():
        shutil.rmtree(results / AS_SENT)
        removed.append(results / AS_SENT)
    return removed
