"""The ledger in words, and signatures that hold only for what lies there."""

import pandas as pd
import pytest

from multicentric.audit.entries import record
from multicentric.audit.history import NoHistory, dataset_named, history, sign
from multicentric.audit.ledger import read_ledger
from multicentric.audit.published import Made, decisions, states
from multicentric.dictionary import Dictionary, Variable
from multicentric.findings import Finding, as_table
from multicentric.tables import write_table


@pytest.fixture
def study(tmp_path):
    """Publishes a center with some patients; the drop is dated by its number."""

    def publish(drop, patients, changes=(), notes=()):
        files = [f"results/{part}/one.parquet" for part in ("validated", "records", "findings")]
        keys = pd.DataFrame({"center": "one", "patient_id": patients}).astype("string")
        write_table(keys, tmp_path / files[0])
        write_table(keys.assign(held=False), tmp_path / files[1])
        found = [Finding("one", "R1", "query", "none", "?", patient_id=p) for p in patients[:2]]
        found += [Finding("one", rule, "note", "none", "?") for rule in notes]
        write_table(as_table(found), tmp_path / files[2])
        days = Dictionary((Variable("last_seen", "Last contact", "date"),))
        days.write(tmp_path / "results/dictionary.json")
        disposition = keys.assign(disposition="analysed", reason=pd.NA)
        write_table(disposition, tmp_path / "results/pooled/disposition.parquet")
        if changes:
            columns = ["kind", "about", "variables"]
            table = pd.DataFrame(changes, columns=columns).astype("string")
            write_table(table, tmp_path / "results/changes/one.parquet")
            files.append("results/changes/one.parquet")
        mapping = tmp_path / "centers/one/mapping.yaml"
        mapping.parent.mkdir(parents=True, exist_ok=True)
        mapping.write_text("corrections:\n  - {patient: P-SECRET, variable: ecog, was: '9'}\n")
        made = {
            "validated/one": Made(
                files=tuple(files),
                stages={"harmonize": {"mapping": "m"}},
                decisions=("centers/one/mapping.yaml",),
                drop=drop,
            ),
            "pooled/disposition": Made(
                files=("results/pooled/disposition.parquet",),
                stages={"pool": {}},
                above=("validated/one",),
            ),
        }
        ledger = tmp_path / "audit/ledger.jsonl"
        record(ledger, states(tmp_path, made), decisions(tmp_path, made), {"software": {}})
        return ledger

    return publish


def said(ledger, name="one"):
    lines = read_ledger(ledger)
    return [line.split(": ", 1)[1] for line in history(lines, dataset_named(lines, name))]


def test_the_history_of_a_center_tells_drops_and_what_moved(study):
    study("2025-06-02", ["1", "2", "3"])
    changes = [("patient_added", "", "")] * 2 + [("patient_gone", "", "")]
    changes += [("cell_changed", "outcome", "last_seen"), ("cell_changed", "outcome", "alive")]
    changes += [("cell_changed", "outcome", "last_seen, alive"), ("cell_changed", "silent", "age")]
    first, second = said(study("2025-09-01", ["1", "2", "4", "5"], changes))
    assert first.startswith("drop of 2 June 2025, 3 records, 3 analysed, 2 queries; first version")
    assert second.startswith(
        "drop of 1 September 2025, 4 records, 2 patients more, 1 gone, 1 outcome date moved, "
        "2 other outcome cells changed, 1 other cell changed, 4 analysed, 2 queries; "
        "new drop 2025-09-01"
    )


def test_rows_left_out_and_corrections_that_did_not_apply_stand_in_the_ledger(study):
    ledger = study("2025-06-02", ["1"], notes=["filter_women", "filter_women", "stale_correction"])
    entry = next(e.entry for e in read_ledger(ledger) if e.entry["dataset"] == "validated/one")
    assert (entry["filtered"], entry["stale_corrections"]) == ({"women": 2}, 1)
    assert "2 rows left out by filters, 1 stale correction" in said(ledger)[0]


def test_no_patient_of_a_correction_reaches_the_ledger(study):
    ledger = study("2025-06-02", ["1"])
    text = ledger.read_text()
    assert "ecog (centers/one/mapping.yaml, line 2)" in text
    assert "P-SECRET" not in text


def test_a_signature_stands_with_its_version(study, tmp_path):
    ledger = study("2025-06-02", ["1"])
    entry = sign(ledger, tmp_path, "one", "J. Doe, statistician", "reviewed")
    assert (entry["dataset"], entry["version"]) == ("validated/one", 1)
    assert said(ledger)[-1].startswith("signed off by J. Doe, statistician: reviewed (")
    before = ledger.read_bytes()
    study("2025-06-02", ["1"])
    assert ledger.read_bytes() == before


def test_what_is_altered_is_not_signed(study, tmp_path):
    ledger = study("2025-06-02", ["1"])
    path = tmp_path / "results/validated/one.parquet"
    write_table(pd.DataFrame({"center": ["one"], "patient_id": ["2"]}), path)
    with pytest.raises(NoHistory, match="is ALTERED"):
        sign(ledger, tmp_path, "one", "J. Doe", "reviewed")
    assert len(said(ledger)) == 1


def test_an_unknown_name_is_said_to_be_unknown(study):
    lines = read_ledger(study("2025-06-02", ["1"]))
    with pytest.raises(NoHistory, match=r"knows no dataset or center 'oen'"):
        dataset_named(lines, "oen")
