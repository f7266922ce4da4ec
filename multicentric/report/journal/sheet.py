"""A sheet to draw on, in millimetres from its upper left corner; it becomes one SVG."""

from __future__ import annotations

import html
import re

from markupsafe import Markup, escape

from multicentric.report.canvas import POINT, text_width
from multicentric.report.table import Text
from multicentric.report.theme import INK

_AROUND = 1.0  # mm of white
_FAMILY = "'Source Sans 3', Helvetica, Arial, sans-serif"
_OPENING = re.compile(r".*?<svg\b[^>]*>", re.DOTALL)
_SLANTED = re.compile(r"<i>(.*?)</i>")
_MARKUP = re.compile(r"<sup>.*?</sup>|<[^>]*>")
_METADATA = re.compile(r"<metadata>.*?</metadata>|<\?xml[^>]*>", re.DOTALL)


class Sheet:
    """Texts, lines and other drawings at their places.

    Attributes
    ----------
    width, height
        In mm; the height grows with what is drawn.
    """

    def __init__(self, width: float) -> None:
        self.width = width
        self.height = 0.0
        self._parts: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        text: Text,
        *,
        anchor: str = "start",
        size: float = 8,
        bold: bool = False,
        color: str = INK,
    ) -> None:
        """Write a text; `y` is its base line, `size` in points."""
        runs = _runs(text)
        weight = ' font-weight="600"' if bold else ""
        if len(runs) > 1:
            widths = [text_width(run, size, bold=bold and not slanted) for run, slanted in runs]
            x -= {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * sum(widths)
            anchor = "start"
        else:
            widths = [0.0]
        for (run, slanted), width in zip(runs, widths, strict=True):
            style = ' font-style="italic"' if slanted else weight
            self._put(
                y + 1,
                f'<text x="{x:.3f}" y="{y:.3f}" font-size="{size / POINT:.3f}" fill="{color}" '
                f'text-anchor="{anchor}"{style}>{escape(run)}</text>',
            )
            x += width

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, color: str = INK, width: float = 0.2
    ) -> None:
        """Draw a line."""
        self._put(
            max(y1, y2),
            f'<line x1="{x1:.3f}" y1="{y1:.3f}" x2="{x2:.3f}" y2="{y2:.3f}" stroke="{color}" '
            f'stroke-width="{width:g}"/>',
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "none",
        edge: str = "none",
    ) -> None:
        """Draw a rectangle."""
        self._put(
            y + height,
            f'<rect x="{x:.3f}" y="{y:.3f}" width="{width:.3f}" height="{height:.3f}" '
            f'fill="{fill}" stroke="{edge}" stroke-width="0.18"/>',
        )

    def arrow_head(self, x: float, y: float, *, color: str) -> None:
        """Draw an arrow head that points down and ends at a place."""
        points = f"{x - 0.9:.3f},{y - 1.7:.3f} {x + 0.9:.3f},{y - 1.7:.3f} {x:.3f},{y:.3f}"
        self._put(y, f'<polygon points="{points}" fill="{color}"/>')

    def drawing(
        self, x: float, y: float, svg: bytes, height: float, *, scale: tuple[float, float] = (1, 1)
    ) -> None:
        """Put another SVG on the sheet; `scale` is the millimetres of one of its units."""
        inner = _METADATA.sub("", _OPENING.sub("", svg.decode(), count=1))
        inner = inner.rstrip().removesuffix("</svg>")
        place = f"translate({x:.3f} {y:.3f}) scale({scale[0]:.6f} {scale[1]:.6f})"
        self._put(y + height, f'<g transform="{place}">{inner}</g>')

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in mm, with the white around."""
        return self.width + 2 * _AROUND, self.height + 2 * _AROUND

    def svg(self, title: str, description: str) -> bytes:
        """The sheet as SVG, with what it shows in words."""
        width, height = self.size
        size = f'width="{width:g}mm" height="{height:.3f}mm"'
        view = f'viewBox="{-_AROUND:g} {-_AROUND:g} {width:g} {height:.3f}"'
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'{size} {view} font-family="{_FAMILY}">\n'
            f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
            + "\n".join(self._parts)
            + "\n</svg>\n"
        ).encode()

    def _put(self, bottom: float, part: str) -> None:
        self.height = max(self.height, bottom)
        self._parts.append(part)


def _runs(text: Text) -> list[tuple[str, bool]]:
    """A text in parts, each with whether it is slanted; letters that lead to notes are left out."""
    if not isinstance(text, Markup):
        return [(text, False)]
    parts = enumerate(_SLANTED.split(text))
    return [(html.unescape(_MARKUP.sub("", part)), n % 2 == 1) for n, part in parts if part]
