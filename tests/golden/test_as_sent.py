"""The example without the corrections that a mapping makes: as the centers sent it."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from multicentric.as_sent import pooled_as_sent, validated_as_sent
from multicentric.centers import discover, ready
from multicentric.harmonize import harmonize_center
from multicentric.mapping import load_mapping
from multicentric.schema import load_model
from multicentric.study import part_for
from tests.golden.conftest import ROOT

CORRECTION = (
    "\ncorrections:\n- {patient: AR-0001, variable: grade, was: '2', becomes: '3', reason: chart}\n"
)


def pooled(whole_way, as_sent):
    tables, records = (
        {center: getattr(judged, name) for center, judged in whole_way.validated.items()}
        for name in ("table", "records")
    )
    return pooled_as_sent(as_sent, tables, records, part_for("pool", whole_way.study))


def test_a_corrected_center_is_read_as_sent(whole_way, tmp_path: Path) -> None:
    aras = ready(discover(ROOT))["aras"]
    mapping = tmp_path / "mapping.yaml"
    extract = pd.read_csv(ROOT / "centers/aras/2025-06-02/extract.csv", dtype=str)
    sent = extract[extract["Grade"] == "2"].iloc[0]
    mapping.write_text(
        (ROOT / "centers/aras/mapping.yaml").read_text(encoding="utf-8")
        + CORRECTION.replace("AR-0001", sent["PatientID"]),
        encoding="utf-8",
    )
    corrected = replace(aras, mapping=mapping)
    dictionary, own = whole_way.dictionary, whole_way.validated["aras"]
    made = harmonize_center("aras", aras.drop, load_mapping(mapping), dictionary)
    of_patient = made.table["patient_id"] == sent["PatientID"]
    assert made.table.loc[of_patient, "grade"].item() == 3

    model = load_model(ROOT / whole_way.study.dictionary, whole_way.study.cut_off)
    judged = validated_as_sent(corrected, [], model, dictionary)
    pd.testing.assert_frame_equal(judged.table, own.table)
    pd.testing.assert_frame_equal(judged.records, own.records)
    pd.testing.assert_frame_equal(
        pooled(whole_way, {"aras": judged}).patients, whole_way.pooled.patients
    )


def test_a_center_that_would_be_out_as_sent_is_not_in_the_cohort(whole_way) -> None:
    out = replace(whole_way.validated["aras"], state="out")
    patients = pooled(whole_way, {"aras": out}).patients
    expected = whole_way.pooled.patients
    others = expected.loc[expected["center"] != "aras", "patient_id"]
    assert set(others) <= set(patients["patient_id"])
    assert "aras" not in set(patients["center"])
