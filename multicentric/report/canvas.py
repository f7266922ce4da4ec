"""A figure of matplotlib in the report's letters, saved as the same SVG whatever the machine."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from multicentric.report.bundle import TEMPLATES

_FAMILY = "Source Sans 3"


@contextmanager
def lettered(source: str) -> Iterator[None]:
    """Draw and save with the bundled fonts, text as text; `source` names the parts of the SVG."""
    import matplotlib
    from matplotlib import font_manager

    for font in sorted((TEMPLATES / "fonts").glob("SourceSans3-*.ttf")):
        font_manager.fontManager.addfont(str(font))
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": source,
        "font.family": [_FAMILY],
        "font.size": 8,
        "path.simplify": False,
    }
    with matplotlib.rc_context(settings):
        yield


def empty_figure(width: float, height: float) -> Any:
    """A figure of a size in mm."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 25.4, height / 25.4), facecolor="none")
    FigureCanvasSVG(figure)
    return figure


def as_svg(figure: Any) -> bytes:
    """The figure as SVG, without a date and without the name of a program."""
    out = io.BytesIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(out, format="svg", transparent=True, metadata=nothing)
    return out.getvalue()
