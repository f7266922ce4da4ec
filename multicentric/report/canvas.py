"""Drawings in the report's letters: how wide a text is, and figures as the same SVG everywhere."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from multicentric.report.bundle import TEMPLATES
from multicentric.report.theme import INK

POINT = 72 / 25.4  # points per millimetre
_FAMILY = "Source Sans 3"
_TEXT = re.compile(r"<text\b([^>]*)>([^<]*)</text>")
_ANCHOR = re.compile(r'; text-anchor: (?:middle|end)| text-anchor="(?:middle|end)"')
_SIZE = re.compile(r"font-size(?:: |=\")([\d.]+)")
_PLACE = re.compile(r'(?<= x=")([-\d.]+)')


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
    return anchored_at_start(out.getvalue().decode()).encode()


def anchored_at_start(svg: str) -> str:
    """The same drawing with every text placed by its left end.

    WeasyPrint draws a text with another anchor as a group of its own, and PDFium cuts such a group
    at a whole pixel: at the size of a screen the first digit loses its left edge.
    """

    def place(found: re.Match[str]) -> str:
        about, text = found.groups()
        anchor, size = _ANCHOR.search(about), _SIZE.search(about)
        if anchor is None or size is None:
            return found[0]
        bold, italic = "font-weight" in about, "font-style" in about
        width = POINT * text_width(html.unescape(text), float(size[1]), bold=bold, italic=italic)
        shift = width / 2 if "middle" in anchor[0] else width
        about = _PLACE.sub(lambda at: f"{float(at[1]) - shift:.3f}", _ANCHOR.sub("", about), 1)
        return f"<text{about}>{text}</text>"

    return _TEXT.sub(place, svg)


def text_width(text: str, size: float, *, bold: bool = False, italic: bool = False) -> float:
    """Width of a text in mm in the report's sans serif, its letters one beside the other."""
    from matplotlib.font_manager import get_font
    from matplotlib.ft2font import LoadFlags

    name = "Semibold" if bold else "It" if italic else "Regular"
    font = get_font(str(TEMPLATES / "fonts" / f"SourceSans3-{name}.ttf"))
    font.set_size(size, 72)
    # A letter that the typeface lacks counts as wide as its sign for that.
    glyphs = (font.get_char_index(ord(letter)) for letter in text)
    advances = (font.load_glyph(n, flags=LoadFlags.NO_HINTING).linearHoriAdvance for n in glyphs)
    return sum(advances) / 65536 / POINT


def wrapped(text: str, at: int) -> list[str]:
    """A text in lines of about `at` characters; a word is never cut."""
    import textwrap

    return textwrap.wrap(text, at, break_long_words=False) or [text]


def two_lines(axes: Any) -> None:
    """Axes as a journal has them: a line at the left and one below, set off a little."""
    axes.tick_params(width=0.6, length=3, labelsize=8, color=INK, labelcolor=INK, pad=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_position(("outward", 3))
        axes.spines[side].set_linewidth(0.6)
        axes.spines[side].set_color(INK)
