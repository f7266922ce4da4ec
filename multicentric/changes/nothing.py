"""When there is nothing to compare."""


class NothingToCompare(Exception):
    """Why there is nothing to compare, as one sentence."""
