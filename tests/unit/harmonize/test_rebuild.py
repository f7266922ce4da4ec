"""Every harmonized value follows from its lineage: raw text, rule and nothing else."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multicentric.harmonize import harmonize_center
from multicentric.harmonize.rebuild import Trace, Unexplained, rebuild
from multicentric.mapping import load_mapping
from multicentric.schema import dictionary_of, load_model

ROOT = Path(__file__).parents[3]
FIELDS = ("variable", "raw", "rule", "outcome", "eligible_rows")


def explained(made, mapping, dictionary):
    """Compare every cell of the table with what its lineage leads to; returns how many."""
    values = made.table.set_index("patient_id")
    for cell in made.lineage.to_dict("records"):
        fields = {name: None if pd.isna(cell[name]) else cell[name] for name in FIELDS}
        rebuilt = rebuild(Trace(**fields), mapping, dictionary)
        value = values.at[cell["patient_id"], cell["variable"]]
        place = f"{cell['patient_id']} {fields}: {value!r}, rebuilt {rebuilt!r}"
        if rebuilt is None:
            assert pd.isna(value), place
        elif isinstance(rebuilt, date):
            assert value == pd.Timestamp(rebuilt), place
        else:
            assert value == rebuilt, place
    return len(made.lineage)


@pytest.mark.parametrize("center", ["aras", "ceyhan", "dicle", "firat", "gediz", "meric"])
def test_every_cell_of_the_deliveries_is_explained_by_its_lineage(center):
    dictionary = dictionary_of(load_model(ROOT / "schemas/patient.py"))
    mapping = load_mapping(ROOT / "centers" / center / "mapping.yaml")
    drop = ROOT / "centers" / center / "2025-06-02"
    made = harmonize_center(center, drop, mapping, dictionary)
    assert explained(made, mapping, dictionary) == len(made.table) * len(dictionary.names)


BLOCKS = """\
sex: {from: A, codes: {F: female, 'm.': male}, missing: {'?': unknown}, empty: male}
grade: {coalesce: [{from: A}, {from: B, number: {below: half, thousands: ','}}]}
percent: {from: A, number: {unit: '/', factor: 100, decimal: ',', above: bound}}
bone: {from: B, contains: [x, F], separator: '+', others: ['?', '1']}
start: {from: A, dates: [DD.MM.YYYY, D/M/YYYY, M/D/YYYY, MM.YYYY], impute: {day: 15}}
seen: {from: B, dates: [DD.MM.YYYY], when: {sex: female}}
months: {duration: {since: start, until: seen, unit: months}}
response: {from: B, number: {}, classes: {'< 1': PD, '>= 1, < 50': SD, '>= 50': CR}}
comment: {from: A}"""
TAIL = """\
corrections:
  - {patient: p1, variable: sex, was: F, becomes: m., reason: chart}
  - {patient: p2, variable: percent, was: '1', becomes: '0,5', reason: chart}
"""
TEXTS = st.one_of(
    st.sampled_from(
        [
            "F",
            " F",
            "m.",
            "f",
            "?",
            "",
            "1",
            "2,5",
            "<5",
            "> 90",
            "1,000",
            "%1",
            "x+F",
            "x + ?",
            "+",
        ]
    ),
    st.sampled_from(
        ["01.02.2020", "05/03/2020", "5/3/2020", "13/3/2020", "03.2020", "2020", "0.5"]
    ),
    st.text(alphabet="0123456789.,/%<>+-xF ", max_size=8),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_any_texts_give_only_what_their_lineage_explains(rows, harmonize, dictionary):
    quoted = "".join(f'p{n},"{a}","{b}"\n' for n, (a, b) in enumerate(rows))
    run = harmonize(BLOCKS, f"ID,A,B\n{quoted}", tail=TAIL)
    assert explained(run.made, run.mapping, dictionary) == len(rows) * len(dictionary.names)
    # What is neither a value nor declared missing has been asked about.
    cells = run.made.lineage
    asked = cells[cells["outcome"].isin(["unmapped", "unreadable"])]
    found = set(zip(run.intake["patient_id"], run.intake["variables"], strict=True))
    assert set(zip(asked["patient_id"], asked["variable"], strict=True)) <= found


def test_a_lineage_that_does_not_fit_is_noticed(harmonize, dictionary):
    run = harmonize(BLOCKS, 'ID,A,B\np0,F,"x"\n')
    for raw, rule in (
        ("M", "variables.sex.codes.F"),
        (None, "variables.sex.codes.F"),
        ("8", "variables.response.classes.< 1"),
        ("31.02.2020", "variables.start.dates.DD.MM.YYYY"),
    ):
        name = rule.split(".")[1]
        with pytest.raises(Unexplained):
            rebuild(Trace(name, raw, rule, "mapped"), run.mapping, dictionary)
