"""Data dictionary of the NCCTG lung cancer study, as R's survival package documents it."""

import pandas as pd

from multicentric.schema import PatientModel, variable


class Patient(PatientModel):
    """One patient with advanced lung cancer."""

    time: pd.Int64Dtype = variable(
        "Survival time", kind="integer", unit="days", needed="always", possible=(1, 10000)
    )
    status: pd.StringDtype = variable(
        "Vital status",
        kind="code",
        needed="always",
        codes={"alive": "Alive", "dead": "Dead"},
        description="At the end of the survival time.",
    )
    age: pd.Int64Dtype = variable("Age", kind="integer", unit="years", possible=(18, 110))
    sex: pd.StringDtype = variable("Sex", kind="code", codes={"male": "Male", "female": "Female"})
    ph_ecog: pd.Int64Dtype = variable(
        "ECOG performance status",
        kind="integer",
        possible=(0, 4),
        description="As rated by the physician.",
    )
    ph_karno: pd.Int64Dtype = variable(
        "Karnofsky performance score, rated by the physician", kind="integer", possible=(0, 100)
    )
    pat_karno: pd.Int64Dtype = variable(
        "Karnofsky performance score, rated by the patient", kind="integer", possible=(0, 100)
    )
    meal_cal: pd.Int64Dtype = variable(
        "Calories consumed at meals", kind="integer", unit="kcal", possible=(0, 10000)
    )
    wt_loss: pd.Int64Dtype = variable(
        "Weight loss in the last six months",
        kind="integer",
        unit="lb",
        possible=(-200, 200),
        description="Pounds; negative where weight was gained.",
    )
