"""What differs between the last two drops of a center, in four layers."""

from multicentric.changes.compare import Delivery, compare

__all__ = ["Delivery", "compare"]
