"""The nearest valid name for a mistyped one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """Return "did you mean X?" for the option nearest to `name`, or what else there is."""
    known = sorted(options)
    folded = {option.casefold(): option for option in reversed(known)}
    close = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    if close:
        return f"did you mean {folded[close[0]]}?"
    shown = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
    return f"there is {shown}" if known else "there is none"
