"""Table 1, the flow of records and the centers' standing, as they may be shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from multicentric.audit.disclosure.counts import Cell, Gate
from multicentric.audit.disclosure.masks import OTHERS, Masks

# Pooled reasons, and the pooled ways of not being analysed.
OTHER_REASONS, NOT_ANALYSED = "other_reasons", "not_analysed"
_SUMMARIES = ("mean", "sd", "median", "q1", "q3", "smd")
_SMD_DIGITS = 2
_UNDECLARED = (
    "drops' dates",
    "the mappings' status",
    "data quality by center",
    "diagnostics of the models",
)
_OUT = {
    "out": "its delivery did not pass the checks",
    "incomplete": "its delivery is not complete",
    "invalid": "its files or its mapping cannot be read",
    "disabled": "it is set aside",
}

Row = dict[str, Any]


def shown_baseline(gate: Gate, baseline: pd.DataFrame) -> pd.DataFrame:
    """Table 1: counts redacted and rounded, totals and percents from what is shown.

    It says in ``rounded_to`` what its counts are rounded to.
    """
    if baseline.empty:
        return baseline
    largest = (baseline["n"] + baseline["n_missing"]).groupby(baseline["group"]).max()
    sizes = {str(group): int(n) for group, n in largest.items()}
    rows: list[Row] = []
    for _, own in baseline.groupby("variable", sort=False):
        rows += _of_variable(gate, own.to_dict("records"), sizes)
    table = pd.DataFrame(rows, columns=list(baseline.columns)).astype(dict(baseline.dtypes))
    return table.assign(rounded_to=pd.array([gate.rules.round_to] * len(table), dtype="Int64"))


def _of_variable(gate: Gate, rows: list[Row], sizes: dict[str, int]) -> list[Row]:
    groups = list(dict.fromkeys(row["group"] for row in rows if row["group"] != "all"))
    by = {(row["level"], row["group"]): row for row in rows}
    # The first row of a group speaks of its size and gaps, so that all rows say the same.
    first = {row["group"]: row for row in reversed(rows)}
    levels = {
        group: [row for row in rows if row["group"] == group and pd.notna(row["count"])]
        for group in first
    }
    # What a redacted count is reckoned as.
    few = gate.rules.reckoned(1)

    def of(row: Row, column: str) -> Cell:
        exact = sizes[row["group"]] if column == "size" else float(row[column])
        return Cell(exact, "baseline", row, column)

    def shown(row: Row, column: str) -> int | None:
        """A count of a group as it is shown; that of all as the sum over the groups."""
        if row["group"] == "all" and groups:
            cells = [shown(by[row["level"], group], column) for group in groups]
            return gate.total(cells, "baseline", row, column)
        return gate.count(*of(row, column))

    def summed(of_group: Callable[[str], int | None]) -> int | None:
        parts = [of_group(group) for group in groups]
        return None if None in parts else sum(part for part in parts if part is not None)

    def known(group: str) -> int | None:
        """Patients with a value, from what is shown of all and of those without."""
        if group == "all" and groups:
            return summed(known)
        head = first[group]
        size, missing = shown(head, "size"), shown(head, "n_missing")
        redacted = missing is None and not gate.rules.small(head["n_missing"])
        if size is None or redacted or gate.rules.small(head["n"]):
            return None
        return size - (few if missing is None else missing)

    def whole(group: str) -> int | None:
        """What shares are of: so that they add up to no more, and to less beside a redacted one."""
        if group == "all" and groups:
            return summed(whole)
        n, counts = known(group), [shown(row, "count") for row in levels[group]]
        least = sum(few if count is None else count for count in counts)
        return None if n is None else max(n, least)

    for group in groups or ["all"]:
        parts = [*(of(row, "count") for row in levels[group]), of(first[group], "n_missing")]
        gate.protect([of(first[group], "size")], parts)
    made = []
    for row in rows:
        n, missing = known(row["group"]), shown(first[row["group"]], "n_missing")
        found = row | {"n": n, "n_missing": missing}
        if pd.notna(row["count"]):
            count, total = shown(row, "count"), whole(row["group"])
            share = None if count is None or not total else 100 * count / total
            found |= {"count": count, "percent": share}
        made.append(found | _summaries(gate, row, n))
    counts = [row[name] for row in made for name in ("n", "n_missing")]
    counts += [now["count"] for now, row in zip(made, rows, strict=True) if pd.notna(row["count"])]
    if None in counts and any(pd.notna(row["smd"]) for row in rows):
        # Exact, it would tell the redacted count.
        why = "a count of the variable is redacted"
        name = str(rows[0]["variable"])
        gate.withhold("baseline", name, why, "standardized difference withheld")
        made = [row | {"smd": None} for row in made]
    return [{k: pd.NA if v is None else v for k, v in row.items()} for row in made]


def _summaries(gate: Gate, row: Row, known: int | None) -> Row:
    """Means and quartiles with the digits that are printed; none of too few patients."""
    found = {name: row[name] for name in _SUMMARIES if pd.notna(row[name])}
    if not found:
        return {}
    if known is None:
        key = f"{row['variable']}/{row['level']}/{row['group']}"
        gate.withhold("baseline", key, "fewer patients than the threshold")
        return dict.fromkeys(found)
    last = gate.before.row("baseline", row)
    if last is not None and last.get("n") == known:
        return {name: last[name] for name in found}
    decimals = 0 if pd.isna(row["decimals"]) else int(row["decimals"])
    digits = dict.fromkeys(_SUMMARIES, decimals) | {"smd": _SMD_DIGITS}
    digits |= dict.fromkeys(("mean", "sd"), max(decimals, 1))
    return {name: round(float(value), digits[name]) for name, value in found.items()}


def shown_disposition(
    gate: Gate, masks: Masks, disposition: pd.DataFrame, analysed: int | None
) -> pd.DataFrame:
    """Records counted by reason, and by center; small reasons and ways out together.

    Parameters
    ----------
    analysed
        How many patients are analysed, as the other tables show it; None where that is not shown.

    Returns
    -------
    pandas.DataFrame
        ``of`` (``reason`` or ``center``), ``center``, ``disposition``, ``reason``, ``n``; an ``n``
        that is missing is not shown.
    """
    rows = [{"of": "reason", "disposition": "analysed", "n": analysed}]
    out = disposition[disposition["disposition"] != "analysed"]
    counts = {
        (str(what), str(why)): int(n)
        for (what, why), n in out.groupby(["disposition", "reason"]).size().items()
    }
    reasons = [
        Cell(n, "disposition", {"of": "reason", "disposition": what, "reason": why}, "n")
        for (what, why), n in _pooled(gate, counts).items()
    ]
    centers = _of_centers(masks, disposition)
    gate.protect(reasons, [cell for cell in centers if cell.row["disposition"] == NOT_ANALYSED])
    rows += [cell.row | {"n": gate.count(*cell)} for cell in [*reasons, *centers]]
    columns = {name: "string" for name in ("of", "center", "disposition", "reason")}
    return pd.DataFrame(rows, columns=[*columns, "n"]).astype({**columns, "n": "Int64"})


def _of_centers(masks: Masks, disposition: pd.DataFrame) -> list[Cell]:
    """Records of each shown center, analysed or not; those without one stand with the others."""
    if not any(masks.names.values()):
        return []
    center = masks.shown(disposition["center"])
    analysed = disposition["disposition"] == "analysed"
    named = pd.DataFrame(
        {
            "center": center.fillna(OTHERS) if OTHERS in masks.names.values() else center,
            "disposition": disposition["disposition"].where(analysed, NOT_ANALYSED),
        }
    )
    return [
        Cell(int(n), "disposition", {"of": "center", "center": name, "disposition": what}, "n")
        for (name, what), n in named.groupby(["center", "disposition"], dropna=False).size().items()
    ]


def _pooled(gate: Gate, counts: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Small reasons go together, and where a way out is small as a whole, all ways out."""
    limit = gate.rules.threshold
    ways: dict[str, int] = {}
    for (what, _), n in counts.items():
        ways[what] = ways.get(what, 0) + n
    if any(n < limit for n in ways.values()):
        merged: dict[tuple[str, str], int] = {}
        for (_, why), n in counts.items():
            merged[NOT_ANALYSED, why] = merged.get((NOT_ANALYSED, why), 0) + n
        counts, ways = merged, {NOT_ANALYSED: sum(merged.values())}
    shown: dict[tuple[str, str], int] = {}
    for way in ways:
        own = {why: n for (what, why), n in counts.items() if what == way}
        small = [why for why, n in own.items() if n < limit]
        # Alone, a small reason would be told by the total; so the next smallest joins it.
        for why in sorted(set(own) - set(small), key=lambda why: (own[why], why)):
            if small and (len(small) < 2 or sum(own[name] for name in small) < limit):
                small.append(why)
        for why in small:
            gate.withhold("disposition", f"{way}/{why}", "small count", "among other reasons")
        shown |= {(way, why): n for why, n in own.items() if why not in small}
        if small:
            shown[way, OTHER_REASONS] = sum(own[why] for why in small)
    return shown


def shown_status(
    gate: Gate, masks: Masks, status: dict[str, Any], records: int | None
) -> dict[str, Any]:
    """The gate's word on the centers, without their names, dates, files, counts and findings.

    Parameters
    ----------
    records
        Records of all centers, as the flow shows them.

    Returns
    -------
    dict
        As ``results/gate/status.json``; a count that is None is not shown. ``together`` holds the
        counts and findings of all centers, and ``centers`` of an entry how many centers it stands
        for.
    """
    ready = [entry for entry in status["centers"] if entry["state"] == "ready"]
    entries: list[dict[str, Any]] = []
    names = sorted({name for name in (masks.names.get(e["center"]) for e in ready) if name})
    for name in names:
        own = [entry for entry in ready if masks.names.get(entry["center"]) == name]
        entries.append(_entry(name, len(own)))
    unnamed = [entry for entry in ready if not masks.names.get(entry["center"])]
    if unnamed:
        entries.append(_entry("Centers not shown", len(unnamed)))
    for entry in status["centers"]:
        if entry["state"] != "ready":
            reason = _OUT.get(entry["state"], "it is not in the results")
            gate.withhold("status", "a center", "centers are masked", "name and reason withheld")
            blank = {"center": "A center", "state": entry["state"], "reason": reason}
            entries.append(blank | {"drop": "", "place": "", "findings": [], "mapping": {}})
    for what in _UNDECLARED:
        gate.withhold("status", what, "not declared shareable", "not written")
    queries, findings = _questions(gate, ready)
    counts = {"records": records, "queries": queries, "findings": findings}
    return {
        "centers": entries,
        "together": _entry("All centers", len(ready)) | counts,
        "rules": status.get("rules", {}),
        "unassigned": 0,
        "stop": "",
    }


def _entry(name: str, centers: int) -> dict[str, Any]:
    entry = {"center": name, "drop": "not shown", "state": "ready", "reason": "", "place": ""}
    return entry | {"centers": centers, "findings": [], "mapping": {}}


def _questions(gate: Gate, ready: list[dict[str, Any]]) -> tuple[int | None, list[dict[str, Any]]]:
    """How many questions all centers are asked, and what was found by rule."""
    counts: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in ready:
        for finding in entry.get("findings", []):
            key = (finding["rule"], finding.get("effect") or "none")
            counts[key] = counts.get(key, 0) + int(finding["n"])
            first.setdefault(key, finding)
    cells = {
        (rule, effect): Cell(
            n, "disposition", {"of": "finding", "disposition": effect, "reason": rule}, "n"
        )
        for (rule, effect), n in sorted(counts.items())
    }
    asked = sum(int(entry.get("queries") or 0) for entry in ready)
    queries = Cell(asked, "disposition", {"of": "standing", "center": "All centers"}, "queries")
    # A note is no question.
    gate.protect([queries], [c for key, c in cells.items() if first[key]["severity"] != "note"])
    findings = [
        {
            "rule": rule,
            "severity": first[rule, effect]["severity"],
            "effect": effect,
            # A rule of the reading speaks of many variables, one of the study always of the same.
            "variables": first[rule, effect].get("variables") if rule != rule.lower() else "",
            "n": gate.count(*cell),
        }
        for (rule, effect), cell in cells.items()
    ]
    return gate.count(*queries), findings
