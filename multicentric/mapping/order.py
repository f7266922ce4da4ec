"""The order in which variables can be made: those that others ask about come first."""

from __future__ import annotations

from collections.abc import Iterator

from multicentric.conditions import variables_of
from multicentric.mapping.language import Mapping, VariableBlock


def asked_by(block: VariableBlock) -> Iterator[str]:
    """Names of the variables that a block asks about."""
    if block.when:
        yield from variables_of(block.when)
    if block.duration:
        yield block.duration.since
        yield block.duration.until
    if block.collapse and block.collapse.within:
        yield block.collapse.within.of


def cycle_in(mapping: Mapping) -> list[str]:
    """Variables that depend on each other in a circle, the first repeated at the end; or none."""
    done: set[str] = set()
    for name in mapping.variables:
        path: list[str] = []
        if _circle(mapping, name, path, done):
            return path[path.index(path[-1]) :]
    return []


def _circle(mapping: Mapping, name: str, path: list[str], done: set[str]) -> bool:
    if name in path:
        path.append(name)
        return True
    if name in done or name not in mapping.variables:
        return False
    path.append(name)
    if any(_circle(mapping, other, path, done) for other in asked_by(mapping.variables[name])):
        return True
    done.add(path.pop())
    return False


def in_order(mapping: Mapping) -> list[str]:
    """Names of the mapping's variables, each after those it asks about."""
    ordered: dict[str, None] = {}

    def place(name: str) -> None:
        if name in mapping.variables and name not in ordered:
            for other in asked_by(mapping.variables[name]):
                place(other)
            ordered[name] = None

    for name in mapping.variables:
        place(name)
    return list(ordered)
