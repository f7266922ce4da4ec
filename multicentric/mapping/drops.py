"""The mapping language, as far as it speaks of a center and its drops: files, rows, corrections."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from multicentric.conditions import problems_of
from multicentric.reading import TableSpec
from multicentric.reading.headings import clean_heading


class Block(BaseModel):
    """A block of a mapping: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _yes_no(value: Any) -> Any:
    answers = {"yes": True, "no": False}
    if isinstance(value, str):
        if value not in answers:
            raise ValueError("must be yes or no")
        return answers[value]
    return value


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _each_one_or_more(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _one_or_more(wanted) for key, wanted in value.items()}
    return value


def _sound(condition: Any) -> Any:
    problems = list(problems_of(condition))
    if problems:
        raise ValueError("; ".join(problems))
    return condition


YesNo = Annotated[bool, BeforeValidator(_yes_no)]
Heading = Annotated[str, AfterValidator(clean_heading), Field(min_length=1)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_one_or_more), Field(min_length=1)]
Where = Annotated[dict[Heading, Texts], BeforeValidator(_each_one_or_more), Field(min_length=1)]
Condition = Annotated[dict[str, Any], AfterValidator(_sound)]
WholeNumber = Annotated[int, Field(strict=False)]


class Center(Block):
    """The center: how it is called, in which language it writes, whether it takes part."""

    name: str = Field(min_length=1)
    language: Literal["en", "tr", "de", "it", "fr", "es"] = "en"
    enabled: YesNo = True
    reason: str = ""

    @model_validator(mode="after")
    def _says_why(self) -> Center:
        if not self.enabled and not self.reason:
            raise ValueError("a center that is switched off needs a reason")
        return self


class Text(Block):
    """How texts are compared, beyond spaces and Unicode forms, which never count."""

    case: Literal["kept", "ignored"] = "kept"
    accents: Literal["kept", "ignored"] = "kept"


class Table(TableSpec):
    """One table of a drop: where it stands, its key, and whether a patient has one row or many.

    Attributes
    ----------
    key
        Heading of the column that holds the patient's id.
    numbered
        The rows carry no id: the number of its row in the file is a patient's id. Fit for a file
        that is sent once, since nothing tells which row of the next one is the same patient.
    rows
        ``patient``: one row per patient. ``visit``: many; read only through `collapse`.
    decimal
        Decimal mark of numbers written as text.
    harmless
        Headings that look as if they told persons apart and do not, each with the reason.
    """

    key: Heading | None = None
    numbered: YesNo = False
    rows: Literal["patient", "visit"] = "patient"
    decimal: Literal[".", ","] = "."
    harmless: dict[Heading, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_ids(self) -> Table:
        if (self.key is None) != self.numbered:
            raise ValueError("a table has a key, or is numbered where its rows carry no id")
        return self

    @property
    def spec(self) -> TableSpec:
        """What the readers need of it."""
        own = set(TableSpec.model_fields)
        return TableSpec.model_validate(self.model_dump(include=own, exclude_unset=True))


class Filter(Block):
    """Rows of a table that are left out, or alone kept, for a reason; filters apply in order."""

    id: str = Field(min_length=1)
    table: str | None = None
    drop: Where | None = None
    keep: Where | None = None
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one_of_both(self) -> Filter:
        if (self.drop is None) == (self.keep is None):
            raise ValueError("a filter has either drop or keep")
        return self


class Correction(Block):
    """One raw value that is known to be wrong, changed only while it still stands as it was."""

    patient: str = Field(min_length=1)
    variable: str
    was: str
    becomes: str
    reason: str = Field(min_length=1)
    by: str = ""
    on: str = ""


class Centers(Block):
    """The centers that share this drop, told apart by a column; a closed list."""

    column: Heading
    codes: dict[str, Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]] = Field(min_length=1)
