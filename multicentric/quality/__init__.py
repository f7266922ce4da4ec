"""Data quality across centers: rates of every rule beside what chance allows, no league table."""

from multicentric.quality.between import between_centers
from multicentric.quality.rates import quality_table

__all__ = ["between_centers", "quality_table"]
