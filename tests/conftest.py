"""How the tests are spread over processors."""

from collections.abc import Iterable

import pytest

# Each test here works on a copy of its own; there are many, and they are long.
APART = ("tests/workflow/test_reruns.py",)


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Keep a file's tests together, since they share what they have built."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        if file not in APART:
            item.add_marker(pytest.mark.xdist_group(file))
