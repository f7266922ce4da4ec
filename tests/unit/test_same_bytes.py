"""The same patients give the same bytes, whatever process draws and whatever it hashes with."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from multicentric.estimates.endpoints import estimate
from multicentric.protocol import Imputation, Models
from tests.unit.test_estimates import cohort, protocol

ROOT = Path(__file__).parents[2]
CALL = "from tests.unit.test_same_bytes import digest; print(digest())"


def digest() -> str:
    """The digest of all estimates of a small study with missing covariates."""
    patients, times = cohort(n=90)
    draw = np.random.default_rng(5)
    patients.loc[draw.random(90) < 0.2, "age"] = pd.NA
    patients.loc[draw.random(90) < 0.3, "grade"] = pd.NA
    part = protocol()
    part.models = Models(
        adjusted=["arm", "age10", "grade3"],
        univariable=["arm"],
        imputation=Imputation(imputations=3, cycles=2, seed=11),
    )
    readmitted = patients.head(0).assign(reason=pd.Series(dtype="string"))
    table = estimate(patients, times, readmitted, part)
    imputed = table[table["model"] == "cox_adjusted_stratified_imputed"]
    assert imputed["value"].notna().all()
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()


def test_separate_processes_with_separate_hashes_agree():
    def elsewhere(seed: str) -> str:
        environment = os.environ | {"PYTHONHASHSEED": seed}
        return subprocess.run(
            [sys.executable, "-c", CALL],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert elsewhere("1") == elsewhere("2") == digest()
