"""What reading and harmonizing one center found, in the words its data manager reads."""

from __future__ import annotations

from dataclasses import dataclass, field

from multicentric.dictionary import Variable
from multicentric.documents import Mistake
from multicentric.findings import Finding
from multicentric.reading import DropFault, RawTable

# Notes tell what was done; nobody is asked and nothing is held.
NOTES = frozenset({"imputed_date", "bounded_number", "corrected"})


@dataclass
class Intake:
    """Findings of one center, in the order in which they were met."""

    center: str | None
    found: list[Finding] = field(default_factory=list)

    @property
    def center_held(self) -> bool:
        """Whether nothing of this drop can be used."""
        return any(finding.effect == "center held" for finding in self.found)

    def fault(self, fault: DropFault) -> None:
        """A file that cannot be read as the mapping says."""
        self.found.append(
            Finding(
                center=self.center,
                rule="unreadable_file",
                severity="block",
                effect="center held",
                message=str(fault),
                file=fault.file,
                sheet=fault.sheet,
                row=fault.row,
                column=fault.column,
            )
        )

    def mistake(self, mistake: Mistake) -> None:
        """A mapping that does not fit the dictionary."""
        self.found.append(
            Finding(
                center=self.center,
                rule="mapping_mistake",
                severity="block",
                effect="center held",
                message=str(mistake),
                file=mistake.file,
                row=mistake.line,
            )
        )

    def table(
        self,
        table: RawTable,
        rule: str,
        message: str,
        *,
        severity: str = "block",
        effect: str = "center held",
        row: int | None = None,
        column: str | None = None,
        variables: tuple[str, ...] = (),
        patient_id: str | None = None,
    ) -> None:
        """A table, a column or a whole row; never quotes a cell."""
        self.found.append(
            Finding(
                center=self.center,
                rule=rule,
                severity=severity,
                effect=effect,
                message=message,
                patient_id=patient_id,
                variables=variables,
                file=table.file,
                sheet=table.sheet,
                row=row,
                column=column,
                table=table.name,
            )
        )

    def cell(
        self,
        variable: Variable,
        rule: str,
        words: str,
        *,
        patient_id: str,
        file: str | None,
        sheet: str | None,
        row: int | None,
        column: str | None,
        raw: str | None,
    ) -> None:
        """One cell of a variable; the effect follows from how much the study needs the variable."""
        if rule in NOTES:
            severity, effect = "note", "none"
        elif variable.needed == "spared":
            severity, effect = "query", "value removed"
        else:
            severity, effect = "block", "record held"
        self.found.append(
            Finding(
                center=self.center,
                rule=rule,
                severity=severity,
                effect=effect,
                message=f"{variable.label}: {words}",
                patient_id=patient_id,
                variables=(variable.name,),
                file=file,
                sheet=sheet,
                row=row,
                column=column,
                raw=raw,
                expected=variable.expected,
            )
        )
