"""Scaled Schoenfeld residuals of a model's terms, drawn as panels to fixed millimetres."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from multicentric.report.canvas import as_svg, empty_figure, lettered, wrapped
from multicentric.report.km_figure import Frame
from multicentric.report.numbers import Numbers
from multicentric.report.sources import Sources
from multicentric.report.survival import Figure
from multicentric.report.table import Text, in_sentence, listed
from multicentric.report.theme import BRAND, INK, SECONDARY, TERTIARY

_PANEL = Frame(width=56, height=41, left=9.5, right=2, bottom=8.5, top=9.5)
_BESIDE = 3  # panels in a row


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
    width, height = _PANEL.width * _BESIDE + 2, _PANEL.height * in_rows
    with lettered(source):
        figure = empty_figure(width, height)
        for n, term in enumerate(terms):
            left = _PANEL.width * (n % _BESIDE) + _PANEL.left
            bottom = height - _PANEL.height * (n // _BESIDE + 1) + _PANEL.bottom
            axes = figure.add_axes(
                (left / width, bottom / height, _PANEL.across / width, _PANEL.up / height),
                facecolor="none",
            )
            _panel(axes, own[own["term"] == term], sources.numbers, f"{source}/{term}")
            _head(axes, sources, endpoint, term)
        drawing = as_svg(figure)
    label = in_sentence(sources.endpoint_of(endpoint).label)
    return Figure(
        number=0,
        id=f"schoenfeld-{endpoint}",
        title=f"Scaled Schoenfeld residuals of the primary model of {label}",
        caption=_caption(sources, own, terms),
        drawing=sources.bundle.add(f"figures/schoenfeld-{endpoint}.svg", drawing),
        alt=f"Scaled Schoenfeld residuals of {label} against time, a panel for each factor of the "
        "primary model. The P values of the tests stand above the panels.",
        width=width,
    )


def _has(own: pd.DataFrame, term: str, kind: str) -> bool:
    rows = own[(own["term"] == term) & (own["kind"] == kind)]
    return bool(rows["value"].notna().any())


def _caption(sources: Sources, own: pd.DataFrame, terms: list[str]) -> Text:
    said = (
        "Log hazard ratio against months on the Kaplan–Meier scale: one dot for each event, a "
        f"smooth with its {sources.level()} band, and the model’s constant value (dashed). A level "
        "smooth speaks for proportional hazards."
    )
    absent = [term for term in sources.study.models.adjusted if term not in terms]
    if absent:
        labels = listed([in_sentence(sources.study.terms[t].label) for t in absent])
        notes = own.loc[own["term"].isin(absent), "note"].dropna().unique()
        reason = next((str(note) for note in notes if note), "no residual could be had")
        said += f" Not drawn: {labels} ({reason.removeprefix('not estimable:').strip()})."
    return said


def _panel(axes: Any, rows: pd.DataFrame, numbers: Numbers, source: str) -> None:
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
    timed = smooth if len(smooth) else points.sort_values("x", kind="stable")
    places = timed.iloc[np.unique(np.linspace(0, len(timed) - 1, 4).round().astype(int))]
    axes.set_xticks(
        places["x"].to_numpy(float),
        [numbers.fixed(at, f"{source}/months", decimals=0) for at in places["at"]],
    )
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


def _value_ticks(axes: Any, numbers: Numbers, source: str) -> None:
    """Few whole values, written in the report's style."""
    from matplotlib.ticker import MaxNLocator

    low, high = axes.get_ylim()
    ticks = [t for t in MaxNLocator(4, integer=True).tick_values(low, high) if low <= t <= high]
    axes.set_yticks(ticks, [numbers.fixed(t, f"{source}/axis", decimals=0) for t in ticks])
    axes.set_ylim(low, high)


def _head(axes: Any, sources: Sources, endpoint: str, term: str) -> None:
    """The term's name, and the P value of its test, above the panel."""
    lines = wrapped(sources.study.terms[term].label, 30)[:2]
    test = sources.estimates.one(
        model="proportional_hazards", endpoint=endpoint, term=term, statistic="chi_square_km"
    )
    told = ""
    if test is not None and test.p_value is not None:
        told = f"P {sources.numbers.p_statement(test.p_value, f'{test.source}:residuals')}"
    up = _PANEL.up
    for n, line in enumerate(reversed(lines)):
        axes.text(
            -_PANEL.left / _PANEL.across,
            1 + (1.4 + 3.3 * n) / up,
            line,
            transform=axes.transAxes,
            fontsize=8,
            fontweight="semibold",
            color=INK,
            va="bottom",
        )
    axes.text(
        1,
        1 + 1.4 / up,
        told,
        transform=axes.transAxes,
        fontsize=7.4,
        color=SECONDARY,
        ha="right",
        va="bottom",
    )
