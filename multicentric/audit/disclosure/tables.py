"""Table 1, the flow of records and the centers' standing, as they may be shown."""

from __future__ import annotations

from typing import Any

import pandas as pd

from multicentric.audit.disclosure.counts import Gate
from multicentric.audit.disclosure.masks import OTHERS, Masks

# Pooled reasons, and the pooled ways of not being analysed.
OTHER_REASONS, NOT_ANALYSED = "other_reasons", "not_analysed"
_SUMMARIES = ("mean", "sd", "median", "q1", "q3", "smd")
_SMD_DIGITS = 2
_UNDECLARED = (
    "drops' dates",
    "the mappings' status",
    "data quality by center",
    "residuals of the models",
)
_OUT = {
    "out": "its delivery did not pass the checks",
    "incomplete": "its delivery is not complete",
    "invalid": "its files or its mapping cannot be read",
    "disabled": "it is set aside",
}

Row = dict[str, Any]


def shown_baseline(gate: Gate, baseline: pd.DataFrame) -> pd.DataFrame:
    """Table 1: counts redacted and rounded, totals and percents from what is shown."""
    if baseline.empty:
        return baseline
    largest = (baseline["n"] + baseline["n_missing"]).groupby(baseline["group"]).max()
    sizes = {str(group): int(n) for group, n in largest.items()}
    rows: list[Row] = []
    for _, own in baseline.groupby("variable", sort=False):
        rows += _of_variable(gate, own.to_dict("records"), sizes)
    return pd.DataFrame(rows, columns=list(baseline.columns)).astype(dict(baseline.dtypes))


def _of_variable(gate: Gate, rows: list[Row], sizes: dict[str, int]) -> list[Row]:
    groups = list(dict.fromkeys(row["group"] for row in rows if row["group"] != "all"))
    by = {(row["level"], row["group"]): row for row in rows}

    def cell(row: Row, column: str) -> int | None:
        """A count of a group as it is shown; that of all as the sum over the groups."""
        if row["group"] == "all" and groups:
            cells = [cell(by[row["level"], group], column) for group in groups]
            return gate.total(cells, "baseline", row, column)
        exact = sizes[row["group"]] if column == "size" else float(row[column])
        return gate.count(exact, "baseline", row, column)

    shown = []
    for row in rows:
        # The first row of a group speaks of its size and gaps, so that all rows say the same.
        first = next(other for other in rows if other["group"] == row["group"])
        size, missing = cell(first, "size"), cell(first, "n_missing")
        known = cell(first, "n") if size is None or missing is None else size - missing
        made = row | {"n": known, "n_missing": missing}
        if pd.notna(row["count"]):
            count = cell(row, "count")
            share = None if count is None or not known else min(100.0, 100 * count / known)
            made |= {"count": count, "percent": share}
        shown.append(made | _summaries(gate, row, known))
    return [{k: pd.NA if v is None else v for k, v in row.items()} for row in shown]


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
    for (what, why), n in _pooled(gate, counts).items():
        row = {"of": "reason", "disposition": what, "reason": why}
        rows.append(row | {"n": gate.count(n, "disposition", row, "n")})
    named = disposition.assign(
        center=masks.shown(disposition["center"]).fillna(_together(masks)),
        disposition=disposition["disposition"].where(
            disposition["disposition"] == "analysed", NOT_ANALYSED
        ),
    )
    for (center, what), n in named.groupby(["center", "disposition"]).size().items():
        row = {"of": "center", "center": center, "disposition": what}
        rows.append(row | {"n": gate.count(int(n), "disposition", row, "n")})
    columns = {name: "string" for name in ("of", "center", "disposition", "reason")}
    return pd.DataFrame(rows, columns=[*columns, "n"]).astype({**columns, "n": "Int64"})


def _together(masks: Masks) -> Any:
    """Where records without a shown center are counted; nowhere if no centers stand together."""
    return OTHERS if OTHERS in masks.names.values() else pd.NA


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


def shown_status(gate: Gate, masks: Masks, status: dict[str, Any]) -> dict[str, Any]:
    """The gate's word on the centers, without their names, dates, files and single findings.

    Returns
    -------
    dict
        As ``results/gate/status.json``; a count that is None is not shown. ``together`` holds the
        findings of all centers, and ``centers`` of an entry how many centers it stands for.
    """
    ready = [entry for entry in status["centers"] if entry["state"] == "ready"]
    entries: list[dict[str, Any]] = []
    names = sorted({name for name in (masks.names.get(e["center"]) for e in ready) if name})
    for name in names:
        own = [entry for entry in ready if masks.names.get(entry["center"]) == name]
        entries.append(_entry(gate, name, own))
    unnamed = [entry for entry in ready if not masks.names.get(entry["center"])]
    if unnamed:
        entries.append(_entry(gate, "Centers not shown", unnamed))
    for entry in status["centers"]:
        if entry["state"] != "ready":
            reason = _OUT.get(entry["state"], "it is not in the results")
            gate.withhold("status", "a center", "centers are masked", "name and reason withheld")
            blank = {"center": "A center", "state": entry["state"], "reason": reason}
            entries.append(blank | {"drop": "", "place": "", "queries": None, **_NOTHING})
    for what in _UNDECLARED:
        gate.withhold("status", what, "not declared shareable", "not written")
    return {
        "centers": entries,
        "together": _entry(gate, "All centers", ready) | {"findings": _findings(gate, ready)},
        "unassigned": 0,
        "stop": "",
    }


_NOTHING: dict[str, Any] = {"findings": [], "mapping": {}}


def _entry(gate: Gate, name: str, own: list[dict[str, Any]]) -> dict[str, Any]:
    entry = {"center": name, "drop": "not shown", "state": "ready", "reason": "", "place": ""}
    counts = {
        what: gate.count(
            sum(int(one.get(what) or 0) for one in own),
            "disposition",
            {"of": "standing", "center": name},
            what,
        )
        for what in ("records", "held", "queries")
    }
    return entry | counts | {"centers": len(own), **_NOTHING}


def _findings(gate: Gate, ready: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings of all centers by rule."""
    counts: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in ready:
        for finding in entry.get("findings", []):
            key = (finding["rule"], finding.get("effect") or "none")
            counts[key] = counts.get(key, 0) + int(finding["n"])
            first.setdefault(key, finding)
    found = []
    for (rule, effect), n in sorted(counts.items()):
        named = {"of": "finding", "disposition": effect, "reason": rule}
        # A rule of the reading speaks of many variables; a rule of the study always of the same.
        variables = first[rule, effect].get("variables") if rule != rule.lower() else ""
        found.append(
            {
                "rule": rule,
                "severity": first[rule, effect]["severity"],
                "effect": effect,
                "variables": variables,
                "n": gate.count(n, "disposition", named, "n"),
            }
        )
    return found
