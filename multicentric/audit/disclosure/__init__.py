"""What may be shown outside the study: counts redacted and rounded, small centers out of sight."""

from multicentric.audit.disclosure.counts import Rules
from multicentric.audit.disclosure.release import Refused, release
from multicentric.audit.disclosure.shareable import Shareable, shareable

__all__ = ["Refused", "Rules", "Shareable", "release", "shareable"]
