"""Data dictionary of the example study: HER2-low v HER2-zero on first-line CDK4/6 inhibitors.

One row per patient. Everything the engine knows of a variable stands here: label, unit, codes,
possible and plausible range, whether the analysis can do without it. Rule ids follow the study's
rule list (R01-R30); a rule's message is what the center reads.
"""

import pandas as pd
import pandera.pandas as pa

from multicentric.schema import PatientModel, rule, variable

YES_NO = {"kind": "flag"}
DATES = ("start_date", "progression_date", "death_date", "last_followup_date")


class Patient(PatientModel):
    """One patient of the cohort as every center must read after harmonization."""

    sex: pd.StringDtype = variable(
        "Sex", kind="code", needed="if_sent", codes={"female": "Female", "male": "Male"}
    )
    birth_date: pa.DateTime = variable("Date of birth", kind="date", needed="always")
    menopausal_status: pd.StringDtype = variable(
        "Menopausal status",
        kind="code",
        codes={"premenopausal": "Premenopausal", "postmenopausal": "Postmenopausal"},
        description="At the start of treatment; empty for men.",
    )
    ecog: pd.Int64Dtype = variable(
        "ECOG performance status", kind="integer", possible=(0, 4), plausible=(0, 3)
    )
    histology: pd.StringDtype = variable(
        "Histology",
        kind="code",
        codes={"ductal": "Ductal (no special type)", "lobular": "Lobular", "other": "Other"},
    )
    grade: pd.Int64Dtype = variable("Grade", kind="integer", possible=(1, 3))
    er_status: pd.StringDtype = variable(
        "Estrogen receptor",
        kind="code",
        needed="if_sent",
        codes={"positive": "Positive", "negative": "Negative"},
        description="Positive from 1 % of cells, or from an Allred score of 3.",
    )
    er_percent: pd.Float64Dtype = variable(
        "Estrogen receptor", kind="number", unit="%", possible=(0, 100)
    )
    pr_status: pd.StringDtype = variable(
        "Progesterone receptor",
        kind="code",
        needed="if_sent",
        codes={"positive": "Positive", "negative": "Negative"},
        description="Positive from 1 % of cells, or from an Allred score of 3.",
    )
    pr_percent: pd.Float64Dtype = variable(
        "Progesterone receptor", kind="number", unit="%", possible=(0, 100)
    )
    ki67_percent: pd.Float64Dtype = variable("Ki-67", kind="number", unit="%", possible=(0, 100))
    her2_ihc: pd.StringDtype = variable(
        "HER2 immunohistochemistry",
        kind="code",
        needed="always",
        codes={"0": "0", "1": "1+", "2": "2+", "3": "3+"},
    )
    her2_ish: pd.StringDtype = variable(
        "HER2 in situ hybridization",
        kind="code",
        needed="if_sent",
        codes={"negative": "Negative", "positive": "Positive", "not_done": "Not done"},
    )
    presentation: pd.StringDtype = variable(
        "Metastatic presentation",
        kind="code",
        codes={"de_novo": "De novo", "recurrent": "Recurrent"},
    )
    met_bone: pd.BooleanDtype = variable("Bone metastases", **YES_NO)
    met_liver: pd.BooleanDtype = variable("Liver metastases", **YES_NO)
    met_lung: pd.BooleanDtype = variable("Lung metastases", **YES_NO)
    met_brain: pd.BooleanDtype = variable("Brain metastases", **YES_NO)
    met_lymph_node: pd.BooleanDtype = variable("Lymph node metastases", **YES_NO)
    cdk46: pd.StringDtype = variable(
        "CDK4/6 inhibitor",
        kind="code",
        needed="always",
        codes={
            "palbociclib": "Palbociclib",
            "ribociclib": "Ribociclib",
            "abemaciclib": "Abemaciclib",
        },
    )
    endocrine_partner: pd.StringDtype = variable(
        "Endocrine partner",
        kind="code",
        needed="if_sent",
        codes={
            "letrozole": "Letrozole",
            "anastrozole": "Anastrozole",
            "exemestane": "Exemestane",
            "fulvestrant": "Fulvestrant",
        },
    )
    line: pd.Int64Dtype = variable(
        "Line of treatment", kind="integer", needed="always", possible=(1, 10)
    )
    start_date: pa.DateTime = variable(
        "Start of CDK4/6 inhibitor", kind="date", needed="always", description="Time zero."
    )
    best_response: pd.StringDtype = variable(
        "Best response (RECIST)",
        kind="code",
        needed="if_sent",
        codes={
            "CR": "Complete response",
            "PR": "Partial response",
            "SD": "Stable disease",
            "PD": "Progressive disease",
            "NE": "Not evaluable",
        },
    )
    progression_date: pa.DateTime = variable("Progression", kind="date", needed="if_sent")
    vital_status: pd.StringDtype = variable(
        "Vital status", kind="code", needed="if_sent", codes={"alive": "Alive", "dead": "Dead"}
    )
    death_date: pa.DateTime = variable("Death", kind="date", needed="if_sent")
    last_followup_date: pa.DateTime = variable("Last contact", kind="date", needed="if_sent")
    pfs_months: pd.Float64Dtype = variable(
        "Progression-free survival as sent",
        kind="number",
        unit="months",
        needed="if_sent",
        possible=(0, 600),
        decimals=1,
        description="Only where a center sends no outcome dates.",
    )
    progression_or_death: pd.BooleanDtype = variable(
        "Progression or death, as sent", needed="if_sent", **YES_NO
    )
    os_months: pd.Float64Dtype = variable(
        "Overall survival as sent",
        kind="number",
        unit="months",
        needed="if_sent",
        possible=(0, 600),
        decimals=1,
        description="Only where a center sends no outcome dates.",
    )

    @rule(
        "R02",
        severity="block",
        variables=["birth_date", "start_date"],
        message="The date of birth ({birth_date}) must lie before the start of treatment "
        "({start_date}) and not in the future.",
    )
    def birth_before_start(cls, patients):
        in_time = patients.birth_date <= cls.cut_off()
        before = (patients.birth_date < patients.start_date).astype("boolean")
        return (in_time & before.mask(patients.start_date.isna(), True)).mask(
            patients.birth_date.isna()
        )

    @rule(
        "R03",
        severity="block",
        variables=["last_followup_date", "death_date", "progression_date"],
        message="A date lies after the data cut-off: last contact {last_followup_date}, "
        "death {death_date}, progression {progression_date}.",
    )
    def no_date_after_the_cut_off(cls, patients):
        latest = patients[["last_followup_date", "death_date", "progression_date"]].max(axis=1)
        return (latest <= cls.cut_off()).astype("boolean").mask(latest.isna())

    @rule(
        "R05",
        severity="block",
        variables=["progression_date", "start_date"],
        message="Progression ({progression_date}) lies before the start of treatment "
        "({start_date}).",
    )
    def progression_after_start(cls, patients):
        return _in_order(patients.start_date, patients.progression_date)

    @rule(
        "R06",
        severity="block",
        variables=["progression_date", "death_date", "last_followup_date"],
        message="Progression ({progression_date}) lies after death ({death_date}) or the last "
        "contact ({last_followup_date}).",
    )
    def progression_before_the_end(cls, patients):
        end = patients[["death_date", "last_followup_date"]].min(axis=1)
        return _in_order(patients.progression_date, end)

    @rule(
        "R07",
        severity="block",
        variables=["death_date", "start_date"],
        message="Death ({death_date}) lies before the start of treatment ({start_date}).",
    )
    def death_after_start(cls, patients):
        return _in_order(patients.start_date, patients.death_date)

    @rule(
        "R07b",
        severity="block",
        variables=["last_followup_date", "death_date"],
        message="The last contact ({last_followup_date}) lies after death ({death_date}).",
    )
    def no_contact_after_death(cls, patients):
        return _in_order(patients.last_followup_date, patients.death_date)

    @rule(
        "R07c",
        severity="block",
        variables=["last_followup_date", "start_date"],
        message="The last contact ({last_followup_date}) lies before the start of treatment "
        "({start_date}).",
    )
    def contact_after_start(cls, patients):
        return _in_order(patients.start_date, patients.last_followup_date)

    @rule(
        "R08",
        severity="block",
        kahn="completeness",
        variables=["death_date", "vital_status"],
        message="The patient is recorded as dead, but the date of death is missing.",
    )
    def dead_has_a_date(cls, patients):
        sent_as_duration = patients.os_months.notna()
        applies = (patients.vital_status == "dead") & ~sent_as_duration
        return patients.death_date.notna().astype("boolean").mask(~applies.fillna(False))

    @rule(
        "R08b",
        severity="block",
        variables=["death_date", "vital_status"],
        message="The patient is recorded as alive, but a date of death is given ({death_date}).",
    )
    def alive_has_no_date_of_death(cls, patients):
        return patients.death_date.isna().astype("boolean").mask(patients.vital_status != "alive")

    @rule(
        "R08c",
        severity="block",
        kahn="completeness",
        variables=["last_followup_date", "death_date", "os_months"],
        message="Neither a date of last contact or death nor a survival time was sent.",
    )
    def follow_up_is_known(cls, patients):
        known = (
            patients.last_followup_date.notna()
            | patients.death_date.notna()
            | (patients.os_months.notna() & patients.vital_status.notna())
        )
        return known.astype("boolean")

    @rule(
        "R10",
        severity="block",
        variables=["pfs_months", "os_months"],
        message="Progression-free survival ({pfs_months} months) is longer than overall survival "
        "({os_months} months).",
    )
    def pfs_within_os(cls, patients):
        return patients.pfs_months <= patients.os_months

    @rule(
        "R10b",
        severity="block",
        variables=["progression_or_death", "vital_status"],
        message="The patient is recorded as dead, but not as progressed or dead.",
    )
    def death_is_a_pfs_event(cls, patients):
        return patients.progression_or_death.mask(patients.vital_status != "dead")

    @rule(
        "R13",
        severity="query",
        variables=["her2_ihc", "her2_ish"],
        message="HER2 ISH is positive although IHC is {her2_ihc}.",
    )
    def ish_agrees_with_ihc(cls, patients):
        contradiction = patients.her2_ihc.isin(["0", "1"]) & (patients.her2_ish == "positive")
        return (~contradiction).astype("boolean").mask(patients.her2_ish.isna())

    @rule(
        "R21",
        severity="query",
        variables=["menopausal_status", "sex"],
        effect="value removed",
        message="A menopausal status ({menopausal_status}) is recorded for a man.",
    )
    def no_menopause_in_men(cls, patients):
        applies = (patients.sex == "male").fillna(False)
        return patients.menopausal_status.isna().astype("boolean").mask(~applies)

    @rule(
        "R23",
        severity="query",
        kahn="completeness",
        variables=["best_response", "progression_date"],
        message="Best response is progressive disease, but no progression date was sent.",
    )
    def progression_has_a_date(cls, patients):
        applies = (patients.best_response == "PD") & patients.pfs_months.isna()
        return patients.progression_date.notna().astype("boolean").mask(~applies.fillna(False))


def _in_order(first: pd.Series, second: pd.Series) -> pd.Series:
    """First is not after second; no answer where one is missing."""
    return (first <= second).astype("boolean").mask(first.isna() | second.isna())
