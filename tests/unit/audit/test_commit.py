"""The commit that the ledger names beside what was published."""

import subprocess
from pathlib import Path

import pytest

from multicentric.audit.commit import commit_of


def git(folder: Path, *asked: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *who, *asked], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "Snakefile").write_text("rule all:\n")
    git(tmp_path, "init", "--quiet")
    return tmp_path


def test_the_commit_is_named_and_whether_the_program_differs_from_it(program: Path) -> None:
    git(program, "add", "Snakefile")
    git(program, "commit", "--quiet", "--message", "first")
    first = git(program, "rev-parse", "HEAD")
    assert commit_of(program) == {"commit": first, "uncommitted": False}
    # A study's own files are in the ledger by their digests.
    (program / "centers").mkdir()
    (program / "centers/mapping.yaml").write_text("center: {}\n")
    assert commit_of(program) == {"commit": first, "uncommitted": False}
    (program / "multicentric").mkdir()
    (program / "multicentric/new.py").write_text("NEW = 1\n")
    assert commit_of(program) == {"commit": first, "uncommitted": True}


def test_a_program_under_no_version_control_has_no_commit(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not yet committed, and then without Git itself.
    assert commit_of(program) == {}
    git(program, "add", "Snakefile")
    assert commit_of(program) == {}
    monkeypatch.setenv("PATH", "")
    assert commit_of(program) == {}
