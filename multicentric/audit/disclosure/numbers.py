"""The table of estimates as it may be shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from multicentric.audit.disclosure.counts import Cell, Gate
from multicentric.audit.disclosure.curves import Redrawn, redrawn, steps_of, together
from multicentric.audit.disclosure.masks import Masks
from multicentric.audit.disclosure.released import written
from multicentric.estimates.data import endpoint_data, groups
from multicentric.estimates.regression import by_center
from multicentric.estimates.sensitivity import AS_SENT
from multicentric.estimates.sensitivity import MODEL as PRIMARY
from multicentric.estimates.table import as_table
from multicentric.estimates.terms import model_matrix
from multicentric.protocol import Study
from multicentric.study import part_for
from multicentric.survival.response import exact_rate, risk_difference

CENTER, WITHOUT, SUBGROUP = "center:", "without:", "subgroup:"
# What is declared shareable; any other statistic is not written.
COUNTS = ("n", "at_risk", "censored", "events")
_OF_CURVES = "kaplan_meier"
NUMBERS = (
    "median", "survival", "hazard_ratio", "p_value", "rate", "difference", "theta", "tau2", "i2",
    "q", "prediction_interval", "chi_square_km", "verdict", "power",
)  # fmt: skip
# Those that the gate computes anew, or looks up a curve for, are those of these models alone.
_MODELS_OF = {
    "median": (_OF_CURVES, "reverse_kaplan_meier"),
    "survival": (_OF_CURVES,),
    "rate": ("response_rate",),
    "difference": ("response_difference", "rmst"),
}
NOT_SHOWN = "not shown: "
_WORDS = ("population", "term", "level", "reference", "note")
_NUMBERS = ("value", "std_error", "ci_low", "ci_high", "p_value")
# Models that hold all factors, beside those that are called adjusted.
_OF_ALL_TERMS = ("adjusted", "leave_one_center_out")
# Digits that are kept, by unit: exact numbers in a file would give the counts away.
_DIGITS = {"patients": 0, "months": 1}
_OTHER_DIGITS = 4

Row = dict[str, Any]


@dataclass(frozen=True)
class Cohort:
    """What the numbers were made from: estimates, patients and times."""

    estimates: pd.DataFrame
    patients: pd.DataFrame
    times: pd.DataFrame


@dataclass
class Sheet:
    """The table of estimates on its way out, and what decides on its rows.

    Attributes
    ----------
    curves
        By endpoint, population and level.
    exact
        The rows as they came, by their keys.
    """

    gate: Gate
    study: Study
    masks: Masks
    cohort: Cohort
    curves: dict[tuple[str, str, str], Redrawn] = field(default_factory=dict)
    exact: dict[str, Row] = field(default_factory=dict)
    _categories: dict[tuple[str, ...], bool] = field(default_factory=dict)

    def count(self, row: Row, column: str) -> int | None:
        """A row's patients or events as they are shown; those of all from those of the groups."""
        if row[column] is None:
            return None
        like = self._like(row, column)
        if like is not None:
            # Another rounding of nearly the same patients would narrow it, or tell who is not both.
            if like[column] != row[column]:
                rule = "difference to another count that is shown"
                self.gate.withhold("estimates", _place(row, column), rule, "shown as that one")
            return self.count(like, column)
        if row["population"] == "primary" and not row["level"] and not row["term"]:
            variable = self.study.exposure.variable
            keys = (
                written("estimates", row | {"term": variable, "level": group})
                for group in self.study.exposure.groups
            )
            parts = [self.exact[key] for key in keys if key in self.exact]
            if parts:
                cells = [self.count(part, column) for part in parts]
                return self.gate.total(cells, "estimates", row, column)
        return self.gate.count(float(row[column]), "estimates", row, column)

    def _like(self, row: Row, column: str) -> Row | None:
        """The row whose count is shown instead: all patients', or that of the primary model."""
        if row["level"] and row["term"] == self.study.exposure.variable:
            return None
        whole = self.exact.get(written("estimates", _size(row["endpoint"], "primary", "", "")))
        model = self.exact.get(written("estimates", _of_the_primary_model(self.study, row)))
        nested = not row["population"].startswith((CENTER, SUBGROUP))
        for other in (whole, model) if nested else (whole,):
            if other is row:
                return None
            if other is not None and other[column] is not None:
                apart = abs(float(other[column]) - float(row[column]))
                if not apart or (nested and column == "n" and self.gate.rules.small(apart)):
                    return other
        return None

    def protect(self, rows: list[Row]) -> None:
        """Redact what would tell small counts: of patients without the event, of other parts."""
        counted = [row for row in rows if row["n"] is not None and row["n_events"] is not None]
        families: dict[tuple[Any, ...], list[Row]] = {}
        for row in counted:
            self.gate.protect([_cell(row, "n")], [_cell(row, "n_events")])
            if row["population"].startswith((SUBGROUP, CENTER)):
                named = (row[name] for name in ("endpoint", "model", "statistic", "at"))
                families.setdefault((*named, _divides_by(row)), []).append(row)
        for (endpoint, *_), parts in families.items():
            for column in ("n", "n_events"):
                cells = [_cell(row, column) for row in parts]
                self.gate.protect(self._groups(endpoint, column), cells)

    def _groups(self, endpoint: str, column: str) -> list[Cell]:
        """The groups' counts, which those of all patients are the sum of."""
        variable = self.study.exposure.variable
        sizes = (_size(endpoint, "primary", variable, g) for g in self.study.exposure.groups)
        rows = [self.exact.get(written("estimates", size)) for size in sizes]
        return [_cell(row, column) for row in rows if row is not None]

    def small_category(self, terms: list[str]) -> bool:
        """Whether a category of a model's terms has too few of its complete cases."""
        named = tuple(terms)
        if named not in self._categories:
            declared = {name: self.study.terms[name] for name in terms}
            cases = model_matrix(self.cohort.patients, declared).dropna()
            sizes = [
                min(cases[name].sum(), len(cases) - cases[name].sum())
                for name, term in declared.items()
                if term.level is not None or term.at_least is not None
            ]
            self._categories[named] = any(self.gate.rules.small(size) for size in sizes)
        return self._categories[named]

    def withhold(self, row: Row, why: str) -> Row:
        """A row without its numbers, and with the reason."""
        self.gate.withhold("estimates", written("estimates", row), why)
        return row | dict.fromkeys(_NUMBERS) | {"note": NOT_SHOWN + why}


def shown_estimates(
    gate: Gate, study: Study, masks: Masks, cohort: Cohort
) -> tuple[pd.DataFrame, list[Row]]:
    """Estimates after the rules, and the curves that they are read off.

    Returns
    -------
    tuple
        The table of estimates in its own columns; the steps of the curves by group, as rows.
    """
    came = [row for row in _rows(cohort.estimates) if not row["population"].startswith(CENTER)]
    sheet = Sheet(gate, study, masks, cohort)
    sheet.exact = {written("estimates", row): row for row in came}
    sheet.protect(came)
    steps: list[Row] = []
    beside: list[Row] = []
    for name in study.times_to_event:
        data = endpoint_data(cohort.patients, cohort.times, name)
        steps += _curves_of_groups(sheet, name, data)
        beside += _of_named_centers(sheet, name, data)
    sheet.protect(beside)
    dropped = len(cohort.estimates) - len(came)
    if dropped:
        gate.withhold("estimates", "centers by name", "centers are masked", "made anew, masked")
    shown = [row for came_in in [*came, *beside] for row in _row(sheet, came_in)]
    # In the order of the masked names: that of the ids would tell them.
    apart = [row for row in shown if row["population"].startswith(WITHOUT)]
    apart.sort(key=lambda row: row["population"])
    rows = [*(row for row in shown if not row["population"].startswith(WITHOUT)), *apart]
    table = pd.DataFrame(rows, columns=list(cohort.estimates.columns))
    return table.astype(dict(cohort.estimates.dtypes)), steps


def _rows(table: pd.DataFrame) -> list[Row]:
    """Rows as plain data: an absent word is empty, an absent number None."""
    words = {name for name in table if table[name].dtype == "string"}
    return [
        {k: ("" if k in words else None) if pd.isna(v) else v for k, v in row.items()}
        for row in table.to_dict("records")
    ]


def _curves_of_groups(sheet: Sheet, name: str, data: pd.DataFrame) -> list[Row]:
    """Draw an endpoint's curves anew, by group and for all; rows of those by group."""
    steps: list[Row] = []
    exposure = sheet.study.exposure
    members_of = [(group, members) for group, members in groups(data, exposure) if len(members)]
    for group, members in members_of:
        found = _draw(sheet, name, "primary", exposure.variable, group, members)
        if found is not None:
            steps += _as_released(sheet, name, group, members, steps_of(name, group, found))
    drawn = [sheet.curves.get((name, "primary", group)) for group, _ in members_of]
    parts = [curve for curve in drawn if curve is not None]
    if parts and len(parts) == len(drawn):
        sheet.curves[name, "primary", ""] = together(sheet.gate, sheet.study, parts)
    return steps


def _draw(
    sheet: Sheet, name: str, population: str, term: str, level: str, members: pd.DataFrame
) -> Redrawn | None:
    key = f"{name}/{population}/{level}"
    size = sheet.gate.count(len(members), "estimates", _size(name, population, term, level), "n")
    if size is None:
        sheet.gate.withhold("curves", key, "fewer patients than the threshold", "not drawn")
        return None
    curve = redrawn(sheet.gate, sheet.study, members, size)
    sheet.curves[name, population, level] = curve
    sheet.gate.withhold("curves", key, "rounded counts on a coarse grid", "redrawn")
    return curve


def _size(name: str, population: str, term: str, level: str) -> Row:
    """What names the row with the size of a group."""
    row = {"endpoint": name, "model": _OF_CURVES, "population": population}
    return row | {"term": term, "level": level, "at": None, "statistic": "n"}


def _of_the_primary_model(study: Study, row: Row) -> Row:
    """What names the row of the primary model that another analysis of its patients stands by."""
    term = study.exposure.term
    named = {"endpoint": row["endpoint"], "model": PRIMARY, "population": "primary", "at": None}
    return named | {"term": term, "level": study.terms[term].level, "statistic": "hazard_ratio"}


def _divides_by(row: Row) -> str:
    """What the populations of a row and its siblings differ in: centers, or a variable."""
    population = str(row["population"])
    return CENTER if population.startswith(CENTER) else population.split("=")[0]


def _cell(row: Row, column: str) -> Cell:
    return Cell(float(row[column]), "estimates", row, column)


def _place(row: Row, column: str) -> str:
    return f"{written('estimates', row)}:{column}"


def _as_released(
    sheet: Sheet, name: str, group: str, members: pd.DataFrame, steps: list[Row]
) -> list[Row]:
    """The released steps where patients and events hardly differ from those of the release."""
    last = sheet.gate.before.curve(name, group)
    named = _size(name, "primary", sheet.study.exposure.variable, group)
    counts = {"n": len(members), "n_events": int(members["event"].sum())}
    limit = sheet.gate.rules.threshold
    for column, exact in counts.items():
        now = sheet.gate.rules.shown(exact)
        then = sheet.gate.before.count("estimates", named, column)
        if not last or now is None or then is None or abs(now - then) > limit:
            return steps
    if [{name: row[name] for name in steps[0]} for row in last] != steps:
        rule = "difference to the last release"
        sheet.gate.withhold("curves", f"{name}/{group}", rule, "kept as released")
    return last


def _of_named_centers(sheet: Sheet, name: str, data: pd.DataFrame) -> list[Row]:
    """Every shown center's own numbers, those of the small ones together, under masked names."""
    masked = data.assign(center=sheet.masks.shown(data["center"])).dropna(subset="center")
    for center, members in masked.groupby("center", sort=True):
        _draw(sheet, name, f"{CENTER}{center}", "", "", members)
    part = part_for("estimates", sheet.study)
    return _rows(as_table(by_center(masked, name, part)))


def _row(sheet: Sheet, row: Row) -> Iterator[Row]:
    """A row as it is shown; none if it is not written."""
    gate, population = sheet.gate, row["population"]
    if population.startswith(WITHOUT):
        label = sheet.masks.alone(population.removeprefix(WITHOUT))
        if label is None:
            rule = "center below the threshold"
            gate.withhold("estimates", f"{row['model']}/without a center", rule, "not written")
            return
        row = row | {"population": f"{WITHOUT}{label}"}
    if any(sheet.masks.named_in(row[name]) for name in _WORDS):
        gate.withhold("estimates", row["model"], "it names a center", "not written")
        return
    if not _declared(sheet.study, row):
        key = written("estimates", row)
        gate.withhold("estimates", key, "not declared shareable", "not written")
        return
    shown = row | {name: sheet.count(row, name) for name in ("n", "n_events")}
    shown["std_error"] = None
    shown = _numbers(sheet, row, shown)
    last = gate.before.row("estimates", row)
    if last is not None and _same(shown, last, ("n", "n_events")):
        if not _same(shown, last, _NUMBERS):
            rule = "difference to the last release"
            gate.withhold("estimates", written("estimates", row), rule, "kept as released")
        kept = {name: None if pd.isna(last[name]) else last[name] for name in _NUMBERS}
        note = "" if pd.isna(last["note"]) else last["note"]
        shown |= kept | {"note": note}
    yield shown


def _same(row: Row, last: Row, columns: tuple[str, ...]) -> bool:
    def plain(value: Any) -> float | None:
        return None if value is None or pd.isna(value) else float(value)

    return all(plain(row[name]) == plain(last[name]) for name in columns)


def _declared(study: Study, row: Row) -> bool:
    """Whether a row may leave at all; of a sensitivity analysis that is the exposure alone."""
    if row["statistic"] in COUNTS:
        at = row["at"] is not None or row["statistic"] == "n"
        return row["model"] == _OF_CURVES and at
    if row["statistic"] not in NUMBERS:
        return False
    if row["model"] not in _MODELS_OF.get(row["statistic"], (row["model"],)):
        return False
    # Beside the primary analysis it would speak of the few patients with a corrected value.
    if row["population"] == AS_SENT:
        return False
    prefix = "sensitivity:"
    if not row["population"].startswith(prefix):
        return True
    exposure = study.exposure.term
    analysis = study.sensitivity[row["population"].removeprefix(prefix)]
    return row["term"] in analysis.instead.get(exposure, [exposure])


def _numbers(sheet: Sheet, row: Row, shown: Row) -> Row:
    """The numbers of a row, its counts being decided."""
    statistic, model = row["statistic"], row["model"]
    if statistic == "n":
        hidden = shown["n"] is None or shown["n_events"] is None
        note = {"note": f"{NOT_SHOWN}a small count"} if hidden else {}
        return shown | {"value": shown["n"], **note}
    if statistic in COUNTS:
        return _under_the_curve(sheet, row, shown)
    if row["value"] is None and row["p_value"] is None and row["ci_low"] is None:
        return shown
    why = _too_few(sheet, row)
    if why:
        return sheet.withhold(shown, why)
    if statistic == "survival":
        return _read_off(sheet, row, shown)
    if statistic == "rate":
        return _rate(sheet, shown)
    if model == "response_difference":
        return _difference(sheet, row, shown)
    digits = _DIGITS.get(row["unit"], _OTHER_DIGITS)
    for name in ("value", "ci_low", "ci_high"):
        shown[name] = None if row[name] is None else round(float(row[name]), digits)
    p_value = row["p_value"]
    shown["p_value"] = None if p_value is None else round(float(p_value), _OTHER_DIGITS)
    return _within_the_curve(sheet, row, shown) if statistic == "median" else shown


def _too_few(sheet: Sheet, row: Row) -> str:
    """Why the numbers of a row are not shown; empty if they are."""
    rules, n, events = sheet.gate.rules, row["n"], row["n_events"]
    if n is not None and n < rules.threshold:
        return "fewer patients than the threshold"
    if events is not None and events < rules.threshold:
        return "fewer events than the threshold"
    if row["statistic"] != "hazard_ratio" or events is None:
        return ""
    terms = _terms(sheet.study, row)
    parameters = len(terms)
    if "fixed_center" in row["model"]:
        parameters += sheet.cohort.patients["center"].nunique() - 1
    if events < rules.events_per_parameter * parameters:
        return "too few events per parameter"
    if events - parameters < rules.residual_events:
        return "too few residual degrees of freedom"
    return "a category below the threshold" if sheet.small_category(terms) else ""


def _terms(study: Study, row: Row) -> list[str]:
    if not any(name in row["model"] for name in _OF_ALL_TERMS):
        return [row["term"]] if row["term"] in study.terms else []
    prefix, adjusted = "sensitivity:", study.models.adjusted
    if row["population"].startswith(prefix):
        return study.sensitivity[row["population"].removeprefix(prefix)].terms(adjusted)
    return adjusted


def _under_the_curve(sheet: Sheet, row: Row, shown: Row) -> Row:
    """A number of the table under a curve, from the counts that drew the curve."""
    curve = sheet.curves.get((row["endpoint"], row["population"], row["level"]))
    at = None if curve is None else curve.at(row["at"])
    if curve is None or at is None:
        return sheet.withhold(shown, _beyond(curve, row["at"]))
    cells = {"at_risk": int(curve.n_risk[at]), "events": curve.shown_events[at],
             "censored": curve.shown_lost[at]}  # fmt: skip
    value = cells[row["statistic"]]
    return sheet.withhold(shown, "a small count") if value is None else shown | {"value": value}


def _beyond(curve: Redrawn | None, month: float) -> str:
    if curve is None:
        return "fewer patients than the threshold"
    if month > curve.end:
        return "fewer at risk than the threshold"
    return "no month of the coarse grid"


def _read_off(sheet: Sheet, row: Row, shown: Row) -> Row:
    """A survival rate, read off the curve of rounded counts."""
    curve = sheet.curves.get((row["endpoint"], row["population"], row["level"]))
    at = None if curve is None else curve.at(row["at"])
    if curve is None or at is None:
        return sheet.withhold(shown, _beyond(curve, row["at"]))
    found = {"value": curve.survival[at], "ci_low": curve.ci_low[at], "ci_high": curve.ci_high[at]}
    return shown | {name: round(float(v), _OTHER_DIGITS) for name, v in found.items()}


def _within_the_curve(sheet: Sheet, row: Row, shown: Row) -> Row:
    """A median is somebody's time: it and its limits only where enough are still at risk."""
    curve = sheet.curves.get((row["endpoint"], row["population"], row["level"]))
    end = 0.0 if curve is None else curve.end
    if row["value"] is not None and row["value"] > end:
        return sheet.withhold(shown, "fewer at risk than the threshold")
    if any(row[name] is not None and row[name] > end for name in ("ci_low", "ci_high")):
        why = "its interval reaches where fewer than the threshold are at risk"
        sheet.gate.withhold("estimates", written("estimates", row), why, "interval withheld")
        return shown | {"ci_low": None, "ci_high": None, "note": NOT_SHOWN + why}
    return shown


def _rate(sheet: Sheet, shown: Row) -> Row:
    """A rate from rounded counts: an exact one would give them away."""
    n, yes = shown["n"], shown["n_events"]
    if n is None or yes is None or n == 0:
        return sheet.withhold(shown, "a small count")
    if sheet.gate.rules.small(n - yes):
        return sheet.withhold(shown, "fewer patients without it than the threshold")
    found = exact_rate(min(yes, n), n, sheet.study.models.interval_level)
    digits = _OTHER_DIGITS
    return shown | {
        "value": round(found.rate, digits),
        "ci_low": round(found.ci_low, digits),
        "ci_high": round(found.ci_high, digits),
    }


def _difference(sheet: Sheet, row: Row, shown: Row) -> Row:
    """A difference of rates from the rounded counts of its groups."""
    cells: list[int] = []
    for group in (row["level"], row["reference"]):
        key = written(
            "estimates", row | {"model": "response_rate", "level": group, "statistic": "rate"}
        )
        rate = next(_row(sheet, sheet.exact[key]))
        if rate["value"] is None:
            return sheet.withhold(shown, "the rate of a group is not shown")
        cells += [min(rate["n_events"], rate["n"]), rate["n"]]
    found = risk_difference(cells[0], cells[1], cells[2], cells[3],
                            sheet.study.models.interval_level)  # fmt: skip
    return shown | {
        "value": round(found.difference, _OTHER_DIGITS),
        "ci_low": round(found.ci_low, _OTHER_DIGITS),
        "ci_high": round(found.ci_high, _OTHER_DIGITS),
        "p_value": round(float(row["p_value"]), 2),
    }
