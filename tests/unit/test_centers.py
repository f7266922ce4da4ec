"""Which centers are found, and in what state."""

from pathlib import Path

import pytest

from multicentric.centers import Center, discover, ready, shared_sources

MAPPING = """\
center: {name: One}
tables:
  main: {file: extract.csv, format: delimited, key: id}
variables:
  sex: {from: sex}
"""
SHARED = MAPPING + "centers:\n  column: inst\n  codes: {'1': inst-01, '2': inst-02}\n"


def put(study: Path, center: str, *drops: str, mapping: str | None = MAPPING) -> Path:
    folder = study / "centers" / center
    folder.mkdir(parents=True)
    if mapping is not None:
        (folder / "mapping.yaml").write_text(mapping)
    for drop in drops:
        (folder / drop).mkdir()
        (folder / drop / "extract.csv").write_text("id,sex\n1,F\n")
    return folder


def only(study: Path) -> Center:
    (center,) = discover(study)
    return center


def test_a_folder_with_a_mapping_and_a_drop_is_a_center(tmp_path: Path) -> None:
    folder = put(tmp_path, "one", "2025-06-02")
    center = only(tmp_path)
    assert (center.id, center.state, center.reason) == ("one", "ready", "")
    assert center.drop == folder / "2025-06-02"
    assert center.files == (folder / "2025-06-02/extract.csv",)
    assert center.previous is None
    assert ready([center]) == {"one": center}


def test_the_newest_drop_is_analysed_and_the_one_before_remembered(tmp_path: Path) -> None:
    folder = put(tmp_path, "one", "2025-06-02", "2024-12-31", "2025-09-01")
    center = only(tmp_path)
    assert center.drop_date == "2025-09-01"
    assert center.previous == folder / "2025-06-02"


def test_a_drop_may_bring_its_own_mapping(tmp_path: Path) -> None:
    folder = put(tmp_path, "one", "2025-06-02", "2025-09-01")
    own = folder / "2025-09-01/mapping.yaml"
    own.write_text(MAPPING.replace("One", "Won"))
    center = only(tmp_path)
    assert center.mapping == own
    assert own not in center.files


def test_comments_and_layout_of_a_mapping_mean_nothing(tmp_path: Path) -> None:
    folder = put(tmp_path, "one", "2025-06-02")
    before = only(tmp_path).meaning
    (folder / "mapping.yaml").write_text(
        "# ours\n" + MAPPING.replace("{name: One}", '{name: "One"}')
    )
    assert only(tmp_path).meaning == before
    (folder / "mapping.yaml").write_text(MAPPING.replace("from: sex", "from: gender"))
    assert only(tmp_path).meaning != before


@pytest.mark.parametrize(
    ("name", "drops", "mapping", "state", "says", "place"),
    [
        ("One", ["2025-06-02"], MAPPING, "invalid", "lower-case", "centers/One"),
        ("one", [], MAPPING, "incomplete", "no drop", "centers/one"),
        ("one", ["2025-06-31"], MAPPING, "invalid", "'2025-06-31' is no date", "2025-06-31"),
        ("one", ["2025-6-2"], MAPPING, "invalid", "'2025-6-2' is no date", "2025-6-2"),
        ("one", ["2025-06-02"], None, "incomplete", "missing", "centers/one/mapping.yaml"),
        ("one", ["2025-06-02"], "center: ]", "invalid", "not YAML", "mapping.yaml, line 1"),
        ("one", ["2025-06-02"], MAPPING + "tabels: {}\n", "invalid", "tabels", "yaml, line 6"),
        (
            "one",
            ["2025-06-02"],
            MAPPING.replace("{name: One}", "{name: One, enabled: no, reason: Withdrew in May.}"),
            "disabled",
            "Withdrew in May.",
            "centers/one/mapping.yaml",
        ),
    ],
)
def test_what_keeps_a_center_out_is_said_with_its_place(
    tmp_path: Path,
    name: str,
    drops: list[str],
    mapping: str | None,
    state: str,
    says: str,
    place: str,
) -> None:
    put(tmp_path, name, *drops, mapping=mapping)
    put(tmp_path, "sound", "2025-06-02")
    by_id = {center.id: center for center in discover(tmp_path)}
    assert by_id["sound"].state == "ready"
    center = by_id[name]
    assert center.state == state
    assert says in center.reason
    assert center.place.endswith(place)
    assert center.problems


def test_an_empty_drop_is_not_passed_over_for_the_one_before(tmp_path: Path) -> None:
    folder = put(tmp_path, "one", "2025-06-02")
    (folder / "2025-09-01").mkdir()
    (folder / "2025-09-01/.DS_Store").write_text("")
    center = only(tmp_path)
    assert center.state == "incomplete"
    assert "2025-09-01" in center.reason


def test_a_link_in_a_drop_is_refused(tmp_path: Path) -> None:
    folder = put(tmp_path, "one", "2025-06-02")
    (folder / "2025-06-02/more.csv").symlink_to(tmp_path / "elsewhere.csv")
    center = only(tmp_path)
    assert center.state == "invalid"
    assert "more.csv" in center.reason


def test_what_is_no_folder_of_a_center_is_left_alone(tmp_path: Path) -> None:
    folder = put(tmp_path, "one", "2025-06-02")
    (tmp_path / "centers/README.md").write_text("")
    (tmp_path / "centers/_templates").mkdir()
    (folder / "notes").mkdir()
    assert [center.id for center in discover(tmp_path)] == ["one"]


def test_a_shared_drop_stands_for_several_centers(tmp_path: Path) -> None:
    put(tmp_path, "registry", "2025-06-02", mapping=SHARED)
    centers = discover(tmp_path)
    assert [(c.id, c.split, c.source) for c in centers] == [
        ("inst-01", "1", "registry"),
        ("inst-02", "2", "registry"),
    ]
    assert list(shared_sources(centers)) == ["registry"]


def test_an_id_that_two_folders_claim_is_nobodys(tmp_path: Path) -> None:
    put(tmp_path, "registry", "2025-06-02", mapping=SHARED)
    put(tmp_path, "inst-02", "2025-06-02")
    states = {center.id: center for center in discover(tmp_path)}
    assert states["inst-01"].state == "ready"
    assert states["inst-02"].state == "invalid"
    assert "registry" in states["inst-02"].reason
    assert "centers/inst-02" in states["inst-02"].reason


def test_a_study_without_centers_has_none(tmp_path: Path) -> None:
    assert discover(tmp_path) == []
