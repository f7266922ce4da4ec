"""What an explanation is read from: the study, its results, and the drops' mappings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from multicentric.audit.entries import latest
from multicentric.audit.ledger import Entry, read_ledger
from multicentric.centers import Center, discover
from multicentric.dictionary import Dictionary, read_dictionary
from multicentric.documents import Document, nearest, read_document
from multicentric.mapping import Mapping, load_mapping
from multicentric.protocol import Study
from multicentric.settings import Settings
from multicentric.study import load_settings, load_study
from multicentric.tables import read_table


class Unexplained(Exception):
    """Why there is no explanation, in one sentence."""


@dataclass(frozen=True)
class Explained:
    """A study folder with results, read as far as a question needs.

    Attributes
    ----------
    folder
        The study's folder.
    """

    folder: Path

    @cached_property
    def settings(self) -> Settings:
        """Its run settings."""
        return load_settings(self.folder)

    @cached_property
    def study(self) -> Study:
        """Its protocol as it stands now."""
        return load_study(self.folder, self.settings)

    @cached_property
    def protocol(self) -> Document:
        """The study file, with lines."""
        return read_document(self.folder / self.settings.study, self.settings.study)

    @cached_property
    def dictionary(self) -> Dictionary:
        """Its variables."""
        return read_dictionary(self.path("dictionary.json"))

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Dataset to its last entry in the ledger."""
        return latest(read_ledger(self.folder / self.settings.audit.ledger))

    @cached_property
    def centers(self) -> dict[str, Center]:
        """Centers by id, with paths within the study folder."""
        return {center.id: center for center in discover(self.folder)}

    def path(self, name: str) -> Path:
        """A result.

        Raises
        ------
        Unexplained
            It has not been made.
        """
        path = self.folder / "results" / name
        if not path.is_file():
            raise Unexplained(f"results/{name} is not there: run the workflow first.")
        return path

    def table(self, name: str) -> pd.DataFrame:
        """A table of the results; see `path`."""
        return read_table(self.path(f"{name}.parquet"))

    def of_patient(self, name: str, center: str, patient: str) -> dict[str, Any] | None:
        """A patient's row of a table, or None."""
        table = self.table(name)
        own = table["patient_id"] == patient
        if "center" in table.columns:
            own &= table["center"] == center
        rows = table[own.fillna(False)].to_dict("records")
        return rows[0] if rows else None

    def center(self, name: str) -> Center:
        """A center that has results.

        Raises
        ------
        Unexplained
            There is none of this name.
        """
        if name not in self.centers:
            raise Unexplained(f"there is no center '{name}'. {nearest(name, self.centers)}")
        return self.centers[name]

    def mapping(self, center: str) -> Mapping:
        """A center's mapping as it stands now, named by its path within the study folder.

        Raises
        ------
        multicentric.documents.Mistakes
            It has mistakes.
        """
        path = self.center(center).mapping
        if path is None:
            raise Unexplained(f"{center} has no mapping.")
        return load_mapping(path, path.relative_to(self.folder).as_posix())

    def line_of_protocol(self, *location: str | int) -> tuple[str, str]:
        """Place in the study file, and what stands on that line."""
        number = self.protocol.line(location)
        text = (self.folder / self.settings.study).read_text(encoding="utf-8-sig")
        line = text.splitlines()[number - 1].strip()
        return f"{self.settings.study}, line {number}", line
