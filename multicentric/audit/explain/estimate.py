"""An estimate back to its model, its patients center by center, and the datasets behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from multicentric.audit.explain.node import shown
from multicentric.audit.explain.study import Explained, Unexplained
from multicentric.audit.published import identity
from multicentric.documents import nearest
from multicentric.protocol import Study

KEY = ("endpoint", "model", "population", "term", "level", "at", "statistic")
_NUMBERS = ("value", "std_error", "ci_low", "ci_high", "p_value", "n", "n_events")
# What the report is made from, under the names that it asks for: for readers inside, and outside.
_REPORT = {
    "estimates": "estimates.parquet",
    "curves": "curves.parquet",
    "baseline": "baseline.parquet",
    "disposition": "pooled/disposition.parquet",
    "quality": "quality.parquet",
    "diagnostics": "diagnostics.parquet",
    "questions": "pooled/questions.parquet",
    "status": "gate/status.json",
    "dictionary": "dictionary.json",
}
_SHAREABLE = {
    name: f"shareable/{Path(file).name}"
    for name, file in _REPORT.items()
    if name not in ("diagnostics", "dictionary")
} | {"decisions": "shareable/decisions.csv", "dictionary": "dictionary.json"}


@dataclass(frozen=True)
class Dataset:
    """A published dataset as the ledger knows it, and the drop files under it."""

    name: str
    version: int
    content: str
    published: str
    drop: str
    files: dict[str, str]


@dataclass(frozen=True)
class EstimateExplained:
    """One estimate and what it stands on.

    Attributes
    ----------
    key
        Its place in the table of estimates.
    numbers
        Value, interval and so on, those that there are.
    printed
        What of it the report prints.
    model, analysis_set
        In words.
    centers
        Center to patients and events in the estimate's analysis set.
    datasets
        From the estimates down to each center's validated table.
    """

    key: str
    numbers: dict[str, str]
    printed: tuple[str, ...]
    model: str
    analysis_set: str
    centers: dict[str, dict[str, int]]
    datasets: tuple[Dataset, ...]

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def estimates_named(explained: Explained, asked: str) -> list[EstimateExplained]:
    """Explain the estimates of a key or of a text that the report prints.

    Parameters
    ----------
    explained
        The study.
    asked
        ``endpoint/model/population/term/level/at/statistic``, or a text of the report such as
        ``23.9``.

    Raises
    ------
    Unexplained
        There is no such key, the report prints no such text, or it prints it for something that is
        no estimate; the sentence then says what.
    """
    table = explained.table("estimates")
    keys = {key_of(row): row for row in table.to_dict("records")}
    if asked in keys:
        return [_explain(explained, keys[asked], ())]
    if asked.count("/") >= len(KEY) - 1:
        raise Unexplained(f"there is no estimate '{asked}'. {nearest(asked, keys)}")
    printed = _printed(explained, asked)
    if not printed:
        raise Unexplained(f"the report prints '{asked}' nowhere.")
    found: dict[str, list[str]] = {}
    others = []
    for source, text in printed:
        key, _, part = source.rpartition(":")
        name = next((name for name in keys if key == name or key.endswith(f"/{name}")), None)
        if name is None:
            others.append(source)
        else:
            found.setdefault(name, []).append(f"{part} {text}")
    if not found:
        named = ", ".join(dict.fromkeys(others))
        raise Unexplained(f"'{asked}' is printed for {named}, which is no estimate.")
    return [
        _explain(explained, keys[name], tuple(dict.fromkeys(texts)))
        for name, texts in found.items()
    ]


def key_of(row: dict[str, Any]) -> str:
    """Where a number stands in the table of estimates, as the report's record names it."""
    return "/".join(_word(row[name]) for name in KEY)


def _word(value: Any) -> str:
    if pd.isna(value):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _printed(explained: Explained, asked: str) -> list[tuple[str, str]]:
    """Sources and texts of the report's numbers that read as asked, alone or in an interval."""
    from multicentric.report import compose, read_inputs

    made_from = _SHAREABLE if explained.settings.profile == "shareable" else _REPORT
    files = {name: explained.path(file).as_posix() for name, file in made_from.items()}
    record = compose(read_inputs(explained.folder, files)).numbers.printed
    wanted = _normal(asked)
    return [
        (entry.source, entry.text)
        for entry in record
        if wanted == _normal(entry.text) or wanted in re.split(r" to |–", _normal(entry.text))
    ]


def _normal(text: str) -> str:
    return text.replace("\u00a0", " ").replace("−", "-").strip().removesuffix("%").strip()


def _explain(
    explained: Explained, row: dict[str, Any], printed: tuple[str, ...]
) -> EstimateExplained:
    patients = _analysis_set(explained, row)
    return EstimateExplained(
        key=key_of(row),
        numbers={n: shown(row[n]) for n in _NUMBERS if pd.notna(row[n])},
        printed=printed,
        model=_model(explained.study, row),
        analysis_set=_set_in_words(explained.study, row, patients),
        centers=_by_center(patients),
        datasets=tuple(_datasets(explained)),
    )


def _terms(study: Study, row: dict[str, Any]) -> list[str]:
    """Terms of a Cox model; none for what is no such model."""
    model = str(row["model"])
    if "adjusted" in model:
        return list(study.models.adjusted)
    return [row["term"]] if row["term"] in study.terms else []


def _model(study: Study, row: dict[str, Any]) -> str:
    words = str(row["model"]).replace("_", " ")
    terms = _terms(study, row)
    labels = ", ".join(study.terms[name].label for name in terms)
    endpoint = study.endpoints.get(_word(row["endpoint"]))
    of = f" of {endpoint.label.lower()}: {endpoint.definition}" if endpoint else ""
    return f"{words}{of}{f'; terms: {labels}' if labels else ''}"


def _analysis_set(explained: Explained, row: dict[str, Any]) -> pd.DataFrame:
    """The patients of an estimate, with months and event where its endpoint has them."""
    study = explained.study
    patients = explained.table("pooled/patients")
    endpoint = _word(row["endpoint"])
    if endpoint in study.times_to_event:
        times = explained.table("pooled/time_to_event")
        own = times.loc[times["endpoint"] == endpoint, ["center", "patient_id", "months", "event"]]
        patients = patients.merge(own, on=["center", "patient_id"], validate="one_to_one")
    elif endpoint in study.proportions:
        proportion = study.proportions[endpoint]
        success = patients[proportion.variable].isin(proportion.success)
        patients = patients.assign(event=success)
    population = _word(row["population"])
    if population.startswith("center:"):
        patients = patients[patients["center"] == population.removeprefix("center:")]
    flag = f"in_{population.removeprefix('sensitivity:')}"
    if population.startswith("sensitivity:") and flag in patients.columns:
        patients = patients[patients[flag]]
    terms = _terms(study, row)
    if terms:
        return patients.dropna(subset=[study.terms[name].variable for name in terms])
    if row["term"] == study.exposure.variable and row["level"] in study.exposure.groups:
        patients = patients[patients[study.exposure.variable] == row["level"]]
    return patients


def _set_in_words(study: Study, row: dict[str, Any], patients: pd.DataFrame) -> str:
    events = f" with {int(patients['event'].sum())} events" if "event" in patients else ""
    group = _word(row["level"]) if row["term"] == study.exposure.variable else ""
    of = f", {study.exposure.variable} {group}" if group else ""
    complete = ", complete in all terms" if _terms(study, row) else ""
    said = f"{_word(row['population'])}{of}{complete}: {len(patients)} patients{events}"
    if pd.notna(row["n"]) and int(row["n"]) != len(patients):
        said += f" here, {int(row['n'])} in the estimate"
    return said


def _by_center(patients: pd.DataFrame) -> dict[str, dict[str, int]]:
    counted = {}
    for center, own in patients.groupby("center", sort=True):
        counted[str(center)] = {"patients": len(own)}
        if "event" in own:
            counted[str(center)]["events"] = int(own["event"].sum())
    return counted


def _datasets(explained: Explained) -> Iterator[Dataset]:
    """The estimates and all they are made from, as last published."""
    waiting = ["estimates"]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop(0)
        entry = explained.entries.get(name)
        if name in seen or entry is None:
            continue
        seen.add(name)
        yield Dataset(
            name=name,
            version=entry["version"],
            content=identity(entry["files"][entry["main"]]),
            published=entry["utc"],
            drop=entry.get("drop", ""),
            files={file: measured["sha256"] for file, measured in entry["inputs"].items()},
        )
        waiting += sorted(entry["above"])


def _lines(found: EstimateExplained) -> Iterable[str]:
    yield found.key
    yield "  " + ", ".join(f"{name} {text}" for name, text in found.numbers.items())
    if found.printed:
        yield f"  In the report: {'; '.join(found.printed)}"
    yield f"  Model: {found.model}"
    yield f"  Analysis set: {found.analysis_set}"
    for center, counts in found.centers.items():
        yield f"    {center}: {', '.join(f'{n} {what}' for what, n in counts.items())}"


def datasets_in_words(datasets: Iterable[Dataset]) -> str:
    """What an estimate stands on, a line for each dataset and each file of a drop."""
    lines = []
    for dataset in datasets:
        drop = f", drop of {dataset.drop}" if dataset.drop else ""
        version = f"version {dataset.version} of {dataset.published}{drop}"
        lines.append(f"{dataset.name}: {version}, content {dataset.content}")
        lines += [f"  {file}: {digest}" for file, digest in dataset.files.items()]
    return "\n".join(lines)
