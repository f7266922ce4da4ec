"""Waivers: findings that keep nothing back, because the center confirmed what it sent.

A waiver is bound to a rule about a patient and to the raw text: once the text changes, the finding
has its effect again. Only a rule that the study declares ``waivable`` can be waived; of all others
the coordinating center decides, by a mapping, an adjudication or another rule.
"""

from __future__ import annotations

from dataclasses import replace

from multicentric.findings import Finding
from multicentric.queries.shown import fingerprint
from multicentric.schema import Rule

# Id of the finding, and fingerprint of the raw text that was confirmed.
Waivers = frozenset[tuple[str, str]]
NONE: Waivers = frozenset()


def as_waived(finding: Finding, rule: Rule, waivers: Waivers) -> Finding:
    """The finding without its effect, if the center has confirmed this very text."""
    confirmed = (finding.finding_id, fingerprint(finding.raw)) in waivers
    return replace(finding, effect="none") if rule.waivable and confirmed else finding
