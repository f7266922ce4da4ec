"""What the checks found: rules by center, and the centers that are out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from multicentric.report.numbers import Numbers
from multicentric.report.sources import Sources
from multicentric.report.table import Table, in_sentence, listed

# A table of more centers than this goes on below.
CENTERS_PER_PART = 9
_EFFECTS = {
    "center held": "Center held back",
    "record held": "Record held back",
    "record not used": "Record not used",
    "value removed": "Value removed, record kept",
    "none": "Asked or only noted, nothing removed",
}
_RULES = {
    "corrected": "Value corrected by the coordinating center",
    "duplicate": "Same person in another center (counted there)",
    "imputed_date": "Partial date, completed by the mapping",
    "implausible": "Implausible value",
    "missing_needed": "Needed value missing",
    "out_of_range": "Value not possible",
    "readable": "Unmapped or unreadable",
    "schema_gate": "Record against the schema",
    "stale_correction": "Correction that no longer fits what was sent",
}
# Effect and label of a rule to its findings by center; None where a count is not shown.
Counts = dict[tuple[str, str], dict[str, int | None]]
# Shading saturates where this share of a center's records has a finding.
_FULL_SHADE = 0.10
_SHADES = 6


@dataclass(frozen=True)
class OutCenter:
    """A center that is not in the results, and why."""

    name: str
    state: str
    reason: str
    place: str


@dataclass(frozen=True)
class QualityCell:
    """A count and the shade behind it, 0 (none) to 6."""

    text: str
    shade: int


@dataclass(frozen=True)
class QualityRow:
    """A rule and what it found in each center; a row without cells opens a group."""

    label: str
    cells: list[QualityCell]
    total: str = ""


@dataclass(frozen=True)
class QualityPart:
    """One part of the table: some centers, all rules."""

    centers: list[tuple[str, str]]
    rows: list[QualityRow]
    with_total: bool
    records: str


@dataclass(frozen=True)
class DataQuality:
    """Everything said of data quality.

    Attributes
    ----------
    title, caption
        What stands above the parts.
    said
        What stands below them, or instead of them where there are none.
    """

    out: list[OutCenter]
    parts: list[QualityPart]
    number: int | None
    title: str = ""
    caption: str = ""
    said: str = ""
    tables: list[Table] = field(default_factory=list)


def out_centers(status: dict[str, Any]) -> list[OutCenter]:
    """Centers that are not in the results, in the order of their name."""
    return [
        OutCenter(c["center"], c["state"], c["reason"] or "no reason was given", c["place"] or "")
        for c in sorted(status["centers"], key=lambda c: c["center"])
        if c["state"] != "ready"
    ]


def rule_label(rule: str, variables: str, sources: Sources) -> str:
    """What a reader calls a rule: of the reading in words, of the study by what it asks."""
    if rule in _RULES:
        return _RULES[rule]
    if rule == rule.lower():
        words = rule.replace("_", " ")
        return words[0].upper() + words[1:]
    names = [name for name in variables.split(", ") if name]
    labels = [sources.dictionary[n].label if n in sources.dictionary else n for n in names]
    labels = list(dict.fromkeys(labels))
    if asks := sources.rules.get(rule):
        asks = asks[0].upper() + asks[1:]
        # A rule that is asked of variables one by one is told apart by them.
        return (
            f"{rule}: {asks} ({in_sentence(labels[0])})" if len(labels) == 1 else f"{rule}: {asks}"
        )
    return f"{rule}: {listed([*labels[:1], *map(in_sentence, labels[1:])])}" if labels else rule


def quality_of(sources: Sources, status: dict[str, Any], number: int) -> DataQuality:
    """Findings by rule and center of the centers that delivered.

    For readers outside they are those of all centers together, and a rule whose count is suppressed
    is not listed.
    """
    out = out_centers(status)
    ready = (c for c in status["centers"] if c["state"] == "ready")
    together = "together" in status
    centers = [status["together"]] if together else sorted(ready, key=_name)
    counts: Counts = {}
    for center in centers:
        for finding in center.get("findings", []):
            label = rule_label(finding["rule"], finding.get("variables") or "", sources)
            # Held back in the data as others are, but counted apart in the flow.
            apart = finding["rule"] == "duplicate"
            key = ("record not used" if apart else finding.get("effect") or "none", label)
            of_rule = counts.setdefault(key, {})
            name = center["center"]
            of_rule[name] = _sum([of_rule.get(name, 0), finding["n"]])
    if not counts:
        return DataQuality(out, [], None, said="Within the single centers nothing was found.")
    listed_of = {key: of for key, of in counts.items() if None not in of.values()}
    if not listed_of:
        return DataQuality(out, [], None, said=_not_listed(len(counts), 0, sources.numbers))
    pieces = [centers[n : n + CENTERS_PER_PART] for n in range(0, len(centers), CENTERS_PER_PART)]
    parts = [
        _part(piece, listed_of, at == len(pieces) - 1 and len(centers) > 1, centers, sources)
        for at, piece in enumerate(pieces)
    ]
    if together:
        caption = "Number of findings; under the head the records of all centers."
        said = _not_listed(len(counts) - len(listed_of), len(listed_of), sources.numbers)
        return DataQuality(out, parts, number, "Findings by rule", caption, said)
    caption = (
        "Number of findings; under each center its records. Darker: a larger share of the center’s "
        "records."
    )
    said = _several_of_a_record(listed_of, centers)
    return DataQuality(out, parts, number, "Findings by rule and center", caption, said)


def _not_listed(hidden: int, listed_rules: int, numbers: Numbers) -> str:
    """How many rules found something, but too little to be shown."""
    if not hidden:
        return ""
    count = numbers.count(hidden, "findings/not_listed")
    more = "more " if listed_rules else ""
    if hidden == 1:
        return f"{count} {more}rule found something; its count is suppressed, being too small."
    return f"{count} {more}rules found something; their counts are suppressed, being too small."


def _several_of_a_record(counts: Counts, centers: list[dict[str, Any]]) -> str:
    """Why there are more findings that hold a record back than records held back."""
    found = sum(
        n or 0 for (effect, _), of in counts.items() if effect == "record held" for n in of.values()
    )
    held = sum(int(center.get("held") or 0) for center in centers)
    return "One record can have several findings." if found > held else ""


def _name(center: dict[str, Any]) -> str:
    return str(center["center"])


def _sum(counts: Iterable[int | None]) -> int | None:
    """The sum of counts; None where one of them is not shown."""
    known = [None if count is None else int(count) for count in counts]
    return None if None in known else sum(count for count in known if count is not None)


def _part(
    centers: list[dict[str, Any]],
    counts: Counts,
    last: bool,
    everyone: list[dict[str, Any]],
    sources: Sources,
) -> QualityPart:
    numbers, shaded = sources.numbers, sources.disclosure is None
    order = list(_EFFECTS)
    rows: list[QualityRow] = []
    open_effect = ""
    for effect, label in sorted(counts, key=lambda k: (order.index(k[0]), k[1])):
        if effect != open_effect:
            rows.append(QualityRow(_EFFECTS[effect], []))
            open_effect = effect
        of_rule = counts[effect, label]
        cells = [
            _cell(of_rule.get(c["center"], 0), c, f"quality/{effect}/{label}", numbers, shaded)
            for c in centers
        ]
        source = f"quality/{effect}/{label}/all"
        total = numbers.count(_sum(of_rule.values()), source) if last else ""
        rows.append(QualityRow(label, cells, total))
    heads = [
        (str(c["center"]), numbers.count(c["records"], f"quality/records/{c['center']}"))
        for c in centers
    ]
    records = _sum(c["records"] for c in everyone)
    return QualityPart(
        heads, rows, last, numbers.count(records, "quality/records/all") if last else ""
    )


def _cell(
    count: int | None, center: dict[str, Any], source: str, numbers: Numbers, shaded: bool
) -> QualityCell:
    text = numbers.count(count, f"{source}/{center['center']}")
    if not shaded or not count or not center["records"]:
        return QualityCell(text, 0)
    share = count / max(int(center["records"]), 1)
    return QualityCell(text, min(_SHADES, 1 + int(_SHADES * share / _FULL_SHADE)))
