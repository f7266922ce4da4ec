"""Kaplan-Meier figures, drawn to fixed millimetres so that the table below stands on the ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from multicentric.report.canvas import (
    as_svg,
    empty_figure,
    lettered,
    text_width,
    two_lines,
    wrapped,
)
from multicentric.report.numbers import Numbers
from multicentric.report.theme import INK, SECONDARY, SIDE_BY_SIDE, TERTIARY, Group

# With fewer patients at risk a curve is drawn thin and without its band: the next event alone would
# lower it by a tenth of its height or more.
FEW_AT_RISK = 10
_PLACES_PER_MM = 4  # how closely lines are looked at where a text might cross them
_LINE = 3.6  # mm, the height of a name's line
# A name's distance from its curve in mm, past the ticks; with the air in its line, some 5 points.
_CLOSE = 1.0
_ASIDE = 0.8  # mm that stay free at the sides of a text
_FAR = (3.0, 5.0, 8.0, 12.0, 17.0, 23.0)  # with a line that leads there
ROOM_FOR_LETTERS = 6.0  # mm beside the axes, for the letters of groups


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


FULL = Frame(width=170, height=75, left=38, right=6, bottom=12.5, top=2.5)
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
    """One group's curve: the group, its steps, its median where reached, and whether it is told.

    Attributes
    ----------
    few_from
        The month from which fewer than `FEW_AT_RISK` patients are at risk.
    """

    group: Group
    steps: pd.DataFrame
    median: float | None
    median_known: bool = True
    median_drawn: bool = True
    few_from: float = math.inf

    def median_within(self, axis_months: int) -> float | None:
        """The median where it is drawn; None where it is not, or lies beyond the axis."""
        drawn = self.median is not None and self.median_drawn and self.median <= axis_months
        return self.median if drawn else None

    def at(self, months: np.ndarray | float, column: str = "survival") -> np.ndarray:
        """A column of the steps at given months; the last value is carried on."""
        time = self.steps["time"].to_numpy(float)
        values = self.steps[column].to_numpy(float)
        return values[np.searchsorted(time, months, side="right") - 1]


def few_from(steps: pd.DataFrame) -> float:
    """The month from which fewer than `FEW_AT_RISK` patients of a curve are at risk."""
    remain = (steps["n_risk"] - steps["n_event"] - steps["n_censor"]).to_numpy(float)
    few = steps["time"].to_numpy(float)[remain < FEW_AT_RISK]
    return float(few[0]) if few.size else math.inf


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
    by_letters = named_by_letters(frame, [curve.group for curve in curves])
    if by_letters:
        frame = replace(frame, right=max(frame.right, ROOM_FOR_LETTERS))
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
        ground = Ground.of(frame, curves, axis_months, with_bands=few)
        if by_letters:
            lasts = [min(float(curve.steps["time"].iloc[-1]), axis_months) for curve in curves]
            ends = [
                (float(curve.at(last)) * frame.up, last / axis_months * frame.across, curve.group)
                for curve, last in zip(curves, lasts, strict=True)
            ]
            keys_at_the_ends(axes, ground, ends)
        _remark(axes, ground, remark)
        if not by_letters:
            write_names(axes, ground, [curve.group for curve in curves])
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
    two_lines(axes)
    axes.plot([0, axis_months], [0.5, 0.5], color=TERTIARY, lw=0.5, ls=(0, (1, 1.6)), zorder=1)


def _curve(axes: Any, curve: Curve, axis_months: int, *, with_band: bool) -> None:
    # Within the axis, and carried to its end when patients remain beyond it.
    time = curve.steps["time"].to_numpy(float)
    end = min(float(time[-1]), axis_months)
    thin = min(curve.few_from, end)
    color = curve.group.color

    def between(start: float, stop: float) -> np.ndarray:
        return np.concatenate(([start], time[(time > start) & (time < stop)], [stop]))

    if with_band:
        inside = between(0, thin)
        low, high = curve.at(inside, "ci_low"), curve.at(inside, "ci_high")
        known = np.isfinite(low) & np.isfinite(high)
        axes.fill_between(
            inside, low, high, where=known, step="post", color=color, alpha=0.13, lw=0, zorder=2
        )
    for start, stop, width in ((0, thin, 1.35), (thin, end, 0.6)):
        axes.step(
            between(start, stop),
            curve.at(between(start, stop)),
            where="post",
            color=color,
            lw=width,
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
    median = curve.median_within(axis_months)
    if with_band and median is not None:
        axes.plot([median] * 2, [0, 0.5], color=color, lw=0.6, ls=(0, (3, 1.8)), zorder=3)


# Boxes in mm from the axes' lower left corner: left, bottom, right, top.
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Drawn:
    """A line of the figure and the edges of its band, in mm, at the places of the ground."""

    line: np.ndarray
    edges: tuple[np.ndarray, ...]


@dataclass
class Ground:
    """What a text may stand on: where in the axes there are lines, bands and other texts.

    Attributes
    ----------
    curves
        By group, in the order of drawing.
    medians
        Where a dashed line goes up to one half.
    leaders
        Lines that lead from a curve to its letter.
    taken
        Boxes of texts.
    """

    frame: Frame
    curves: list[Drawn]
    medians: list[float]
    leaders: list[Drawn] = field(default_factory=list)
    taken: list[Box] = field(default_factory=list)

    @classmethod
    def of(cls, frame: Frame, curves: list[Curve], axis_months: int, *, with_bands: bool) -> Ground:
        """The ground under some curves, before there is any text."""
        months = cls.places(frame) / frame.across * axis_months
        drawn = []
        for curve in curves:
            ended = months > float(curve.steps["time"].iloc[-1])
            bare = months > curve.few_from
            line = np.where(ended, np.nan, curve.at(months)) * frame.up
            edges = [
                np.where(ended | bare, np.nan, curve.at(months, column)) * frame.up
                for column in (("ci_low", "ci_high") if with_bands else ())
            ]
            drawn.append(Drawn(line, tuple(edges)))
        medians = [curve.median_within(axis_months) for curve in curves] if with_bands else []
        at = [month / axis_months * frame.across for month in medians if month is not None]
        return cls(frame, drawn, at)

    @staticmethod
    def places(frame: Frame) -> np.ndarray:
        """Places along the axis, in mm."""
        return np.linspace(0, frame.across, round(frame.across * _PLACES_PER_MM) + 1)

    @staticmethod
    def end(drawn: Drawn) -> float:
        """Where a line ends along the axis."""
        return float(np.flatnonzero(np.isfinite(drawn.line))[-1]) / _PLACES_PER_MM

    @staticmethod
    def begin(drawn: Drawn) -> float:
        """Where a line begins along the axis."""
        return float(np.flatnonzero(np.isfinite(drawn.line))[0]) / _PLACES_PER_MM

    @staticmethod
    def over(values: np.ndarray, left: float, right: float) -> np.ndarray:
        """The part of a line over a stretch of the axis, and over a little at its sides."""
        first = max(int((left - _ASIDE) * _PLACES_PER_MM), 0)
        part = values[first : int((right + _ASIDE) * _PLACES_PER_MM) + 2]
        return part[np.isfinite(part)]

    def crossed(self, box: Box, own: Drawn | None = None) -> float:
        """How much a text in a box would be drawn across; zero on free ground.

        Parameters
        ----------
        own
            The curve that the text names: it may stand on its band.
        """
        left, bottom, right, top = box

        def touches(values: np.ndarray) -> bool:
            part = self.over(values, left, right)
            return bool(part.size and part.min() < top and part.max() > bottom)

        worth = 0.0
        for drawn in (*self.curves, *self.leaders):
            worth += 1000 * touches(drawn.line)
            if drawn is own or not drawn.edges:
                continue
            low, high = (self.over(edge, left, right) for edge in drawn.edges)
            within = bool(low.size and high.size and low.min() < top and high.max() > bottom)
            worth += 8 * within + 150 * any(touches(edge) for edge in drawn.edges)
        for x in self.medians:
            worth += 150 * (left - _ASIDE < x < right + _ASIDE and bottom < self.frame.up / 2)
        for other in self.taken:
            apart = (
                left > other[2] + 2 or right < other[0] - 2 or bottom > other[3] or top < other[1]
            )
            worth += 0 if apart else 1000
        return worth + 30 * (bottom < self.frame.up / 2 < top)


def _remark(axes: Any, ground: Ground, remark: tuple[str, str]) -> None:
    """Write at the top right, or at the free place that is nearest to it."""
    frame = ground.frame
    full = frame == FULL
    size, leading = (8.5, 4.6) if full else (7.6, 3.7)
    lines = [line for line in remark if line]
    if not lines:
        return
    widths = [text_width(line, size, bold=full and n == 0) + 1 for n, line in enumerate(lines)]
    height = leading * len(lines)

    def boxes(right: float, top: float) -> list[Box]:
        tops = [top - leading * n for n in range(len(lines))]
        return [(right - w, at - leading, right, at) for w, at in zip(widths, tops, strict=True)]

    def cost(corner: tuple[float, float]) -> float:
        covered = sum(ground.crossed(box) for box in boxes(*corner))
        return covered + 0.1 * (frame.across - corner[0] + frame.up - corner[1])

    corners = [
        (float(right), float(top))
        for top in np.linspace(frame.up, height + 1, 12)
        for right in np.linspace(frame.across, max(widths) + 1, 12)
    ]
    right, top = min(corners, key=cost)
    for n, line in enumerate(lines):
        strong = full and n == 0
        axes.text(
            right / frame.across,
            (top - 0.6 - leading * n) / frame.up,
            line,
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize=size,
            fontweight="semibold" if strong else "normal",
            color=INK if strong else SECONDARY,
        )
    ground.taken.extend(boxes(right, top))


def write_names(axes: Any, ground: Ground, groups: list[Group]) -> None:
    """Write each group's name close to its curve, where the curves are far apart."""
    frame = ground.frame
    size = 8.5 if frame == FULL else 8
    for group, own in zip(groups, ground.curves, strict=True):
        lines = wrapped(group.label, 24)
        width = max(text_width(line, size, bold=True) for line in lines)
        height = _LINE * len(lines)
        begin, end = ground.begin(own), ground.end(own)
        lefts = [
            left
            for left in np.linspace(1, frame.across - width, 80)
            if begin <= left + width / 2 <= end
        ]
        found = [
            (_cost(ground, own, box, side, away), box, side, away)
            for left in lefts or [min(begin, frame.across - width)]
            for side in (1, -1)
            for away in (_CLOSE, *_FAR)
            for box in [_beside(ground, own, left, width, height, side, away)]
        ]
        _, box, side, away = min(found, key=lambda one: one[0])
        middle = (box[0] + box[2]) / 2
        for row, line in enumerate(lines):
            axes.text(
                middle / frame.across,
                (box[3] - _LINE * row - _LINE / 2) / frame.up,
                line,
                transform=axes.transAxes,
                ha="center",
                va="center_baseline",
                fontsize=size,
                fontweight="semibold",
                color=group.color,
            )
        if away != _CLOSE:
            foot, end = _leader(ground, own, box, side)
            axes.plot(
                [middle / frame.across] * 2,
                [foot / frame.up, end / frame.up],
                transform=axes.transAxes,
                color=group.color,
                lw=0.35,
            )
        ground.taken.append(box)


def _beside(
    ground: Ground, own: Drawn, left: float, width: float, height: float, side: int, away: float
) -> Box:
    """The box of a name over (1) or under (-1) its curve, within the axes."""
    part = ground.over(own.line, left, left + width)
    bottom = float(part.max()) + away if side > 0 else float(part.min()) - away - height
    bottom = min(max(bottom, 0.5), ground.frame.up - height)
    return (left, bottom, left + width, bottom + height)


def _leader(ground: Ground, own: Drawn, box: Box, side: int) -> tuple[float, float]:
    """Where a line from a curve to its name begins and ends."""
    middle = min(max((box[0] + box[2]) / 2, ground.begin(own)), ground.end(own))
    foot = own.line[int(middle * _PLACES_PER_MM)]
    return float(foot), box[1] if side > 0 else box[3]


def _cost(ground: Ground, own: Drawn, box: Box, side: int, away: float) -> float:
    """How unfit a place is for a name: what it covers, and how near the other curves are."""
    left, bottom, right, top = box
    line = ground.over(own.line, left, right)
    cost = ground.crossed(box, own) + 1.5 * float(np.ptp(line))
    if away != _CLOSE:
        low, high = sorted(_leader(ground, own, box, side))
        middle = (left + right) / 2
        others = [ground.over(o.line, middle, middle) for o in ground.curves if o is not own]
        crossing = any(o.size and o.min() < high and o.max() > low for o in others)
        cost += 50 + 3 * away + 500 * crossing
    for other in ground.curves:
        theirs = ground.over(other.line, left, right)
        if other is own or not theirs.size:
            continue
        beyond = float(theirs.min() - top if side > 0 else bottom - theirs.max())
        behind = float(line.min() - theirs.max() if side > 0 else theirs.min() - line.max())
        # On the side where the other curve is not, or well between the two; never over both.
        if behind >= 0:
            cost += 3 * (12 - min(behind, 12))
        else:
            cost += 40 + 3 * (12 - min(beyond, 12)) if beyond >= 0 else 500
    # Where all else is equal, near the middle of the axis.
    return cost + 0.05 * abs((left + right) / 2 - 0.5 * ground.frame.across)


def keys_at_the_ends(axes: Any, ground: Ground, ends: list[tuple[float, float, Group]]) -> None:
    """Write each group's letter at the end of its curve, apart from its neighbours.

    Parameters
    ----------
    ends
        Height and place of each curve's end, in mm, and its group.
    """
    frame = ground.frame
    ends = sorted(ends, key=lambda end: (end[0], end[2].key))
    step = min(3.2, frame.up / len(ends))
    floor = 0.0
    heights = []
    for n, (height, _, _) in enumerate(ends):
        ceiling = frame.up - step * (len(ends) - 1 - n)
        floor = min(max(height, floor), ceiling)
        heights.append(floor)
        floor += step
    places = ground.places(frame)
    for (end, start, group), height in zip(ends, heights, strict=True):
        color = group.color
        axes.text(
            1 + 2.2 / frame.across,
            height / frame.up,
            group.key,
            transform=axes.transAxes,
            va="center",
            fontsize=8,
            fontweight="semibold",
            color=color,
        )
        beside = frame.across + 1.7
        axes.plot(
            [start / frame.across, beside / frame.across],
            [end / frame.up, height / frame.up],
            transform=axes.transAxes,
            color=color,
            lw=0.35,
            clip_on=False,
        )
        led = np.interp(places, [start, beside], [end, height], left=np.nan)
        ground.leaders.append(Drawn(led, ()))
