"""How far the groups overlap in what is adjusted for: their propensity scores, mirrored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from multicentric.report.canvas import as_svg, empty_figure, lettered, two_lines, wrapped
from multicentric.report.km_figure import Frame
from multicentric.report.numbers import Numbers
from multicentric.report.sources import Sources
from multicentric.report.survival import LONGEST_ALT, Figure
from multicentric.report.table import Cell, Column, Notes, Row, Table, listed
from multicentric.report.theme import INK, Group

_WIDE = Frame(width=170, height=51.5, left=9, right=3, bottom=12.5, top=6)
_BESIDE = 3  # panels in a row, where several groups are held to the reference
_LINE = 3.6  # mm, the height of a name's line
# mm between two numbers of an axis, one beside the other and one above the other.
_ACROSS, _UP = 11.0, 4.5
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)  # between the numbers of an axis
# Shares of the patients whose scores the table tells.
_SHARES = {0.0: "Lowest", 0.05: "", 0.5: "Median", 0.95: "", 1.0: "Highest"}


def overlap_of(
    sources: Sources, diagnostics: pd.DataFrame
) -> tuple[Figure | None, Table | None, list[str]]:
    """Figure and table, both without a number, and sentences on groups that have no score.

    Parameters
    ----------
    diagnostics
        The table of the contract, ``results/diagnostics.parquet``.
    """
    own = diagnostics[diagnostics["kind"].str.startswith("overlap_")]
    found = own[own["kind"] == "overlap_concordance"]
    pairs: list[tuple[Group, pd.DataFrame]] = []
    absent: dict[str, list[str]] = {}
    for row in found.to_dict("records"):
        group = next((g for g in sources.exposed if g.code == row["compared"]), None)
        if group is not None and pd.notna(row["value"]):
            pairs.append((group, own[own["compared"] == group.code]))
        else:
            reason = str(row["note"]).removeprefix("not estimable:").strip()
            absent.setdefault(reason, []).append(group.label if group is not None else "")
    said = [
        f"There is no propensity score{f' of {listed(names)}' if any(names) else ''}: {reason}."
        for reason, names in absent.items()
    ]
    if not pairs:
        return None, None, said
    return _figure(sources, pairs), _table(sources, pairs), said


def _figure(sources: Sources, pairs: list[tuple[Group, pd.DataFrame]]) -> Figure:
    beside = min(len(pairs), _BESIDE)
    frame = replace(_WIDE, width=_WIDE.width / beside)
    in_rows = -(-len(pairs) // beside)
    width, height = _WIDE.width, frame.height * in_rows
    with lettered("overlap"):
        figure = empty_figure(width, height)
        for n, (group, rows) in enumerate(pairs):
            left = frame.width * (n % beside) + frame.left
            bottom = height - frame.height * (n // beside + 1) + frame.bottom
            axes = figure.add_axes(
                (left / width, bottom / height, frame.across / width, frame.up / height),
                facecolor="none",
            )
            _panel(axes, frame, (group, sources.reference), rows, sources.numbers)
        drawing = as_svg(figure)
    who = pairs[0][0].label if len(pairs) == 1 else "the exposed group"
    where = "; without the center, as strata compare within centers" if sources.by_center else ""
    return Figure(
        number=0,
        id="overlap-score",
        title="Overlap of the groups in the factors of the primary model",
        caption=(
            f"Propensity score: the probability of {who} by a logistic model of the other factors "
            f"(complete cases{where}). Dashed lines are medians. Where only one group has scores, "
            "the comparison rests on extrapolation by the model."
        ),
        drawing=sources.bundle.add("figures/overlap-score.svg", drawing),
        alt=_alt(sources, pairs),
        width=width,
    )


def _alt(sources: Sources, pairs: list[tuple[Group, pd.DataFrame]]) -> str:
    """What is drawn, with the medians where two groups are compared."""
    said = "Histograms of propensity scores, exposed group above the axis and reference below."
    if len(pairs) > 1:
        return said
    ((group, rows),) = pairs
    pen = sources.numbers.aside()
    medians = []
    for member in (group, sources.reference):
        median = _quantile(rows, member, 0.5)
        text = pen.fixed(median, f"alt/overlap/{member.code}/median", decimals=3)
        medians.append(f"{member.label} {text}")
    full = f"{said} Medians: {', '.join(medians)}."
    return full if len(full) <= LONGEST_ALT else said


def _quantile(rows: pd.DataFrame, group: Group, share: float) -> float:
    of_kind = rows[(rows["kind"] == "overlap_score") & (rows["level"] == group.code)]
    return float(of_kind.set_index("x")["value"][share])


def _panel(
    axes: Any, frame: Frame, groups: tuple[Group, Group], rows: pd.DataFrame, numbers: Numbers
) -> None:
    source = f"overlap/{groups[0].code}"
    bins = rows[rows["kind"] == "overlap_bin"]
    lefts = bins.loc[bins["level"] == groups[0].code, "x"].to_numpy(float)
    width = lefts[1] - lefts[0]
    highest = float(bins["value"].max())
    letters = round(frame.across * 0.62)
    names = [wrapped(group.label, letters) for group in groups]
    # Names stand beyond the highest bars.
    room = [0.8 + _LINE * len(lines) for lines in names]
    unit = 2 * highest / (frame.up - sum(room))
    top, foot = highest + room[0] * unit, -highest - room[1] * unit
    axes.set_xlim(lefts[0], lefts[-1] + width)
    axes.set_ylim(foot, top)
    for group, side, lines in zip(groups, (1, -1), names, strict=True):
        share = bins.loc[bins["level"] == group.code, "value"].to_numpy(float)
        axes.bar(
            lefts,
            side * share,
            width,
            align="edge",
            color=group.color,
            alpha=0.6,
            ec="white",
            lw=0.5,
            zorder=2,
        )
        median = _quantile(rows, group, 0.5)
        axes.plot([median] * 2, [0, side * highest], color=INK, lw=0.7, ls=(0, (3, 1.8)), zorder=3)
        for n, line in enumerate(lines if side > 0 else reversed(lines)):
            up = 1 - (_LINE * (n + 0.4)) / frame.up if side > 0 else _LINE * (n + 0.4) / frame.up
            axes.text(
                0.6 / frame.across,
                up,
                line,
                transform=axes.transAxes,
                va="center_baseline",
                fontsize=8,
                fontweight="semibold",
                color=group.color,
            )
    axes.axhline(0, color=INK, lw=0.6, zorder=4)
    _axes(axes, frame, highest, numbers, source)


def _axes(axes: Any, frame: Frame, highest: float, numbers: Numbers, source: str) -> None:
    """Round scores, and shares that grow away from the middle."""
    low, high = axes.get_xlim()
    step = _step((high - low) / frame.across * _ACROSS)
    first, last = -int(-low / step + 1e-9), int(high / step + 1e-9)
    scores = [n * step for n in range(first, last + 1) if low - 1e-9 <= n * step <= high + 1e-9]
    axes.set_xticks(scores, [numbers.fixed(s, f"{source}/score", decimals=2) for s in scores])
    foot, top = axes.get_ylim()
    step = _step((top - foot) / frame.up * _UP)
    upwards = [n * step for n in range(int(highest / step + 1e-9) + 1)]
    shares = [-share for share in reversed(upwards[1:])] + upwards
    axes.set_yticks(
        shares,
        [numbers.percent(abs(s), f"{source}/axis", decimals=0, sign=False) for s in shares],
    )
    axes.set_ylim(foot, top)
    axes.set_xlabel("Propensity score", fontsize=8, color=INK, labelpad=3)
    axes.text(
        -frame.left / frame.across,
        1 + 2.4 / frame.up,
        "Share of the group, %",
        transform=axes.transAxes,
        fontsize=8,
        va="baseline",
        color=INK,
    )
    two_lines(axes)


def _step(least: float) -> float:
    """The smallest round step that is large enough."""
    return next((step for step in _STEPS if step >= least), _STEPS[-1])


def _table(sources: Sources, pairs: list[tuple[Group, pd.DataFrame]]) -> Table:
    numbers, by_center = sources.numbers, bool(sources.by_center)
    notes = Notes()
    heads = [
        word or f"Percentile {numbers.plain(100 * share, 'overlap/share')}"
        for share, word in _SHARES.items()
    ]
    rows: list[Row] = []
    said = []
    for group, own in pairs:
        if len(pairs) > 1:
            name = f"{group.label} v {sources.reference.label}"
            rows.append(Row((Cell(name), *[Cell()] * (len(heads) + 2 + by_center)), "group"))
        kind = "level" if len(pairs) > 1 else "plain"
        for member in (group, sources.reference):
            cells = _of_group(sources, own, member, f"overlap/{group.code}/{member.code}")
            rows.append(Row((Cell(sources.named(member)), *cells), kind))
        value = float(own.loc[own["kind"] == "overlap_concordance", "value"].iloc[0])
        text = numbers.fixed(value, f"overlap/{group.code}/concordance", decimals=2)
        said.append(f"{text} ({group.label})" if len(pairs) > 1 else text)
    half, one = (numbers.plain(value, "overlap/concordance") for value in (0.5, 1.0))
    notes.say(
        f"Concordance of the score with the group, the area under the curve: {listed(said)} "
        f"({half} where the factors do not tell the groups apart, {one} where they do so always)."
    )
    return Table(
        id="overlap-table",
        title="Propensity score by group",
        columns=[
            Column("Group", align="left"),
            Column("N"),
            *(Column(head) for head in heads),
            Column("Outside", "the other’s range"),
            *([Column("In centers", "without the other")] if by_center else []),
        ],
        rows=rows,
        notes=notes,
        style="estimates",
    )


def _of_group(sources: Sources, own: pd.DataFrame, group: Group, source: str) -> list[Cell]:
    numbers = sources.numbers
    of_group = own[own["level"] == group.code].set_index("kind")
    texts = [numbers.count(of_group.at["overlap_outside", "n"], f"{source}:n")]
    for share in _SHARES:
        value = _quantile(own, group, share)
        texts.append(numbers.fixed(value, f"{source}/{share:g}", decimals=3))
    texts.append(numbers.count(of_group.at["overlap_outside", "value"], f"{source}/outside"))
    if sources.by_center:
        texts.append(numbers.count(of_group.at["overlap_center", "value"], f"{source}/center"))
    return [Cell(text) for text in texts]
