"""The appendix on audit: files, cells and reasons, center by center, and nothing of it outside."""

from dataclasses import replace

import pandas as pd

from multicentric.report import compose
from multicentric.report.flow import records_of
from tests.unit.report import simulated
from tests.unit.report.test_outside import outside


def tables_of(inputs):
    section = next(s for s in compose(inputs).sections if s.id == "audit")
    return {table.id: table for table in section.tables}


def texts(table):
    return [[str(cell.text) for cell in row.cells] for row in table.rows]


def test_every_file_stands_with_its_digest_and_once_where_centers_share_it():
    inputs = simulated.inputs()
    shown = texts(tables_of(inputs)["files"])
    sent = [c["delivery"] for c in inputs.status["centers"]]
    assert shown == [[d["folder"], file, sha] for d in sent for file, sha in d["files"].items()]
    shared = [c | {"delivery": sent[0]} for c in inputs.status["centers"]]
    inputs = replace(inputs, status=inputs.status | {"centers": shared})
    assert len(tables_of(inputs)["files"].rows) == 1


def test_cells_add_up_over_outcomes_and_centers():
    rows = texts(tables_of(simulated.inputs())["cells"])
    counts = [list(map(int, row[1:])) for row in rows]
    assert all(first == sum(rest) for first, *rest in counts)
    assert counts[-1] == [sum(column) for column in zip(*counts[:-1], strict=True)]


def test_records_not_analysed_stand_by_reason_and_center():
    inputs = simulated.inputs()
    shown = texts(tables_of(inputs)["reasons"])
    out = inputs.disposition[inputs.disposition["disposition"] != "analysed"]
    first = inputs.disposition["center"].iloc[0]
    *reasons, total = [[int(n) for n in row[1:]] for row in shown]
    assert total == [sum(column) for column in zip(*reasons, strict=True)]
    assert total[-1] == len(out)
    assert shown[0][0] == "Too old"
    assert len(shown[0]) == 2 + out["center"].nunique()
    assert first in [column.head for column in tables_of(inputs)["reasons"].columns]


def test_many_centers_go_on_below():
    centers = tuple(f"c{n:02d}" for n in range(23))
    inputs = simulated.inputs(centers=centers, per_group=120)
    everywhere = pd.concat(
        inputs.disposition.head(1).assign(
            center=center, patient_id="X", disposition="excluded", reason="too_old"
        )
        for center in centers
    )
    inputs = replace(inputs, disposition=pd.concat([inputs.disposition, everywhere]))
    parts = [t for name, t in tables_of(inputs).items() if name.startswith("reasons")]
    assert len(parts) == 3
    assert [column.head for part in parts for column in part.columns].count("All") == 1


def test_a_center_that_is_out_has_no_file_and_no_cell():
    out = {"center": "zeta", "drop": "", "state": "invalid", "reason": "broken", "place": ""}
    out |= {"records": 0, "held": 0, "queries": 1, "findings": [], "delivery": {}, "mapping": {}}
    tables = tables_of(simulated.inputs(out=[out]))
    assert ["zeta", "–", "invalid", "–", "–", "1"] in texts(tables["drops"])
    assert not any("zeta" in row[0] for row in texts(tables["files"]) + texts(tables["cells"]))


def test_readers_outside_see_no_table_of_single_centers():
    assert tables_of(outside()) == {}


def test_counted_records_have_no_reasons_by_center():
    counted = pd.DataFrame(
        {
            "of": ["reason", "reason", "center"],
            "center": [pd.NA, pd.NA, "A"],
            "disposition": ["analysed", "not_analysed", "not_analysed"],
            "reason": [pd.NA, "other_reasons", pd.NA],
            "n": [50, 20, 20],
        }
    )
    made = simulated.inputs()
    shown = tables_of(replace(made, disposition=counted))
    assert not any(name.startswith("reasons") for name in shown)
    assert records_of(counted).of("not_analysed") == 20
