"""What became of a patient's record, and the rule that decided."""

from __future__ import annotations

from multicentric.audit.explain.node import Node
from multicentric.audit.explain.study import Explained, Unexplained
from multicentric.audit.explain.value import Values
from multicentric.conditions import variables_of

_WORDS = {
    "analysed": "The record is in the analysis set.",
    "excluded": "The record is sound and does not belong to the study's population.",
    "quarantined": "The record is held back until its center answers.",
    "duplicate": "The same person is analysed in another record.",
}


def disposition_of(explained: Explained, center: str, patient: str) -> Node:
    """Explain what became of a record.

    Raises
    ------
    Unexplained
        The center sent no such patient, or it is not pooled.
    """
    values = Values(explained, center, patient)
    row = explained.of_patient("pooled/disposition", center, patient)
    if row is None:
        raise Unexplained(f"{center} {patient} has no disposition: its center is not pooled.")
    what = str(row["disposition"])
    how = [_WORDS[what]]
    made_from: tuple[Node, ...] = ()
    place = line = ""
    criteria = {criterion.id: n for n, criterion in enumerate(explained.study.eligibility)}
    if what == "excluded" and row["reason"] in criteria:
        number = criteria[row["reason"]]
        criterion = explained.study.eligibility[number]
        how.append(f"Criterion {number + 1} is the first it does not meet: {criterion.excluded}.")
        place, line = explained.line_of_protocol("eligibility", number, "keep")
        made_from = tuple(values.of(n) for n in dict.fromkeys(variables_of(criterion.keep)))
    elif what == "excluded":
        exposure = explained.study.exposure.variable
        how.append(f"{exposure} puts it in none of the groups.")
        place, line = explained.line_of_protocol("exposure")
        made_from = (values.of(exposure),)
    elif what == "analysed":
        exposure = explained.study.exposure.variable
        how.append("It meets every criterion.")
        place, line = explained.line_of_protocol("eligibility")
        made_from = (values.of(exposure),)
    else:
        held = values.findings[values.findings["effect"] == "record held"]
        for finding in held.to_dict("records"):
            how.append(f"Rule {finding['rule']} ({finding['severity']}): {finding['message']}")
        concerned = {name for text in held["variables"].dropna() for name in text.split(", ")}
        known = [name for name in explained.dictionary.names if name in concerned]
        made_from = tuple(values.of(name) for name in known if values.lineage)
    return Node(
        "disposition",
        f"{center} {patient}",
        what,
        tuple(how),
        place,
        line,
        made_from=made_from,
    )
