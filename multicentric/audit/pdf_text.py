"""What stands in the report's pages: the run's name in its footer."""

from __future__ import annotations

import re
from pathlib import Path

_RUN = re.compile(r"· run ([0-9a-f]{8,64})\b")


class NoReport(Exception):
    """A file is no report of ours, in one sentence."""


def run_in(path: Path) -> str:
    """Name of the run that the footer of a report prints.

    Raises
    ------
    NoReport
        The file cannot be read as PDF, or no page names a run.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
        for page in document:
            found = _RUN.search(page.get_textpage().get_text_range())
            if found:
                return found[1]
    except pypdfium2.PdfiumError as why:
        raise NoReport(f"{path.name} cannot be read as PDF ({why})") from None
    raise NoReport(f"{path.name} names no run in its footer")
