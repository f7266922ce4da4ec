"""Whatever a spreadsheet program writes as delimited text comes back cell by cell."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from multicentric.reading import TableSpec, read_tables

# Signs that make delimited text hard; none of those that mark text as damaged by a wrong encoding.
# A lone carriage return is left out: Python's own writer does not put it in quotation marks.
SIGNS = [*"ab0 ,;\t|\"'\n=-%.\u00a0ışğİüß", "\r\n"]
cell = st.lists(st.sampled_from(SIGNS), max_size=8).map("".join)
FIRST = "patient"  # so that no generated row can be taken for the heading


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(cell, min_size=3, max_size=3), max_size=6),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1254"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_cells_and_lines_come_back(rows, delimiter, encoding, newline, quoting):
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    starts = []
    writer.writerow([FIRST, "a", "b", "c"])
    for number, row in enumerate(rows):
        starts.append(written.getvalue().count("\n") + 1)
        writer.writerow([f"P{number}", *row])
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x.csv").write_bytes(written.getvalue().encode(encoding))
        spec = TableSpec(file="x.csv", format="delimited", delimiter=delimiter, encoding=encoding)
        table = read_tables(Path(folder), {"t": spec})["t"]
    assert list(table.rows) == starts
    assert list(table.columns[FIRST].text) == [f"P{number}" for number in range(len(rows))]
    for at, heading in enumerate("abc"):
        expected = [row[at] if row[at].strip() else None for row in rows]
        assert list(table.columns[heading].text) == expected
    assert table.problems == []
