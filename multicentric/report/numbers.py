"""How numbers look in the report, and the record of every number that was printed.

A number reaches a page through `Numbers` only. It writes the number in the report's style and keeps
what it wrote with the place it came from, so that a test can hold the PDF against the record in
both directions: nothing printed that is not recorded, nothing recorded that is not printed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

NBSP = "\u00a0"
FIGURE_SPACE = "\u2007"
MINUS = "−"
NOT_REACHED = "NR"
# What stands where a count was withheld, as statistical offices write it.
SUPPRESSED = "[c]"
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True)
class NumberStyle:
    """A journal's way to write numbers.

    Attributes
    ----------
    between
        What stands between the bounds of an interval.
    careful_p
        P values up to this one are written with three decimals.
    """

    name: str
    decimal_mark: str = "."
    leading_zero: bool = True
    between: str = "–"
    careful_p: float = 0.01


STYLES = {
    style.name: style
    for style in (
        NumberStyle("icmje"),
        NumberStyle("jama", leading_zero=False),
        NumberStyle("nejm", between=" to "),
        NumberStyle("lancet", decimal_mark="·"),
        NumberStyle("bmj", between=" to "),
        NumberStyle("annals", between=" to ", careful_p=0.2),
    )
}


@dataclass(frozen=True)
class Entry:
    """One printed number: where it comes from, and the text that stands on the page."""

    source: str
    text: str


@dataclass
class Numbers:
    """Writes numbers in one style and records them.

    Attributes
    ----------
    style
        The journal's style.
    printed
        What stands on pages, in the order of writing.
    spoken
        What stands in alternative texts of figures.
    """

    style: NumberStyle = STYLES["icmje"]
    printed: list[Entry] = field(default_factory=list)
    spoken: list[Entry] = field(default_factory=list)

    def aside(self) -> Numbers:
        """The same style, recording into `spoken`: for alternative texts."""
        return Numbers(self.style, printed=self.spoken)

    def _put(self, source: str, text: str) -> str:
        self.printed.append(Entry(source, text))
        return text

    def count(self, value: float | None, source: str) -> str:
        """A whole number; a comma parts thousands from five digits on. `SUPPRESSED` for none."""
        return SUPPRESSED if value is None else self._put(source, _count(value))

    def percent(self, share: float, source: str, *, decimals: int = 1, sign: bool = True) -> str:
        """A share (0 to 1) in percent."""
        return self._put(source, self._fixed(100 * share, decimals) + ("%" if sign else ""))

    def count_and_share(self, value: float, share: float, source: str) -> str:
        """``58   (9.5)``: padded outside the bracket, so that counts and brackets line up."""
        counted = self.count(value, f"{source}/count")
        percent = self.percent(share, f"{source}/percent", sign=False)
        return f"{counted}{FIGURE_SPACE * (5 - len(percent))}{NBSP}({percent})"

    def fixed(self, value: float, source: str, *, decimals: int = 1) -> str:
        """A quantity with a fixed number of decimals: months, years, a standardized difference."""
        return self._put(source, self._fixed(value, decimals))

    def plain(self, value: float, source: str) -> str:
        """A setting or an axis value with as many digits as it has."""
        text = f"{value:.0f}" if float(value).is_integer() else f"{value:g}"
        return self._put(source, text.replace(".", self.style.decimal_mark))

    def ratio(self, value: float, source: str) -> str:
        """A hazard ratio: two decimals, none above 100, a bound above 1000."""
        return self._put(source, self._ratio(value))

    def p_value(self, value: float, source: str) -> str:
        """A P value: two decimals, three where small or where two would say 0.05."""
        return self._put(source, self._p_value(value))

    def p_statement(self, value: float, source: str) -> str:
        """``= 0.04`` or ``< 0.001``, to stand after the letter P."""
        text = self._p_value(value)
        relation = text[0] if text[0] in "<>" else "="
        return f"{relation}{NBSP}{self._put(source, text.lstrip('<>'))}"

    def ratio_interval(self, low: float | None, high: float | None, source: str) -> str:
        """The bounds of a confidence interval of a ratio."""
        return self._interval(low, high, source, self._ratio)

    def interval(
        self, low: float | None, high: float | None, source: str, *, decimals: int = 1
    ) -> str:
        """The bounds of a confidence interval; a bound that is not reached is NR."""
        return self._interval(low, high, source, lambda value: self._fixed(value, decimals))

    def share_interval(
        self, low: float | None, high: float | None, source: str, decimals: int = 1
    ) -> str:
        """The bounds of a confidence interval of a share, in percent without its sign."""
        return self._interval(low, high, source, lambda value: self._fixed(100 * value, decimals))

    def given(self, text: str, source: str) -> str:
        """A text of the results with numbers in it, such as the bounds of a group."""
        return self._put(source, text.replace(".", self.style.decimal_mark))

    def day(self, value: date, source: str) -> str:
        """A date in words."""
        return self._put(source, day_in_words(value))

    def _interval(
        self, low: float | None, high: float | None, source: str, write: Callable[[float], str]
    ) -> str:
        bounds = [
            NOT_REACHED if b is None or not math.isfinite(b) else write(b) for b in (low, high)
        ]
        between = " to " if any(b.startswith(MINUS) for b in bounds) else self.style.between
        between = between.replace(" ", NBSP)
        if bounds == [NOT_REACHED, NOT_REACHED]:
            return between.join(bounds)
        return self._put(source, between.join(bounds))

    def _fixed(self, value: float, decimals: int) -> str:
        text = f"{abs(value):.{decimals}f}"
        negative = value < 0 and float(text) != 0
        if decimals == 0:
            text = _count(float(text))
        return (MINUS if negative else "") + text.replace(".", self.style.decimal_mark)

    def _ratio(self, value: float) -> str:
        if value > 1000:
            return ">1000"
        return self._fixed(value, 0 if value >= 100 else 2)

    def _p_value(self, value: float) -> str:
        if value < 0.001:
            text = "<0.001"
        elif round(value, 3) < self.style.careful_p or (round(value, 2) == 0.05 and value != 0.05):
            text = f"{value:.3f}"
        elif value > 0.99:
            text = ">0.99"
        else:
            text = f"{value:.2f}"
        if not self.style.leading_zero:
            text = text.replace("0.", ".", 1)
        return text.replace(".", self.style.decimal_mark)


def day_in_words(value: date) -> str:
    """A date as ``31 May 2025``, whatever the machine's language."""
    return f"{value.day}{NBSP}{MONTHS[value.month - 1]}{NBSP}{value.year}"


def _count(value: float) -> str:
    whole = round(value)
    return f"{whole:,}" if abs(whole) >= 10_000 else str(whole)
