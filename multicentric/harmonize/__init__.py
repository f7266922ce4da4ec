"""From a center's drop to the dictionary: every value traced, nothing guessed."""

from multicentric.harmonize.center import Harmonized, harmonize_center
from multicentric.harmonize.lineage import write_lineage
from multicentric.harmonize.shared import Unassigned, unassigned_rows

__all__ = ["Harmonized", "Unassigned", "harmonize_center", "unassigned_rows", "write_lineage"]
