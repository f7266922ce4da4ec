"""The ledger of every check: to how many records it applied, how many kept it, how many broke it.

What does not apply is no success: a center that does not collect a variable has not passed its
rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

import pandas as pd


@dataclass(frozen=True)
class Check:
    """What one rule found in one center.

    Attributes
    ----------
    level
        ``cell`` (single values), ``record`` (rules between the values of a patient) or ``center``
        (rules over all its records).
    applicable, not_applicable
        Records to which the question applies, and those to which it does not.
    failed
        Of the applicable ones, those that broke the rule.
    threshold
        The share of failures that the rule allows a center; missing where no rate is judged.
    beyond
        Whether the share is larger; missing where it was not judged.
    """

    center: str
    rule: str
    variables: str
    level: str
    severity: str
    kahn: str
    applicable: int
    failed: int
    not_applicable: int
    threshold: float | None = None
    beyond: bool | None = None


COLUMNS = (
    *(field.name for field in fields(Check) if field.name not in ("threshold", "beyond")),
    "passed",
    "rate",
    "threshold",
    "beyond",
)


def answered(
    answers: pd.Series, threshold: float | None = None, at_least: int = 0
) -> dict[str, int | float | bool | None]:
    """Counts of a rule's answers (nullable booleans), and the verdict on their rate.

    Parameters
    ----------
    at_least
        Fewest applicable records for the rate to be judged.
    """
    applicable = int(answers.notna().sum())
    failed = int((answers == False).sum())  # noqa: E712 (a nullable comparison)
    judged = threshold is not None and applicable >= max(at_least, 1)
    return {
        "applicable": applicable,
        "failed": failed,
        "not_applicable": len(answers) - applicable,
        "threshold": threshold,
        "beyond": failed > threshold * applicable if judged and threshold is not None else None,
    }


def as_table(checks: Iterable[Check]) -> pd.DataFrame:
    """Checks as a table, in the order in which they were asked."""
    table = pd.DataFrame(
        [asdict(check) for check in checks], columns=[f.name for f in fields(Check)]
    )
    counts = ("applicable", "failed", "not_applicable")
    texts = ("center", "rule", "variables", "level", "severity", "kahn")
    table = table.astype(
        {
            **dict.fromkeys(counts, "Int64"),
            **dict.fromkeys(texts, "string"),
            "threshold": "Float64",
            "beyond": "boolean",
        }
    )
    table["passed"] = table["applicable"] - table["failed"]
    applicable = table["applicable"].astype("Float64").where(table["applicable"] > 0)
    table["rate"] = table["failed"].astype("Float64") / applicable
    return table[list(COLUMNS)]
