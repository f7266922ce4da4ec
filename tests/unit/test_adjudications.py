import pandas as pd
import pytest

from multicentric.adjudications import FILE, Adjudication, load_adjudications
from multicentric.documents import Mistakes
from multicentric.pool.same_person import same_person
from multicentric.protocol import SamePerson

RULE = SamePerson(same=["born"], keep_latest="last")


def patients(*rows):
    table = pd.DataFrame(rows, columns=["center", "patient_id", "born", "last"])
    table["last"] = pd.to_datetime(table["last"])
    return table


TWINS = patients(
    ("north", "n1", "1950", "2024-01-01"),
    ("south", "s1", "1950", "2023-01-01"),
    ("south", "s2", "1960", "2023-01-01"),
)


def decided(table, *adjudications, rule=RULE):
    duplicate, undecided, questions = same_person(table, rule, adjudications)
    names = table["center"] + " " + table["patient_id"]
    assert len(questions) == int(duplicate.sum() + undecided.sum())
    return set(names[duplicate]), set(names[undecided]), questions


def decision(kind, keep=None, **records):
    records = records or {"north": "n1", "south": "s1"}
    return Adjudication(records=records, decision=kind, keep=keep, reason="Charts.")


def test_without_a_decision_the_longer_follow_up_stays():
    assert decided(TWINS)[0] == {"south s1"}


def test_a_decision_overrules_which_record_stays():
    duplicate, _, (question,) = decided(TWINS, decision("same person", "south"))
    assert duplicate == {"north n1"}
    assert question["detail"] == "decided: Charts"


def test_two_persons_stay_two():
    assert decided(TWINS, decision("two persons"))[:2] == (set(), set())


def test_a_decision_knows_a_person_whom_the_rule_does_not():
    known = decision("same person", "north", north="n1", south="s2")
    assert decided(TWINS, known)[0] == {"south s1", "south s2"}
    assert decided(TWINS, known, rule=None)[0] == {"south s2"}


def test_a_decision_settles_what_the_dates_leave_open():
    tie = TWINS.assign(last=pd.Timestamp("2024-01-01"))
    assert decided(tie)[1] == {"north n1", "south s1"}
    assert decided(tie, decision("same person", "north"))[:2] == ({"south s1"}, set())


def test_a_decision_about_a_record_that_is_no_longer_sent_drops_nobody():
    gone = TWINS[TWINS["center"] != "south"].reset_index(drop=True)
    assert decided(gone, decision("same person", "south"))[0] == set()


def test_of_three_records_only_the_one_that_is_apart_is_kept_apart():
    three = patients(
        ("east", "e1", "1950", "2022-01-01"),
        ("north", "n1", "1950", "2024-01-01"),
        ("south", "s1", "1950", "2023-01-01"),
    )
    apart = [
        decision("two persons", east="e1", north="n1"),
        decision("two persons", east="e1", south="s1"),
    ]
    assert decided(three, *apart)[0] == {"south s1"}


def written(folder, text):
    path = folder / FILE
    path.parent.mkdir()
    path.write_text(text)
    return folder


def test_the_file_is_read_as_people_write_it(tmp_path):
    text = """
- records: {north: n1, south: 0012}
  decision: same person
  keep: south
  reason: Charts.
"""
    (one,) = load_adjudications(written(tmp_path, text))
    assert (one.records, one.keep) == ({"north": "n1", "south": "0012"}, "south")


def test_no_file_and_an_empty_file_are_no_decision(tmp_path):
    assert load_adjudications(tmp_path) == ()
    assert load_adjudications(written(tmp_path, "# none yet\n")) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- records: {a: x, b: y}\n  decision: same person\n  reason: r\n", "needs keep"),
        ("- records: {a: x, b: y}\n  decision: perhaps\n  reason: r\n", "line 2"),
        ("- records: {a: x}\n  decision: two persons\n  reason: r\n", "line 1"),
        ("- records: {a: x, b: y}\n  decision: two persons\n  reason: r\n" * 2, "line 1 already"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, text, said):
    with pytest.raises(Mistakes, match=said):
        load_adjudications(written(tmp_path, text))
