"""The mapping language: what one center's files look like, and how they become the dictionary.

A mapping is data, read top to bottom, without code in it: the center, how text is compared, the
tables of a drop, then one block per variable of the dictionary. The verbs of a block are a closed
set; see ``docs/mapping.md`` for the language in a data manager's words.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

from pydantic import Field, PrivateAttr, field_validator, model_validator

from multicentric.documents import Document, Location
from multicentric.mapping import dates, thresholds
from multicentric.mapping.drops import (
    Block,
    Center,
    Centers,
    Condition,
    Correction,
    Filter,
    Heading,
    Table,
    Text,
    Texts,
    Where,
    WholeNumber,
)
from multicentric.mapping.folding import Folding, folding

Reason = Literal["unknown", "not_done", "not_applicable"]
Status = Literal["complete", "partial", "impossible", "undetermined"]
VERBS = (
    "codes",
    "labels",
    "number",
    "dates",
    "contains",
    "checkbox",
    "constant",
    "coalesce",
    "duration",
)


class Number(Block):
    """How a number is written and what makes the dictionary's unit of it.

    Attributes
    ----------
    unit
        The unit as sent; its sign may stand before or after the number.
    factor
        What the number is multiplied by where the dictionary has another unit.
    decimal
        Decimal mark, where it is not that of the table.
    thousands
        Mark between groups of three digits.
    below, above
        What "<5" and ">90" stand for: the ``bound`` itself or (below only) ``half`` of it.
    """

    unit: str = ""
    factor: str | None = None
    decimal: Literal[".", ","] | None = None
    thousands: str = Field(default="", max_length=1)
    below: Literal["bound", "half"] | None = None
    above: Literal["bound"] | None = None

    @field_validator("factor")
    @classmethod
    def _is_number(cls, factor: str | None) -> str | None:
        if factor is not None:
            try:
                thresholds.parse(f"= {factor}")
            except ValueError as error:
                raise ValueError("must be a number such as 100 or 0.0113") from error
        return factor


class Impute(Block):
    """What completes a partial date."""

    day: WholeNumber = Field(ge=1, le=28)
    month: WholeNumber | None = Field(default=None, ge=1, le=12)

    def parts(self) -> dict[str, int]:
        """Day, and month where given."""
        return {"day": self.day} | ({} if self.month is None else {"month": self.month})


class Within(Block):
    """A window of days around a date of the patient: ``{days: -28 to 0, of: start_date}``."""

    days: str
    of: str

    @field_validator("days")
    @classmethod
    def _is_range(cls, days: str) -> str:
        first, middle, last = days.partition(" to ")
        try:
            ordered = bool(middle) and int(first) <= int(last)
        except ValueError:
            ordered = False
        if not ordered:
            raise ValueError("must be a range of days such as -28 to 0")
        return days

    @property
    def range(self) -> tuple[int, int]:
        """First and last day relative to the date."""
        first, _, last = self.days.partition(" to ")
        return int(first), int(last)


class Cell(Block):
    """One cell of a patient's row and how its text becomes a value.

    Attributes
    ----------
    table
        The table it stands in; the first one by default.
    from
        Heading of the column, as the file shows it.
    codes
        Text of the center to value of the dictionary.
    labels
        The same by the labels that the file itself gives its codes (SPSS, REDCap dictionary).
    number
        How a number is written.
    classes
        Classes of the number (">= 1, < 10") to value of the dictionary.
    dates
        Accepted formats such as DD.MM.YYYY, and native for cells typed as dates.
    impute
        Day (and month) that complete a partial date; the value is flagged.
    years_from
        First year of the hundred that two-digit years stand for.
    contains
        Items of a list of which one makes the variable yes.
    separator
        What stands between the items of a list.
    others
        Further items that may stand in the list and mean nothing here.
    missing
        Codes that mean missing, and why: unknown, not_done or not_applicable.
    empty
        Value of an empty cell, where an empty cell says something.
    """

    table: str | None = None
    from_: Heading | None = Field(default=None, alias="from")
    codes: dict[str, str] | None = Field(default=None, min_length=1)
    labels: dict[str, str] | None = Field(default=None, min_length=1)
    number: Number | None = None
    classes: dict[str, str] | None = Field(default=None, min_length=1)
    dates: Texts | None = None
    impute: Impute | None = None
    years_from: WholeNumber | None = Field(default=None, ge=1800, le=2100)
    contains: Texts | None = None
    separator: str | None = Field(default=None, min_length=1)
    others: Texts = ()
    missing: dict[str, Reason] = Field(default_factory=dict)
    empty: str | None = None

    @property
    def verb(self) -> str:
        """The one verb of the block; ``copy`` where it has none."""
        return next((verb for verb in VERBS if getattr(self, verb, None) is not None), "copy")

    @field_validator("dates")
    @classmethod
    def _formats(cls, forms: tuple[str, ...] | None) -> tuple[str, ...] | None:
        problems = [problem for problem in map(dates.problem_of, forms or []) if problem]
        if problems:
            raise ValueError("; ".join(problems))
        return forms

    @field_validator("classes")
    @classmethod
    def _apart(cls, classes: dict[str, str] | None) -> dict[str, str] | None:
        both = thresholds.overlap(classes) if classes else None
        if both:
            raise ValueError(f"a number can be both '{both[0]}' and '{both[1]}'")
        return classes

    @model_validator(mode="after")
    def _fits_together(self) -> Cell:
        verbs = [verb for verb in VERBS if getattr(self, verb, None) is not None]
        if len(verbs) > 1:
            raise ValueError(f"{' and '.join(verbs)} exclude each other")
        for option, verb in _OPTIONS.items():
            if getattr(self, option) not in (None, ()) and verb not in verbs:
                raise ValueError(f"{option} needs {verb}")
        if self.contains and self.separator is None:
            raise ValueError("contains needs a separator, such as ','")
        self._check_dates()
        return self

    def _check_dates(self) -> None:
        lacking = set[str]().union(*map(dates.lacks, self.dates or []))
        given = set(self.impute.parts()) if self.impute else set()
        missing = sorted((lacking & {"day", "month"}) - given)
        if missing:
            raise ValueError(f"a date without {' and '.join(missing)} needs impute")
        if "century" in lacking and self.years_from is None:
            raise ValueError("years of two digits need years_from, such as 1930 for 1930 to 2029")


_OPTIONS = {
    "classes": "number",
    "impute": "dates",
    "years_from": "dates",
    "separator": "contains",
    "others": "contains",
}


class Collapse(Block):
    """Which of a patient's many rows gives the value.

    Attributes
    ----------
    pick
        ``first``, ``last`` (by `by`), ``nearest`` (to the date of `within`), ``min``, ``max``,
        ``best`` (by `order`), ``any``, ``all``, ``count``, or ``only`` (all rows must agree).
    where
        Rows that count, by the texts of their cells.
    until_first
        Rows up to and including the first (by `by`) that matches.
    within
        Rows whose `by` lies within days of a date of the patient.
    ties
        Rows between which nothing decides and whose values differ: ``error``, or the
        ``first_row`` or ``last_row`` of the file.
    none
        Why the value is missing when a patient has rows, but none that counts.
    """

    pick: Literal["first", "last", "nearest", "min", "max", "best", "any", "all", "count", "only"]
    by: Cell | None = None
    order: Texts = ()
    where: Where | None = None
    until_first: Where | None = None
    within: Within | None = None
    ties: Literal["error", "first_row", "last_row"] = "error"
    none: Reason | None = None

    @model_validator(mode="after")
    def _complete(self) -> Collapse:
        ordered = self.pick in ("first", "last", "nearest") or self.until_first or self.within
        if ordered and self.by is None:
            raise ValueError(f"pick {self.pick} needs by: the column that puts rows in order")
        if self.by is not None and (
            self.by.from_ is None or self.by.table or self.by.verb not in ("dates", "number")
        ):
            raise ValueError("by needs from, and dates or number, of the same table")
        if (self.pick == "best") != bool(self.order):
            raise ValueError("pick best and order belong together")
        if self.pick == "nearest" and self.within is None:
            raise ValueError("pick nearest needs within: the date to be near to")
        return self


class Duration(Block):
    """The time between two dates of the dictionary; months of 30.4375 and years of 365.25 days."""

    since: str
    until: str
    unit: Literal["days", "weeks", "months", "years"]


class VariableBlock(Cell):
    """One variable of the dictionary: what it is made from at this center.

    Attributes
    ----------
    status
        ``complete``, ``partial``; ``impossible`` and ``undetermined`` are decisions with a reason.
    reason, note
        Why, and what a reader should know.
    constant
        The same value for every patient.
    coalesce
        The first of several cells that is not missing.
    duration
        The time between two dates of the dictionary.
    collapse
        Which of a patient's many rows gives the value.
    when
        Condition on other variables of the patient; where it does not hold the value is missing as
        not applicable.
    checkbox
        Column of one box (for a yes-or-no variable), or columns and the code each box stands for.
    """

    status: Status = "complete"
    reason: str = ""
    note: str = ""
    constant: str | None = None
    checkbox: Heading | dict[Heading, str] | None = None
    coalesce: list[Cell] | None = Field(default=None, min_length=2)
    duration: Duration | None = None
    when: Condition | None = None
    collapse: Collapse | None = None

    @property
    def made(self) -> bool:
        """Whether this center has the variable at all."""
        return self.status in ("complete", "partial")

    @model_validator(mode="after")
    def _whole(self) -> VariableBlock:
        sources = self.model_fields_set - {"status", "reason", "note"}
        if not self.made:
            if sources:
                raise ValueError(f"{self.status} takes no source ({', '.join(sorted(sources))})")
            if not self.reason:
                raise ValueError(f"{self.status} needs a reason")
            return self
        without_from = self.verb in ("checkbox", "constant", "coalesce", "duration")
        counts = self.collapse is not None and self.collapse.pick == "count"
        if without_from and self.from_ is not None:
            raise ValueError(f"{self.verb} takes no from")
        if not without_from and self.from_ is None and not counts:
            raise ValueError("from is missing: the heading of the column")
        if self.verb in ("constant", "coalesce", "duration"):
            for option in ("table", "missing", "empty", "collapse"):
                if option in self.model_fields_set:
                    raise ValueError(f"{self.verb} takes no {option}")
        if self.verb == "checkbox" and self.collapse:
            raise ValueError("checkbox takes no collapse")
        for cell in self.coalesce or []:
            if cell.from_ is None:
                raise ValueError("each cell of coalesce needs from")
        return self


class Mapping(Block):
    """One center's mapping.

    Attributes
    ----------
    center
        The center.
    centers
        For a drop that several centers share: the column that tells them apart.
    text
        How texts are compared beyond spaces and Unicode forms.
    tables
        The tables of a drop; the rows of the first are the patients.
    filters
        Rows left out for a reason, in order.
    corrections
        Single raw values that are known to be wrong.
    """

    center: Center
    centers: Centers | None = None
    text: Text = Text()
    tables: dict[str, Table] = Field(min_length=1)
    filters: list[Filter] = Field(default_factory=list)
    variables: dict[str, VariableBlock] = Field(min_length=1)
    corrections: list[Correction] = Field(default_factory=list)

    _document: Document = PrivateAttr(default=Document("mapping.yaml", {}, {}))
    _places: dict[str, tuple[Location, str]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _first_table(self) -> Mapping:
        first = self.tables[self.first_table]
        if first.rows == "visit" and self.centers is not None:
            raise ValueError("the first table of a shared drop must have one row per patient")
        if first.rows == "visit" and first.numbered:
            raise ValueError("rows without ids are one row per patient")
        if any(table.numbered for table in list(self.tables.values())[1:]):
            raise ValueError("a table without ids cannot be joined to the first one")
        return self

    @property
    def digest(self) -> str:
        """Digest of what the mapping says; comments and layout do not count."""
        return self._document.digest

    @property
    def file(self) -> str:
        """The name under which mistakes mention the mapping."""
        return self._document.file

    @property
    def first_table(self) -> str:
        """The table whose rows are the patients, and from which a block reads by default."""
        return next(iter(self.tables))

    @cached_property
    def fold(self) -> Folding:
        """How texts are compared."""
        return folding(
            ignore_case=self.text.case == "ignored", ignore_accents=self.text.accents == "ignored"
        )

    def table_of(self, cell: Cell | Filter) -> str:
        """Name of the table that a block reads."""
        return cell.table or self.first_table

    def line(self, location: Location) -> int:
        """Line of a value of the mapping, or of its nearest parent."""
        return self._document.line(location)

    def line_of(self, rule: str) -> int:
        """Line of the place that a cell's lineage names, such as ``variables.sex.codes.F``."""
        return self._document.line(self.location_of(rule)[0])

    def location_of(self, rule: str) -> tuple[Location, str]:
        """The place that a cell's lineage names, and what of its path is no place ("native")."""
        if rule not in self._places:
            self._places[rule] = self._walked(rule)
        return self._places[rule]

    def _walked(self, rule: str) -> tuple[Location, str]:
        location: list[str | int] = []
        value: Any = self._document.value
        parts = rule.split(".")
        while parts:
            for length in range(len(parts), 0, -1):
                step = _step(value, ".".join(parts[:length]))
                if step is not None:
                    break
            else:
                break
            location.append(step)
            value = value[step]
            parts = parts[length:]
        return tuple(location), ".".join(parts)


def _step(value: Any, name: str) -> str | int | None:
    """The key or position that one step of a rule's path means."""
    if isinstance(value, dict):
        return name if name in value else None
    if isinstance(value, list):
        if name in value:
            return value.index(name)
        if name.isdigit() and 1 <= int(name) <= len(value):
            return int(name) - 1
    return None
