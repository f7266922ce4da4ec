"""The workflow is in the form that Snakemake asks for, and names its software truly."""

import ast
import re
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

import yaml

from multicentric.fingerprint import reached
from tests.workflow.tree import PROJECT


def test_snakemake_finds_nothing_to_lint() -> None:
    lint = [sys.executable, "-m", "snakemake", "--lint"]
    run = subprocess.run(lint, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_rules_are_formatted() -> None:
    check = [sys.executable, "-m", "snakefmt", "--check", "Snakefile", "rules"]
    run = subprocess.run(check, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_scripts_are_thin() -> None:
    for script in sorted((PROJECT / "scripts").glob("*.py")):
        lines = [line for line in script.read_text(encoding="utf-8").splitlines() if line.strip()]
        body = [line for line in lines if not line.startswith(("from ", "import "))]
        assert len(body) <= 15, script.name


def test_the_conda_environment_names_the_versions_of_the_lock() -> None:
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([a-z0-9_.-]+)==([^ ;\\]+)", lock, re.MULTILINE))
    environment = yaml.safe_load((PROJECT / "envs/multicentric.yaml").read_text(encoding="utf-8"))
    pinned = dict(pin.split("==") for pin in environment["dependencies"][-1]["pip"])
    assert pinned == {name: locked[name] for name in pinned}
    names = {"snakemake"}
    for script in sorted((PROJECT / "scripts").glob("*.py")):
        for path in reached(script, PROJECT):
            names |= imported_from(path)
    assert names == pinned.keys()


@cache
def brought_by() -> dict[str, list[str]]:
    """Module to distributions; asking takes a while."""
    return dict(metadata.packages_distributions())


def imported_from(path: Path) -> set[str]:
    """Distributions that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            tops = [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            tops = [(node.module or "").partition(".")[0]]
        else:
            continue
        found |= {name.lower() for top in tops for name in brought_by().get(top, ())}
    return found - {"multicentric"}
