"""Rules of the example study: HER2-low v HER2-zero on first-line CDK4/6 inhibitors.

One row per patient, with the variables of ``variables.py``. Rule ids follow the study's rule list
(R01-R30); a rule's message is what the center reads.
"""

# ruff: noqa: D102 (a rule is documented by its message)

import pandas as pd

from multicentric.judging import all_together, alone, in_order, medians_alike, not_on_days, where
from multicentric.schema import between_rule, center_rule, rule

from .variables import Variables

DATES = ("birth_date", "start_date", "progression_date", "death_date", "last_followup_date")
PERCENTS = ("er_percent", "pr_percent", "ki67_percent")
SITES = ["met_bone", "met_liver", "met_lung", "met_brain", "met_lymph_node"]
# As in the study file's eligibility: whoever started before is excluded there, and noted here.
ENROLMENT_BEGINS = pd.Timestamp("2018-01-01")
MONTH, YEAR = 30.4375, 365.25


class Patient(Variables):
    """One patient of the cohort as every center must read after harmonization."""

    @rule(
        "R01",
        severity="query",
        variables=["birth_date", "start_date"],
        message="The patient, born {birth_date}, was younger than 18 or older than 100 years at "
        "the start of treatment ({start_date}).",
    )
    def age_of_an_adult(cls, patients):
        age = _age(patients)
        return where(age >= 0, age.between(18, 100))

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
        "R03b",
        severity="note",
        variables=["start_date"],
        message="Treatment started outside the enrollment window ({start_date}).",
    )
    def start_in_the_window(cls, patients):
        start = patients.start_date
        return where(start.notna(), start.between(ENROLMENT_BEGINS, cls.cut_off()))

    @rule(
        "R05",
        severity="block",
        variables=["progression_date", "start_date"],
        message="Progression ({progression_date}) lies before the start of treatment "
        "({start_date}).",
    )
    def progression_after_start(cls, patients):
        return in_order(patients.start_date, patients.progression_date)

    @rule(
        "R05b",
        severity="note",
        variables=["progression_date", "start_date"],
        message="Progression ({progression_date}) within four weeks of the start of treatment "
        "({start_date}): was it there before?",
    )
    def progression_not_at_once(cls, patients):
        days = (patients.progression_date - patients.start_date).dt.days
        return where(days >= 0, days >= 28)

    @rule(
        "R06",
        severity="block",
        variables=["progression_date", "death_date", "last_followup_date"],
        message="Progression ({progression_date}) lies after death ({death_date}) or the last "
        "contact ({last_followup_date}).",
    )
    def progression_before_the_end(cls, patients):
        end = patients[["death_date", "last_followup_date"]].min(axis=1)
        return in_order(patients.progression_date, end)

    @rule(
        "R07",
        severity="block",
        variables=["death_date", "start_date"],
        message="Death ({death_date}) lies before the start of treatment ({start_date}).",
    )
    def death_after_start(cls, patients):
        return in_order(patients.start_date, patients.death_date)

    @rule(
        "R07b",
        severity="block",
        variables=["last_followup_date", "death_date"],
        message="The last contact ({last_followup_date}) lies after death ({death_date}).",
    )
    def no_contact_after_death(cls, patients):
        return in_order(patients.last_followup_date, patients.death_date)

    @rule(
        "R07c",
        severity="block",
        variables=["last_followup_date", "start_date"],
        message="The last contact ({last_followup_date}) lies before the start of treatment "
        "({start_date}).",
    )
    def contact_after_start(cls, patients):
        return in_order(patients.start_date, patients.last_followup_date)

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
    def PFS_within_OS(cls, patients):
        return patients.pfs_months <= patients.os_months

    @rule(
        "R10b",
        severity="block",
        variables=["progression_or_death", "vital_status"],
        message="The patient is recorded as dead, but not as progressed or dead.",
    )
    def death_is_a_PFS_event(cls, patients):
        return patients.progression_or_death.mask(patients.vital_status != "dead")

    @rule(
        "R11",
        severity="query",
        variables=["pfs_months", "start_date", "progression_date", "death_date"],
        message="Progression-free survival as sent ({pfs_months} months) differs from the dates by "
        "more than half a month.",
        threshold=0.1,
        rate_message="{label}: in {raw} patients the months sent differ from the dates by more "
        "than half a month; from which date are they counted?",
    )
    def PFS_months_agree_with_dates(cls, patients):
        return _months_agree(patients.pfs_months, patients, ["progression_date", "death_date"])

    @rule(
        "R11b",
        severity="query",
        variables=["os_months", "start_date", "death_date", "last_followup_date"],
        message="Overall survival as sent ({os_months} months) differs from the dates by more than "
        "half a month.",
        threshold=0.1,
        rate_message="{label}: in {raw} patients the months sent differ from the dates by more "
        "than half a month; from which date are they counted?",
    )
    def OS_months_agree_with_dates(cls, patients):
        return _months_agree(patients.os_months, patients, ["death_date"])

    @rule(
        "R12",
        severity="query",
        kahn="completeness",
        variables=["her2_ish", "her2_ihc"],
        message="HER2 IHC is {her2_ihc}, but no result of in situ hybridization was sent "
        "({her2_ish}).",
    )
    def HER2_two_plus_has_ISH(cls, patients):
        done = patients.her2_ish.isin(["negative", "positive"])
        return where(patients.her2_ihc == "2", done)

    @rule(
        "R13",
        severity="query",
        variables=["her2_ihc", "her2_ish"],
        message="HER2 ISH is positive although IHC is {her2_ihc}.",
    )
    def ISH_agrees_with_IHC(cls, patients):
        contradiction = patients.her2_ihc.isin(["0", "1"]) & (patients.her2_ish == "positive")
        return (~contradiction).astype("boolean").mask(patients.her2_ish.isna())

    @rule(
        "R14",
        severity="query",
        variables=["er_status", "pr_status"],
        message="Estrogen and progesterone receptor are both negative; the study is about hormone "
        "receptor positive disease.",
    )
    def hormone_receptor_positive(cls, patients):
        either = (patients.er_status == "positive") | (patients.pr_status == "positive")
        known = patients.er_status.notna() & patients.pr_status.notna()
        return where(known, either.fillna(False))

    @rule(
        "R14b",
        severity="note",
        variables=["er_percent"],
        message="The estrogen receptor is only weakly positive ({er_percent} %).",
    )
    def not_ER_low(cls, patients):
        return where(patients.er_percent >= 1, patients.er_percent > 10)

    @rule(
        "R14c",
        severity="query",
        variables=["pr_status", "er_status"],
        message="The progesterone receptor is positive although the estrogen receptor is negative.",
    )
    def PR_with_ER(cls, patients):
        return where(patients.er_status == "negative", patients.pr_status != "positive")

    @rule(
        "R14d",
        severity="query",
        kahn="conformance",
        variables=["er_status", "er_percent"],
        message="Estrogen receptor: {er_status} does not agree with {er_percent} %.",
    )
    def ER_status_agrees(cls, patients):
        return _status_agrees(patients.er_status, patients.er_percent)

    @rule(
        "R14e",
        severity="query",
        kahn="conformance",
        variables=["pr_status", "pr_percent"],
        message="Progesterone receptor: {pr_status} does not agree with {pr_percent} %.",
    )
    def PR_status_agrees(cls, patients):
        return _status_agrees(patients.pr_status, patients.pr_percent)

    @center_rule(
        "R15",
        severity="query",
        kahn="conformance",
        variables=PERCENTS,
        message="{label}: no value of the column is above 8 ({raw} values), so it seems to hold "
        "fractions or scores and no percents.",
    )
    def percents_are_percents(cls, patients, variable):
        values = patients[variable]
        return all_together(values, bool((values > 8).fillna(False).any()))

    @rule(
        "R19",
        severity="query",
        kahn="completeness",
        variables=SITES,
        message="No metastatic site is recorded for a patient with metastatic disease.",
    )
    def at_least_one_site(cls, patients):
        sites = patients[SITES]
        return where(sites.notna().all(axis=1), sites.fillna(False).any(axis=1))

    @rule(
        "R21",
        severity="query",
        variables=["menopausal_status", "sex"],
        effect="value removed",
        waivable=True,
        message="A menopausal status ({menopausal_status}) is recorded for a man.",
    )
    def no_menopause_in_men(cls, patients):
        applies = (patients.sex == "male").fillna(False)
        return patients.menopausal_status.isna().astype("boolean").mask(~applies)

    @rule(
        "R21b",
        severity="query",
        variables=["menopausal_status", "birth_date", "start_date"],
        message="{menopausal_status} does not fit the age at the start of treatment (born "
        "{birth_date}, started {start_date}); surgical or drug-induced?",
    )
    def menopause_fits_age(cls, patients):
        age, status = _age(patients), patients.menopausal_status
        fits = ~((age > 60) & (status == "premenopausal")) & ~(
            (age < 40) & (status == "postmenopausal")
        )
        return where((age >= 18) & status.notna(), fits)

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

    @rule(
        "R26",
        severity="query",
        variables=["birth_date", "sex", "start_date"],
        message="Another record of this center has the same date of birth ({birth_date}), sex and "
        "start of treatment ({start_date}): the same person twice?",
    )
    def nobody_twice(cls, patients):
        return alone(patients, ["birth_date", "sex", "start_date"])

    @center_rule(
        "R27",
        severity="query",
        variables=[
            "birth_date",
            "ecog",
            "histology",
            "grade",
            *PERCENTS,
            "presentation",
            "start_date",
            "cdk46",
            "endocrine_partner",
            "best_response",
            *SITES,
        ],
        message="{label}: all {raw} records have the same value.",
    )
    def no_constant_column(cls, patients, variable):
        values = patients[variable]
        return all_together(values, values.nunique() > 1)

    @center_rule(
        "R27b",
        severity="query",
        kahn="completeness",
        variables=["progression_date", "death_date"],
        message="{label}: none of {raw} patients has this event; was it left out of the file?",
    )
    def events_happen(cls, patients, variable):
        sent = {
            "progression_date": patients.progression_or_death,
            "death_date": (patients.vital_status == "dead").astype("boolean"),
        }
        happened = patients[variable].notna() | sent[variable].fillna(False)
        return pd.Series(bool(happened.any()), index=patients.index, dtype="boolean")

    @center_rule(
        "R27c",
        severity="query",
        variables=["her2_ihc"],
        message="{label}: {raw} records lie in one group of the comparison, hardly any in the "
        "other.",
    )
    def both_arms(cls, patients, variable):
        zero = (patients[variable] == "0").astype("boolean").mask(patients[variable].isna())
        share = zero.dropna().astype(float).mean()
        return all_together(patients[variable], not (share <= 0.1 or share == 1))

    @center_rule(
        "R28",
        severity="query",
        variables=DATES,
        threshold=0.25,
        message="{label}: {raw} dates fall on the 1st or 15th of a month, more than chance allows; "
        "were days filled in?",
    )
    def dates_do_not_heap(cls, patients, variable):
        return not_on_days(patients[variable], (1, 15))

    @between_rule(
        "R29",
        severity="query",
        kahn="conformance",
        variables=PERCENTS,
        message="{label}: the median is three times larger or smaller than in the other centers "
        "({raw}); is the unit the same?",
    )
    def same_unit_as_the_others(cls, patients, variable):
        return medians_alike(patients, variable, factor=3)

    @rule(
        "R31",
        severity="note",
        variables=["cdk46"],
        message="{cdk46} is not one of the drugs of the protocol.",
    )
    def drug_of_the_protocol(cls, patients):
        return where(patients.cdk46.notna(), patients.cdk46 != "abemaciclib")

    @center_rule(
        "R32",
        severity="query",
        kahn="completeness",
        variables=["last_followup_date"],
        threshold=0.4,
        message="{label}: {raw} living patients were last seen more than a year before the data "
        "cut-off; can their follow-up be brought up to date?",
    )
    def follow_up_is_recent(cls, patients, variable):
        alive = patients.death_date.isna() & (patients.vital_status != "dead").fillna(True)
        days = (cls.cut_off() - patients[variable]).dt.days
        return where(alive & days.notna(), days <= YEAR)


def _age(patients: pd.DataFrame) -> pd.Series:
    """Years from birth to the start of treatment."""
    return (patients.start_date - patients.birth_date).dt.days.astype("Float64") / YEAR


def _status_agrees(status: pd.Series, percent: pd.Series) -> pd.Series:
    """Positive from 1 % of cells on."""
    return where(status.notna() & percent.notna(), (status == "positive") == (percent >= 1))


def _months_agree(months: pd.Series, patients: pd.DataFrame, events: list[str]) -> pd.Series:
    """Months as sent lie within half a month of those from the start to the first event's date."""
    end = patients[events].min(axis=1).fillna(patients.last_followup_date)
    by_dates = (end - patients.start_date).dt.days.astype("Float64") / MONTH
    return where(months.notna() & by_dates.notna(), (months - by_dates).abs() <= 0.5)
