"""From the study's results to what may be shown: every table that is declared, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from multicentric.audit.disclosure.counts import Decisions, Rules
from multicentric.study import Study

# What is declared shareable; any other statistic is not written.
COUNTS = ("n", "at_risk", "censored", "events")
NUMBERS = ("median", "survival", "hazard_ratio", "p_value", "rate", "difference")
_CENTER = "center:"
_WORDS = ("population", "term", "level", "reference", "note")
_WITHHELD = ("value", "std_error", "ci_low", "ci_high", "p_value")


@dataclass(frozen=True)
class Shareable:
    """What may be shown.

    Attributes
    ----------
    estimates, curves, baseline, flow
        The declared tables, after the rules.
    decisions
        What was withheld, redacted or rounded, and by which rule.
    """

    estimates: pd.DataFrame
    curves: pd.DataFrame
    baseline: pd.DataFrame
    flow: pd.DataFrame
    decisions: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by its name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def shareable(
    study: Study,
    rules: Rules,
    *,
    estimates: pd.DataFrame,
    curves: pd.DataFrame,
    baseline: pd.DataFrame,
    disposition: pd.DataFrame,
    patients: pd.DataFrame,
) -> Shareable:
    """Apply the rules of disclosure to the results.

    Parameters
    ----------
    study
        Says which terms a model holds.
    rules
        The thresholds.
    estimates, curves, baseline, disposition, patients
        Tables of the results.

    Returns
    -------
    Shareable
        No center's name, no patient's key, no count below the threshold.
    """
    decisions = Decisions()
    return Shareable(
        estimates=_estimates(study, rules, estimates, patients, decisions),
        curves=_curves(rules, curves, decisions),
        baseline=_baseline(rules, baseline, decisions),
        flow=_flow(rules, disposition, decisions),
        decisions=decisions.table(),
    )


def _estimates(
    study: Study,
    rules: Rules,
    estimates: pd.DataFrame,
    patients: pd.DataFrame,
    decisions: Decisions,
) -> pd.DataFrame:
    names = _masked(rules, estimates, decisions)
    sizes = _category_sizes(study, patients)
    at_risk = _at_risk(estimates)
    named = _naming(patients["center"], estimates["population"])
    rows = []
    for row in estimates.to_dict("records"):
        row = {name: None if pd.isna(value) else value for name, value in row.items()}
        population = str(row["population"])
        if population.startswith(_CENTER):
            if population not in names:
                continue
            row["population"] = names[population]
        # What is said of one center, or of all but one, elsewhere than in its own rows.
        if any(named.search(str(row[name])) for name in _WORDS if row[name] is not None):
            decisions.note("estimates", str(row["model"]), "it names a center", "not written")
            continue
        if row["statistic"] not in (*COUNTS, *NUMBERS):
            decisions.note("estimates", _key(row), "not declared shareable", "not written")
            continue
        why = _withheld(study, rules, row, sizes, at_risk)
        if why:
            row |= dict.fromkeys(_WITHHELD)
            decisions.note("estimates", _key(row), why, "numbers withheld")
            row["note"] = f"not shown: {why}"
        elif row["statistic"] in COUNTS and row["value"] is not None:
            row["value"] = _count(rules, row["value"], "estimates", _key(row), decisions)
        for name in ("n", "n_events"):
            if row[name] is not None:
                row[name] = _count(rules, row[name], "estimates", f"{_key(row)}:{name}", decisions)
        rows.append(row)
    return pd.DataFrame(rows, columns=list(estimates.columns)).astype(dict(estimates.dtypes))


def _naming(centers: pd.Series, populations: pd.Series) -> re.Pattern[str]:
    """Finds a center's id as a word of its own."""
    own = {text.removeprefix(_CENTER) for text in populations if text.startswith(_CENTER)}
    ids = "|".join(re.escape(str(center)) for center in sorted(own.union(centers)))
    return re.compile(rf"(?<![\w-])(?:{ids})(?![\w-])")


def _key(row: dict) -> str:
    parts = ("endpoint", "model", "population", "term", "level", "at", "statistic")
    return "/".join("" if row[name] is None else f"{row[name]}" for name in parts)


def _count(rules: Rules, count: float, output: str, key: str, decisions: Decisions) -> int | None:
    shown = rules.shown(count)
    action = "redacted" if shown is None else f"rounded to {rules.round_to}"
    rule = "small count" if shown is None else "every count is rounded"
    decisions.note(output, key, rule, action)
    return shown


def _masked(rules: Rules, estimates: pd.DataFrame, decisions: Decisions) -> dict[str, str]:
    """Names for the centers that may be shown: patients and events reach the threshold."""
    own = estimates[estimates["population"].str.startswith(_CENTER).fillna(False)]
    names: dict[str, str] = {}
    for population, rows in own.groupby("population", sort=True):
        sizes = rows[["n", "n_events"]].dropna()
        if len(sizes) and bool((sizes >= rules.threshold).all(axis=None)):
            names[str(population)] = f"{_CENTER}{chr(65 + len(names) % 26)}{len(names) // 26 or ''}"
        else:
            decisions.note("estimates", "a center", "center below the threshold", "not written")
    return names


def _category_sizes(study: Study, patients: pd.DataFrame) -> dict[str, int]:
    """The smaller of the two categories of each indicator term."""
    sizes = {}
    for name, term in study.terms.items():
        values = patients[term.variable].dropna()
        if term.level is not None:
            level = {"yes": True, "no": False}.get(term.level, term.level)
            inside = values == (level if values.dtype == "boolean" else term.level)
        elif term.at_least is not None:
            inside = values >= term.at_least
        else:
            continue
        sizes[name] = int(min(inside.sum(), (~inside).sum()))
    return sizes


def _at_risk(estimates: pd.DataFrame) -> pd.DataFrame:
    columns = ["endpoint", "population", "level", "at", "value"]
    return estimates.loc[estimates["statistic"] == "at_risk", columns]


def _withheld(
    study: Study, rules: Rules, row: dict, sizes: dict[str, int], at_risk: pd.DataFrame
) -> str:
    """Why the numbers of a row are not shown; empty if they are."""
    n, events = row["n"], row["n_events"]
    if row["statistic"] in COUNTS:
        return ""
    if n is not None and rules.small(n):
        return "fewer patients than the threshold"
    if events is not None and events < rules.threshold:
        return "fewer events than the threshold"
    if row["statistic"] == "hazard_ratio" and events is not None:
        terms = study.models.adjusted if "adjusted" in row["model"] else [row["term"]]
        if events < rules.events_per_parameter * len(terms):
            return "too few events per parameter"
        if events - len(terms) < rules.residual_events:
            return "too few residual degrees of freedom"
        if any(sizes.get(term, rules.threshold) < rules.threshold for term in terms):
            return "a category below the threshold"
    if row["statistic"] == "survival" and row["at"] is not None:
        own = at_risk[(at_risk["endpoint"] == row["endpoint"]) & (at_risk["at"] == row["at"])]
        own = own[(own["population"] == row["population"]) & (own["level"] == row["level"])]
        if len(own) and float(own["value"].iloc[0]) < rules.threshold:
            return "fewer at risk than the threshold"
    return ""


def _curves(rules: Rules, curves: pd.DataFrame, decisions: Decisions) -> pd.DataFrame:
    """Curves from rounded cumulative counts on a coarse grid, up to the threshold at risk."""
    rows: list[dict[str, object]] = []
    for (endpoint, level), steps in curves.groupby(["endpoint", "level"], sort=True, dropna=False):
        key = f"{endpoint}/{level}"
        n = float(steps["n_risk"].iloc[0])
        if n < rules.threshold:
            decisions.note("curves", key, "fewer patients than the threshold", "not written")
            continue
        decisions.note("curves", key, "midpoint rounding on a coarse grid", "redrawn")
        rows += _redrawn(rules, str(endpoint), level, steps, n)
    columns = ["endpoint", "level", "time", "survival", "n_risk"]
    return pd.DataFrame(rows, columns=columns)


def _redrawn(
    rules: Rules, endpoint: str, level: object, steps: pd.DataFrame, n: float
) -> Iterable[dict[str, object]]:
    size = rules.midpoint(n)
    survival, events_before, lost_before, time = 1.0, 0, 0, 0.0
    rows: list[dict[str, object]] = [
        {"endpoint": endpoint, "level": level, "time": 0.0, "survival": 1.0, "n_risk": size}
    ]
    last = float(steps["time"].max())
    while time < last:
        time += rules.grid_months
        until = steps[steps["time"] <= time]
        events = rules.midpoint(float(until["n_event"].sum()))
        lost = rules.midpoint(float(until["n_censor"].sum()))
        at_risk = size - events_before - lost_before
        left = size - events - lost
        if left < rules.threshold or at_risk <= 0:
            break
        survival *= 1 - (events - events_before) / at_risk
        shown = {"endpoint": endpoint, "level": level, "time": time, "survival": survival}
        rows.append(shown | {"n_risk": left})
        events_before, lost_before = events, lost
    return rows


def _baseline(rules: Rules, baseline: pd.DataFrame, decisions: Decisions) -> pd.DataFrame:
    """Table 1: counts redacted and rounded, totals from the rounded, percents from both."""
    rows = []
    for _, own in baseline.groupby("variable", sort=False):
        rows += _of_variable(rules, own.to_dict("records"), decisions)
    return pd.DataFrame(rows, columns=list(baseline.columns)).astype(dict(baseline.dtypes))


def _of_variable(rules: Rules, rows: list[dict], decisions: Decisions) -> list[dict]:
    groups = list(dict.fromkeys(row["group"] for row in rows if row["group"] != "all"))
    counts: dict[tuple[str, str], int | None] = {}
    for row in rows:
        if row["group"] != "all" and pd.notna(row["count"]):
            key = f"{row['variable']}/{row['level']}/{row['group']}"
            shown = _count(rules, float(row["count"]), "baseline", key, decisions)
            counts[row["level"], row["group"]] = shown
    levels = list(dict.fromkeys(level for level, _ in counts))
    for level in levels:
        cells = [counts.get((level, group)) for group in groups]
        # One redacted cell makes its total tell it, so the total goes with it.
        total = None if any(cell is None for cell in cells) else sum(c for c in cells if c)
        counts[level, "all"] = total
    shown_rows = []
    for row in rows:
        row = dict(row)
        key = f"{row['variable']}/{row['level']}/{row['group']}"
        if levels:
            own = [counts.get((level, row["group"])) for level in levels]
            whole = sum(cell for cell in own if cell)
            count = counts.get((row["level"], row["group"]))
            row["count"] = pd.NA if count is None else count
            row["n"] = whole
            row["percent"] = pd.NA if count is None or not whole else 100 * count / whole
        else:
            small = rules.small(float(row["n"]))
            shown = _count(rules, float(row["n"]), "baseline", f"{key}:n", decisions)
            row["n"] = pd.NA if shown is None else shown
            if small:
                row |= dict.fromkeys(("mean", "sd", "median", "q1", "q3", "smd"), pd.NA)
                decisions.note("baseline", key, "fewer patients than the threshold", "withheld")
        missing = _count(rules, float(row["n_missing"]), "baseline", f"{key}:missing", decisions)
        row["n_missing"] = pd.NA if missing is None else missing
        shown_rows.append(row)
    return shown_rows


def _flow(rules: Rules, disposition: pd.DataFrame, decisions: Decisions) -> pd.DataFrame:
    """Records by disposition and reason, over all centers; totals from the rounded counts."""
    counted = disposition.groupby(["disposition", "reason"], dropna=False).size()
    rows = []
    for (what, why), n in counted.items():
        reason = "" if pd.isna(why) else str(why)
        shown = _count(rules, float(n), "flow", f"{what}/{reason}", decisions)
        rows.append({"disposition": what, "reason": reason, "n": shown})
    rows.append({"disposition": "sent", "reason": "", "n": sum(row["n"] or 0 for row in rows)})
    return pd.DataFrame(rows).astype({"disposition": "string", "reason": "string", "n": "Int64"})
