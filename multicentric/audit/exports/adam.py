"""ADSL and ADTTE as analysts of clinical trials know them, made from the pooled tables.

ADaM-like, not ADaM: a retrospective cohort has an index date instead of a randomization, and no
treatment variables. ``CNSR`` is 0 for an event and 1 for censoring, the reverse of ``event``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from multicentric.audit.exports.columns import Column, columns_of_study, label_of
from multicentric.dictionary import Dictionary
from multicentric.mapping.dates import lacks
from multicentric.protocol import Study, TimeToEvent

_KEYS = (
    Column("STUDYID", "Study Identifier", "text"),
    Column("USUBJID", "Unique Subject Identifier", "text", method="STUDYID-SITEID-SUBJID"),
    Column("SUBJID", "Subject Identifier for the Study", "text", "patient_id", "Collected"),
    Column("SITEID", "Study Site Identifier", "text", "center"),
)
_CENSOR = {"0": "Event", "1": "Censored"}
_TIME = (
    Column("PARAMCD", "Parameter Code", "text", "endpoint"),
    Column("PARAM", "Parameter", "text"),
    Column("STARTDT", "Time-to-Event Origin Date", "date", "start_date", "Derived"),
    Column("ADT", "Analysis Date", "date", "end_date", "Derived"),
    Column("AVAL", "Analysis Value", "number", "months", "Derived", "Days over days per month"),
    Column("CNSR", "Censor", "integer", "event", "Derived", "0 if event", _CENSOR),
    Column("EVNTDESC", "Event or Censoring Description", "text", "description", "Derived"),
    Column("CNSDTDSC", "Censor Date Description", "text", "description", "Derived"),
    Column("SRCDOM", "Source Data", "text", "file", "Predecessor", "File as sent"),
    Column("SRCVAR", "Source Variable", "text", "column", "Predecessor", "Heading as sent"),
    Column("SRCSEQ", "Source Sequence Number", "integer", "row", "Predecessor", "Row as sent"),
)


@dataclass(frozen=True)
class Dataset:
    """One exported table and what its columns are.

    Attributes
    ----------
    table
        Text as strings, dates as ``datetime64``; columns in the order of `columns`.
    """

    name: str
    label: str
    columns: tuple[Column, ...]
    table: pd.DataFrame


def adsl(
    study: Study, dictionary: Dictionary, patients: pd.DataFrame, lineages: dict[str, pd.DataFrame]
) -> Dataset:
    """One row per analysed patient, with every variable of the study.

    Parameters
    ----------
    patients
        ``results/pooled/patients``.
    lineages
        Center to its lineage: a date that the mapping completed gets a flag ``*DTF`` (D, M).
    """
    own = columns_of_study(study, dictionary, [column.name for column in _KEYS])
    table = _keys(study, patients)
    columns = list(_KEYS)
    flags = _imputed(lineages)
    for column in own:
        table[column.name] = _values(patients[column.source], column)
        columns.append(column)
        flag = _flag(patients, flags, column)
        if flag is not None:
            name = f"{column.name}F"
            table[name] = flag
            label = label_of(f"{column.name} Imputation Flag")
            codes = {"D": "Day imputed", "M": "Month and day imputed"}
            columns.append(Column(name, label, "text", column.source, "Derived", codes=codes))
    return Dataset("adsl", "Subject-Level Analysis Dataset", tuple(columns), table)


def adtte(
    study: Study, patients: pd.DataFrame, times: pd.DataFrame, lineages: dict[str, pd.DataFrame]
) -> Dataset:
    """One row per analysed patient and time-to-event endpoint.

    Parameters
    ----------
    times
        ``results/pooled/time_to_event``.
    lineages
        Center to its lineage: the cell that ended the time is the row's source.
    """
    table = _keys(study, times)
    labels = {name: endpoint.label for name, endpoint in study.times_to_event.items()}
    table["PARAMCD"] = times["endpoint"].str.upper().str[:8]
    table["PARAM"] = times["endpoint"].map(labels).astype("string") + " (months)"
    table["STARTDT"] = times["start_date"]
    table["ADT"] = times["end_date"]
    table["AVAL"] = times["months"].astype("Float64")
    event = times["event"].astype("boolean")
    table["CNSR"] = (~event).astype("Int64")
    table["EVNTDESC"] = times["description"]
    table["CNSDTDSC"] = times["description"].mask(event.fillna(False))
    sources = _sources(study, patients, times, lineages)
    for name in ("SRCDOM", "SRCVAR", "SRCSEQ"):
        table[name] = sources[name].to_numpy()
    table = table.astype({"SRCDOM": "string", "SRCVAR": "string", "SRCSEQ": "Int64"})
    return Dataset("adtte", "Time-to-Event Analysis Dataset", (*_KEYS, *_TIME), table)


def _keys(study: Study, rows: pd.DataFrame) -> pd.DataFrame:
    subject = rows["patient_id"].astype("string")
    site = rows["center"].astype("string")
    return pd.DataFrame(
        {
            "STUDYID": pd.Series(study.id, index=rows.index, dtype="string"),
            "USUBJID": study.id + "-" + site + "-" + subject,
            "SUBJID": subject,
            "SITEID": site,
        }
    )


def _values(values: pd.Series, column: Column) -> pd.Series:
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.map({True: "Y", False: "N"}).astype("string")
    return values.astype("string") if column.kind == "text" else values


def _imputed(lineages: dict[str, pd.DataFrame]) -> dict[tuple[str, str, str], str]:
    """Center, patient and variable of each completed date: D or M."""
    found = {}
    for center, lineage in lineages.items():
        for cell in lineage[lineage["outcome"] == "imputed"].to_dict("records"):
            form = str(cell["rule"]).partition(".dates.")[2]
            flag = "M" if "month" in lacks(form) else "D"
            found[center, cell["patient_id"], cell["variable"]] = flag
    return found


def _flag(
    patients: pd.DataFrame, flags: dict[tuple[str, str, str], str], column: Column
) -> pd.Series | None:
    if column.kind != "date":
        return None
    keys = zip(patients["center"], patients["patient_id"], strict=True)
    values = [flags.get((center, patient, column.source)) for center, patient in keys]
    if not any(values):
        return None
    return pd.Series(values, index=patients.index, dtype="string")


def _sources(
    study: Study,
    patients: pd.DataFrame,
    times: pd.DataFrame,
    lineages: dict[str, pd.DataFrame],
) -> pd.DataFrame:
    """File, column and row of the cell that ended each time."""
    known = {(p["center"], p["patient_id"]): p for p in patients.to_dict("records")}
    cells = {
        (center, cell["patient_id"], cell["variable"]): cell
        for center, lineage in lineages.items()
        for cell in lineage.dropna(subset=["file"]).to_dict("records")
    }
    rows = []
    for time in times.to_dict("records"):
        key = time["center"], time["patient_id"]
        variable = _ended_by(study.times_to_event[time["endpoint"]], time, known[key])
        cell = cells.get((*key, variable), {})
        names = {"SRCDOM": "file", "SRCVAR": "column", "SRCSEQ": "row"}
        rows.append({name: cell.get(source, pd.NA) for name, source in names.items()})
    return pd.DataFrame(rows, columns=["SRCDOM", "SRCVAR", "SRCSEQ"])


def _ended_by(endpoint: TimeToEvent, time: dict[str, Any], patient: dict[str, Any]) -> str:
    """The variable whose cell ended a time."""
    if pd.isna(time["end_date"]):
        return endpoint.or_sent.duration if endpoint.or_sent else ""
    ends = [*endpoint.events, *([endpoint.censored] if endpoint.censored else [])]
    for end in ends:
        if end.called == time["description"] and patient[end.date] == time["end_date"]:
            return end.date
    return ""
