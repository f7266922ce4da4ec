"""What people decided about records that seem to be one person: it overrules the study's rule.

A list in ``config/adjudications.yaml``, one block per decision, each with its reason::

    - records: {north: N-12, south: "4711"}
      decision: same person
      keep: south
      reason: Treated on in the south; both charts seen.
      by: Steering committee
    - records: {north: N-30, east: E-2}
      decision: two persons
      reason: Twins.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from multicentric.documents import Document, Mistake, Mistakes, read_document, validate_document

FILE = "config/adjudications.yaml"
# How the reason of a decision begins, beside the variables by which a rule knows a person.
DECIDED = "decided: "


class Adjudication(BaseModel):
    """One decision.

    Attributes
    ----------
    records
        Center to its patient key.
    keep
        For one person: the center whose record stays.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    records: dict[str, str] = Field(min_length=2)
    decision: Literal["same person", "two persons"]
    keep: str | None = None
    reason: str = Field(min_length=1)
    by: str = ""
    on: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Adjudication:
        if self.decision == "same person" and self.keep not in self.records:
            raise ValueError("one person needs keep: the center whose record stays")
        if self.decision == "two persons" and self.keep is not None:
            raise ValueError("two persons take no keep: both records stay")
        return self


class _Decisions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decisions: list[Adjudication]


def load_adjudications(folder: Path) -> tuple[Adjudication, ...]:
    """The decisions of a study; none where it has no such file.

    Raises
    ------
    multicentric.documents.Mistakes
        All mistakes of the file, each with its line; a record that is decided about twice.
    """
    path = folder / FILE
    if not path.is_file():
        return ()
    read = read_document(path, FILE)
    value = [] if read.value in ("", None, {}) else read.value
    lines = {("decisions", *location): line for location, line in read.lines.items()}
    document = Document(FILE, {"decisions": value}, lines)
    decisions = validate_document(document, _Decisions).decisions
    seen: dict[frozenset[tuple[str, str]], int] = {}
    mistakes = []
    for number, decision in enumerate(decisions):
        line = document.line(("decisions", number))
        records = frozenset(decision.records.items())
        if records in seen:
            problem = f"these records were decided about on line {seen[records]} already."
            mistakes.append(Mistake(FILE, line, problem))
        seen.setdefault(records, line)
    if mistakes:
        raise Mistakes(mistakes)
    return tuple(decisions)
