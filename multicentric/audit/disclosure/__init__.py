"""What may be shown outside the study: counts redacted and rounded, centers under masks."""

from multicentric.audit.disclosure.counts import Rules
from multicentric.audit.disclosure.release import Refused, release
from multicentric.audit.disclosure.released import Released
from multicentric.audit.disclosure.shareable import NamesCenter, Results, Shareable, shareable

__all__ = [
    "NamesCenter",
    "Refused",
    "Released",
    "Results",
    "Rules",
    "Shareable",
    "release",
    "shareable",
]
