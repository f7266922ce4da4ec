"""From validated centers to the analysis set: who is in, who is not and why, and the endpoints."""

from multicentric.pool.across import findings_across_centers, part_of
from multicentric.pool.centers import Pooled, pool_centers

__all__ = ["Pooled", "findings_across_centers", "part_of", "pool_centers"]
