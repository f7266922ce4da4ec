import pytest

from multicentric.queries.answers import Answer
from multicentric.queries.shown import fingerprint
from multicentric.queries.states import follow
from tests.unit.queries.cases import drop, finding, state

ASKED = ("p1", "out_of_range")


def answer(code, raw="7", of=None, **more):
    return Answer((of or finding()).finding_id, fingerprint(raw), code, **more)


def test_a_first_question_is_new_and_open():
    assert state(drop("d1", finding())) == {ASKED: ("new", "open", "")}


def test_a_note_is_never_asked():
    assert state(drop("d1", finding(severity="note", effect="none"))) == {}


def test_an_unanswered_question_is_pending():
    assert state(drop("d1", finding()), drop("d2", finding()))[ASKED] == (
        "pending",
        "open",
        "pending",
    )


def test_a_corrected_cell_solves_its_question():
    after = drop("d2", cells={("p1", "grade"): "2"})
    assert state(drop("d1", finding()), after)[ASKED] == ("solved", "solved", "solved")


def test_a_question_that_ends_although_the_cell_stayed_was_settled_by_us():
    after = drop("d2", cells={("p1", "grade"): "7"})
    assert state(drop("d1", finding()), after)[ASKED] == ("solved", "solved", "solved_by_us")


def test_a_cell_changed_to_another_wrong_value_is_miscorrected():
    states = state(drop("d1", finding()), drop("d2", finding(raw="8")))
    assert states[ASKED] == ("miscorrected", "open", "miscorrected")


def test_a_cell_changed_into_another_fault_is_miscorrected_and_asked_once():
    other = finding(rule="unmapped_code", raw="many")
    states = state(drop("d1", finding()), drop("d2", other))
    assert states == {("p1", "unmapped_code"): ("miscorrected", "open", "miscorrected")}


def test_another_fault_in_an_unchanged_cell_is_new():
    other = finding(rule="unmapped_code")
    states = state(drop("d1", finding()), drop("d2", other))
    assert states[("p1", "unmapped_code")][0] == "new"
    assert states[ASKED][0] == "solved"


def test_a_fault_that_comes_back_is_reopened():
    between = drop("d2", cells={("p1", "grade"): "2"})
    states = state(drop("d1", finding()), between, drop("d3", finding()))
    assert states[ASKED] == ("reopened", "open", "reopened")


def test_a_patient_who_vanished_leaves_an_orphan_and_not_a_solution():
    after = drop("d2", patients=["p2"])
    assert state(drop("d1", finding()), after)[ASKED] == ("orphaned", "solved", "orphaned")
    still_gone = drop("d3", patients=["p2"])
    assert state(drop("d1", finding()), after, still_gone)[ASKED][0] == "orphaned"


def test_an_orphan_whose_patient_comes_back_sound_is_solved():
    back = drop("d3", cells={("p1", "grade"): "2"})
    assert state(drop("d1", finding()), drop("d2", patients=["p2"]), back)[ASKED][0] == "solved"


def test_a_value_that_is_right_is_waived_where_nothing_hangs_on_it():
    odd = finding(rule="implausible", effect="none")
    right = answer("value_is_right", of=odd)
    states = state(drop("d1", odd), drop("d2", odd, answers=[right]))
    assert states[("p1", "implausible")] == ("waived", "answered", "waived")
    later = state(drop("d1", odd), drop("d2", odd, answers=[right]), drop("d3", odd))
    assert later[("p1", "implausible")] == ("waived", "answered", "waived")


def test_a_waiver_is_bound_to_its_raw_value():
    odd = finding(rule="implausible", effect="none")
    right = answer("value_is_right", of=odd)
    other = finding(rule="implausible", effect="none", raw="8")
    states = state(drop("d1", odd), drop("d2", odd, answers=[right]), drop("d3", other))
    assert states[("p1", "implausible")] == ("reopened", "open", "reopened")


def test_a_waiver_is_bound_to_its_rule():
    odd = finding(rule="implausible", effect="none")
    right = answer("value_is_right", of=odd)
    other = finding(rule="R13", effect="none")
    states = state(drop("d1", odd), drop("d2", odd, other, answers=[right]))
    assert states[("p1", "implausible")][0] == "waived"
    assert states[("p1", "R13")][:2] == ("new", "open")


def test_an_answer_about_another_text_than_the_present_one_does_not_count():
    odd = finding(rule="implausible", effect="none", raw="8")
    late = answer("value_is_right", raw="7", of=odd)
    assert state(drop("d1", odd, answers=[late]))[("p1", "implausible")] == ("new", "open", "")


@pytest.mark.parametrize(
    ("code", "standing", "whose"),
    [
        ("value_is_right", "answered", "us"),
        ("mapping_is_wrong", "answered", "us"),
        ("cannot_be_resolved", "answered", ""),
        ("corrected", "open", "center"),
    ],
)
def test_what_an_answer_makes_of_a_question_that_still_stands(code, standing, whose):
    table = follow([drop("d1", finding()), drop("d2", finding(), answers=[answer(code)])])
    assert table[["state", "standing", "whose", "answer"]].to_dict("records") == [
        {"state": "pending", "standing": standing, "whose": whose, "answer": code}
    ]


def test_a_remark_without_an_answer_leaves_the_question_open():
    words = answer("", comment="we will look")
    table = follow([drop("d1", finding(), answers=[words])])
    assert table["standing"].tolist() == ["open"]
    assert table["comment"].tolist() == ["we will look"]


def test_an_answer_in_the_same_folder_as_its_data_counts():
    table = follow([drop("d1", finding(), answers=[answer("cannot_be_resolved")])])
    assert table["standing"].tolist() == ["answered"]


def test_the_last_answer_counts():
    answers = [answer("cannot_be_resolved"), answer("mapping_is_wrong")]
    assert follow([drop("d1", finding(), answers=answers)])["answer"].tolist() == [
        "mapping_is_wrong"
    ]


def test_an_answer_to_what_nobody_asks_any_more_is_kept_as_settled_by_us():
    gone = answer("mapping_is_wrong", patient_id="p1", rule="unmapped_code", told="What is x?")
    table = follow([drop("d1", answers=[gone])])
    assert table[["patient_id", "state", "remark", "told"]].to_dict("records") == [
        {"patient_id": "p1", "state": "solved", "remark": "solved_by_us", "told": "What is x?"}
    ]


def test_history_counts_how_often_and_since_when():
    (row,) = follow([drop("d1", finding()), drop("d2", finding()), drop("d3", finding())]).to_dict(
        "records"
    )
    assert (row["first_drop"], row["last_drop"], row["times_asked"]) == ("d1", "d3", 3)


def test_the_order_of_findings_changes_nothing():
    many = [finding(patient=p, rule=r) for p in ("p2", "p1") for r in ("implausible", "R13")]
    forward, backward = follow([drop("d1", *many)]), follow([drop("d1", *many[::-1])])
    assert forward["finding_id"].tolist() == backward["finding_id"].tolist()
    assert forward["patient_id"].is_monotonic_increasing
