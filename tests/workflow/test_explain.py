"""Every value leads to its cell, every number to its patients, every record to its rule."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from multicentric.audit.explain import (
    Explained,
    Node,
    Unexplained,
    Values,
    disposition_of,
    estimates_named,
)
from multicentric.audit.explain.estimate import KEY, key_of
from tests.workflow.test_audit import command
from tests.workflow.tree import PROJECT, Run, Tree

EXTRACT = "centers/aras/2025-06-02/extract.csv"
TRUTH = PROJECT / "tests/golden/truth/disposition.csv"


@pytest.fixture(scope="module")
def explained(built: tuple[Tree, Run]) -> Explained:
    return Explained(built[0].folder)


def leaves(node: Node) -> Iterator[Node]:
    if not node.made_from:
        yield node
    for part in node.made_from:
        yield from leaves(part)


def line_of(folder: Path, place: str) -> str:
    file, _, line = place.partition(", line ")
    return (folder / file).read_text(encoding="utf-8").splitlines()[int(line.split(" ")[0]) - 1]


def test_values_lead_to_the_text_that_stands_in_the_file(explained: Explained) -> None:
    with (explained.folder / EXTRACT).open(encoding="utf-8", newline="") as file:
        sent = list(csv.DictReader(file))
    values = Values(explained, "aras", "AR-0001")
    for name in explained.dictionary.names:
        cell = values.of(name).cell
        if cell is not None:
            assert cell.file == EXTRACT
            # The heading is the file's first row.
            row = sent[cell.row - 2]
            assert (row["PatientID"], row[cell.column]) == ("AR-0001", cell.raw or "")


def test_a_value_names_the_line_of_the_mapping_that_decided(explained: Explained) -> None:
    node = Values(explained, "aras", "AR-0001").of("her2_ish")
    assert node.value == "negative = Negative"
    assert "her2_ish" in node.line
    assert node.line in line_of(explained.folder, node.place)


def test_a_changed_mapping_is_said_to_be_another_one(tree: Tree) -> None:
    tree.edit("centers/aras/mapping.yaml", "{neg: negative,", "{neg: not_done,")
    place = Values(Explained(tree.folder), "aras", "AR-0001").of("her2_ish").place
    assert "changed since these results were made" in place


def test_a_removed_value_says_which_rule_removed_it(explained: Explained) -> None:
    node = Values(explained, "aras", "AR-0004").of("ki67_percent")
    assert (node.value, node.cell.raw) == ("missing", "150")
    assert any("out_of_range" in sentence for sentence in node.how)


def test_a_derived_variable_is_a_tree_down_to_cells(explained: Explained) -> None:
    node = Values(explained, "aras", "AR-0001").of("her2")
    assert node.value == "zero = HER2-zero"
    assert node.line == '- {when: {her2_ihc: "0"}, then: zero}'
    assert {leaf.name for leaf in leaves(node)} == {"her2_ihc", "her2_ish"}
    assert all(leaf.cell is not None for leaf in leaves(node))


def test_endpoints_show_the_dates_or_the_duration_that_was_sent(explained: Explained) -> None:
    dates = Values(explained, "aras", "AR-0001").of("pfs")
    names = {"start_date", "progression_date", "death_date", "last_followup_date"}
    assert {leaf.name for leaf in leaves(dates)} == names
    assert "censored (last contact)" in dates.value
    sent = Values(explained, "gediz", "4001").of("os")
    assert {leaf.name for leaf in leaves(sent)} == {"os_months", "vital_status"}
    assert Values(explained, "gediz", "4001").of("response").value == "yes"


def test_what_is_shown_of_endpoints_and_derived_variables_is_what_was_published(
    explained: Explained,
) -> None:
    patients = explained.table("pooled/patients").groupby("center").head(2)
    for patient in patients.to_dict("records"):
        values = Values(explained, patient["center"], patient["patient_id"])
        again = values.row().iloc[0]
        for name in explained.study.derived:
            assert again[name] == patient[name] or (pd.isna(again[name]) and pd.isna(patient[name]))


def test_every_record_is_explained_as_the_truth_has_it(explained: Explained) -> None:
    truth = pd.read_csv(TRUTH, dtype="string").dropna(subset=["patient_id"])
    criteria = {c.id: c.excluded for c in explained.study.eligibility}
    picked = truth.groupby(["disposition", "reason"], dropna=False).head(2)
    assert len(picked) > 12
    for row in picked.to_dict("records"):
        node = disposition_of(explained, row["center"], row["patient_id"])
        assert node.value == row["disposition"]
        if row["disposition"] == "excluded":
            assert any(criteria[row["reason"]] in sentence for sentence in node.how)
            assert node.place.startswith("config/study.yaml, line ")
        if row["disposition"] in ("quarantined", "duplicate"):
            assert any(sentence.startswith("Rule ") for sentence in node.how)


def test_a_printed_number_leads_to_patients_datasets_and_hashes(explained: Explained) -> None:
    (found,) = estimates_named(explained, "23.9")
    assert found.key == "pfs/kaplan_meier/primary/her2/low//median"
    assert found.printed == ("value 23.9",)
    assert sum(counts["patients"] for counts in found.centers.values()) == 122
    assert sum(counts["events"] for counts in found.centers.values()) == 71
    names = {dataset.name for dataset in found.datasets}
    assert {"estimates", "pooled/patients", "validated/aras", "validated/meric"} <= names
    files = {file for dataset in found.datasets for file in dataset.files}
    assert EXTRACT in files


def test_a_bound_of_an_interval_is_found_too(explained: Explained) -> None:
    keys = {found.key for found in estimates_named(explained, "17.4–28.0")}
    assert keys == {"pfs/kaplan_meier/primary/her2/low//median"}
    assert keys <= {found.key for found in estimates_named(explained, "17.4")}


def test_the_analysis_set_of_the_primary_models_has_the_patients_of_the_estimate(
    explained: Explained,
) -> None:
    table = explained.table("estimates")
    own = table["population"].eq("primary") & table["n"].notna()
    models = ["kaplan_meier", "cox", "cox_stratified", "cox_adjusted", "cox_adjusted_stratified"]
    rows = table[own & table["model"].isin(models)].drop_duplicates(["model", "endpoint", "term"])
    assert len(rows) > 40
    for row in rows.to_dict("records"):
        (found,) = estimates_named(explained, key_of(row))
        assert sum(counts["patients"] for counts in found.centers.values()) == row["n"]
        assert sum(counts["events"] for counts in found.centers.values()) == row["n_events"]


@pytest.mark.parametrize("name", ["palbociclib_only", "ribociclib_only", "de_novo_only"])
def test_the_analysis_set_of_a_restricted_analysis_has_the_patients_of_the_estimate(
    explained: Explained, name: str
) -> None:
    table = explained.table("estimates")
    rows = table[table["population"].eq(f"sensitivity:{name}") & table["n"].notna()]
    assert len(rows) > 10
    for row in rows.to_dict("records"):
        (found,) = estimates_named(explained, key_of(row))
        assert sum(counts["patients"] for counts in found.centers.values()) == row["n"]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("999.99", "the report prints '999.99' nowhere"),
        ("pfs/kaplan_meier/primary/her2/lo//median", "Did you mean"),
    ],
)
def test_what_is_no_estimate_is_said_to_be_none(
    explained: Explained, asked: str, answer: str
) -> None:
    assert asked.count("/") in (0, len(KEY) - 1)
    with pytest.raises(Unexplained, match=answer):
        estimates_named(explained, asked)


def test_a_number_of_table_1_is_said_to_be_of_table_1(explained: Explained) -> None:
    baseline = explained.table("baseline").set_index(["variable", "group", "level"])
    mean = f"{baseline.loc[('age', 'zero', ''), 'mean']:.1f}"
    with pytest.raises(Unexplained, match=r"printed for baseline/age/zero/mean.* no estimate"):
        estimates_named(explained, mean)


def test_questions_without_an_answer_name_no_other_patient(explained: Explained) -> None:
    with pytest.raises(Unexplained) as why:
        Values(explained, "aras", "AR-9999")
    assert str(why.value) == "aras sent no patient 'AR-9999'."
    with pytest.raises(Unexplained, match="Did you mean 'aras'"):
        Values(explained, "arras", "AR-0001")
    with pytest.raises(Unexplained, match="Did you mean 'her2'"):
        Values(explained, "aras", "AR-0001").of("her3")


def test_the_command_answers_people_and_machines(built: tuple[Tree, Run]) -> None:
    tree, _ = built
    said = command(tree, "explain", "aras", "AR-0001", "her2")
    assert said.returncode == 0
    assert f"{EXTRACT}, row 46, column HER2_IHC: '0'" in said.stdout
    (answer,) = json.loads(command(tree, "explain", "--json", "aras", "AR-0001", "her2").stdout)
    assert answer["made_from"][0]["cell"]["raw"] == "0"
    (answer,) = json.loads(command(tree, "explain", "--json", "--estimate", "23.9").stdout)
    assert answer["numbers"]["n"] == "122"
    wrong = command(tree, "explain", "aras", "AR-9999")
    assert (wrong.returncode, wrong.stderr) == (1, "aras sent no patient 'AR-9999'.\n")
