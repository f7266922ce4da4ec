"""The ledger keeps what was written, whoever writes and whatever is killed."""

import json
import multiprocessing
import os
import signal
import stat
import time

import pytest

from multicentric.audit.ledger import append, head_of, knows_head, read_ledger


def add(path, *words):
    return append(path, lambda lines: [{"word": word} for word in words])


def faults(path):
    return {line.number: line.faults for line in read_ledger(path) if line.faults}


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "audit" / "ledger.jsonl"
    add(path, "one", "two")
    add(path, "three", "four")
    return path


def test_what_was_added_is_read_in_order_and_chained(ledger):
    lines = read_ledger(ledger)
    assert [line.entry["word"] for line in lines] == ["one", "two", "three", "four"]
    assert [line.entry["seq"] for line in lines] == [1, 2, 3, 4]
    assert faults(ledger) == {}


def test_only_its_owner_may_read_it(ledger):
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    assert stat.S_IMODE(ledger.parent.stat().st_mode) == 0o700


def test_nothing_to_add_leaves_the_file_alone(ledger):
    before = ledger.stat()
    assert append(ledger, lambda lines: []) == []
    assert ledger.stat() == before


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_changed_word_names_its_line_the_last_one_too(ledger, number):
    lines = ledger.read_text().splitlines()
    word = json.loads(lines[number - 1])["word"]
    lines[number - 1] = lines[number - 1].replace(word, "none")
    ledger.write_text("\n".join(lines) + "\n")
    assert "what it says is not what was written" in faults(ledger)[number]


def test_a_changed_line_with_a_new_digest_of_its_own_breaks_the_chain_behind_it(ledger, tmp_path):
    other = tmp_path / "other" / "ledger.jsonl"
    add(other, "one", "forged", "three", "four")
    lines = ledger.read_text().splitlines()
    lines[1] = other.read_text().splitlines()[1]
    ledger.write_text("\n".join(lines) + "\n")
    assert list(faults(ledger)) == [3]


def test_a_removed_line_shows(ledger):
    lines = ledger.read_text().splitlines()
    ledger.write_text("\n".join([*lines[:1], *lines[2:]]) + "\n")
    assert list(faults(ledger)) == [2, 3]


def test_a_line_that_is_no_entry_is_named_and_stops_no_further_entry(ledger):
    with ledger.open("ab") as file:
        file.write(b'{"word": "to')
    add(ledger, "six")
    assert list(faults(ledger)) == [5]
    assert read_ledger(ledger)[5].entry["word"] == "six"


def test_a_head_kept_elsewhere_tells_a_rewritten_ledger(ledger):
    head = head_of(ledger)
    assert knows_head(ledger, head)
    add(ledger, "five")
    assert knows_head(ledger, head)
    ledger.unlink()
    add(ledger, "one", "two", "three", "forged")
    assert faults(ledger) == {}
    assert not knows_head(ledger, head)
    assert not knows_head(ledger, "")


def _add_many(path, name, times):
    for number in range(times):
        add(path, f"{name}-{number}")


def test_writers_at_the_same_time_lose_no_entry(tmp_path):
    path = tmp_path / "ledger.jsonl"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_add_many, args=(path, name, 15)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    words = [line.entry["word"] for line in read_ledger(path)]
    assert sorted(words) == sorted(f"{name}-{number}" for name in "abcd" for number in range(15))
    assert faults(path) == {}


def test_killed_writers_leave_no_torn_line(tmp_path):
    path = tmp_path / "ledger.jsonl"
    context = multiprocessing.get_context("fork")
    for number in range(12):
        writer = context.Process(target=_add_many, args=(path, str(number), 10_000))
        writer.start()
        time.sleep(0.02 + 0.003 * number)
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        assert faults(path) == {}
    add(path, "last")
    assert read_ledger(path)[-1].entry["word"] == "last"
    assert faults(path) == {}
