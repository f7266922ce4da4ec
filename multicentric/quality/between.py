"""The rules of a study's model that see a center beside the others."""

from __future__ import annotations

import pandas as pd

from multicentric.dictionary import Dictionary
from multicentric.findings import Finding, as_table
from multicentric.schema import PatientModel, between_rules_of
from multicentric.validate.checks import Check
from multicentric.validate.checks import as_table as checks_table


def between_centers(
    tables: dict[str, pd.DataFrame], model: type[PatientModel], dictionary: Dictionary
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ask every between-center rule of all centers together.

    Parameters
    ----------
    tables
        Center to its harmonized table: values as sent, before any was removed.

    Returns
    -------
    tuple of pandas.DataFrame
        Findings (`multicentric.findings.COLUMNS`) and checks (`multicentric.validate.checks`), one
        check per rule, variable and center.
    """
    everyone = pd.concat([dictionary.empty_table(), *(tables[c] for c in sorted(tables))])
    everyone = everyone.reset_index(drop=True)
    found: list[Finding] = []
    checks: list[Check] = []
    for rule in between_rules_of(model):
        for name in rule.variables:
            answer = rule.check(everyone, name)
            for center in sorted(tables):
                kept = answer["kept"].get(center, pd.NA)
                asked = pd.notna(kept)
                broken = bool(asked and not kept)
                checks.append(
                    Check(
                        center,
                        rule.id,
                        name,
                        "between",
                        rule.severity,
                        rule.kahn,
                        applicable=int(asked),
                        failed=int(broken),
                        not_applicable=int(not asked),
                        threshold=0.0,
                        beyond=broken if asked else None,
                    )
                )
                if broken:
                    shown = str(answer["shown"][center])
                    label = dictionary[name].label
                    found.append(
                        Finding(
                            center=center,
                            variables=(name,),
                            rule=rule.id,
                            severity=rule.severity,
                            effect="none",
                            message=rule.message.format(label=label, raw=shown),
                            raw=shown,
                        )
                    )
    return as_table(found), checks_table(checks)
