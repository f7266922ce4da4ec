"""The one table of every number: results as data, before anyone lays them out."""

from multicentric.estimates.baseline import baseline_table
from multicentric.estimates.curves import curves
from multicentric.estimates.endpoints import estimate
from multicentric.estimates.table import COLUMNS

__all__ = ["COLUMNS", "baseline_table", "curves", "estimate"]
