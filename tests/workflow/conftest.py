"""One study made from clean per session; the tests work on copies of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.workflow.tree import PARTS, PROJECT, Run, Tree


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tree, Run]:
    """The example study made from clean, once; and that run. Not to be changed: see `tree`."""
    folder = tmp_path_factory.mktemp("built")
    for part in PARTS:
        source = PROJECT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "results", "logs", ".snakemake")
            shutil.copytree(source, folder / part, ignore=ignored)
        else:
            shutil.copy2(source, folder / part)
    tree = Tree(folder)
    run = tree.snakemake()
    assert run.code == 0, run.said
    return tree, run


@pytest.fixture
def tree(built: tuple[Tree, Run], tmp_path: Path) -> Tree:
    """A copy of the built study, with all dates kept."""
    subprocess.run(["cp", "-a", built[0].folder, tmp_path / "study"], check=True)
    return Tree(tmp_path / "study")
