"""What changes a key and what does not."""

import os
from importlib import metadata
from pathlib import Path

import pytest

from multicentric.fingerprint import (
    code_digest,
    declarations_digest,
    file_digest,
    folder_digest,
    key,
    library_versions,
    reached,
)

SCRIPT = '"""Counts."""\nfrom house.rooms import count\n\nprint(count(2))\n'
ROOMS = '''"""Rooms."""


def count(n):
    """How many."""
    from house import attic

    return n + attic.HEIGHT
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A program that reaches a module at its top, and another inside a function."""
    (tmp_path / "house").mkdir()
    files = {
        "script.py": SCRIPT,
        "house/__init__.py": "",
        "house/rooms.py": ROOMS,
        "house/attic.py": "HEIGHT = 2\n",
        "house/garden.py": "TREES = 4\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def digest_after(root: Path, name: str, text: str) -> str:
    (root / name).write_text(text)
    return code_digest(root / "script.py", root)


def test_a_program_reaches_what_its_functions_import(root: Path) -> None:
    names = {path.relative_to(root).as_posix() for path in reached(root / "script.py", root)}
    assert names == {"script.py", "house/__init__.py", "house/rooms.py", "house/attic.py"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("script.py", SCRIPT.replace("count(2)", "count(3)")),
        ("house/rooms.py", ROOMS.replace("n + ", "n - ")),
        ("house/attic.py", "HEIGHT = 3\n"),
        ("house/__init__.py", "import os\n"),
    ],
)
def test_another_meaning_is_another_digest(root: Path, name: str, text: str) -> None:
    before = code_digest(root / "script.py", root)
    assert digest_after(root, name, text) != before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("script.py", SCRIPT.replace("Counts.", "Counts rooms.") + "\n# done\n"),
        ("house/rooms.py", ROOMS.replace('    """How many."""\n', "")),
        ("house/rooms.py", ROOMS.replace("n + attic.HEIGHT", "(n +\n            attic.HEIGHT)")),
        ("house/garden.py", "TREES = 5\n"),
    ],
)
def test_comments_docstrings_layout_and_strangers_do_not_count(
    root: Path, name: str, text: str
) -> None:
    before = code_digest(root / "script.py", root)
    assert digest_after(root, name, text) == before


def test_a_string_that_is_no_docstring_counts(root: Path) -> None:
    before = digest_after(root, "house/attic.py", 'HEIGHT = 2\n"""Not at the top."""\n')
    assert digest_after(root, "house/attic.py", 'HEIGHT = 2\n"""Still not."""\n') != before


def test_relative_imports_are_followed(root: Path) -> None:
    (root / "house/rooms.py").write_text("from . import garden\nfrom .attic import HEIGHT\n")
    names = {path.name for path in reached(root / "script.py", root)}
    assert {"garden.py", "attic.py"} <= names


def test_a_package_that_imports_at_run_time_counts_whole(root: Path) -> None:
    (root / "house/__init__.py").write_text(
        "from importlib import import_module\n\n"
        "def __getattr__(name):\n    return getattr(import_module('house.garden'), name)\n"
    )
    (root / "script.py").write_text("from house import TREES\n")
    assert root / "house/garden.py" in reached(root / "script.py", root)
    (root / "script.py").write_text("from house.attic import HEIGHT\n")
    assert root / "house/garden.py" not in reached(root / "script.py", root)


def test_declarations_of_a_model_are_told_apart_from_its_rules(root: Path) -> None:
    model = "class Patient:\n    age = 1\n\n    def rule(self):\n        return {answer}\n"
    path = root / "model.py"
    path.write_text(model.format(answer=1))
    fields, whole = declarations_digest(path, root), code_digest(path, root)
    path.write_text(model.format(answer=2))
    assert declarations_digest(path, root) == fields
    assert code_digest(path, root) != whole
    path.write_text(model.format(answer=2).replace("age = 1", "age = 2"))
    assert declarations_digest(path, root) != fields


def test_a_model_in_several_files_depends_on_all_of_them(root: Path, tmp_path: Path) -> None:
    study = tmp_path / "elsewhere"
    study.mkdir()
    model, fields = study / "patient.py", study / "fields.py"
    model.write_text("from .fields import Fields\n\nclass Patient(Fields):\n    pass\n")
    fields.write_text("class Fields:\n    age = 1\n\n    def rule(self):\n        return 1\n")
    assert {path.name for path in reached(model, root)} == {"patient.py", "fields.py"}
    declared, whole = declarations_digest(model, root), code_digest(model, root)
    fields.write_text(fields.read_text().replace("return 1", "return 2"))
    assert declarations_digest(model, root) == declared
    assert code_digest(model, root) != whole
    fields.write_text(fields.read_text().replace("age = 1", "age = 2"))
    assert declarations_digest(model, root) != declared


def test_a_file_is_judged_by_its_bytes_whatever_its_date(tmp_path: Path) -> None:
    path = tmp_path / "extract.csv"
    path.write_text("a,b\n1,2\n")
    before, stat = file_digest(path), path.stat()
    os.utime(path, ns=(0, 0))
    assert file_digest(path) == before
    path.write_text("a,b\n1,3\n")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file_digest(path) != before


def test_a_folder_is_judged_by_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/a.txt").write_text("1")
    before = folder_digest(tmp_path)
    (tmp_path / "inner/.hidden").write_text("2")
    assert folder_digest(tmp_path) == before
    (tmp_path / "inner/a.txt").rename(tmp_path / "inner/b.txt")
    assert folder_digest(tmp_path) != before


def test_libraries_are_those_imported_and_what_they_stand_on(root: Path) -> None:
    (root / "house/attic.py").write_text("import json\n\nimport pandas\n\nHEIGHT = 2\n")
    versions = library_versions(root / "script.py", root)
    assert versions["pandas"] == metadata.version("pandas")
    assert versions["numpy"] == metadata.version("numpy")
    assert "json" not in versions
    assert "house" not in versions
    assert "lifelines" not in versions


def test_a_key_does_not_depend_on_the_order_of_its_parts() -> None:
    assert key(b="2", a="1") == key(a="1", b="2") == '{"a":"1","b":"2"}'
