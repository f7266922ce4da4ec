from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from multicentric.changes import Delivery, compare
from multicentric.changes.files import file_changes
from multicentric.changes.outcomes import Outcomes
from multicentric.changes.page import changes_page
from multicentric.changes.table import Change
from multicentric.changes.table import as_table as as_changes
from multicentric.changes.told import in_words
from multicentric.dictionary import DTYPES, Dictionary, Variable
from multicentric.findings import as_table
from multicentric.queries.words import languages, load_words
from multicentric.reading import RawColumn, RawTable
from multicentric.reading.cells import object_array

DICTIONARY = Dictionary(
    (
        Variable("arm", "Arm", "code", codes={"a": "A", "b": "B"}),
        Variable("ldh", "LDH", "number"),
        Variable("death", "Death", "date"),
        Variable("last", "Last contact", "date"),
        Variable("born", "Born", "date"),
    )
)
OUTCOMES = Outcomes(events=("death",), follow_up=("last",))
PATIENTS = 12


def rows(n=PATIENTS, **over):
    """Patients p00, p01 …; values of a variable by keyword, as one value or a list."""
    base = {
        "arm": "a",
        "ldh": [100.0 + i for i in range(n)],
        "death": [None] * n,
        "last": "2024-01-01",
        "born": [f"19{50 + i}-01-01" for i in range(n)],
    } | over
    frame = pd.DataFrame({"patient_id": [f"p{i:02}" for i in range(n)], **base})
    return frame


def delivery(frame, raw=None, held=()):
    table = pd.DataFrame({"center": "c", "patient_id": frame["patient_id"]}, dtype="string")
    lineage = []
    for variable in DICTIONARY:
        values = frame[variable.name]
        if variable.kind == "date":
            values = pd.to_datetime(values)
        table[variable.name] = values.astype(DTYPES[variable.kind])
        for number, patient in enumerate(frame["patient_id"]):
            value = frame[variable.name].iloc[number]
            text = None if pd.isna(value) else str(value)
            text = (raw or {}).get((patient, variable.name), text)
            lineage.append((patient, variable.name, "d.csv", None, number + 2, variable.name, text))
    names = ["patient_id", "variable", "file", "sheet", "row", "column", "raw"]
    records = pd.DataFrame({"patient_id": frame["patient_id"]}, dtype="string")
    records["held"] = records["patient_id"].isin(held).astype("boolean")
    return Delivery(
        "d",
        table,
        pd.DataFrame(lineage, columns=names).astype({"row": "Int64", "raw": "string"}),
        as_table([]),
        records,
    )


def changed(before, after, same=()):
    found = compare(before, after, OUTCOMES, DICTIONARY, same)
    # Every change can be said in every language.
    for language in languages():
        in_words(found, load_words(language, DICTIONARY))
    return found


def kinds(before, after, same=()):
    return changed(before, after, same)["kind"].tolist()


def test_nothing_changed():
    assert kinds(delivery(rows()), delivery(rows())) == []


def test_the_order_of_rows_is_no_change():
    backwards = rows().iloc[::-1].reset_index(drop=True)
    assert kinds(delivery(rows()), delivery(backwards)) == []


def test_a_patient_under_a_new_key_is_renamed():
    frame = rows()
    frame.loc[3, "patient_id"] = "x03"
    found = changed(delivery(rows()), delivery(frame), ["born"])
    assert found[["kind", "old", "new"]].to_numpy().tolist() == [["patient_renamed", "p03", "x03"]]


def test_two_newcomers_who_could_be_the_one_who_is_gone_are_not_guessed_between():
    frame = pd.concat([rows(), rows().iloc[[3]]], ignore_index=True)
    frame.loc[3, "patient_id"] = "x03"
    frame.loc[12, "patient_id"] = "x04"
    found = kinds(delivery(rows()), delivery(frame), ["born"])
    assert found == ["patient_added", "patient_added", "patient_gone"]


def test_records_released_and_held():
    found = changed(delivery(rows(), held=["p00"]), delivery(rows(), held=["p01"]))
    assert found[["kind", "patient_id"]].to_numpy().tolist() == [
        ["record_held", "p01"],
        ["record_released", "p00"],
    ]


def test_a_vanished_event_is_named_and_counted():
    dead = delivery(rows(death=["2023-01-01", *[None] * 11]))
    alive = delivery(rows(last="2024-06-01"))
    found = changed(dead, alive)
    assert found.loc[found["kind"] == "event_vanished", "patient_id"].tolist() == ["p00"]
    (fewer,) = found[found["kind"] == "fewer_events"].to_dict("records")
    assert (fewer["old"], fewer["new"]) == ("1", "0")
    assert fewer["note"] == "although follow-up became longer"


def test_follow_up_that_went_backwards_is_named():
    earlier = delivery(rows(last=["2023-01-01", *["2024-01-01"] * 11]))
    found = changed(delivery(rows()), earlier)
    assert found.loc[found["kind"] == "follow_up_backwards", "patient_id"].tolist() == ["p00"]


def test_a_change_of_unit_shows_in_the_median():
    thousand = delivery(rows(ldh=[1000 * (100.0 + i) for i in range(PATIENTS)]))
    (unit,) = (
        changed(delivery(rows()), thousand).query("layer == 'distributions'").to_dict("records")
    )
    assert (unit["kind"], unit["note"]) == ("unit", "1000")


def test_a_shift_of_the_median_within_the_spread_is_none():
    spread = [float(v) for v in np.linspace(80, 120, PATIENTS)]
    nudged = [value + 1 for value in spread]
    moved = [value + 10 for value in spread]
    before = delivery(rows(ldh=spread))
    assert "median" not in kinds(before, delivery(rows(ldh=nudged)))
    assert "median" in kinds(before, delivery(rows(ldh=moved)))


def test_new_codes_and_missing_values():
    after = delivery(rows(arm=["b", *["a"] * 9, None, None]))
    found = changed(delivery(rows()), after).query("layer == 'distributions'")
    assert found[["kind", "new"]].to_numpy().tolist() == [
        ["missingness", "16.7%"],
        ["new_code", "b"],
    ]


def test_the_same_text_read_otherwise_is_our_doing():
    raw = {("p00", "arm"): "1"}
    before, after = delivery(rows(), raw), delivery(rows(arm=["b", *["a"] * 11]), raw)
    (moved,) = changed(before, after).query("layer == 'cells'").to_dict("records")
    assert (moved["kind"], moved["cause"], moved["old"], moved["new"]) == (
        "value_moved",
        "mapping",
        "a",
        "b",
    )


def table(file="d.csv", **columns):
    made = {
        name: RawColumn(name, "A", object_array(list(texts))) for name, texts in columns.items()
    }
    n = len(next(iter(columns.values())))
    return {"t": RawTable("t", file, None, made, np.arange(2, n + 2))}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (table(a="12", b="34"), []),
        (table(a="12"), ["column_gone"]),
        (table(a="12", b="34", zz="78"), ["column_added"]),
        (table(a="12", other="34"), ["column_renamed"]),
        (table(a="12", zz="99"), ["column_gone", "column_added"]),
        (table("e.csv", a="12", b="34"), ["file_renamed"]),
        (table(a="123", b="345"), ["rows"]),
        ({}, ["table_gone"]),
    ],
)
def test_files_and_columns(after, expected):
    assert [change.kind for change in file_changes(table(a="12", b="34"), after)] == expected


def test_the_page_speaks_the_centers_language_and_calls_variables_as_the_center_does():
    words = replace(load_words("tr", DICTIONARY), variables={"death": "Ölüm"})
    dead = delivery(rows(death=["2023-01-01", *[None] * 11]))
    found = changed(dead, delivery(rows(last="2024-06-01")))
    page = changes_page("c1", "2024-01-01", "2024-06-01", found, words, simulated=True)
    assert '<html lang="tr">' in page
    assert "<li>p00: Ölüm artık yok</li>" in page
    assert "<li>Ölüm: 1 olay vardı, şimdi 0; oysa izlem uzadı</li>" in page
    for english in ("what changed", "Patients", "Nothing", "simulated", "no longer"):
        assert english not in page


def test_what_a_center_wrote_is_text_on_the_page():
    change = Change("patients", "patient_added", patient_id="<b>{x}</b>")
    words = load_words("en", DICTIONARY)
    page = changes_page("c1", "a", "b", as_changes([change]), words, simulated=False)
    assert "&lt;b&gt;{x}&lt;/b&gt; is new" in page
