"""Small drawings for table cells: intervals on an axis, in millimetres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from multicentric.report.canvas import anchored_at_start
from multicentric.report.theme import BRAND, INK, SECONDARY, TERTIARY

ROW = 5.0  # mm, the height of a drawn row


@dataclass(frozen=True)
class Axis:
    """A horizontal axis in a cell: its range, its width in mm, linear or logarithmic.

    Attributes
    ----------
    margin
        mm beside either end, with room for half of its number.
    """

    low: float
    high: float
    width: float
    logarithmic: bool = False
    margin: float = 3.0

    def x(self, value: float) -> float:
        """Place of a value in mm from the left edge of the cell, within the axis."""
        low, high, value = (
            (math.log(v) for v in (self.low, self.high, max(value, 1e-12)))
            if self.logarithmic
            else (self.low, self.high, value)
        )
        share = (value - low) / (high - low)
        return self.margin + min(max(share, 0.0), 1.0) * (self.width - 2 * self.margin)


def _svg(width: float, height: float, content: str) -> bytes:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}">{anchored_at_start(content)}</svg>'
    ).encode()


def _line(
    x1: float, y1: float, x2: float, y2: float, color: str, width: float, dash: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.3f}" y1="{y1:.3f}" x2="{x2:.3f}" y2="{y2:.3f}" stroke="{color}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )


def interval_row(
    axis: Axis,
    value: float,
    low: float | None,
    high: float | None,
    *,
    size: float = 1.6,
    shape: str = "square",
) -> bytes:
    """A point with its interval, if it has one; an arrow head where the interval leaves the axis.

    Parameters
    ----------
    size
        Width of the point in mm.
    shape
        ``square``, ``dot``, ``diamond`` (spans its interval) or ``bar`` (the interval alone).
    """
    middle = ROW / 2
    has_interval = low is not None or high is not None
    left = axis.low if low is None else low
    right = axis.high if high is None else high
    a, b, x = axis.x(left), axis.x(right), axis.x(value)
    parts = []
    if shape == "diamond" and has_interval:
        points = f"{a:.3f},{middle} {x:.3f},{middle - 1.3} {b:.3f},{middle} {x:.3f},{middle + 1.3}"
        parts.append(f'<polygon points="{points}" fill="{BRAND}"/>')
    else:
        if has_interval:
            parts.append(_line(a, middle, b, middle, INK, 0.25))
        inside = axis.low <= value <= axis.high
        if inside and shape == "dot":
            parts.append(f'<circle cx="{x:.3f}" cy="{middle}" r="{size / 2:.3f}" fill="{INK}"/>')
        elif inside and shape == "square":
            half = size / 2
            parts.append(
                f'<rect x="{x - half:.3f}" y="{middle - half:.3f}" width="{size:.3f}" '
                f'height="{size:.3f}" fill="{INK}"/>'
            )
    if left < axis.low or (has_interval and low is None):
        parts.append(_arrow(a, middle, -1))
    if right > axis.high or (has_interval and high is None):
        parts.append(_arrow(b, middle, 1))
    return _svg(axis.width, ROW, "".join(parts))


def _arrow(x: float, y: float, side: int) -> str:
    tip = x + side * 1.4
    return f'<polygon points="{tip:.3f},{y} {x:.3f},{y - 0.8} {x:.3f},{y + 0.8}" fill="{INK}"/>'


def guides(
    axis: Axis, solid: float | None, dashed: float | None, band: tuple[float, float] | None
) -> bytes:
    """What runs behind all rows: a band, a solid and a dashed line. Stretches with its row."""
    parts = []
    if band is not None:
        left, right = axis.x(band[0]), axis.x(band[1])
        parts.append(
            f'<rect x="{left:.3f}" y="0" width="{right - left:.3f}" height="10" fill="#E6EAEF"/>'
        )
    if solid is not None:
        parts.append(_line(axis.x(solid), 0, axis.x(solid), 10, SECONDARY, 0.2))
    if dashed is not None:
        parts.append(_line(axis.x(dashed), 0, axis.x(dashed), 10, BRAND, 0.25, "1 0.6667"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{axis.width:g}mm" height="10mm" '
        f'viewBox="0 0 {axis.width:g} 10" preserveAspectRatio="none">{"".join(parts)}</svg>'
    ).encode()


def axis_row(
    axis: Axis, ticks: Sequence[tuple[float, str]], words: Sequence[tuple[float, str, str]]
) -> bytes:
    """The axis under the rows: ticks with their numbers, and words below.

    Parameters
    ----------
    words
        Place in mm, text and anchor (``start``, ``middle``, ``end``).
    """
    # PDFium cuts a background at the first whole pixel of what it draws. The empty sheet begins at
    # the cell's edge, so that a number that stands farther left than the line keeps its ink.
    sheet = f'<rect width="{axis.width:g}" height="9" fill-opacity="0"/>'
    parts = [sheet, _line(axis.x(axis.low), 0.2, axis.x(axis.high), 0.2, INK, 0.25)]
    for value, text in ticks:
        x = axis.x(value)
        parts.append(_line(x, 0.2, x, 1.2, INK, 0.2))
        parts.append(_words(x, 4.2, text, "middle", INK))
    for place, text, anchor in words:
        parts.append(_words(place, 8, text, anchor, SECONDARY))
    return _svg(axis.width, 9, "".join(parts))


def _words(x: float, y: float, text: str, anchor: str, color: str) -> str:
    return (
        f'<text x="{x:.3f}" y="{y:g}" font-family="Source Sans 3" font-size="2.75" '
        f'fill="{color}" text-anchor="{anchor}">{_escaped(text)}</text>'
    )


def downward() -> tuple[bytes, bytes]:
    """A vertical line that stretches, and the arrow head at its foot: for the flow of records."""
    line = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="2mm" height="10mm" viewBox="0 0 2 10" '
        f'preserveAspectRatio="none">{_line(1, 0, 1, 10, TERTIARY, 0.25)}</svg>'
    )
    head = f'<polygon points="0.1,0 1.9,0 1,1.7" fill="{TERTIARY}"/>'
    return line.encode(), _svg(2, 1.7, head)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
