"""From a harmonized table to a validated one: what cannot stand is held back, and says why."""

from multicentric.validate.center import Validated, validate_center

__all__ = ["Validated", "validate_center"]
