"""No small count, center's name or exact time leaves the study, and no difference tells them."""

import dataclasses
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from multicentric.audit.disclosure import (
    NamesCenter,
    Refused,
    Released,
    Results,
    Rules,
    release,
    shareable,
)
from multicentric.audit.disclosure.counts import Cell, Gate
from multicentric.audit.disclosure.masks import OTHERS, masks_of
from multicentric.audit.labels import labels_of
from multicentric.audit.ledger import read_ledger
from multicentric.centers import Center
from multicentric.estimates.baseline import baseline_table
from multicentric.estimates.curves import curves
from multicentric.estimates.endpoints import estimate
from multicentric.study import part_for
from tests.unit.report import simulated

RULES = Rules()
LABELS = {"alpha": "Center KXR", "beta": "Center BCD", "gamma": "Center ZZT"}
GROUPS = {"new": "New arm", "old": "Old arm"}


def some_results(seed: int = 20240309, per_group: int = 60, **changes) -> tuple:
    """A simulated study and its results, with patients and times."""
    made = simulated.inputs(seed=seed, per_group=per_group, **changes)
    rng = np.random.default_rng(seed)
    centers = list(changes.get("centers", LABELS))
    patients = simulated.some_patients(rng, list(GROUPS), centers, per_group)
    times = simulated.some_times(rng, patients, changes.get("events", True), 18)
    results = Results(
        estimates=made.estimates,
        baseline=made.baseline,
        disposition=made.disposition,
        patients=patients,
        times=times,
        status=made.status,
    )
    return made.study, results


@pytest.fixture(scope="module")
def study_and_results():
    return some_results()


@pytest.fixture(scope="module")
def shown(study_and_results):
    study, results = study_and_results
    return shareable(study, RULES, results, LABELS)


def every_count(shown):
    """Every cell that counts patients, records or events, by where it stands."""
    estimates = shown.estimates
    for name in ("n", "n_events"):
        yield f"estimates {name}", estimates[name]
    counted = estimates["statistic"].isin(["n", "at_risk", "censored", "events"])
    yield "estimates value", estimates.loc[counted, "value"]
    yield "curves", shown.curves["n_risk"]
    for name in ("n", "n_missing", "count"):
        yield f"baseline {name}", shown.baseline[name]
    yield "disposition", shown.disposition["n"]
    for entry in [*shown.status["centers"], shown.status["together"]]:
        counts = [entry.get(name) for name in ("records", "queries")]
        counts += [finding["n"] for finding in entry["findings"]]
        yield f"status {entry['center']}", pd.Series(counts, dtype="Int64")


@given(st.integers(0, 10_000))
def test_a_shown_count_is_zero_or_large_and_always_round(count):
    shown = RULES.shown(count)
    assert shown is None or shown % RULES.round_to == 0
    assert (shown is None) == (0 < count < RULES.threshold)
    assert shown is None or abs(shown - count) <= RULES.round_to / 2


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_what_numbers_are_computed_from_says_no_more_than_what_is_shown(one, other):
    if RULES.shown(one) == RULES.shown(other):
        assert RULES.reckoned(one) == RULES.reckoned(other)
    assert (RULES.reckoned(one) == 0) == (one == 0)


def test_every_count_that_leaves_is_zero_or_large_and_round(shown):
    for where, counts in every_count(shown):
        known = counts.dropna().astype(float)
        assert ((known == 0) | (known >= RULES.threshold)).all(), where
        assert (known % RULES.round_to == 0).all(), where


def test_what_hangs_on_corrections_does_not_leave(study_and_results):
    study, results = study_and_results
    part = part_for("estimates", study)
    patients, times = results.patients.iloc[2:], results.times
    as_sent = (patients, times[times["patient_id"].isin(patients["patient_id"])])
    found = estimate(results.patients, results.times, results.patients.iloc[:0], part, as_sent)
    rows = found[found["population"] == "as_sent"]
    assert set(rows["statistic"]) == {"analysed", "hazard_ratio"}
    assert rows.loc[rows["statistic"] == "analysed", "value"].item() == len(patients)
    shown = shareable(study, RULES, dataclasses.replace(results, estimates=found), LABELS)
    assert "as_sent" not in set(shown.estimates["population"])
    assert len(shown.estimates)


def test_no_center_and_no_patient_is_named_anywhere(shown, study_and_results):
    _, results = study_and_results
    text = "".join(table.to_csv() for table in shown.tables().values()) + str(shown.status)
    # A model is called gamma frailty.
    assert [name for name in LABELS if re.search(rf"(?<!\w){name}(?!\w)", text)] == []
    assert [key for key in results.patients["patient_id"] if key in text] == []
    assert {"Center KXR", "Center BCD"} <= set(shown.disposition["center"].dropna())


def test_what_is_not_declared_is_not_written(shown, study_and_results):
    before = set(study_and_results[1].estimates["statistic"])
    assert {"restricted_mean", "e_value", "center_test"} & before
    assert not {"restricted_mean", "e_value", "center_test"} & set(shown.estimates["statistic"])
    assert shown.estimates["std_error"].isna().all()
    assert "not declared shareable" in set(shown.decisions["rule"])


def test_what_is_withheld_says_why(shown):
    nothing = shown.estimates[shown.estimates["value"].isna() & shown.estimates["p_value"].isna()]
    assert len(nothing)
    assert (nothing["note"].fillna("") != "").all()


def test_totals_are_the_sums_of_what_is_shown(shown):
    sizes = shown.estimates[
        (shown.estimates["model"] == "kaplan_meier") & (shown.estimates["statistic"] == "n")
    ].set_index(["population", "level"])["value"]
    groups = [sizes["primary", group] for group in GROUPS]
    assert sizes["primary", ""] == sum(groups)
    table = shown.baseline.set_index(["variable", "level", "group"])["count"]
    for variable, level in {key[:2] for key in table.index if key[0] == "stage"}:
        cells = [table[variable, level, group] for group in GROUPS]
        assert table[variable, level, "all"] == sum(cells)


def test_a_redacted_cell_takes_its_total_with_it(study_and_results):
    study, results = study_and_results
    baseline = results.baseline.copy()
    few = (baseline["variable"] == "fever") & (baseline["group"] == "new")
    baseline.loc[few, "count"] = 4
    shown = shareable(study, RULES, dataclasses.replace(results, baseline=baseline), LABELS)
    counts = shown.baseline[shown.baseline["variable"] == "fever"].set_index("group")["count"]
    assert pd.isna(counts["new"])
    assert pd.isna(counts["all"])
    assert pd.notna(counts["old"])


def test_a_difference_is_withheld_where_a_count_of_its_variable_is(study_and_results, shown):
    study, results = study_and_results
    baseline = results.baseline.copy()
    few = (baseline["variable"] == "fever") & (baseline["group"] == "new")
    baseline.loc[few, "count"] = 4
    other = shareable(study, RULES, dataclasses.replace(results, baseline=baseline), LABELS)
    for made, expected in ((shown, {"age", "stage", "fever"}), (other, {"age", "stage"})):
        assert set(made.baseline.loc[made.baseline["smd"].notna(), "variable"]) == expected
    withheld = other.decisions[other.decisions["rule"] == "a count of the variable is redacted"]
    assert withheld["key"].tolist() == ["fever"]


@pytest.mark.parametrize("seed", range(8))
def test_shares_never_add_up_to_all_beside_a_redacted_count(seed):
    study, results = awkward_results(seed)
    made = shareable(study, RULES, results, LABELS).baseline
    for _, own in made[made["variable"] == "stage"].groupby("group"):
        shares = own["percent"].sum()
        assert shares < 99.9 if own["count"].isna().any() else shares < 100.1


@pytest.mark.parametrize(
    ("total", "parts", "expected"),
    [
        (100, [98, 2], [None, None]),
        (100, [60, 38, 2], [60, None, None]),
        (100, [60, 33, 4, 3], [60, 35, None, None]),
        (100, [60, 40, 0], [60, 40, 0]),
        # What stands nowhere is told by the others as well.
        (100, [98], [None]),
        (100, [80], [80]),
    ],
)
def test_a_small_count_takes_the_next_one_with_it_where_a_sum_would_tell_it(total, parts, expected):
    gate = Gate(RULES, Released())
    cells = [Cell(n, "disposition", {"reason": f"r{at}"}, "n") for at, n in enumerate(parts)]
    gate.protect([Cell(total, "disposition", {"reason": "all"}, "n")], cells)
    assert [gate.count(*cell) for cell in cells] == expected


def test_curves_stand_on_a_coarse_grid_and_end_with_enough_at_risk(shown, study_and_results):
    study, results = study_and_results
    steps = shown.curves
    assert set(steps["time"] % RULES.grid_months) == {0.0}
    assert (steps["n_risk"] >= RULES.threshold).all()
    assert steps[["n_event", "n_censor"]].isna().all(axis=None)
    exact = curves(results.patients, results.times, part_for("estimates", study))
    for level, own in steps.groupby("level"):
        of_level = exact[exact["level"] == level]
        assert own["time"].max() < of_level["time"].max()
        true = [of_level.loc[of_level["time"] <= t, "survival"].iloc[-1] for t in own["time"]]
        assert np.abs(own["survival"].to_numpy(float) - np.array(true, float)).max() < 0.1
        # A drop is that of a rounded number of events, never of one.
        at_risk = own["n_risk"].to_numpy(float)
        events = -np.diff(own["survival"].to_numpy(float)) / own["survival"].to_numpy(float)[:-1]
        events = events * at_risk[:-1]
        assert np.allclose(events, RULES.round_to * np.round(events / RULES.round_to), atol=0.05)


def test_the_table_under_a_curve_and_its_rates_are_the_curves_own(shown):
    estimates = shown.estimates[shown.estimates["model"] == "kaplan_meier"]
    for level, own in shown.curves.groupby("level"):
        of_level = estimates[(estimates["level"] == level) & (estimates["population"] == "primary")]
        curve = own.set_index("time")
        for statistic, column in (("at_risk", "n_risk"), ("survival", "survival")):
            told = of_level[of_level["statistic"] == statistic].set_index("at")["value"]
            assert len(told)
            for at, value in told.items():
                if at in curve.index:
                    assert value == curve.loc[at, column]
                else:
                    assert pd.isna(value)


def test_rates_of_response_are_those_of_the_rounded_counts(shown):
    rates = shown.estimates[shown.estimates["statistic"] == "rate"]
    assert len(rates) == 3
    expected = rates["n_events"].astype(float) / rates["n"].astype(float)
    assert np.allclose(rates["value"].astype(float), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        # (patients, events) of a, b, c
        ([(40, 20), (30, 15), (20, 12)], ["a", "b", "c"]),
        ([(40, 20), (30, 15), (20, 8)], ["a", OTHERS, OTHERS]),
        ([(40, 20), (30, 6), (20, 8)], ["a", OTHERS, OTHERS]),
        ([(40, 20), (9, 3), (8, 2)], [OTHERS, OTHERS, OTHERS]),
        ([(9, 3), (8, 2), (7, 1)], ["", "", ""]),
    ],
    ids=["all", "one small", "two small", "too small together", "nothing"],
)
def test_small_centers_stand_together_and_never_alone(sizes, expected):
    rows = [
        {"center": name, "endpoint": "os", "event": at < events}
        for name, (patients, events) in zip("abc", sizes, strict=True)
        for at in range(patients)
    ]
    labels = {name: name for name in "abc"}
    masks = masks_of(Gate(RULES, Released()), labels, pd.DataFrame(rows), list("abc"))
    assert [masks.names[name] for name in "abc"] == expected


def test_other_centers_are_estimated_as_one(study_and_results):
    study, results = study_and_results
    gamma = results.times["center"] == "gamma"
    times = results.times.assign(event=results.times["event"] & ~gamma)
    shown = shareable(study, RULES, dataclasses.replace(results, times=times), LABELS)
    rows = shown.estimates[shown.estimates["population"].str.startswith("center:")]
    assert f"center:{OTHERS}" in set(rows["population"])
    assert set(rows["population"]) < {f"center:{name}" for name in (*LABELS.values(), OTHERS)}
    together = rows[(rows["population"] == f"center:{OTHERS}") & (rows["statistic"] == "n")]
    alone = next(n for n in LABELS if f"center:{LABELS[n]}" in set(rows["population"]))
    expected = RULES.shown(int((results.times["center"] != alone).sum()))
    assert together["value"].tolist() == [expected]


def a_center(folder: Path, name: str, *drops: tuple[str, str]) -> Center:
    for day, content in drops:
        (folder / name / day).mkdir(parents=True, exist_ok=True)
        (folder / name / day / "extract.csv").write_text(content)
    days = [folder / name / day for day, _ in drops]
    return Center(id=name, source=name, state="ready", drop=days[-1], earlier=tuple(days[:-1]))


def test_a_centers_label_stays_whoever_joins_and_whatever_it_sends(tmp_path):
    first = {name: a_center(tmp_path, name, ("2024-01-01", f"of {name}")) for name in "abcd"}
    labels = labels_of(first.values())
    assert len(set(labels.values())) == 4
    later = [a_center(tmp_path, "b", ("2024-01-01", "of b"), ("2025-01-01", "more"))]
    later += [first["c"], a_center(tmp_path, "a0", ("2025-01-01", "of a0"))]
    again = labels_of(later)
    assert {name: again[name] for name in "bc"} == {name: labels[name] for name in "bc"}
    # Nobody who knows ids and program, but not the drops, can draw them.
    other = a_center(tmp_path / "elsewhere", "b", ("2024-01-01", "something else"))
    assert labels_of([other])["b"] != labels["b"]


def test_labels_do_not_stand_in_the_order_of_the_ids(tmp_path):
    names = [f"c{n:02}" for n in range(30)]
    labels = labels_of([a_center(tmp_path, n, ("2024-01-01", f"of {n}")) for n in names])
    assert sorted(names, key=labels.__getitem__) != names


def test_a_text_that_names_a_center_stops_it_with_its_place():
    study, results = some_results(texts={"limitations": ["All from beta were older."]})
    with pytest.raises(NamesCenter, match=r"names the center beta \(texts.limitations.1\)"):
        shareable(study, RULES, results, LABELS)


@pytest.mark.parametrize(
    ("model", "n_events", "why"),
    [
        ("cox_adjusted", 29, "too few events per parameter"),
        ("cox_adjusted", 30, ""),
        ("cox", 9, "fewer events than the threshold"),
        ("cox", 10, "too few residual degrees of freedom"),
        ("cox", 11, ""),
    ],
)
def test_a_cox_model_needs_events(study_and_results, model, n_events, why):
    study, results = study_and_results
    estimates = results.estimates.copy()
    row = (estimates["model"] == model) & (estimates["term"] == "new")
    estimates.loc[row, "n_events"] = n_events
    shown = shareable(study, RULES, dataclasses.replace(results, estimates=estimates), LABELS)
    found = shown.estimates[
        (shown.estimates["model"] == model) & (shown.estimates["term"] == "new")
    ]
    assert found["note"].fillna("").tolist() == [f"not shown: {why}" if why else ""]
    assert found["value"].isna().tolist() == [bool(why)]


def test_a_cox_model_needs_categories(study_and_results):
    study, results = study_and_results
    stage = pd.array(["late"] * 7 + ["early"] * (len(results.patients) - 7), "string")
    patients = results.patients.assign(stage=stage)
    shown = shareable(study, RULES, dataclasses.replace(results, patients=patients), LABELS)
    cox = shown.estimates[shown.estimates["model"].isin(["cox", "cox_adjusted"])]
    notes = cox.set_index(["model", "term"])["note"].fillna("")
    small = "not shown: a category below the threshold"
    assert notes["cox", "late"] == notes["cox_adjusted", "new"] == small
    assert notes["cox", "new"] == ""


@pytest.fixture
def released(tmp_path, study_and_results):
    """A first release, and what a next one would show."""
    study, results = study_and_results
    ledger = tmp_path / "audit/ledger.jsonl"

    def next_one(other: Results, reason="to the sponsor"):
        shown = shareable(study, RULES, other, LABELS, Released.last(ledger))
        return release(ledger, shown, RULES, reason), tmp_path / "audit/releases"

    next_one(results)
    return next_one


def test_a_difference_to_the_last_release_is_not_shown(released, study_and_results):
    _, results = study_and_results
    baseline, estimates = results.baseline.copy(), results.estimates.copy()
    late = (baseline["variable"] == "stage") & (baseline["level"] == "late")
    before = baseline.loc[late].set_index("group")["count"]
    baseline.loc[late & (baseline["group"] == "new"), "count"] = before["new"] + 5
    baseline.loc[late & (baseline["group"] == "old"), "count"] = before["old"] + 20
    ratio = estimates["model"] == "cox_adjusted_stratified"
    estimates.loc[ratio, "value"] = estimates.loc[ratio, "value"] * 1.1
    estimates.loc[ratio, "n_events"] += 1
    other = dataclasses.replace(results, baseline=baseline, estimates=estimates)
    entry, folder = released(other, "to the sponsor again")
    assert entry["release"] == 2
    tables = [
        pd.read_csv(folder / number / "baseline.csv", dtype={"level": "string"})
        for number in ("1", "2")
    ]
    first, second = (
        table[(table["variable"] == "stage") & (table["level"] == "late")].set_index("group")
        for table in tables
    )
    assert second.loc["new", "count"] == first.loc["new", "count"]
    assert second.loc["old", "count"] == first.loc["old", "count"] + 20
    assert second.loc["all", "count"] == second.loc["new", "count"] + second.loc["old", "count"]
    # A hazard ratio of hardly other patients is the released one, too.
    first, second = (pd.read_csv(folder / n / "estimates.csv") for n in ("1", "2"))
    for table in (first, second):
        table["is"] = table["model"] == "cox_adjusted_stratified"
    assert second.loc[second["is"], "value"].tolist() == first.loc[first["is"], "value"].tolist()
    decisions = pd.read_csv(folder / "2/decisions.csv")
    kept = decisions[decisions["rule"] == "difference to the last release"]
    assert {"baseline", "estimates"} <= set(kept["output"])


def test_a_curve_of_hardly_other_patients_is_the_released_one(
    released, study_and_results, shown, tmp_path
):
    study, results = study_and_results
    times = results.times.copy()
    later = times.index[times["event"].to_numpy(bool)][:12]
    times.loc[later, "months"] = times.loc[later, "months"] + 6
    other = dataclasses.replace(results, times=times)
    before = Released.last(tmp_path / "audit/ledger.jsonl")
    alone = shareable(study, RULES, other, LABELS).curves
    held = shareable(study, RULES, other, LABELS, before).curves
    assert not alone.equals(shown.curves)
    pd.testing.assert_frame_equal(held, shown.curves)


def test_what_is_held_to_its_own_release_is_decided_the_same_way(
    released, study_and_results, shown, tmp_path
):
    before = Released.last(tmp_path / "audit/ledger.jsonl")
    again = shareable(study_and_results[0], RULES, study_and_results[1], LABELS, before)
    pd.testing.assert_frame_equal(again.decisions, shown.decisions)


def test_a_release_is_for_its_owner_until_it_is_handed_on(released, tmp_path):
    folder = tmp_path / "audit/releases/1"
    found = [folder, *folder.iterdir()]
    assert len(found) == 6
    assert [path.name for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_the_same_release_is_not_made_twice(released, study_and_results, tmp_path):
    with pytest.raises(Refused, match="nothing differs from release 1"):
        released(study_and_results[1], "once more")
    assert len(read_ledger(tmp_path / "audit/ledger.jsonl")) == 1


def test_the_flow_pools_small_reasons_and_sums_what_it_shows(study_and_results):
    study, results = study_and_results
    rows = [("excluded", "too_old", 30), ("excluded", "a", 4), ("excluded", "b", 3),
            ("excluded", "c", 12), ("quarantined", "quarantined", 20)]  # fmt: skip
    extra = pd.DataFrame(
        [
            {
                "center": "alpha",
                "patient_id": f"X{what}{why}{n}",
                "disposition": what,
                "reason": why,
            }
            for what, why, count in rows
            for n in range(count)
        ],
        dtype="string",
    )
    analysed = results.disposition[results.disposition["disposition"] == "analysed"]
    disposition = pd.concat([analysed, extra], ignore_index=True)
    shown = shareable(study, RULES, dataclasses.replace(results, disposition=disposition), LABELS)
    flow = shown.disposition[shown.disposition["of"] == "reason"]
    found = {(r["disposition"], r["reason"]): r["n"] for r in flow.to_dict("records")}
    found.pop(("analysed", pd.NA), None)
    counts = {key: n for key, n in found.items() if key[0] != "analysed"}
    # 4 and 3 are too few together, so the next smallest reason joins them.
    assert counts == {
        ("excluded", "too_old"): 30,
        ("excluded", "other_reasons"): 20,
        ("quarantined", "quarantined"): 20,
    }


class Attacker:
    """A reader who adds and subtracts all that is shown, and who knows the rules.

    Attributes
    ----------
    bounds
        What the reader knows of each count by itself.
    sums
        Counts that add up to none: each with its sign.
    small
        The small counts that are not shown.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.bounds: dict[Any, tuple[float, float]] = {}
        self.sums: list[dict[Any, int]] = []
        self.small: set[Any] = set()

    def sees(self, name: Any, exact: float, shown: float | None, why: bool = False) -> Any:
        """A count as it is shown, or its mark, with the reason for it where that is told."""
        small = self.rules.small(exact)
        if shown is not None and pd.notna(shown):
            known: tuple[float, float] = self.rules.meant(int(shown))
            assert known[0] <= exact <= known[1], name
        elif why:
            known = (1, self.rules.threshold - 1) if small else (self.rules.threshold, np.inf)
        else:
            known = (1, np.inf)
        self.bounds[name] = known
        if small:
            self.small.add(name)
        return name

    def adds(self, total: Iterable[Any], parts: Iterable[Any], rest: float = 0) -> None:
        """What parts sum to; what they lack to it, is shown nowhere."""
        line = {name: 1 for name in total} | {name: -1 for name in parts}
        if rest:
            line["rest", len(self.sums)] = -1
            self.bounds["rest", len(self.sums)] = (1, np.inf)
        self.sums.append(line)

    def told(self) -> dict[Any, tuple[float, float]]:
        """Small counts that are known better than their mark says, with what is known."""
        found = {}
        for name in sorted(self.small, key=str):
            low, high = self._end(name, 1), self._end(name, -1)
            if low > 1 or high < self.rules.threshold - 1:
                found[name] = (low, high)
        return found

    def _end(self, name: Any, sign: int) -> float:
        """The least (sign 1) or largest (sign -1) that a count can be."""
        names = list(self.bounds)
        found = linprog(
            [sign * (other == name) for other in names],
            A_eq=[[line.get(other, 0) for other in names] for line in self.sums],
            b_eq=np.zeros(len(self.sums)),
            bounds=list(self.bounds.values()),
        )
        assert found.success or found.status == 3, found.message
        return round(sign * found.fun, 6) if found.success else -sign * np.inf


def attacked(rules: Rules, results: Results, shown, centers: Mapping[str, str]) -> Attacker:
    """Whatever is shown, with every sum that it takes part in.

    Parameters
    ----------
    centers
        Center to the name under which it is shown.
    """
    reader = Attacker(rules)
    _baseline(reader, results, shown)
    _flow(reader, results, shown, centers)
    _findings(reader, results, shown)
    _estimates(reader, results, shown)
    return reader


def _baseline(reader: Attacker, results: Results, shown) -> None:
    keys = ["variable", "level", "group"]
    exact = results.baseline.fillna({"level": ""}).set_index(keys)
    made = shown.baseline.fillna({"level": ""}).set_index(keys)
    # Of a variable that not everyone is asked of there are fewer than the group has.
    everyone, sizes = (
        (table["n"] + table["n_missing"]).groupby("group").max() for table in (exact, made)
    )
    for (variable, group), own in exact[exact.index.isin(made.index)].groupby(
        ["variable", "group"]
    ):
        if group == "all":
            continue
        gaps = int(own.iloc[0]["n_missing"])
        size = reader.sees(("size", group), everyone[group], sizes[group])
        parts = [reader.sees((variable, group, "missing"), gaps, made.loc[own.index[0]].n_missing)]
        levels = own[own["count"].notna()]
        parts += [
            reader.sees((*key, "count"), row["count"], made.loc[key, "count"])
            for key, row in levels.iterrows()
        ]
        reader.adds([size], parts, int(everyone[group]) - gaps - int(levels["count"].sum()))


def _flow(reader: Attacker, results: Results, shown, centers: Mapping[str, str]) -> None:
    out = results.disposition[results.disposition["disposition"] != "analysed"]
    flow = shown.disposition[shown.disposition["disposition"] != "analysed"]
    by_reason, by_center = (flow[flow["of"] == of] for of in ("reason", "center"))
    named = out["center"].map(centers).fillna("")
    sent = [
        reader.sees(("center", name), int((named == name).sum()), n)
        for name, n in zip(by_center["center"].fillna(""), by_center["n"], strict=True)
    ]
    if not sent or by_reason["n"].isna().any():
        return
    # Which reasons are pooled the reader does not know; that they are all there are, he does.
    low, high = np.sum([reader.rules.meant(int(n)) for n in by_reason["n"]], axis=0)
    assert low <= len(out) <= high
    reader.bounds["not analysed"] = (low, high)
    reader.adds(
        ["not analysed"], sent, len(out) - int(named.isin(by_center["center"].fillna("")).sum())
    )


def _findings(reader: Attacker, results: Results, shown) -> None:
    found: dict[tuple[str, str], int] = {}
    for center in results.status["centers"]:
        for finding in center["findings"]:
            key = (finding["rule"], finding["effect"])
            found[key] = found.get(key, 0) + finding["n"]
    together = shown.status["together"]
    asked = sum(center["queries"] for center in results.status["centers"])
    total = reader.sees("questions", asked, together["queries"])
    questions = [f for f in together["findings"] if f["severity"] != "note"]
    parts = [
        reader.sees((f["rule"], f["effect"]), found[f["rule"], f["effect"]], f["n"])
        for f in questions
    ]
    reader.adds([total], parts, asked - sum(found[f["rule"], f["effect"]] for f in questions))


def _estimates(reader: Attacker, results: Results, shown) -> None:
    keys = ["endpoint", "model", "population", "term", "level", "at", "statistic"]
    texts = {name: "" for name in keys if name != "at"} | {"at": -1.0}
    exact = results.estimates.fillna(texts).drop_duplicates(keys).set_index(keys)
    made = shown.estimates.fillna(texts).drop_duplicates(keys).set_index(keys)
    both = [key for key in made.index if key in exact.index and pd.notna(exact.at[key, "n_events"])]

    def of(key: tuple, column: str) -> Any:
        return reader.sees((*key, column), exact.at[key, column], made.at[key, column], why=True)

    for endpoint in dict.fromkeys(key[0] for key in both):
        rows = [key for key in both if key[0] == endpoint]
        sizes = [k for k in rows if k[1] == "kaplan_meier" and k[6] == "n" and k[4]]
        rates = [k for k in rows if k[1] == "response_rate" and k[4]]
        for key in sizes + rates:
            n, events = (of(key, name) for name in ("n", "n_events"))
            rest = exact.at[key, "n"] - exact.at[key, "n_events"]
            reader.adds([n], [events], rest)
            if ("size", key[4]) in reader.bounds:
                reader.adds([n], [("size", key[4])])
        subgroups: dict[str, list] = {}
        for key in rows:
            if key[2].startswith("subgroup:") and "=" in key[2] and key[6] == "hazard_ratio":
                subgroups.setdefault(key[2].split("=")[0], []).append(key)
        for levels in subgroups.values():
            for column in ("n", "n_events"):
                whole = [(*key, column) for key in sizes]
                rest = sum(exact.at[k, column] for k in sizes)
                rest -= sum(exact.at[k, column] for k in levels)
                reader.adds(whole, [of(key, column) for key in levels], rest)


REASONS = ("too_old", "no_follow_up", "elsewhere")


def awkward_results(seed: int) -> tuple:
    """A study full of rare categories, gaps, reasons, answers and findings."""
    rng = np.random.default_rng(seed)
    per_group = int(rng.choice([18, 40, 97, 160]))
    study = simulated.a_study(list(GROUPS), subgroups=["stage"])
    dictionary = simulated.a_dictionary(GROUPS)
    patients = simulated.some_patients(rng, list(GROUPS), list(LABELS), per_group)
    for group in GROUPS:
        members = rng.permutation(patients.index[patients["arm"] == group])
        few, gaps, fever, without = rng.integers(0, 14, 4)
        late = patients.index.isin(members[:few])
        patients.loc[members, "stage"] = np.where(late[members], "late", "early")
        patients.loc[members[few : few + gaps], "stage"] = pd.NA
        patients.loc[members, "fever"] = np.isin(members, members[:fever])
        if rng.random() < 0.3:
            patients.loc[members, "fever"] = ~patients.loc[members, "fever"]
        patients.loc[members, "answer"] = np.where(np.isin(members, members[:without]), "no", "yes")
    times = simulated.some_times(rng, patients, events=True, median=18)
    out = [
        {"center": center, "patient_id": f"X{center}{n}", "disposition": "excluded",
         "reason": rng.choice(REASONS)}
        for center in LABELS
        for n in range(int(rng.choice([0, 4, 7, 12, 30])))
    ]  # fmt: skip
    analysed = patients[["center", "patient_id"]].assign(disposition="analysed", reason=pd.NA)
    disposition = pd.DataFrame([*analysed.to_dict("records"), *out], dtype="string")
    status = simulated.a_status(disposition, [])
    for center in status["centers"]:
        counts = rng.choice([0, 1, 3, 8, 20], 4)
        center["findings"] = [
            {"rule": f"R{n}", "severity": "query", "effect": "none", "variables": "", "n": int(k)}
            for n, k in enumerate(counts)
        ]  # fmt: skip
        center["queries"] = int(counts.sum())
    return study, Results(
        estimates=estimate(patients, times, patients.iloc[:0], part_for("estimates", study)),
        baseline=baseline_table(patients, study, dictionary),
        disposition=disposition,
        patients=patients,
        times=times,
        status=status,
    )


@pytest.mark.parametrize("seed", range(24))
def test_no_sum_that_is_shown_tells_a_small_count(seed):
    study, results = awkward_results(seed)
    shown = shareable(study, RULES, results, LABELS)
    assert not {"records", "held", "queries"} & set(shown.status["centers"][0])
    names = set(shown.disposition["center"].dropna())
    centers = {name: label if label in names else OTHERS for name, label in LABELS.items()}
    assert attacked(RULES, results, shown, centers).told() == {}


def test_without_further_redactions_a_sum_would_tell(monkeypatch):
    monkeypatch.setattr(Gate, "protect", lambda gate, total, parts: None)
    told = []
    for seed in range(4):
        study, results = awkward_results(seed)
        shown = shareable(study, RULES, results, LABELS)
        centers = dict.fromkeys(LABELS, OTHERS) | LABELS
        told += attacked(RULES, results, shown, centers).told()
    assert told
