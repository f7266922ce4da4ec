"""The report for readers outside: whatever the study's shape, it says what it hides."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from multicentric.audit.disclosure import Results, Rules, shareable
from multicentric.report import ReportInputs, compose
from multicentric.settings import Settings
from tests.unit.report import simulated
from tests.unit.report.conftest import make
from tests.unit.report.test_validator import PROFILES, failures

TWELVE = {"new": "New arm", **{f"g{n:02}": f"Group {n}" for n in range(10)}, "old": "Old arm"}


def outside(**changes) -> ReportInputs:
    """A simulated study's inputs after the disclosure gate."""
    exact = simulated.inputs(**changes)
    groups = changes.get("groups") or {"new": "New arm", "old": "Old arm"}
    centers = list(changes.get("centers", ("alpha", "beta", "gamma")))
    per_group = changes.get("per_group", 60) if centers else 0
    rng = np.random.default_rng(20240309)
    patients = simulated.some_patients(rng, list(groups), centers or ["nobody"], per_group)
    times = simulated.some_times(rng, patients, changes.get("events", True), 18)
    results = Results(
        estimates=exact.estimates,
        baseline=exact.baseline,
        disposition=exact.disposition,
        patients=patients,
        times=times,
        status=exact.status,
    )
    labels = {name: f"Center {letter}XQ" for name, letter in zip(centers, "KBZ", strict=False)}
    shown = shareable(exact.study, Rules(), results, labels)
    return replace(
        exact,
        settings=Settings(profile="shareable"),
        status=shown.status,
        quality=exact.quality.iloc[:0],
        **shown.tables(),
    )


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_exact_tables_are_never_printed_for_readers_outside():
    with pytest.raises(ValueError, match="passed the disclosure gate"):
        compose(replace(simulated.inputs(), settings=Settings(profile="shareable")))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"centers": ("alpha",)},
        {"events": False},
        {"per_group": 6},
        {"per_group": 14},
        {"groups": TWELVE, "per_group": 20},
        {"groups": {"only": "Only group"}, "terms": {}, "exposure": {}, "models": {}},
        {"centers": ()},
        {"out": [{"center": "delta", "drop": "", "state": "invalid", "queries": 0, "mapping": {},
                  "reason": "'delta' has no column pat of P0001", "place": "centers/delta/x.csv"}]},
    ],
    ids=["plain", "one center", "no event", "tiny", "small", "twelve groups", "one group",
         "nobody", "a center is out"],
)  # fmt: skip
def test_every_shape_of_study_is_told_without_a_center_or_a_gap(changes):
    if "exposure" in changes:
        term = {"variable": "age", "per": 10, "label": "Age at start, per decade"}
        changes = changes | {
            "terms": {"age10": term},
            "exposure": {"variable": "arm", "groups": ["only"], "reference": "only",
                         "term": "age10"},
            "models": {"univariable": ["age10"], "adjusted": ["age10"]},
        }  # fmt: skip
    inputs = outside(**changes)
    text = words(compose(inputs).html)
    assert not re.search(r"(?<![\w-])(alpha|beta|delta|P0001)(?![\w-])", text)
    assert "no reason was recorded" not in text
    assert not re.search(r"\b(nan|None|<NA>)\b", text)
    if "[c]" in text:
        assert "suppressed" in text


def test_a_withheld_median_is_not_called_unreached():
    inputs = outside(per_group=14)
    medians = inputs.estimates[inputs.estimates["statistic"] == "median"]
    withheld = medians["note"].str.startswith("not shown").fillna(False)
    assert withheld.any()
    text = words(compose(inputs).html)
    assert "NR, not reached" not in text
    assert "not shown" in text


def test_it_is_a_file_of_both_standards_with_nothing_but_what_is_shown_attached():
    made = make(outside())
    assert {profile: failures(made.pdf, profile) for profile in PROFILES} == {"3a": [], "ua1": []}
    assert "Disclosure control" in made.text
    assert "What is not shown as it is, and why" in made.text
    assert isinstance(made.inputs.decisions, pd.DataFrame)


def with_findings(inputs: ReportInputs, *counts: int | None) -> ReportInputs:
    """The inputs where rules found something in all centers, as often as said."""
    findings = [
        {"rule": f"R{n}", "severity": "query", "effect": "none", "variables": "", "n": count}
        for n, count in enumerate(counts)
    ]
    together = inputs.status["together"] | {"findings": findings}
    return replace(inputs, status=inputs.status | {"together": together})


def quality_of(inputs: ReportInputs) -> str:
    html = compose(inputs).html
    return html[html.index('id="quality"') :].split("<section")[0]


def test_rules_whose_counts_are_suppressed_are_counted_and_not_listed():
    html = quality_of(with_findings(outside(), 25, None, 40, None))
    rows = re.findall(r'<tr class="level">.*?</tr>', html)
    assert [words(row).split() for row in rows] == [["R0", "25"], ["R2", "40"]]
    assert "2 more rules found something; their counts are suppressed" in words(html)
    assert "Darker" not in html
    assert "shade-0" in html
    assert not re.search(r"shade-[1-6]", html)


def test_where_every_count_is_suppressed_a_sentence_stands_instead_of_the_table():
    html = quality_of(with_findings(outside(), None, None, None))
    assert "<table" not in html
    assert "3 rules found something; their counts are suppressed" in words(html)


def test_table_one_says_what_is_rounded_and_withholds_differences_beside_a_mark():
    inputs = outside()
    baseline = inputs.baseline.copy()
    fever = baseline["variable"] == "fever"
    baseline.loc[fever, ["count", "percent", "smd"]] = pd.NA
    html = compose(replace(inputs, baseline=baseline)).html
    html = html[html.index('id="baseline-1"') :].split("</table>")[0]
    (row,) = [r for r in re.findall(r"<tr.*?</tr>", html) if ">Fever<" in r]
    assert words(row).split() == ["Fever", "[c]", "[c]", "[c]", "[c]"]
    assert "Counts are rounded to 5 and percentages computed from rounded" in words(
        compose(inputs).html
    )
    assert "rounded to 5" not in words(compose(simulated.inputs()).html)


def test_one_record_can_have_several_findings_is_said_where_it_is_so():
    inputs = simulated.inputs()
    said = "One record can have several findings."
    assert said in words(compose(inputs).html)
    centers = [center | {"held": 1} for center in inputs.status["centers"]]
    assert said not in words(compose(replace(inputs, status={"centers": centers})).html)
