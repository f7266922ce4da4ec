"""What the study's pandera model says of each variable, as plain data that costs no import.

The pandera model in ``schemas/`` is the only list of variables. It is read once
(`multicentric.schema.dictionary_of`), written as JSON, and every stage that need not run pandera
(harmonization, report, exports) reads that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["code", "integer", "number", "date", "flag", "text"]
Needed = Literal["always", "if_sent", "spared"]

DTYPES: dict[str, str] = {
    "code": "string",
    "text": "string",
    "integer": "Int64",
    "number": "Float64",
    "date": "datetime64[ns]",
    "flag": "boolean",
}


@dataclass(frozen=True)
class Variable:
    """One variable of the dictionary.

    Attributes
    ----------
    needed
        ``always``: a record without it is held back. ``if_sent``: it may be empty, but a value that
        was sent must be readable, else the record is held back. ``spared``: an unusable value is
        removed and the patient stays.
    codes
        Code to label, in the order of the codelist; empty unless `kind` is ``code``.
    minimum, maximum
        Possible range (numbers), inclusive; what lies outside is no value.
    plausible_minimum, plausible_maximum
        Range outside which the center is asked, and the value kept.
    asked_of
        Condition (`multicentric.conditions`) on whom the variable is asked of; in others its
        absence is not missing. Empty: of everybody.
    synonyms, code_synonyms
        What centers call the variable, and the texts they write for each of its values; read by
        `multicentric.draft` alone.
    """

    name: str
    label: str
    kind: Kind
    needed: Needed = "spared"
    unit: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    plausible_minimum: float | None = None
    plausible_maximum: float | None = None
    decimals: int = 0
    description: str = ""
    asked_of: dict[str, Any] = field(default_factory=dict)
    synonyms: tuple[str, ...] = field(default=(), compare=False)
    code_synonyms: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    @property
    def expected(self) -> str:
        """What a center is told that this variable takes."""
        if self.kind == "code":
            return "; ".join(f"{code} = {label}" for code, label in self.codes.items())
        if self.kind == "flag":
            return "yes or no"
        if self.kind == "date":
            return "a date"
        if self.minimum is not None and self.maximum is not None:
            return f"{self.minimum:g} to {self.maximum:g}{f' {self.unit}' if self.unit else ''}"
        return "a whole number" if self.kind == "integer" else self.unit or self.kind


@dataclass(frozen=True)
class Dictionary:
    """The variables of a study, in the order of its model."""

    variables: tuple[Variable, ...]

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.variables)

    def __getitem__(self, name: str) -> Variable:
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise KeyError(name)

    def __contains__(self, name: str) -> bool:
        return any(variable.name == name for variable in self.variables)

    @property
    def names(self) -> list[str]:
        """Names in the order of the dictionary."""
        return [variable.name for variable in self.variables]

    def empty_table(self) -> pd.DataFrame:
        """A table without rows: center, patient_id, then every variable with its type."""
        # The workflow reads dictionaries on every run; only a stage asks for tables.
        import pandas as pd

        columns = {"center": "string", "patient_id": "string"}
        columns |= {variable.name: DTYPES[variable.kind] for variable in self.variables}
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})

    def write(self, path: Path) -> None:
        """Write as JSON, the form in which other stages read it.

        Synonyms stay behind: they propose a mapping, and no table depends on them.
        """
        entries = [asdict(variable) for variable in self.variables]
        for entry in entries:
            del entry["synonyms"], entry["code_synonyms"]
        path.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_dictionary(path: Path) -> Dictionary:
    """Read what `Dictionary.write` wrote."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    return Dictionary(tuple(Variable(**entry) for entry in entries))
