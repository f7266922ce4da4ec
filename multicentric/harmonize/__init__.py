"""From a center's drop to the dictionary: every value traced, nothing guessed."""

from multicentric.harmonize.center import Harmonized, harmonize_center

__all__ = ["Harmonized", "harmonize_center"]
