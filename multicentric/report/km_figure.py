"""Kaplan-Meier figures, drawn to fixed millimetres so that the table below stands on the ticks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multicentric.report.bundle import TEMPLATES
from multicentric.report.canvas import as_svg, empty_figure, lettered
from multicentric.report.numbers import Numbers
from multicentric.report.theme import INK, SECONDARY, SIDE_BY_SIDE, TERTIARY, Group

POINT = 72 / 25.4  # points per millimetre


@dataclass(frozen=True)
class Frame:
    """A figure's size and the place of its axes in it, in mm."""

    width: float
    height: float
    left: float
    right: float
    bottom: float
    top: float

    @property
    def across(self) -> float:
        """Width of the axes."""
        return self.width - self.left - self.right

    @property
    def up(self) -> float:
        """Height of the axes."""
        return self.height - self.bottom - self.top


FULL = Frame(width=170, height=79, left=38, right=6, bottom=12.5, top=2.5)
SMALL = Frame(width=82, height=47, left=9.5, right=3, bottom=11.5, top=2.5)
# Where the title page has to say that centers are missing.
LOW = Frame(width=82, height=39, left=9.5, right=3, bottom=11.5, top=2.5)


# Longer names than this are letters in the figure, explained beside it.
LONGEST_NAME = {FULL: 30, SMALL: 16, LOW: 16}


def named_by_letters(frame: Frame, groups: list[Group]) -> bool:
    """Tell whether a figure names its groups by letters: there are many, or a name is long."""
    many = len(groups) > SIDE_BY_SIDE - 1
    return many or any(len(group.label) > LONGEST_NAME[frame] for group in groups)


@dataclass(frozen=True)
class Curve:
    """One group's curve: the group, its steps, its median where reached, and whether it is told."""

    group: Group
    steps: pd.DataFrame
    median: float | None
    median_known: bool = True
    median_drawn: bool = True

    def at(self, months: np.ndarray | float, column: str = "survival") -> np.ndarray:
        """A column of the steps at given months; the last value is carried on."""
        time = self.steps["time"].to_numpy(float)
        values = self.steps[column].to_numpy(float)
        return values[np.searchsorted(time, months, side="right") - 1]


def ticks_of(axis_months: int, tick_months: int, narrowest: float, across: float) -> list[int]:
    """Ticks from 0 to the axis' end, thinned so that none is closer than `narrowest` mm."""
    step = tick_months
    while across * step / axis_months < narrowest and step < axis_months:
        step += tick_months
    return list(range(0, axis_months + 1, step))


def draw(
    frame: Frame,
    curves: list[Curve],
    axis_months: int,
    ticks: list[int],
    remark: tuple[str, str],
    x_label: str,
    numbers: Numbers,
    source: str,
) -> bytes:
    """Draw Kaplan-Meier curves as SVG with text as text.

    Parameters
    ----------
    remark
        Two lines in a free corner; the first one bold. May be empty.
    """
    with lettered(source):
        figure = empty_figure(frame.width, frame.height)
        axes = figure.add_axes(
            (
                frame.left / frame.width,
                frame.bottom / frame.height,
                frame.across / frame.width,
                frame.up / frame.height,
            ),
            facecolor="none",
        )
        _axes(axes, axis_months, ticks, x_label, numbers, source)
        few = len(curves) <= SIDE_BY_SIDE
        for curve in reversed(curves):
            _curve(axes, curve, axis_months, with_band=few)
        taken = list(_remark(axes, frame, curves, axis_months, remark))
        if named_by_letters(frame, [curve.group for curve in curves]):
            _keys_at_the_ends(axes, frame, curves, axis_months)
        else:
            _names(axes, frame, curves, axis_months, taken)
        return as_svg(figure)


def _axes(
    axes: Any, axis_months: int, ticks: list[int], x_label: str, numbers: Numbers, source: str
) -> None:
    axes.set_xlim(0, axis_months)
    axes.set_ylim(0, 1)
    axes.set_xticks(ticks, [numbers.count(t, f"{source}/months") for t in ticks])
    shares = [0, 0.2, 0.4, 0.6, 0.8, 1]
    axes.set_yticks(
        shares, [numbers.percent(s, f"{source}/axis", decimals=0, sign=False) for s in shares]
    )
    axes.set_xlabel(x_label, fontsize=8, color=INK, labelpad=3)
    axes.tick_params(width=0.6, length=3, labelsize=8, color=INK, labelcolor=INK, pad=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_position(("outward", 3))
        axes.spines[side].set_linewidth(0.6)
        axes.spines[side].set_color(INK)
    axes.plot([0, axis_months], [0.5, 0.5], color=TERTIARY, lw=0.5, ls=(0, (1, 1.6)), zorder=1)


def _curve(axes: Any, curve: Curve, axis_months: int, *, with_band: bool) -> None:
    # Within the axis, and carried to its end when patients remain beyond it.
    time = curve.steps["time"].to_numpy(float)
    end = min(float(time[-1]), axis_months)
    inside = np.append(time[time < end], end)
    low, high = curve.at(inside, "ci_low"), curve.at(inside, "ci_high")
    known = np.isfinite(low) & np.isfinite(high)
    color = curve.group.color
    if with_band:
        axes.fill_between(
            inside, low, high, where=known, step="post", color=color, alpha=0.13, lw=0, zorder=2
        )
    axes.step(
        inside,
        curve.at(inside),
        where="post",
        color=color,
        lw=1.35,
        ls=curve.group.dashes,
        zorder=4,
        solid_joinstyle="miter",
        solid_capstyle="butt",
    )
    lost = curve.steps["n_censor"].to_numpy(float) > 0
    marks = time[lost & (time <= axis_months)]
    height = curve.at(marks)
    half = 0.011
    across = np.repeat(marks, 3)
    up = np.stack([height - half, height + half, np.full_like(height, np.nan)], axis=1).ravel()
    axes.plot(across, up, color=color, lw=0.55, zorder=5, solid_capstyle="butt")
    told = curve.median is not None and curve.median_drawn and curve.median <= axis_months
    if with_band and told:
        axes.plot([curve.median] * 2, [0, 0.5], color=color, lw=0.6, ls=(0, (3, 1.8)), zorder=3)


# Boxes in mm from the axes' lower left corner: left, bottom, right, top.
Box = tuple[float, float, float, float]


def _remark(
    axes: Any, frame: Frame, curves: list[Curve], axis_months: int, remark: tuple[str, str]
) -> Iterator[Box]:
    lines = [line for line in remark if line]
    if not lines:
        return
    width = max(text_width(line, 8.5, bold=True) for line in lines) + 1
    height = 4.6 * len(lines)
    months = np.linspace(axis_months * (1 - width / frame.across), axis_months, 30)
    high = max((np.nanmax(curve.at(months, "ci_high")) for curve in curves), default=0)
    at_top = (1 - high) * frame.up > height
    right = frame.across
    top = frame.up if at_top else height + 1.5
    for n, line in enumerate(lines):
        axes.text(
            right / frame.across,
            (top - 0.6 - 4.6 * n) / frame.up,
            line,
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize=8.5 if frame is FULL else 7.6,
            fontweight="semibold" if n == 0 and frame is FULL else "normal",
            color=INK if n == 0 and frame is FULL else SECONDARY,
        )
    yield (right - width, top - height, right, top)


def _names(
    axes: Any, frame: Frame, curves: list[Curve], axis_months: int, taken: list[Box]
) -> None:
    """Write each group's name beside its curve, where the curves are far apart."""
    size = 8.5 if frame is FULL else 8
    for curve in curves:
        others = [c for c in curves if c is not curve]
        lines = wrapped(curve.group.label, 24)
        width = max(text_width(line, size, bold=True) for line in lines)
        height = 3.6 * len(lines)
        best: tuple[float, Box] | None = None
        for start in np.linspace(0.12, 0.95, 60) * frame.across - width / 2:
            for above in (True, False):
                box = _beside(curve, start, width, height, above, frame, axis_months)
                if box is None:
                    continue
                worth = _worth(curve, others, box, above, frame, axis_months, taken)
                if best is None or worth > best[0]:
                    best = (worth, box)
        if best is None:
            continue
        left, _, right, top = best[1]
        for row, line in enumerate(lines):
            axes.text(
                (left + right) / 2 / frame.across,
                (top - 3.6 * row - 3.6 / 2) / frame.up,
                line,
                transform=axes.transAxes,
                ha="center",
                va="center_baseline",
                fontsize=size,
                fontweight="semibold",
                color=curve.group.color,
            )
        taken.append(best[1])


def _beside(
    curve: Curve,
    start: float,
    width: float,
    height: float,
    above: bool,
    frame: Frame,
    axis_months: int,
) -> Box | None:
    """The box of a name over or under its curve's band; None where it does not fit."""
    if start < 1 or start + width > frame.across:
        return None
    months = np.linspace(start, start + width, 24) / frame.across * axis_months
    edge = curve.at(months, "ci_high" if above else "ci_low")
    fallback = curve.at(months)
    edge = np.where(np.isfinite(edge), edge, fallback)
    bottom = edge.max() * frame.up + 0.7 if above else edge.min() * frame.up - 0.7 - height
    if bottom < 0.5 or bottom + height > frame.up:
        return None
    return (start, bottom, start + width, bottom + height)


def _worth(
    curve: Curve,
    others: list[Curve],
    box: Box,
    above: bool,
    frame: Frame,
    axis_months: int,
    taken: list[Box],
) -> float:
    left, bottom, right, top = box
    months = np.linspace(left, right, 24) / frame.across * axis_months
    worth = 0.0
    for other in others:
        gap = (curve.at(months) - other.at(months)) * (1 if above else -1) * frame.up
        worth += 3 * float(np.clip(gap.min(), -20, 12))
        band = other.at(months, "ci_low") * frame.up, other.at(months, "ci_high") * frame.up
        hit = (band[1] > bottom) & (band[0] < top)
        worth -= 2 * float(hit.sum())
    for other in (curve, *others):
        line = other.median
        if line is not None and bottom < frame.up / 2:
            x = line / axis_months * frame.across
            worth -= 30 if left - 1 < x < right + 1 else 0
    if bottom < frame.up / 2 < top:
        worth -= 25
    for busy in taken:
        if left < busy[2] and busy[0] < right and bottom < busy[3] and busy[1] < top:
            worth -= 200
    # Where all else is equal, near the middle of the axis.
    return worth - 0.05 * abs((left + right) / 2 - 0.5 * frame.across)


def _keys_at_the_ends(axes: Any, frame: Frame, curves: list[Curve], axis_months: int) -> None:
    """Write each group's letter at the end of its curve, apart from its neighbours."""
    ends = []
    for curve in curves:
        last = min(float(curve.steps["time"].iloc[-1]), axis_months)
        ends.append((float(curve.at(last)) * frame.up, last, curve))
    ends.sort(key=lambda end: (end[0], end[2].group.key))
    step = min(3.2, frame.up / len(ends))
    floor = 0.0
    heights = []
    for n, (height, _, _) in enumerate(ends):
        ceiling = frame.up - step * (len(ends) - 1 - n)
        floor = min(max(height, floor), ceiling)
        heights.append(floor)
        floor += step
    for (_, last, curve), height in zip(ends, heights, strict=True):
        axes.annotate(
            curve.group.key,
            xy=(last, float(curve.at(last))),
            xytext=(1 + 2.2 / frame.across, height / frame.up),
            textcoords="axes fraction",
            ha="left",
            va="center",
            fontsize=8,
            fontweight="semibold",
            color=curve.group.color,
            arrowprops={"arrowstyle": "-", "lw": 0.35, "color": curve.group.color},
            annotation_clip=False,
        )


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a text in mm in the report's sans serif."""
    from matplotlib.font_manager import get_font
    from matplotlib.ft2font import LoadFlags

    name = "SourceSans3-Semibold.ttf" if bold else "SourceSans3-Regular.ttf"
    font = get_font(str(TEMPLATES / "fonts" / name))
    font.set_size(size, 72)
    font.set_text(text, 0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0]) / 64 / POINT


def wrapped(text: str, at: int) -> list[str]:
    """A text in lines of about `at` characters; a word is never cut."""
    import textwrap

    return textwrap.wrap(text, at, break_long_words=False) or [text]
