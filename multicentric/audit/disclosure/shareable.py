"""From the study's results to what may be shown: every table that is declared, and no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from multicentric.audit.disclosure.counts import Gate, Rules
from multicentric.audit.disclosure.curves import as_table
from multicentric.audit.disclosure.masks import Masks, masks_of
from multicentric.audit.disclosure.numbers import Cohort, shown_estimates
from multicentric.audit.disclosure.released import Released
from multicentric.audit.disclosure.tables import shown_baseline, shown_disposition, shown_status
from multicentric.protocol import Study


class NamesCenter(Exception):
    """A text of the study names a center, so that nothing can be shown; in one sentence."""


@dataclass(frozen=True)
class Results:
    """What lies in ``results/`` and may go out after the rules."""

    estimates: pd.DataFrame
    baseline: pd.DataFrame
    disposition: pd.DataFrame
    patients: pd.DataFrame
    times: pd.DataFrame
    status: Mapping[str, Any]


@dataclass(frozen=True)
class Shareable:
    """What may be shown.

    Attributes
    ----------
    estimates, curves, baseline
        The declared tables in their own columns, after the rules.
    disposition
        Records counted, see `multicentric.audit.disclosure.tables.shown_disposition`.
    decisions
        What was withheld, redacted or rounded, and by which rule.
    status
        The centers' standing, see `multicentric.audit.disclosure.tables.shown_status`.
    """

    estimates: pd.DataFrame
    curves: pd.DataFrame
    baseline: pd.DataFrame
    disposition: pd.DataFrame
    decisions: pd.DataFrame
    status: dict[str, Any]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by its name."""
        names = [field.name for field in fields(self) if field.name != "status"]
        return {name: getattr(self, name) for name in names}


def shareable(
    study: Study,
    rules: Rules,
    results: Results,
    labels: Mapping[str, str],
    before: Released | None = None,
) -> Shareable:
    """Apply the rules of disclosure to the results.

    Parameters
    ----------
    study
        Says which terms a model holds, and which groups are compared.
    rules
        The thresholds.
    labels
        What a center is called instead of its id, `multicentric.audit.labels.labels_of`.
    before
        What was shown last time; it and this can be subtracted from each other.

    Returns
    -------
    Shareable
        No center's name, no patient's key, no count below the threshold.

    Raises
    ------
    NamesCenter
        An author's text names a center: which one, only its author can say otherwise.
    """
    gate = Gate(rules, before or Released())
    listed = {str(entry["center"]) for entry in results.status["centers"]}
    ids = sorted({*listed, *labels, *results.disposition["center"].dropna()})
    masks = masks_of(gate, labels, results.times, ids)
    _refuse_names(study, masks)
    cohort = Cohort(results.estimates, results.patients, results.times)
    estimates, steps = shown_estimates(gate, study, masks, cohort)
    baseline = shown_baseline(gate, results.baseline)
    analysed = _analysed(gate, study, results.patients)
    disposition = shown_disposition(gate, masks, results.disposition, analysed)
    status = shown_status(gate, masks, dict(results.status), _records(disposition))
    return Shareable(
        estimates=estimates,
        curves=as_table(steps),
        baseline=baseline,
        disposition=disposition,
        decisions=gate.decisions.table(),
        status=status,
    )


def _analysed(gate: Gate, study: Study, patients: pd.DataFrame) -> int | None:
    """All analysed patients as the sum of the groups, as Table 1 has it."""
    groups = patients[study.exposure.variable].value_counts()
    row = {"of": "reason", "disposition": "analysed"}
    cells = [
        gate.count(int(n), "disposition", row | {"reason": str(group)}, "n")
        for group, n in sorted(groups.items(), key=lambda pair: str(pair[0]))
    ]
    return gate.total(cells, "disposition", row, "n")


def _records(disposition: pd.DataFrame) -> int | None:
    """All records as the flow sums them; None where a part is not shown."""
    counts = disposition.loc[disposition["of"] == "reason", "n"]
    return None if counts.isna().any() else int(counts.sum())


def _refuse_names(study: Study, masks: Masks) -> None:
    for path, text in _texts(study.model_dump(mode="json"), ""):
        found = masks.named_in(text)
        if found is not None:
            raise NamesCenter(
                f"the study file names the center {found} ({path}); what is shown outside must not."
            )


def _texts(value: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        pairs = [(f"{path}.{name}".lstrip("."), inner) for name, inner in value.items()]
    elif isinstance(value, list):
        pairs = [(f"{path}.{at + 1}", inner) for at, inner in enumerate(value)]
    else:
        return [(path, value)] if isinstance(value, str) else []
    return [found for name, inner in pairs for found in _texts(inner, name)]
