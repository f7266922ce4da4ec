"""Scaled Schoenfeld residuals of a model's terms, drawn as panels to fixed millimetres."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from multicentric.report.canvas import as_svg, empty_figure, lettered, text_width, wrapped
from multicentric.report.km_figure import Frame
from multicentric.report.numbers import NBSP, Numbers
from multicentric.report.sources import Sources
from multicentric.report.survival import LONGEST_ALT, Figure
from multicentric.report.table import Text, in_sentence, listed
from multicentric.report.theme import BRAND, INK, SECONDARY, TERTIARY

_PANEL = Frame(width=56.5, height=43.5, left=8, right=5, bottom=7, top=12.5)
_BESIDE = 3  # panels in a row
_BELOW = 4.0  # mm under the last row, for the name of the axis
_NARROWEST_TICK = 4.5  # mm between two numbers of the axis


def residual_figure(sources: Sources, own: pd.DataFrame, endpoint: str) -> Figure | None:
    """One panel per term of the primary model, not numbered; None where no term has residuals.

    Parameters
    ----------
    own
        The endpoint's rows of ``results/diagnostics.parquet``.
    """
    terms = [term for term in sources.study.models.adjusted if _has(own, term, "schoenfeld")]
    if not terms:
        return None
    source = f"residuals/{endpoint}"
    in_rows = -(-len(terms) // _BESIDE)
    width, height = _PANEL.width * _BESIDE, _PANEL.height * in_rows + _BELOW
    step = sources.endpoint_of(endpoint).tick_months
    with lettered(source):
        figure = empty_figure(width, height)
        for n, term in enumerate(terms):
            left = _PANEL.width * (n % _BESIDE) + _PANEL.left
            bottom = height - _PANEL.height * (n // _BESIDE + 1) + _PANEL.bottom
            axes = figure.add_axes(
                (left / width, bottom / height, _PANEL.across / width, _PANEL.up / height),
                facecolor="none",
            )
            _panel(axes, own[own["term"] == term], step, sources.numbers, f"{source}/{term}")
            _head(axes, sources, endpoint, term)
            if n + _BESIDE >= len(terms):
                axes.set_xlabel("Months, Kaplan–Meier scale", fontsize=7.4, color=INK, labelpad=2)
        drawing = as_svg(figure)
    label = in_sentence(sources.endpoint_of(endpoint).label)
    return Figure(
        number=0,
        id=f"schoenfeld-{endpoint}",
        title=f"Scaled Schoenfeld residuals of the primary model of {label}",
        caption=_caption(sources, own, terms),
        drawing=sources.bundle.add(f"figures/schoenfeld-{endpoint}.svg", drawing),
        alt=_alt(sources, endpoint, terms, label),
        width=width,
    )


def hazards_test(sources: Sources, endpoint: str, term: str) -> tuple[float, str] | None:
    """The P value of a term's test of proportional hazards, and where it is from."""
    test = sources.hazards_test(endpoint, term)
    return None if test is None or test.p_value is None else (test.p_value, test.source)


def _alt(sources: Sources, endpoint: str, terms: list[str], label: str) -> str:
    """What the panels show, and the term whose hazards are the least proportional."""
    said = f"Scaled Schoenfeld residuals of {label} against time, a panel for each factor."
    tests = [(test[0], term) for term in terms if (test := hazards_test(sources, endpoint, term))]
    if not tests:
        return said
    p_value, term = min(tests)
    pen = sources.numbers.aside()
    stated = pen.p_statement(p_value, f"alt/residuals/{endpoint}/{term}:p_value")
    name = sources.study.terms[term].label
    full = f"{said} Smallest P of the tests of proportional hazards: {name}, P {stated}."
    return full if len(full) <= LONGEST_ALT else f"{said} Smallest P of their tests {stated}."


def _has(own: pd.DataFrame, term: str, kind: str) -> bool:
    rows = own[(own["term"] == term) & (own["kind"] == kind)]
    return bool(rows["value"].notna().any())


def _caption(sources: Sources, own: pd.DataFrame, terms: list[str]) -> Text:
    said = (
        "Log hazard ratio against months on the Kaplan–Meier scale: one dot for each event, a "
        f"smooth with its {sources.level()} band, the model’s constant value (dashed), a hazard "
        "ratio of one (thin line), and P of each factor’s score test. A level smooth speaks for "
        "proportional hazards."
    )
    absent = [term for term in sources.study.models.adjusted if term not in terms]
    if absent:
        labels = listed([in_sentence(sources.study.terms[t].label) for t in absent])
        of_absent = own["term"].isin(absent) & (own["kind"] == "schoenfeld_smooth")
        notes = own.loc[of_absent, "note"].dropna().unique()
        reason = next((str(note) for note in notes if note), "no residual could be had")
        said += f" Not drawn: {labels} ({reason.removeprefix('not estimable:').strip()})."
    return said


def _panel(axes: Any, rows: pd.DataFrame, step: int, numbers: Numbers, source: str) -> None:
    def of(kind: str) -> pd.DataFrame:
        return rows[(rows["kind"] == kind) & rows["value"].notna()]

    points, smooth, constant = of("schoenfeld"), of("schoenfeld_smooth"), of("coefficient")
    _dots(axes, points["x"].to_numpy(float), points["value"].to_numpy(float))
    axes.axhline(0, color=TERTIARY, lw=0.4, zorder=1)
    if len(constant):
        axes.axhline(
            float(constant["value"].iloc[0]), color=BRAND, lw=0.7, ls=(0, (3, 1.8)), zorder=3
        )
    if len(smooth):
        x = smooth["x"].to_numpy(float)
        low, high = smooth["ci_low"].to_numpy(float), smooth["ci_high"].to_numpy(float)
        axes.fill_between(x, low, high, color=BRAND, alpha=0.15, lw=0, zorder=3)
        axes.plot(x, smooth["value"].to_numpy(float), color=BRAND, lw=1.2, zorder=4)
    _month_ticks(axes, pd.concat([points, smooth]), step, numbers, source)
    _value_ticks(axes, numbers, source)
    axes.tick_params(width=0.5, length=2.4, labelsize=7, color=INK, labelcolor=INK, pad=2)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_linewidth(0.5)
        axes.spines[side].set_color(INK)


def _dots(axes: Any, x: np.ndarray, y: np.ndarray) -> None:
    """One path of round line ends: a thousand markers would each be a drawing of their own."""
    nothing = np.full_like(y, np.nan)
    across = np.stack([x, x + 1e-6, nothing], axis=1).ravel()
    up = np.stack([y, y, nothing], axis=1).ravel()
    axes.plot(across, up, color=TERTIARY, alpha=0.55, lw=1.6, solid_capstyle="round", zorder=2)


def _month_ticks(axes: Any, timed: pd.DataFrame, step: int, numbers: Numbers, source: str) -> None:
    """Round months where they stand on the scale; whole years before what is between them."""
    known = timed.groupby("at")["x"].first()
    last = float(known.index[-1])
    months = [0, *range(2 * step, int(last) + 1, 2 * step), *range(step, int(last) + 1, 2 * step)]
    low, high = axes.get_xlim()
    places: dict[int, float] = {}
    for month in months:
        # Time zero is where the scale begins.
        x = float(np.interp(month, known.index.to_numpy(float), known.to_numpy(float)))
        narrowest = _NARROWEST_TICK / _PANEL.across * (high - low)
        if all(abs(x - other) >= narrowest for other in places.values()):
            places[month] = x
    shown = sorted(places)
    axes.set_xticks(
        [places[month] for month in shown],
        [numbers.count(month, f"{source}/months") for month in shown],
    )


def _value_ticks(axes: Any, numbers: Numbers, source: str) -> None:
    """Few whole values, written in the report's style."""
    from matplotlib.ticker import MaxNLocator

    low, high = axes.get_ylim()
    ticks = [t for t in MaxNLocator(4, integer=True).tick_values(low, high) if low <= t <= high]
    axes.set_yticks(ticks, [numbers.fixed(t, f"{source}/axis", decimals=0) for t in ticks])
    axes.set_ylim(low, high)


def _head(axes: Any, sources: Sources, endpoint: str, term: str) -> None:
    """The term's name above the panel; below it the axis' name and the P value of the test."""
    left = -_PANEL.left / _PANEL.across

    def write(at: float, up: float, text: str, size: float = 7.4, **how: Any) -> None:
        axes.text(
            at,
            1 + up / _PANEL.up,
            text,
            transform=axes.transAxes,
            fontsize=size,
            va="baseline",
            **how,
        )

    write(left, 1.9, "Log hazard ratio", color=INK)
    test = hazards_test(sources, endpoint, term)
    if test is not None:
        stated = sources.numbers.p_statement(test[0], f"{test[1]}:residuals")
        beside = 1 - text_width(f"{NBSP}{stated}", 7.4) / _PANEL.across
        write(beside, 1.9, "P", style="italic", ha="right", color=SECONDARY)
        write(beside, 1.9, f"{NBSP}{stated}", color=SECONDARY)
    for n, line in enumerate(reversed(wrapped(sources.study.terms[term].label, 34)[:2])):
        write(left, 5.4 + 3.3 * n, line, 8, fontweight="semibold", color=INK)
