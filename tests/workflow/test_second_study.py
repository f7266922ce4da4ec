"""Another study on the same engine: one drop for 18 centers, durations for dates, real data."""

import json
import subprocess

import numpy as np
import pandas as pd
import pytest

from tests.workflow.test_failures import summary
from tests.workflow.tree import Run, Tree

STUDY = "studies/lung"


@pytest.fixture(scope="module")
def lung(built: tuple[Tree, Run], tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The lung study made from clean, with its own folder as the only thing of its own."""
    copy = tmp_path_factory.mktemp("lung") / "study"
    subprocess.run(["cp", "-a", built[0].folder, copy], check=True)
    tree = Tree(copy)
    run = tree.snakemake(study=STUDY)
    assert run.code == 0, run.said
    return tree


def read(tree: Tree, name: str) -> pd.DataFrame:
    return pd.read_parquet(tree / STUDY / "results" / f"{name}.parquet")


def test_every_institution_is_a_center(lung: Tree) -> None:
    status = json.loads((lung / STUDY / "results/gate/status.json").read_text())
    assert [entry["state"] for entry in status["centers"]] == ["ready"] * 18
    assert "Centers: 18 of 18" in summary(lung, STUDY)
    assert (lung / STUDY / "results/report.pdf").stat().st_size > 0


def test_a_patient_without_an_institution_is_a_finding_and_no_center(lung: Tree) -> None:
    found = read(lung, "findings/_unassigned_ncctg")
    assert found[["rule", "effect", "file"]].to_numpy().tolist() == [
        ["unassigned_row", "record held", "lung.csv"]
    ]
    disposition = read(lung, "pooled/disposition")
    assert len(disposition) == 228
    nobodys = disposition[disposition["center"].isna()]
    assert nobodys["disposition"].tolist() == ["quarantined"]


def test_the_stratified_model_agrees_with_r(lung: Tree) -> None:
    """R: coxph(Surv(time, status) ~ age + ph.ecog + strata(inst), lung)."""
    estimates = read(lung, "estimates")
    fit = estimates[
        (estimates["model"] == "cox_adjusted_stratified")
        & (estimates["endpoint"] == "os")
        & (estimates["population"] == "primary")
        & (estimates["statistic"] == "hazard_ratio")
    ].set_index("term")
    ratio = fit.loc["ph_ecog"]
    assert (ratio["n"], ratio["n_events"]) == (226, 163)
    told = [ratio["value"], ratio["ci_low"], ratio["ci_high"]]
    assert told == pytest.approx([1.770, 1.347, 2.326], abs=5e-4)

    patients = read(lung, "pooled/patients")
    covariates = patients[["age", "ph_ecog"]].astype(float)
    # R centers a linear predictor at the means of its stratum.
    centered = covariates - covariates.groupby(patients["center"]).transform("mean")
    predictors = centered.to_numpy() @ np.log(fit.loc[["age", "ph_ecog"], "value"].to_numpy(float))
    by_row = dict(zip(patients["patient_id"].astype(int), predictors, strict=True))
    first_three = [by_row[row] for row in sorted(by_row)[:3]]
    assert first_three == pytest.approx([0.2155, -0.4235, -0.5593], abs=5e-5)
