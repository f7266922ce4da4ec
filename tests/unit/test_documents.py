import textwrap

import pytest
from pydantic import BaseModel, ConfigDict

from multicentric.documents import (
    Mistakes,
    nearest,
    parse_document,
    read_document,
    validate_document,
)


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    count: int
    label: str = ""


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    inner: Inner
    items: list[Inner] = []


def parse(text):
    return parse_document(textwrap.dedent(text), "file.yaml")


def test_every_scalar_is_the_text_that_was_typed():
    document = parse(
        """
        sent: no
        grade: 08
        date: 2020-01-01
        empty:
        list: [1e3, null, 0x10]
        """
    )
    assert document.value == {
        "sent": "no",
        "grade": "08",
        "date": "2020-01-01",
        "empty": "",
        "list": ["1e3", "null", "0x10"],
    }


def test_each_value_knows_its_line():
    document = parse("a:\n  b: 1\n  c:\n    - x\n    - y\n")
    assert document.line(("a", "b")) == 2
    assert document.line(("a", "c", 1)) == 5
    assert document.line(("a", "c", "absent")) == 3


def test_comments_and_quoting_do_not_count_but_order_does():
    assert parse("a: 1\nb: 2\n").digest == parse("# why\na: '1'\n\nb: 2  # so\n").digest
    assert parse("a: 1\nb: 2\n").digest != parse("b: 2\na: 1\n").digest


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "second time"),
        ("a: &x 1\nb: *x\n", 1, "anchors"),
        ("a: 1\n  b: : [\n", 2, "not YAML"),
        ("a:\n  ? [1, 2]\n  : 3\n", 2, "key must be plain text"),
        ("[" * 50 + "]" * 50, 1, "nested deeper"),
    ],
)
def test_what_hides_or_explodes_is_refused_with_its_line(text, line, words):
    with pytest.raises(Mistakes) as caught:
        parse_document(text, "file.yaml")
    assert caught.value.mistakes[0].line == line
    assert words in caught.value.mistakes[0].problem


def test_a_missing_file_and_a_wrong_encoding_are_one_sentence(tmp_path):
    with pytest.raises(Mistakes, match=r"nowhere\.yaml, line 1: the file is missing"):
        read_document(tmp_path / "nowhere.yaml", "nowhere.yaml")
    (tmp_path / "latin.yaml").write_bytes("a: 1\nb: Gö".encode("latin-1"))
    with pytest.raises(Mistakes, match="line 2: the text is not UTF-8"):
        read_document(tmp_path / "latin.yaml")


def test_all_mistakes_come_at_once_with_line_and_nearest_name():
    document = parse(
        """
        inner:
          cuont: 3
        items:
          - count: many
        """
    )
    with pytest.raises(Mistakes) as caught:
        validate_document(document, Outer)
    told = [str(mistake) for mistake in caught.value.mistakes]
    assert any("line 3" in text and "Did you mean 'count'?" in text for text in told)
    assert any("line 5" in text and "'many'" in text for text in told)
    assert any("'inner.count' is missing" in text for text in told)


def test_nearest_lists_what_is_known_when_nothing_is_near():
    assert nearest("zzz", ["alpha", "beta"]) == "Known here: alpha, beta."
