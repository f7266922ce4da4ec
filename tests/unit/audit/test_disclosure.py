"""No small count, center's name or exact time leaves the study, and no difference tells them."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multicentric.audit.disclosure import Refused, Rules, release, shareable
from multicentric.audit.ledger import read_ledger
from multicentric.estimates.table import Estimate, as_table

RULES = Rules()


def estimates(*more):
    common = {"endpoint": "pfs", "term": "her2", "level": "low"}
    made = [
        Estimate(
            model="kaplan_meier", statistic="median", value=20.0, n=123, n_events=71, **common
        ),
        Estimate(model="kaplan_meier", statistic="at_risk", value=9.0, at=36.0, n=123, **common),
        Estimate(model="kaplan_meier", statistic="survival", value=0.3, at=36.0, n=123, **common),
        Estimate("pfs", "secret", "individual", value=1.0),
        *more,
    ]
    return as_table(made)


def center(name, n, events, value=12.0):
    population = f"center:{name}"
    return Estimate(
        "pfs", "kaplan_meier", "median", value, population=population, n=n, n_events=events
    )


def cox(model, term, n_events):
    return Estimate("pfs", model, "hazard_ratio", 1.1, term=term, n=300, n_events=n_events)


@pytest.fixture
def share(example):
    """What may be shown of given estimates, and of small tables around them."""
    keys = {"patient_id": [str(n) for n in range(40)]}
    values = {
        "her2": ["low"] * 31 + ["zero"] * 9,
        "visceral": pd.array([True] * 20 + [False] * 20, "boolean"),
    }
    terms = {example.study.terms[name].variable for name in example.study.terms}
    rest = {name: ["x"] * 20 + ["y"] * 20 for name in terms - set(values)}
    numbers = {example.study.terms[n].variable for n in ("age10", "ecog2", "grade3")}
    rest |= {name: [1.0] * 20 + [3.0] * 20 for name in numbers}
    patients = pd.DataFrame({**keys, **rest, **values})

    def made(table, counts=(30, 4, 0), curve=None, excluded=3, centers="elsewhere"):
        rows = [("her2", level, "low", n) for level, n in zip("abc", counts, strict=True)]
        rows += [("her2", level, "zero", 40) for level in "abc"]
        rows += [("her2", level, "all", 1) for level in "abc"]
        baseline = pd.DataFrame(rows, columns=["variable", "level", "group", "count"])
        baseline = baseline.assign(n=100, n_missing=2, percent=1.0, mean=np.nan).astype(
            {"count": "Int64", "n": "Int64", "n_missing": "Int64", "percent": "Float64"}
        )
        disposition = pd.DataFrame(
            {
                "disposition": ["analysed"] * 40 + ["excluded"] * excluded,
                "reason": [None] * 40 + ["her2_positive"] * excluded,
            }
        )
        none = pd.DataFrame(
            {name: [] for name in ("endpoint", "level", "time", "n_risk", "n_event", "n_censor")}
        )
        return shareable(
            example.study,
            RULES,
            estimates=table,
            curves=none if curve is None else curve,
            baseline=baseline,
            disposition=disposition,
            patients=patients.assign(center=centers),
        )

    return made


@given(st.integers(0, 10_000))
def test_a_shown_count_is_zero_or_large_and_always_round(count):
    shown = RULES.shown(count)
    assert shown is None or shown % RULES.round_to == 0
    assert (shown is None) == (0 < count < RULES.threshold)
    assert shown is None or abs(shown - count) <= RULES.round_to / 2
    middle = RULES.midpoint(count)
    assert (middle == 0) == (count == 0)
    assert abs(middle - count) < RULES.round_to


def test_what_is_not_declared_is_not_written(share):
    shown = share(estimates())
    assert "individual" not in set(shown.estimates["statistic"])
    noted = shown.decisions[shown.decisions["rule"] == "not declared shareable"]
    assert len(noted) == 1


def test_counts_of_estimates_are_redacted_or_rounded(share):
    shown = share(estimates()).estimates
    assert set(shown["n"].dropna()) == {125}
    assert shown.loc[shown["statistic"] == "at_risk", "value"].isna().all()


def test_a_survival_with_too_few_at_risk_is_withheld(share):
    shown = share(estimates()).estimates
    row = shown[shown["statistic"] == "survival"].iloc[0]
    assert pd.isna(row["value"])
    assert row["note"] == "not shown: fewer at risk than the threshold"


def test_a_center_is_shown_without_its_name_and_a_small_one_not_at_all(share):
    table = estimates(center("aras", 77, 45), center("tiny", 30, 9), center("small", 9, 12))
    shown = share(table)
    populations = set(shown.estimates["population"])
    assert populations == {"primary", "center:A"}
    text = "".join(table.to_csv() for table in shown.tables().values())
    assert [name for name in ("aras", "tiny", "small,", "AR-") if name in text] == []


def test_no_row_names_a_center_in_any_of_its_words(share, example):
    told = [
        dict(term="center", level="aras"),
        dict(population="without:aras"),
        dict(note="not estimable: no events in aras"),
        dict(reference="aras"),
    ]
    more = [
        Estimate("pfs", "frailty", "hazard_ratio", 1.0, n=300, n_events=200, **words)
        for words in told
    ]
    shown = share(estimates(*more), centers="aras")
    assert "frailty" not in set(shown.estimates["model"])
    assert "aras" not in "".join(table.to_csv() for table in shown.tables().values())
    assert list(shown.decisions["rule"]).count("it names a center") == len(told)


@pytest.mark.parametrize(
    ("estimate", "why"),
    [
        (cox("cox_adjusted", "visceral", 89), "too few events per parameter"),
        (cox("cox", "visceral", 9), "fewer events than the threshold"),
        (cox("cox", "visceral", 10), "too few residual degrees of freedom"),
        (cox("cox", "low", 200), "a category below the threshold"),
        (cox("cox", "visceral", 200), ""),
    ],
)
def test_a_cox_model_needs_events_and_categories(share, estimate, why):
    shown = share(estimates(estimate)).estimates
    row = shown[shown["statistic"] == "hazard_ratio"].iloc[0]
    assert pd.isna(row["value"]) == bool(why)
    assert pd.isna(row["note"]) or row["note"] == (f"not shown: {why}" if why else "")


def test_a_redacted_cell_cannot_be_had_from_its_total(share):
    shown = share(estimates()).baseline.set_index(["level", "group"])
    assert pd.isna(shown.loc[("b", "low"), "count"])
    assert pd.isna(shown.loc[("b", "all"), "count"])
    assert shown.loc[("a", "all"), "count"] == 70
    # What a group is said to hold is the sum of what is shown of it.
    assert set(shown.xs("low", level="group")["n"]) == {30}
    assert shown.loc[("c", "low"), "count"] == 0


def test_the_flow_hides_a_small_reason_and_sums_what_it_shows(share):
    flow = share(estimates()).flow.set_index(["disposition", "reason"])["n"]
    assert pd.isna(flow[("excluded", "her2_positive")])
    assert flow[("sent", "")] == flow[("analysed", "")] == 40


def test_a_curve_is_redrawn_on_a_coarse_grid_from_rounded_counts(share):
    times = np.sort(np.random.default_rng(7).uniform(0.5, 40, 120))
    steps = pd.DataFrame(
        {
            "endpoint": "pfs",
            "level": "low",
            "time": [0.0, *times],
            "n_risk": [120.0, *(120.0 - np.arange(120))],
            "n_event": [0.0, *(np.arange(120) % 2 == 0)],
            "n_censor": [0.0, *(np.arange(120) % 2 == 1)],
        }
    )
    shown = share(estimates(), curve=steps).curves
    assert set(shown["time"] % RULES.grid_months) == {0.0}
    assert (shown["n_risk"] >= RULES.threshold).all()
    assert shown["time"].max() < times.max()
    assert (shown["survival"].diff().dropna() <= 0).all()
    exact = np.prod([1 - 1 / (120 - k) for k in range(120) if times[k] <= 12 and k % 2 == 0])
    assert shown.loc[shown["time"] == 12, "survival"].iloc[0] == pytest.approx(exact, abs=0.05)
    drops = -shown["survival"].diff().dropna() * shown["n_risk"].shift().dropna()
    assert not np.isclose(drops, 1, atol=0.2).any()


def test_a_difference_to_the_last_release_is_not_shown(share, tmp_path):
    ledger = tmp_path / "audit/ledger.jsonl"
    release(ledger, share(estimates(), counts=(30, 40, 0)), RULES, "to the sponsor")
    release(ledger, share(estimates(), counts=(35, 60, 0)), RULES, "to the sponsor again")
    second = pd.read_csv(tmp_path / "audit/releases/2/baseline.csv")
    counts = second[second["group"] == "low"].set_index("level")["count"]
    assert counts["a"] == 30
    assert counts["b"] == 60
    decisions = pd.read_csv(tmp_path / "audit/releases/2/decisions.csv")
    assert "difference to the last release" in set(decisions["rule"])
    entries = [line.entry for line in read_ledger(ledger)]
    assert [entry["release"] for entry in entries] == [1, 2]


def test_the_same_release_is_not_made_twice(share, tmp_path):
    ledger = tmp_path / "audit/ledger.jsonl"
    shown = share(estimates())
    release(ledger, shown, RULES, "to the sponsor")
    with pytest.raises(Refused, match="nothing differs from release 1"):
        release(ledger, dataclasses.replace(shown), RULES, "once more")
    assert len(read_ledger(ledger)) == 1
