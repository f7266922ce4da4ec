"""From a value or a number back to the cells of the centers' files."""

from multicentric.audit.explain.disposition import disposition_of
from multicentric.audit.explain.estimate import datasets_in_words, estimates_named
from multicentric.audit.explain.node import Node
from multicentric.audit.explain.study import Explained, Unexplained
from multicentric.audit.explain.value import Values

__all__ = [
    "Explained",
    "Node",
    "Unexplained",
    "Values",
    "datasets_in_words",
    "disposition_of",
    "estimates_named",
]
