"""The content hash sees every value and nothing else."""

import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multicentric.audit.content import content_of, content_of_file

KEYS = ("center", "patient_id")


def table(**changed):
    columns = {
        "center": ["a", "a", "b"],
        "patient_id": ["1", "2", "1"],
        "ecog": pa.array([0, None, 2], pa.int64()),
        "ki67": [1.5, 0.1, None],
        "start": [datetime.date(2020, 1, 2), None, datetime.date(2021, 3, 4)],
        "dead": [True, False, None],
        "note": ["", None, "x"],
    }
    return pa.table({**columns, **changed})


def test_neither_order_of_rows_nor_of_columns_counts():
    turned = table().take([2, 0, 1]).select(sorted(table().column_names, reverse=True))
    assert content_of(turned, KEYS) == content_of(table(), KEYS)


def test_the_writer_does_not_count(tmp_path):
    ours, theirs = tmp_path / "ours.parquet", tmp_path / "theirs.parquet"
    pq.write_table(table(), ours, compression="zstd")
    other = table().set_column(
        4, "start", table().column("start").cast(pa.timestamp("us")).combine_chunks()
    )
    other = other.set_column(0, "center", table().column("center").dictionary_encode())
    pq.write_table(other, theirs, compression="gzip", version="1.0")
    assert ours.read_bytes() != theirs.read_bytes()
    assert content_of_file(ours, KEYS) == content_of_file(theirs, KEYS)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("ecog", pa.array([0, 0, 2], pa.int64())),
        ("ki67", [1.5, 0.1 + 1e-17 + 2**-56, None]),
        ("start", [datetime.date(2020, 1, 2), None, datetime.date(2021, 3, 5)]),
        ("dead", [True, False, False]),
        ("note", [None, None, "x"]),
    ],
)
def test_one_changed_cell_names_its_column_and_no_other(column, values):
    before, after = content_of(table(), KEYS), content_of(table(**{column: values}), KEYS)
    assert before.sha256 != after.sha256
    differing = {name for name in before.columns if before.columns[name] != after.columns[name]}
    assert differing == {column}


def test_a_value_that_moves_to_another_patient_is_seen():
    swapped = content_of(table(ki67=[0.1, 1.5, None]), KEYS)
    assert swapped.sha256 != content_of(table(), KEYS).sha256


def test_the_kind_of_a_column_is_part_of_what_it_says():
    numbers = content_of(pa.table({"x": [1.0]}), ())
    whole = content_of(pa.table({"x": [1]}), ())
    assert numbers.columns != whole.columns


def test_texts_do_not_run_into_each_other():
    apart = content_of(pa.table({"x": ["a", "=b"]}), ())
    together = content_of(pa.table({"x": ["a1:=b", ""]}), ())
    assert apart.sha256 != together.sha256


def test_a_file_that_is_no_table_is_said_to_be_none(tmp_path):
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"no table")
    with pytest.raises(OSError, match="no Parquet file"):
        content_of_file(path, KEYS)


def test_what_has_no_canonical_text_is_refused():
    with pytest.raises(TypeError, match="lists"):
        content_of(pa.table({"lists": [[1], [2]]}), ())


cells = st.one_of(st.none(), st.text(max_size=3))


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6), st.randoms())
def test_rows_are_a_set_also_where_keys_repeat(rows, random):
    def of(rows):
        first, second = (pa.array([row[n] for row in rows], pa.string()) for n in (0, 1))
        return content_of(pa.table({"key": first, "value": second}), ("key",))

    shuffled = list(rows)
    random.shuffle(shuffled)
    assert of(shuffled) == of(rows)
    assert of([*rows, rows[0]]).sha256 != of(rows).sha256
