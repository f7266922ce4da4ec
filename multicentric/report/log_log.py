"""Log-log plots: the groups' curves on the scale on which proportional hazards are parallel."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from multicentric.report.canvas import as_svg, empty_figure, lettered, two_lines
from multicentric.report.km_figure import (
    FEW_AT_RISK,
    FULL,
    ROOM_FOR_LETTERS,
    SMALL,
    Drawn,
    Frame,
    Ground,
    keys_at_the_ends,
    named_by_letters,
    write_names,
)
from multicentric.report.numbers import Numbers
from multicentric.report.residuals import hazards_test
from multicentric.report.sources import Sources
from multicentric.report.survival import LONGEST_ALT, Figure
from multicentric.report.table import in_sentence, listed
from multicentric.report.theme import INK, Group

_WIDE = Frame(width=170, height=58, left=9, right=3, bottom=12, top=10)
_BESIDE = Frame(width=85, height=58, left=9, right=4, bottom=12, top=10)
# Months that an axis may begin with or tell, those first that matter most.
_TICKS = (12, 24, 6, 48, 3, 1, 96, 36, 60, 2, 72, 120, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 180, 240)
_SPAN = 100  # the end of an axis over the least month that it begins before
_NARROWEST_TICK = 6.0  # mm between two numbers of the axis

Steps = list[tuple[Group, pd.DataFrame]]


def log_log_figure(sources: Sources, diagnostics: pd.DataFrame) -> tuple[Figure | None, list[str]]:
    """A panel for each endpoint, not numbered, and sentences on those that have none.

    Parameters
    ----------
    diagnostics
        The table of the contract, ``results/diagnostics.parquet``.
    """
    if not sources.is_comparison:
        return None, ["There is one group, so no log–log plot compares hazards."]
    rows = diagnostics[diagnostics["kind"] == "log_log"]
    drawn: dict[str, Steps] = {}
    absent: list[str] = []
    for endpoint in sources.study.times_to_event:
        label = in_sentence(sources.endpoint_of(endpoint).label)
        curves, without = _curves(sources, rows[rows["endpoint"] == endpoint])
        if len(curves) > 1:
            drawn[endpoint] = curves
            absent += [f"In the log–log plot of {label} there is no {w}." for w in without]
        else:
            why = " and no ".join(without)
            absent.append(f"No log–log plot of {label} compares hazards: there is no {why}.")
    if not drawn:
        return None, absent
    frame = _WIDE if len(drawn) == 1 else _BESIDE
    by_letters = named_by_letters(FULL if frame == _WIDE else SMALL, sources.groups)
    labels = [in_sentence(sources.endpoint_of(endpoint).label) for endpoint in drawn]
    figure = Figure(
        number=0,
        id="log-log",
        title=f"Log–log plot{'s' if len(drawn) > 1 else ''} of {listed(labels)}",
        caption=_caption(sources, drawn, sources.groups if by_letters else []),
        drawing=sources.bundle.add("figures/log-log.svg", _draw(sources, drawn, frame, by_letters)),
        alt=_alt(sources, list(drawn)),
        width=_WIDE.width,
    )
    return figure, absent


def _curves(sources: Sources, rows: pd.DataFrame) -> tuple[Steps, list[str]]:
    """The groups that have a curve, and the others with the reason."""
    curves: Steps = []
    without: list[str] = []
    for group in sources.groups:
        own = rows[rows["level"] == group.code]
        steps = own[own["value"].notna()]
        if len(steps):
            curves.append((group, steps))
        else:
            reason = next(iter(own["note"]), "nobody in this group")
            without.append(f"curve of {group.label} ({reason})")
    return curves, without


def _caption(sources: Sources, drawn: dict[str, Steps], lettered_groups: list[Group]) -> str:
    plain = sources.numbers.plain
    said = (
        "Log of minus the log of the Kaplan–Meier estimate S against months on a log scale, not "
        "adjusted. Parallel curves speak for proportional hazards; their beginnings stand on few "
        "events"
    )
    thin, cut = False, []
    for endpoint, curves in drawn.items():
        _, end = _ends(curves, sources.endpoint_of(endpoint).axis_months)
        thin |= any(_few_from(steps) < end for _, steps in curves)
        if any(steps["at"].max() > end for _, steps in curves):
            cut.append(plain(end, f"log-log/{endpoint}/end"))
    if thin:
        few = plain(FEW_AT_RISK, "log-log/few at risk")
        said += f" and their ends on few patients (thin where fewer than {few} are at risk)"
    if cut:
        said += f"; follow-up beyond {listed(list(dict.fromkeys(cut)))} months is not drawn"
    letters = "; ".join(f"{group.key}, {group.label}" for group in lettered_groups)
    return f"{said}. {letters}." if letters else f"{said}."


def _alt(sources: Sources, endpoints: list[str]) -> str:
    """What is drawn, and the tests of what it is to show."""
    said = "Log–log plots by group: log of the cumulative hazard against log time."
    pen = sources.numbers.aside()
    term = sources.study.exposure.term
    tests = []
    for endpoint in endpoints:
        test = hazards_test(sources, endpoint, term)
        if test is not None:
            stated = pen.p_statement(test[0], f"alt/log-log/{endpoint}/{term}:p_value")
            tests.append(f"{sources.endpoint_of(endpoint).short}, P {stated}")
    if not tests:
        return said
    full = f"{said} Tests of proportional hazards of {sources.term_label}: {'; '.join(tests)}."
    return full if len(full) <= LONGEST_ALT else said


def _draw(sources: Sources, drawn: dict[str, Steps], frame: Frame, by_letters: bool) -> bytes:
    beside = round(_WIDE.width / frame.width)
    width, height = _WIDE.width, frame.height * -(-len(drawn) // beside)
    own = replace(frame, right=max(frame.right, ROOM_FOR_LETTERS)) if by_letters else frame
    with lettered("log-log"):
        figure = empty_figure(width, height)
        for n, (endpoint, curves) in enumerate(drawn.items()):
            left = frame.width * (n % beside) + frame.left
            bottom = height - frame.height * (n // beside + 1) + frame.bottom
            axes = figure.add_axes(
                (left / width, bottom / height, own.across / width, own.up / height),
                facecolor="none",
            )
            declared = sources.endpoint_of(endpoint)
            start, end = _ends(curves, declared.axis_months)
            _panel(axes, own, curves, start, end, by_letters=by_letters)
            _axes(axes, own, start, end, sources.numbers, f"log-log/{endpoint}")
            _write(axes, own, 5.6, declared.label, fontweight="semibold")
            _write(axes, own, 2.1, "Log(−log S)")
        return as_svg(figure)


def _panel(
    axes: Any, frame: Frame, curves: Steps, start: float, end: int, *, by_letters: bool
) -> None:
    seen = [(group, *_from(steps, start)) for group, steps in curves]
    few_at_risk = {group.code: _few_from(steps) for group, steps in curves}
    values = np.concatenate([value for *_, value in seen])
    low, high = values.min() - 0.2, values.max() + 0.2
    axes.set_xlim(np.log(start), np.log(end))
    axes.set_ylim(low, high)
    ground = Ground(frame, [], [])
    along = ground.places(frame)
    places = np.log(start) + along / frame.across * np.log(end / start)
    ends = []
    for group, at, value in seen:
        few = int(np.searchsorted(at, np.log(few_at_risk[group.code]), side="left"))
        for part, width in ((slice(few + 1), 1.35), (slice(few, None), 0.6)):
            axes.step(
                at[part],
                value[part],
                where="post",
                color=group.color,
                lw=width,
                ls=group.dashes,
                solid_joinstyle="miter",
                solid_capstyle="butt",
                # As in the other figures the exposed group lies above the reference.
                zorder=5 if not group.is_reference else 4,
            )
        known = (places >= at[0]) & (places <= at[-1])
        known[np.abs(places - at[0]).argmin()] = True
        found = value[np.maximum(np.searchsorted(at, places, side="right") - 1, 0)]
        up = np.where(known, (found - low) / (high - low) * frame.up, np.nan)
        ground.curves.append(Drawn(up, ()))
        last = np.flatnonzero(known)[-1]
        ends.append((float(up[last]), float(along[last]), group))
    if by_letters:
        keys_at_the_ends(axes, ground, ends)
    else:
        write_names(axes, ground, [group for group, _ in curves])


def _few_from(steps: pd.DataFrame) -> float:
    """The month of the first step after which fewer than `FEW_AT_RISK` patients are at risk."""
    few = steps.loc[steps["n"] - steps["n_events"] < FEW_AT_RISK, "at"]
    return float(few.iloc[0]) if len(few) else np.inf


def _from(steps: pd.DataFrame, start: float) -> tuple[np.ndarray, np.ndarray]:
    """Log months and height of a curve from where the axis begins; earlier steps are in it."""
    at, value = steps["at"].to_numpy(float), steps["value"].to_numpy(float)
    first = max(int(np.searchsorted(at, start, side="right")) - 1, 0)
    return np.log(np.maximum(at[first:], start)), value[first:]


def _write(axes: Any, frame: Frame, up: float, text: str, **how: Any) -> None:
    """A line above the axes, as many mm above them, from the left edge of the panel."""
    place = (-frame.left / frame.across, 1 + up / frame.up)
    axes.text(*place, text, transform=axes.transAxes, fontsize=8, va="baseline", color=INK, **how)


def _ends(curves: Steps, axis_months: int) -> tuple[float, int]:
    """Where the axis begins, a round month before the first event, and the month it ends with.

    An event of the first days would take half of the axis for itself.
    """
    times = [steps["at"].to_numpy(float) for _, steps in curves]
    later = np.concatenate(times)
    first = max(float(min(later[later > 0], default=axis_months)), axis_months / _SPAN)
    start = max([tick for tick in _TICKS if tick <= first], default=first)
    # The beginning of every curve is seen.
    return start, math.ceil(max(axis_months, *(1.2 * own[0] for own in times), 1.2 * start))


def _axes(axes: Any, frame: Frame, start: float, end: int, numbers: Numbers, source: str) -> None:
    from matplotlib.ticker import MaxNLocator

    across = frame.across / np.log(end / start)  # mm for each unit of log time
    months: list[float] = []
    for month in (start, end, *_TICKS):
        apart = [across * abs(np.log(month / other)) >= _NARROWEST_TICK for other in months]
        if start <= month <= end and all(apart):
            months.append(month)
    months.sort()
    axes.set_xticks(np.log(months), [numbers.plain(m, f"{source}/months") for m in months])
    low, high = axes.get_ylim()
    levels = [t for t in MaxNLocator(6, integer=True).tick_values(low, high) if low <= t <= high]
    axes.set_yticks(levels, [numbers.fixed(t, f"{source}/axis", decimals=0) for t in levels])
    axes.set_ylim(low, high)
    axes.set_xlabel("Months, log scale", fontsize=8, color=INK, labelpad=3)
    two_lines(axes)
