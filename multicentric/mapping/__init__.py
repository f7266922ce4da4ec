"""How a center's files become the dictionary: the mapping language and its reading."""

from multicentric.mapping.language import Mapping
from multicentric.mapping.load import load_mapping, parse_mapping

__all__ = ["Mapping", "load_mapping", "parse_mapping"]
