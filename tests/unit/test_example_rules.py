"""The rules of the example study: each finds its fault and nothing else, in every language."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from multicentric.dictionary import DTYPES
from multicentric.findings import as_table
from multicentric.judging import medians_alike
from multicentric.queries.words import languages, load_words, messages_beside, placeholders
from multicentric.schema import (
    between_rules_of,
    center_rules_of,
    dictionary_of,
    load_model,
    rules_of,
)
from multicentric.validate import validate_center
from tests.unit.test_validate import lineage_of

SCHEMA = Path(__file__).resolve().parents[2] / "schemas/patient.py"
MODEL = load_model(SCHEMA, date(2025, 5, 31))
DICTIONARY = dictionary_of(MODEL)

SOUND = {
    "sex": "female",
    "birth_date": "1960-03-04",
    "menopausal_status": "postmenopausal",
    "ecog": 1,
    "histology": "ductal",
    "grade": 2,
    "er_status": "positive",
    "er_percent": 90,
    "pr_status": "positive",
    "pr_percent": 40,
    "ki67_percent": 20,
    "her2_ihc": "1",
    "her2_ish": "not_done",
    "presentation": "recurrent",
    "met_bone": True,
    "met_liver": False,
    "met_lung": False,
    "met_brain": False,
    "met_lymph_node": False,
    "cdk46": "ribociclib",
    "endocrine_partner": "letrozole",
    "line": 1,
    "start_date": "2021-02-03",
    "best_response": "PR",
    "progression_date": "2022-07-08",
    "vital_status": "alive",
    "last_followup_date": "2025-03-04",
}
DEAD = {"vital_status": "dead", "death_date": "2024-03-04", "last_followup_date": "2024-03-04"}
DURATIONS = {"progression_date": None, "last_followup_date": None}
PLAIN_SITES = dict.fromkeys(["met_bone", "met_liver", "met_lung", "met_brain", "met_lymph_node"])


def cohort(*changes):
    """A harmonized table: a sound patient for each change, with that change made."""
    rows = [{**SOUND, **change} for change in changes]
    frame = pd.DataFrame(rows)
    ids = [f"p{number:03}" for number in range(len(rows))]
    table = pd.DataFrame({"center": "c1", "patient_id": ids}, dtype="string")
    for variable in DICTIONARY:
        values = frame.get(variable.name, pd.Series(None, index=frame.index, dtype=object))
        if variable.kind == "date":
            values = pd.to_datetime(values)
        table[variable.name] = values.astype(DTYPES[variable.kind])
    return table


def judged(*changes):
    table = cohort(*changes)
    lineage = lineage_of(table, DICTIONARY)
    return validate_center("c1", table, lineage, as_table([]), MODEL, DICTIONARY)


def test_a_sound_patient_breaks_no_rule():
    assert judged({}, {**DEAD, "birth_date": "1961-03-04"}).findings.empty


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({"birth_date": "2010-03-04", "menopausal_status": None}, ["R01"]),
        ({"birth_date": "2022-03-04"}, ["R02"]),
        ({"last_followup_date": "2026-03-04"}, ["R03"]),
        ({"start_date": "2017-02-03"}, ["R03b"]),
        ({"progression_date": "2020-07-08"}, ["R05"]),
        ({"progression_date": "2021-02-10"}, ["R05b"]),
        ({"progression_date": "2025-04-08"}, ["R06"]),
        ({**DEAD, "death_date": "2020-03-04", "progression_date": None}, ["R07", "R07b"]),
        ({**DEAD, "last_followup_date": "2024-05-05"}, ["R07b"]),
        ({"last_followup_date": "2020-05-05", "progression_date": None}, ["R07c"]),
        ({"vital_status": "dead"}, ["R08"]),
        ({**DEAD, "vital_status": "alive"}, ["R08b"]),
        ({**DURATIONS, "vital_status": None}, ["R08c"]),
        ({**DURATIONS, "pfs_months": 12.0, "os_months": 9.0}, ["R10"]),
        (
            {
                **DURATIONS,
                "vital_status": "dead",
                "progression_or_death": False,
                "pfs_months": 5.0,
                "os_months": 9.0,
            },
            ["R10b"],
        ),
        ({"pfs_months": 19.0, "os_months": 49.0}, ["R11"]),
        ({"pfs_months": 17.1, "os_months": 52.0}, ["R11b"]),
        ({"her2_ihc": "2"}, ["R12"]),
        ({"her2_ihc": "2", "her2_ish": None}, ["R12"]),
        ({"her2_ish": "positive"}, ["R13"]),
        (
            {"er_status": "negative", "er_percent": 0, "pr_status": "negative", "pr_percent": 0},
            ["R14"],
        ),
        ({"er_percent": 5}, ["R14b"]),
        ({"er_status": "negative", "er_percent": 0}, ["R14c"]),
        ({"er_percent": 0}, ["R14d"]),
        ({"pr_percent": 0}, ["R14e"]),
        ({**PLAIN_SITES, "met_bone": False} | dict.fromkeys(PLAIN_SITES, False), ["R19"]),
        ({"sex": "male"}, ["R21"]),
        ({"menopausal_status": "premenopausal", "birth_date": "1950-03-04"}, ["R21b"]),
        ({"birth_date": "1990-03-04"}, ["R21b"]),
        ({"best_response": "PD", "progression_date": None}, ["R23"]),
        ({"cdk46": "abemaciclib"}, ["R31"]),
        ({"ki67_percent": 150}, ["out_of_range"]),
        ({"er_percent": -1}, ["out_of_range"]),
        ({"ecog": 4}, ["implausible"]),
    ],
)
def test_a_rule_finds_its_fault_and_nothing_else(change, rules):
    result = judged(change, {"birth_date": "1961-03-04"})
    assert result.findings["rule"].tolist() == rules
    assert set(result.findings["patient_id"]) == {"p000"}


def test_the_same_person_twice_in_a_center_is_asked_about_at_both_places():
    result = judged({}, {}, {"birth_date": "1961-03-04"})
    assert result.findings[["patient_id", "rule"]].to_numpy().tolist() == [
        ["p000", "R26"],
        ["p001", "R26"],
    ]


def test_what_does_not_apply_has_not_passed():
    checks = judged({}, {"birth_date": "1961-03-04", "her2_ihc": "2"}).checks
    by_rule = checks.set_index(["rule", "variables"])
    two_plus = by_rule.loc[("R12", "her2_ish, her2_ihc")]
    assert two_plus[["applicable", "passed", "failed", "not_applicable"]].tolist() == [1, 0, 1, 1]
    sent_months = by_rule.loc[("R10", "pfs_months, os_months")]
    assert sent_months[["applicable", "passed", "not_applicable"]].tolist() == [0, 0, 2]
    assert pd.isna(sent_months["rate"])


def varied(n, **over):
    """As many sound patients, each of another birth date, start and stain; changes by position."""
    rows = []
    for number in range(n):
        row = {
            "birth_date": str(date(1950 + number // 12, 1 + number % 12, 2 + number % 11)),
            "start_date": str(date(2020, 1 + number % 12, 3 + number % 9)),
            "ecog": number % 3,
            "histology": ["ductal", "lobular"][number % 2],
            "grade": 1 + number % 3,
            "er_percent": 50 + number,
            "pr_percent": 20 + number,
            "ki67_percent": 10 + number,
            "her2_ihc": str(number % 2),
            "presentation": ["de_novo", "recurrent"][number % 2],
            "cdk46": ["palbociclib", "ribociclib"][number % 2],
            "endocrine_partner": ["letrozole", "fulvestrant"][number % 2],
            "best_response": ["PR", "SD"][number % 2],
            "progression_date": str(date(2022, 1 + number % 12, 4 + number % 9)),
            "last_followup_date": str(date(2025, 1 + number % 4, 4 + number % 9)),
            "met_bone": number % 2 == 0,
            "met_liver": number % 2 == 1,
            "met_lung": number % 3 == 0,
            "met_brain": number % 5 == 0,
            "met_lymph_node": number % 4 == 0,
        }
        if number == 0:
            row |= {**DEAD, "death_date": "2025-01-06", "last_followup_date": "2025-01-06"}
        rows.append(row | {name: change(number) for name, change in over.items()})
    return rows


def of_the_center(rows):
    findings = judged(*rows).findings
    wide = findings[findings["patient_id"].isna()]
    return [(row["rule"], row["variables"], row["raw"]) for row in wide.to_dict("records")]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"er_percent": lambda n: 0.5 + n / 100}, ("R15", "er_percent", "30/30")),
        ({"ki67_percent": lambda n: n % 9}, ("R15", "ki67_percent", "30/30")),
        ({"grade": lambda n: 2}, ("R27", "grade", "30/30")),
        ({"progression_date": lambda n: None}, ("R27b", "progression_date", "30/30")),
        (
            {
                "vital_status": lambda n: "alive",
                "death_date": lambda n: None,
                "last_followup_date": lambda n: f"2025-02-{3 + n % 9:02}",
            },
            ("R27b", "death_date", "30/30"),
        ),
        ({"her2_ihc": lambda n: "0"}, ("R27c", "her2_ihc", "30/30")),
        (
            {"start_date": lambda n: f"2020-{1 + n % 12:02}-{[15, 9, 8][n % 3]:02}"},
            ("R28", "start_date", "10/30"),
        ),
        (
            {
                "last_followup_date": lambda n: (
                    "2025-01-06" if n % 2 == 0 else f"2023-02-{3 + n % 9:02}"
                )
            },
            ("R32", "last_followup_date", "15/29"),
        ),
    ],
)
def test_a_rule_about_the_whole_center(change, found):
    assert of_the_center(varied(30, **change)) == [found]


def test_a_whole_center_without_fault_breaks_no_rule():
    assert of_the_center(varied(30)) == []


def test_too_few_records_are_not_judged():
    checks = judged(*varied(15, grade=lambda n: 2)).checks
    grade = checks[(checks["rule"] == "R27") & (checks["variables"] == "grade")].iloc[0]
    assert grade["failed"] == 15
    assert pd.isna(grade["beyond"])


def test_a_rate_beyond_the_threshold_asks_the_center_as_a_whole():
    wrong = varied(30, pfs_months=lambda n: 40.0 if n < 12 else None, os_months=lambda n: None)
    findings = judged(*wrong).findings
    assert (findings["rule"] == "R11").sum() == 12
    (whole,) = findings[findings["rule"] == "R11_rate"].to_dict("records")
    assert whole["raw"] == "12/12"


def test_another_unit_shows_beside_the_other_centers():
    percents = [pd.DataFrame({"center": c, "x": [20.0 + n for n in range(12)]}) for c in "abc"]
    fractions = pd.DataFrame({"center": "d", "x": [0.2 + n / 100 for n in range(12)]})
    few = pd.DataFrame({"center": "e", "x": [0.2] * 3})
    answer = medians_alike(pd.concat([*percents, fractions, few]), "x", factor=3)
    assert answer["kept"].tolist() == [True, True, True, False, pd.NA]
    # An answer is bound to what is shown, so that must not move with the other centers.
    assert answer["shown"]["d"] == "0.255"


def test_two_centers_cannot_tell_which_of_them_has_the_wrong_unit():
    two = pd.concat(
        [pd.DataFrame({"center": c, "x": [v] * 12}) for c, v in (("a", 20.0), ("b", 0.2))]
    )
    assert medians_alike(two, "x", factor=3)["kept"].isna().all()


def messages():
    """Rule id to the English message, of every rule of the example study."""
    said = {}
    for rule in [*rules_of(MODEL), *center_rules_of(MODEL), *between_rules_of(MODEL)]:
        said[rule.id] = rule.message
        if getattr(rule, "rate_message", ""):
            said[f"{rule.id}_rate"] = rule.rate_message
    return said


@pytest.mark.parametrize("language", [name for name in languages() if name != "en"])
def test_every_message_and_label_is_said_in_every_language(language):
    words = load_words(language, DICTIONARY, messages_beside(SCHEMA))
    english = load_words("en", DICTIONARY)
    for rule, message in messages().items():
        assert placeholders(words.rules[rule]) == placeholders(message), rule
    for phrase, text in english.phrases.items():
        assert placeholders(words.phrases[phrase]) == placeholders(text), phrase
    for variable in DICTIONARY:
        assert words.label(variable.name) != variable.label or variable.label == "Ki-67"
        assert set(words.codes.get(variable.name, {})) == set(variable.codes)


def test_ids_of_rules_are_unique():
    ids = [r.id for r in [*rules_of(MODEL), *center_rules_of(MODEL), *between_rules_of(MODEL)]]
    assert len(ids) == len(set(ids))
