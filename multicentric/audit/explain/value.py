"""A patient's value, down to the cells of the center's file that it was made from."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from multicentric.audit.explain.node import Cell, Node, shown
from multicentric.audit.explain.study import Explained, Unexplained
from multicentric.conditions import variables_of
from multicentric.documents import nearest
from multicentric.holds import holds
from multicentric.pool.derive import derive
from multicentric.pool.endpoints import time_to_event
from multicentric.protocol import Derived, TimeToEvent

_DONE = {
    "copied": "Copied as sent.",
    "mapped": "The mapping says what this text means.",
    "converted": "Converted as the mapping says.",
    "derived": "Derived by the mapping.",
    "imputed": "Completed as the mapping says, and flagged.",
    "missing": "Missing.",
    "unmapped": "The mapping does not know this text, so there is no value.",
    "unreadable": "This text cannot be read, so there is no value.",
}
_REASONS = {
    "unknown": "unknown",
    "not_done": "not done",
    "not_applicable": "not applicable",
    "no_column": "the file lacks the column",
}


class Values:
    """The values of one patient.

    Parameters
    ----------
    explained
        The study.
    center, patient
        Center and its own key of the patient.

    Raises
    ------
    Unexplained
        The center sent no such patient.
    """

    def __init__(self, explained: Explained, center: str, patient: str) -> None:
        self.explained = explained
        self.center = center
        self.patient = patient
        explained.center(center)
        lineage = explained.table(f"lineage/{center}")
        own = lineage[lineage["patient_id"] == patient]
        self.lineage = {row["variable"]: row for row in own.to_dict("records")}
        self.findings = self._findings()
        if not self.lineage and self.findings.empty:
            # No other key is proposed: an error message names no patient that was not asked for.
            raise Unexplained(f"{center} sent no patient '{patient}'.")
        self.harmonized = explained.of_patient(f"harmonized/{center}", center, patient) or {}
        self.validated = explained.of_patient(f"validated/{center}", center, patient)
        self.published = explained.of_patient("pooled/patients", center, patient) or {}
        self.mapping = explained.mapping(center)

    def of(self, name: str) -> Node:
        """Explain a variable of the dictionary, a derived variable or an endpoint.

        Raises
        ------
        Unexplained
            The study has nothing of this name.
        """
        study = self.explained.study
        endpoint = name.removesuffix("_days") if name not in study.derived else name
        if name in self.explained.dictionary:
            return self._sent(name)
        if name in study.derived:
            return self._derived(name, study.derived[name])
        if endpoint in study.times_to_event:
            return self._time(endpoint, study.times_to_event[endpoint])
        if name in study.proportions:
            proportion = study.proportions[name]
            value = self._final(proportion.variable)
            success = shown(value) in proportion.success
            words = f"Yes if {proportion.variable} is {' or '.join(proportion.success)}."
            place, line = self.explained.line_of_protocol("endpoints", name, "success")
            made_from = (self.of(proportion.variable),)
            answer = "yes" if success else "no"
            return Node(name, proportion.label, answer, (words,), place, line, made_from=made_from)
        known = [*self.explained.dictionary.names, *study.derived, *study.endpoints]
        raise Unexplained(f"'{name}' is no variable of this study. {nearest(name, known)}")

    def row(self) -> pd.DataFrame:
        """The patient as validated, with derived variables and days of the endpoints."""
        study = self.explained.study
        table = self.explained.dictionary.empty_table()
        values = self.validated or self.harmonized
        row = pd.DataFrame([{name: values.get(name) for name in table.columns}])
        row = row.astype(dict(table.dtypes))
        days = {
            f"{name}_days": time_to_event(row, endpoint, study.month_days)["days"]
            for name, endpoint in study.times_to_event.items()
        }
        return derive(row.assign(**days), study.derived)

    def _findings(self) -> pd.DataFrame:
        tables = [self.explained.table(f"findings/{self.center}")]
        across = self.explained.folder / "results/findings/_across_centers.parquet"
        if across.is_file():
            tables.append(self.explained.table("findings/_across_centers"))
        found = pd.concat(tables, ignore_index=True)
        own = (found["center"] == self.center) & (found["patient_id"] == self.patient)
        return found[own.fillna(False)]

    def _final(self, name: str) -> Any:
        if self.validated is not None:
            return self.validated.get(name)
        return self.harmonized.get(name)

    def _sent(self, name: str) -> Node:
        variable = self.explained.dictionary[name]
        value = shown(self._final(name))
        label = variable.label + (f", {variable.unit}" if variable.unit else "")
        if value in variable.codes:
            value = f"{value} = {variable.codes[value]}"
        cell = self.lineage.get(name)
        how = []
        place = line = ""
        source = None
        if cell is not None:
            how.append(_DONE.get(cell["outcome"], f"{cell['outcome']}."))
            reason = cell["missing_reason"]
            if pd.notna(reason):
                how[-1] = f"Missing: {_REASONS.get(reason, reason)}."
            if pd.notna(cell.get("eligible_rows")):
                how.append(f"Picked from the rows {cell['eligible_rows']}.")
            if pd.notna(cell["rule"]):
                place, line = self._line_of_mapping(str(cell["rule"]))
            source = self._cell(cell)
        before = shown(self.harmonized.get(name))
        if self.validated is not None and before != shown(self._final(name)):
            how.append(f"Read as {before}, then removed by validation.")
        how += self._told(name)
        return Node(name, label, value, tuple(how), place, line, source)

    def _told(self, name: str) -> list[str]:
        told = []
        for finding in self.findings.to_dict("records"):
            about = "" if pd.isna(finding["variables"]) else finding["variables"].split(", ")
            if name in about:
                message = finding["message"]
                told.append(f"Finding {finding['rule']} ({finding['severity']}): {message}")
        return told

    def _line_of_mapping(self, rule: str) -> tuple[str, str]:
        number = self.mapping.line_of(rule)
        path = self.explained.folder / self.mapping.file
        text = path.read_text(encoding="utf-8-sig").splitlines()[number - 1].strip()
        published = self.explained.entries.get(f"validated/{self.center}", {})
        then = published.get("decisions", {}).get(self.mapping.file, {}).get("meaning")
        changed = then is not None and then != self.mapping.digest
        note = ", changed since these results were made" if changed else ""
        return f"{self.mapping.file}, line {number} ({rule}{note})", text

    def _cell(self, cell: dict[str, Any]) -> Cell | None:
        if pd.isna(cell["file"]):
            return None
        drop = self.explained.center(self.center).drop or Path()
        shown_drop = drop.relative_to(self.explained.folder).as_posix()
        return Cell(
            file=f"{shown_drop}/{cell['file']}",
            sheet="" if pd.isna(cell["sheet"]) else str(cell["sheet"]),
            row=None if pd.isna(cell["row"]) else int(cell["row"]),
            column="" if pd.isna(cell["column"]) else str(cell["column"]),
            raw=None if pd.isna(cell["raw"]) else str(cell["raw"]),
        )

    def _derived(self, name: str, derived: Derived) -> Node:
        row = self.row()
        value = self.published.get(name, row[name].iloc[0])
        text = shown(value)
        if text in derived.codes:
            text = f"{text} = {derived.codes[text]}"
        location: tuple[str | int, ...] = ("derived", name)
        inputs = sorted(derived.inputs())
        if derived.cases is not None:
            how = f"None of the cases holds, so it is {derived.otherwise}."
            for number, case in enumerate(derived.cases):
                if bool(holds(case.when, row).fillna(False).iloc[0]):
                    how = f"Case {number + 1} is the first that holds."
                    location = (*location, "cases", number)
                    inputs = list(dict.fromkeys([*variables_of(case.when), *inputs]))
                    break
        elif derived.flag is not None:
            how, location = "Whether the condition holds.", (*location, "flag")
        else:
            first, last = derived.years_between or ("", "")
            how, location = f"Years from {first} to {last}.", (*location, "years_between")
            inputs = [first, last]
        place, line = self.explained.line_of_protocol(*location)
        made_from = tuple(self.of(part) for part in inputs)
        label = derived.label + (f", {derived.unit}" if derived.unit else "")
        return Node(name, label, text, (how,), place, line, made_from=made_from)

    def _time(self, name: str, endpoint: TimeToEvent) -> Node:
        times = self._published_time(name)
        if times is None:
            result = time_to_event(self.row(), endpoint, self.explained.study.month_days)
            times = SimpleNamespace(**result.iloc[0].to_dict())
        place, line = self.explained.line_of_protocol("endpoints", name)
        if pd.isna(times.days):
            value = "missing"
        else:
            event = "event" if times.event else "censored"
            value = f"{shown(times.months)} months, {event} ({shown(times.description)})"
        how = []
        if pd.notna(times.start_date) and pd.notna(times.end_date):
            dates = f"From {shown(times.start_date)} to {shown(times.end_date)}"
            how.append(f"{dates}: {shown(times.days)} days.")
            named = [endpoint.start, *(event.date for event in endpoint.events)]
            named += [endpoint.censored.date] if endpoint.censored else []
        elif endpoint.or_sent is not None:
            how.append(f"No dates; the center sent a duration: {shown(times.days)} days.")
            named = [endpoint.or_sent.duration, *variables_of(endpoint.or_sent.event)]
        else:
            named = [endpoint.start]
        made_from = tuple(self.of(part) for part in dict.fromkeys(n for n in named if n))
        return Node(name, endpoint.label, value, tuple(how), place, line, made_from=made_from)

    def _published_time(self, endpoint: str) -> SimpleNamespace | None:
        times = self.explained.table("pooled/time_to_event")
        own = (times["center"] == self.center) & (times["patient_id"] == self.patient)
        rows = times[(own & (times["endpoint"] == endpoint)).fillna(False)].to_dict("records")
        return SimpleNamespace(**rows[0]) if rows else None
