"""What was shown outside last time, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

# The tables of a release, and what names a row in each.
KEYS = {
    "estimates": ("endpoint", "model", "population", "term", "level", "at", "statistic"),
    "curves": ("endpoint", "level", "time"),
    "baseline": ("variable", "level", "group"),
    "disposition": ("of", "center", "disposition", "reason"),
}
_MONTHS = ("at", "time")


@dataclass(frozen=True)
class Released:
    """The tables of the last release; none if there was none.

    Attributes
    ----------
    rows
        Table to its rows by their keys.
    """

    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path) -> Released:
        """Read a release's folder; a table that is not there was not shown."""
        found = {}
        for name in KEYS:
            path = folder / f"{name}.csv"
            if path.is_file():
                words = {column: "string" for column in KEYS[name] if column not in _MONTHS}
                rows = pd.read_csv(path, dtype=words).to_dict("records")
                found[name] = {written(name, row): row for row in rows}
        return cls(found)

    @classmethod
    def last(cls, ledger: Path) -> Released:
        """The last release beside a ledger."""
        numbers = [
            int(path.name) for path in (ledger.parent / "releases").glob("*") if path.name.isdigit()
        ]
        return cls.at(ledger.parent / "releases" / str(max(numbers))) if numbers else cls()

    def row(self, table: str, row: dict) -> dict[str, Any] | None:
        """The row that was shown under the same key."""
        return self.rows.get(table, {}).get(written(table, row))

    def count(self, table: str, row: dict, column: str) -> int | None:
        """The count that was shown in a cell."""
        last = self.row(table, row)
        value = None if last is None else last.get(column)
        return None if value is None or pd.isna(value) else int(float(value))

    def curve(self, endpoint: str, level: str) -> list[dict[str, Any]]:
        """The steps of a curve that was shown."""
        rows = self.rows.get("curves", {}).values()
        return [r for r in rows if (_word(r["endpoint"]), _word(r["level"])) == (endpoint, level)]


def written(table: str, row: dict) -> str:
    """What names a row, as one text; the same whether the row was just made or read back."""
    return "/".join(_word(row.get(name)) for name in KEYS[table])


def _word(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    return f"{value:g}" if isinstance(value, int | float) else str(value)
