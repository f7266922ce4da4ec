"""Small drops made up for one test each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from multicentric.reading import RawTable, TableSpec, read_tables

CENTERS = Path(__file__).parents[3] / "centers"


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "2025-06-02"
    folder.mkdir()
    return folder


@pytest.fixture
def read_bytes(drop: Path) -> Callable[..., RawTable]:
    """Read a delimited file with this content."""

    def read(content: bytes, **declared: str) -> RawTable:
        (drop / "extract.csv").write_bytes(content)
        spec = TableSpec.model_validate({"file": "extract.csv", "format": "delimited", **declared})
        return read_tables(drop, {"patients": spec})["patients"]

    return read


@pytest.fixture
def delivered() -> Callable[..., dict[str, RawTable]]:
    """Read tables of one of the six deliveries."""

    def read(center: str, **tables: dict[str, object]) -> dict[str, RawTable]:
        specs = {name: TableSpec.model_validate(declared) for name, declared in tables.items()}
        return read_tables(CENTERS / center / "2025-06-02", specs)

    return read
