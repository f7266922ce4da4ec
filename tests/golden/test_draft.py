"""Drafts of the six deliveries, their mappings hidden, against what people wrote for them."""

from datetime import date
from pathlib import Path

import pytest

from multicentric.draft import draft, mapping_text
from multicentric.harmonize import harmonize_center
from multicentric.mapping import load_mapping
from multicentric.mapping.check import mistakes_beside
from multicentric.mapping.columns import uses_of
from multicentric.schema import dictionary_of, load_model

ROOT = Path(__file__).parents[2]
CENTERS = ("aras", "ceyhan", "dicle", "firat", "gediz", "meric")


@pytest.fixture(scope="module")
def dictionary():
    return dictionary_of(load_model(ROOT / "schemas/patient.py", date(2025, 5, 31)))


@pytest.fixture(scope="module")
def drafts(dictionary, tmp_path_factory):
    """Each center's draft, and its text loaded again; only the files of the drop are seen."""
    folder = tmp_path_factory.mktemp("drafts")
    found = {}
    for center in CENTERS:
        drop = ROOT / "centers" / center / "2025-06-02"
        drafted = draft(center, sorted(drop.iterdir()), dictionary)
        path = folder / f"{center}.yaml"
        path.write_text(mapping_text(drafted, dictionary), encoding="utf-8")
        found[center] = drafted, load_mapping(path)
    return found


def _place(mapping, table):
    """A table by what it is in the drop, whatever a mapping calls it."""
    return mapping.tables[table].sheet, tuple(mapping.tables[table].where.items())


def _homes(mapping):
    """Columns that the hand-written mapping makes variables of, with these variables."""
    homes = {}
    for use in uses_of(mapping):
        makes = use.variable is not None and "collapse" not in use.location
        if makes:
            homes.setdefault((_place(mapping, use.table), use.heading), set()).add(use.variable)
    return homes


def _proposed(drafted, mapping, confidence):
    found = {}
    for one in drafted.proposals:
        if one.confidence in confidence:
            key = _place(mapping, one.column.table), one.column.heading
            found.setdefault(key, set()).add(one.variable.name)
    return found


def test_nine_of_ten_columns_are_matched_and_none_wrongly_with_certainty(drafts):
    columns, right, certain, wrong = 0, 0, 0, []
    for center in CENTERS:
        drafted, mapping = drafts[center]
        homes = _homes(load_mapping(ROOT / "centers" / center / "mapping.yaml"))
        proposed = _proposed(drafted, mapping, ("certain", "likely"))
        columns += len(homes)
        right += sum(proposed.get(column) == variables for column, variables in homes.items())
        for column, variables in _proposed(drafted, mapping, ("certain",)).items():
            certain += len(variables)
            wrong += [(center, column, one) for one in variables - homes.get(column, set())]
    print(
        f"\n{right} of {columns} columns with a home are matched rightly ({right / columns:.1%})."
    )
    print(f"{len(wrong)} of {certain} matches marked certain are wrong.")
    assert columns > 100
    assert right >= 0.9 * columns
    assert certain > 100
    assert wrong == []


@pytest.mark.parametrize("center", CENTERS)
def test_a_draft_is_a_mapping_of_this_dictionary(drafts, dictionary, center):
    _, mapping = drafts[center]
    assert mistakes_beside(mapping, dictionary) == []
    assert list(mapping.variables) == dictionary.names


@pytest.mark.parametrize("center", CENTERS)
def test_a_draft_gives_no_value_that_the_hand_written_mapping_does_not_give(
    drafts, dictionary, center
):
    _, mapping = drafts[center]
    drop = ROOT / "centers" / center / "2025-06-02"
    by_hand = load_mapping(ROOT / "centers" / center / "mapping.yaml")
    first = harmonize_center(center, drop, mapping, dictionary).table.set_index("patient_id")
    truth = harmonize_center(center, drop, by_hand, dictionary).table.set_index("patient_id")
    assert set(first.index.dropna()) <= set(truth.index.dropna())
    values = 0
    for name in dictionary.names:
        given = first.loc[first.index.notna(), name].dropna()
        expected = truth[name].reindex(given.index)
        values += len(given)
        wrong = given[expected.isna() | (given != expected).fillna(True)]
        assert wrong.empty, (center, name, wrong.tolist()[:3])
    assert values > 10 * len(first)


@pytest.mark.parametrize("center", CENTERS)
def test_no_name_national_id_or_phone_number_is_printed(drafts, dictionary, center):
    drafted, _ = drafts[center]
    text = mapping_text(drafted, dictionary)
    personal = [column for column in drafted.columns if column.personal]
    assert bool(personal) == (center == "ceyhan")
    for column in personal:
        assert not [cell for cell in column.counts if cell in text]
    ids = {
        cell
        for table in drafted.tables
        for cell in table.found.table.columns[table.key].text
        if cell is not None
    }
    assert ids
    assert not [cell for cell in ids if f'"{cell}"' in text or f" {cell}:" in text]


def test_the_identifying_columns_are_told_by_their_headings(drafts):
    drafted, _ = drafts["ceyhan"]
    told = {column.heading: column.personal for column in drafted.columns if column.personal}
    assert told == {
        "Adı Soyadı": "names",
        "T.C. Kimlik No": "national ids",
        "Telefon": "phone numbers",
    }


def test_the_shape_of_each_drop_is_found(drafts):
    for center in CENTERS:
        _, mapping = drafts[center]
        by_hand = load_mapping(ROOT / "centers" / center / "mapping.yaml")
        assert _shapes(mapping) == _shapes(by_hand), center


def _shapes(mapping):
    return {
        _place(mapping, name): (
            table.format,
            table.encoding or "utf-8",
            table.delimiter or ",",
            table.heading_rows,
            table.ends,
            table.key,
            table.rows,
            table.decimal,
        )
        for name, table in mapping.tables.items()
    }
