"""The engine knows no study: what it is about stands in config, schemas and centers only."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
ENGINE = ("Snakefile", "rules", "scripts", "multicentric", "templates")
TEXTS = {"", ".py", ".smk", ".j2", ".css", ".yaml"}


def words_of_the_studies() -> set[str]:
    """Centers, codes of what each study compares, and variables that only one of them has."""
    words = {"her2", "cdk46", "palbociclib", "ribociclib", "breast", "ncctg", "lung"}
    for study in (ROOT, ROOT / "studies/lung"):
        words |= {path.parent.name for path in (study / "centers").glob("*/mapping.yaml")}
        protocol = yaml.safe_load((study / "config/study.yaml").read_text(encoding="utf-8"))
        words |= set(protocol["derived"]) - {"age"}
    return words


def test_no_word_of_a_study_stands_in_the_engine() -> None:
    known = re.compile(
        rf"(?<![a-z])({'|'.join(sorted(words_of_the_studies()))})(?![a-z])", re.IGNORECASE
    )
    files = [
        path
        for part in ENGINE
        for path in ([ROOT / part] if (ROOT / part).is_file() else sorted((ROOT / part).rglob("*")))
        if path.is_file() and path.suffix in TEXTS
    ]
    assert len(files) > 50
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files
        for match in known.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
