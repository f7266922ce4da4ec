"""Who is pooled, what is said of the others, and what is removed."""

from pathlib import Path
from typing import Any

import pytest

from multicentric.centers import Center
from multicentric.gate import (
    decide,
    findings_at_the_gate,
    passing,
    remove_orphans,
    standing,
    strictly,
    told,
    told_of,
)
from multicentric.settings import Gate


def verdict(center: str, state: str = "ready", reason: str = "", place: str = "") -> dict[str, Any]:
    return {
        "center": center,
        "drop": "2025-06-02",
        "state": state,
        "reason": reason,
        "place": place,
        "records": 3,
        "held": 0,
        "queries": 0,
        "findings": [],
    }


OUT = verdict("b", "out", "the file cannot be opened", "b.xlsx")
BROKEN = standing(
    Center(
        id="c",
        source="c",
        state="invalid",
        reason="the mapping is wrong: unknown key 'tabels'. (and 1 more)",
        place="centers/c/mapping.yaml, line 6",
        problems=(
            ("centers/c/mapping.yaml", 6, "unknown key 'tabels'."),
            ("centers/c/mapping.yaml", 9, "'from' is missing."),
        ),
    )
)
DISABLED = standing(Center(id="d", source="d", state="disabled", reason="Withdrew in May."))


def test_centers_that_are_ready_pass_whatever_became_of_the_others() -> None:
    decision = decide([OUT, verdict("a")], [BROKEN, DISABLED], Gate())
    assert decision.passing == ["a"]
    assert [entry["center"] for entry in decision.centers] == ["a", "b", "c", "d"]
    assert decision.stop == ""


def test_each_center_comes_with_what_it_sent_and_the_statuses_of_its_mapping() -> None:
    decision = decide([OUT, verdict("a")], [BROKEN], Gate())
    mapped = {"a": {"sex": "complete"}, "b": {"sex": "impossible"}}
    arrived = {"a": {"files": {"rows.csv": "00"}}}
    said = told_of(decision, mapped, arrived)
    told = said["centers"]
    assert {c["center"]: c["mapping"] for c in told} == {**mapped, "c": {}}
    assert {c["center"]: c["delivery"] for c in told} == {**arrived, "b": {}, "c": {}}


def test_centers_that_share_a_reason_share_a_sentence() -> None:
    shared = [verdict(name, "out", "the file is missing.", "lung.csv") for name in ("a", "b")]
    assert told(shared) == ["a, b are OUT: the file is missing (lung.csv)."]


def test_each_center_that_is_out_is_told_with_reason_and_place() -> None:
    assert told([verdict("a"), OUT, BROKEN, DISABLED]) == [
        "b is OUT: the file cannot be opened (b.xlsx).",
        "c is INVALID: the mapping is wrong: unknown key 'tabels'. (and 1 more) "
        "(centers/c/mapping.yaml, line 6).",
        "d is DISABLED: Withdrew in May.",
    ]


@pytest.mark.parametrize(
    ("verdicts", "policy", "says"),
    [
        ([], Gate(), "no folder below centers/"),
        ([OUT], Gate(), "no center is in"),
        ([verdict("a"), OUT], Gate(min_centers=2), "only 1 of 2 centers are in"),
        ([verdict("a"), OUT], Gate(required=["b"]), "the required center b is out"),
        ([verdict("a")], Gate(required=["z"]), "the required center z does not exist"),
    ],
)
def test_a_policy_that_is_not_met_stops_the_analysis_in_words(
    verdicts: list[dict[str, Any]], policy: Gate, says: str
) -> None:
    decision = decide(verdicts, [], policy)
    assert decision.stop.startswith("Nothing is pooled: ")
    assert says in decision.stop
    assert all(sentence in decision.stop for sentence in told(decision.centers))


def test_strictness_spares_only_what_was_switched_off_with_a_reason() -> None:
    assert strictly([verdict("a"), DISABLED]) == ""
    assert "b is OUT: the file cannot be opened (b.xlsx)." in strictly([verdict("a"), OUT])


def test_what_drives_the_analysis_holds_the_passing_centers_bytes_only(tmp_path: Path) -> None:
    tables = []
    for folder in ("validated", "records"):
        for name in ("a", "b", "_unassigned_registry"):
            path = tmp_path / folder / f"{name}.parquet"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{folder} {name}")
            tables.append(path)
    before = passing(decide([verdict("a"), OUT], [], Gate()), tables)
    assert before["centers"] == ["a"]
    other = verdict("b", "out", "another reason")
    assert passing(decide([verdict("a"), other], [], Gate()), tables) == before
    (tmp_path / "validated/b.parquet").write_text("changed, but out")
    assert passing(decide([verdict("a"), OUT], [], Gate()), tables) == before
    (tmp_path / "records/_unassigned_registry.parquet").write_text("changed")
    assert passing(decide([verdict("a"), OUT], [], Gate()), tables) != before


def test_a_broken_mapping_is_a_finding_for_each_mistake_with_file_and_line() -> None:
    found = findings_at_the_gate([BROKEN, DISABLED])
    assert found[["center", "file", "row", "effect"]].to_numpy().tolist() == [
        ["c", "centers/c/mapping.yaml", 6, "center held"],
        ["c", "centers/c/mapping.yaml", 9, "center held"],
    ]
    assert BROKEN["queries"] == len(found)


def test_only_results_of_centers_that_are_gone_are_removed(tmp_path: Path) -> None:
    kept = [
        "validated/a.parquet",
        "findings/_across_centers.parquet",
        "findings/_unassigned_registry.parquet",
        "pooled/patients.parquet",
        "estimates.parquet",
    ]
    gone = ["validated/b.parquet", "status/b.json", "findings/_unassigned_old.parquet"]
    for name in [*kept, *gone]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    removed = remove_orphans(tmp_path, {"a", "registry"}, {"a": []})
    assert {path.relative_to(tmp_path).as_posix() for path in removed} == set(gone)
    assert all((tmp_path / name).exists() for name in kept)


def test_the_cohort_as_sent_stays_as_long_as_a_mapping_corrects(tmp_path: Path) -> None:
    as_sent = tmp_path / "as_sent/patients.parquet"
    as_sent.parent.mkdir()
    as_sent.write_text("")
    assert remove_orphans(tmp_path, {"a"}, {}, corrected=True) == []
    assert as_sent.exists()
    assert remove_orphans(tmp_path, {"a"}, {}, corrected=False) == [as_sent.parent]
    assert not as_sent.parent.exists()


def test_what_was_compared_with_a_drop_that_is_gone_is_removed(tmp_path: Path) -> None:
    kept = [
        "changes/two.parquet",
        "earlier/two/2025-03-01/findings.parquet",
        # A center whose mapping cannot be read today has lost no drop.
        "changes/invalid.html",
        "earlier/invalid/2025-03-01/findings.parquet",
    ]
    gone = [
        "changes/one.parquet",
        "changes/one.html",
        "earlier/one/2025-03-01/findings.parquet",
        "earlier/two/2024-12-01/findings.parquet",
        "earlier/nobody/2025-03-01/findings.parquet",
    ]
    for name in [*kept, *gone]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    earlier = {"one": [], "two": ["2025-03-01"]}
    remove_orphans(tmp_path, {"one", "two", "invalid"}, earlier)
    assert [name for name in kept if not (tmp_path / name).exists()] == []
    assert [name for name in gone if (tmp_path / name).exists()] == []
    assert not (tmp_path / "earlier/one").exists()


def test_a_reason_that_ends_with_a_question_gets_no_further_stop() -> None:
    asks = verdict("b", "invalid", "'sexe' is no variable. Did you mean 'sex'?")
    assert told([asks]) == ["b is INVALID: 'sexe' is no variable. Did you mean 'sex'?"]
    assert told([verdict("b", "out", "no file.", "b.csv")]) == ["b is OUT: no file (b.csv)."]
