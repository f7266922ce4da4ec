"""What every section of the report writes from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd
from markupsafe import Markup, escape

from multicentric.dictionary import Dictionary
from multicentric.protocol import Study, TimeToEvent
from multicentric.report.bundle import Bundle
from multicentric.report.lookup import Estimate, Estimates
from multicentric.report.numbers import NBSP, NOT_REACHED, Numbers
from multicentric.report.table import Cell, Notes, Text, unbroken
from multicentric.report.theme import Group
from multicentric.settings import Disclosure

NOT_ESTIMABLE = "not estimable"
# A name of up to so many letters is not broken.
_SHORT = 24


@dataclass(frozen=True)
class Sources:
    """The study, its numbers and groups, and the pen that records what is written.

    Attributes
    ----------
    n_centers
        How many centers are in the results.
    rules
        What each rule of the study's model asks, by its id.
    disclosure
        The rules that the tables have passed, where the report is for readers outside.
    """

    study: Study
    dictionary: Dictionary
    estimates: Estimates
    curves: pd.DataFrame
    groups: list[Group]
    numbers: Numbers
    bundle: Bundle
    n_centers: int = 0
    rules: dict[str, str] = field(default_factory=dict)
    disclosure: Disclosure | None = None

    @property
    def by_center(self) -> str:
        """Where a model has strata; empty where one center has nothing to be stratified by."""
        return "" if self.n_centers == 1 else "stratified by center"

    @property
    def exposed(self) -> list[Group]:
        """The groups that are compared with the reference."""
        return [group for group in self.groups if not group.is_reference]

    @property
    def reference(self) -> Group:
        """The group that the others are compared with."""
        return next(group for group in self.groups if group.is_reference)

    @property
    def contrast(self) -> Group:
        """The group that the study's exposure term stands for."""
        level = self.study.terms[self.study.exposure.term].level
        named = [group for group in self.exposed if group.code == level]
        return (named or self.exposed or self.groups)[0]

    @property
    def is_contrast(self) -> bool:
        """Tell whether the exposure's term is one group against the others, not a trend."""
        term = self.study.terms[self.study.exposure.term]
        in_groups = {group.code for group in self.exposed}
        return term.variable == self.study.exposure.variable and term.level in in_groups

    @property
    def term_label(self) -> str:
        """What a reader calls the exposure's term."""
        return self.study.terms[self.study.exposure.term].label

    def of_the_ratio(self) -> str:
        """What the exposure's hazard ratio is about, to stand after "Hazard ratios"."""
        if self.is_contrast:
            return f"compare {self.contrast.label} with {self.reference.label}"
        return f"are those of “{self.term_label}”"

    @property
    def is_comparison(self) -> bool:
        """Tell whether there are groups to compare."""
        return bool(self.exposed)

    def level(self) -> str:
        """``95%``, the level of all confidence intervals."""
        level = self.study.models.interval_level
        return self.numbers.plain(100 * level, "study/models/interval_level") + "%"

    def ci(self) -> str:
        """``95% CI``."""
        return f"{self.level()}{NBSP}CI"

    def hazard_ratio(self, endpoint: str, model: str) -> Estimate | None:
        """The exposure's hazard ratio in a model; None where the model did not run."""
        return self.estimates.one(
            model=model,
            endpoint=endpoint,
            term=self.study.exposure.term,
            statistic="hazard_ratio",
        )

    def hazards_test(self, endpoint: str, term: str) -> Estimate | None:
        """The test of proportional hazards of a term, or of all together where it is empty."""
        return self.estimates.one(
            model="proportional_hazards", endpoint=endpoint, term=term, statistic="chi_square_km"
        )

    def group_estimate(
        self,
        endpoint: str,
        model: str,
        group: Group | None,
        statistic: str,
        at: float | None = None,
    ) -> Estimate | None:
        """A group's number, or everyone's where `group` is None."""
        return self.estimates.one(
            model=model,
            endpoint=endpoint,
            level=group.code if group else "",
            statistic=statistic,
            at=at,
        )

    def ratio_with_interval(self, estimate: Estimate) -> str:
        """``1.24 (1.01–1.53)``."""
        assert estimate.value is not None
        value = self.numbers.ratio(estimate.value, f"{estimate.source}:value")
        if estimate.ci_low is None and estimate.ci_high is None:
            return value
        interval = self.numbers.ratio_interval(
            estimate.ci_low, estimate.ci_high, f"{estimate.source}:ci"
        )
        return f"{value}{NBSP}({interval})"

    def share_with_interval(self, estimate: Estimate) -> str:
        """``31.7 (27.1–36.7)``, in percent without its sign; alone where it has no interval."""
        assert estimate.value is not None
        value = self.numbers.percent(estimate.value, f"{estimate.source}:value", sign=False)
        if estimate.ci_low is None and estimate.ci_high is None:
            return value
        interval = self.numbers.share_interval(
            estimate.ci_low, estimate.ci_high, f"{estimate.source}:ci"
        )
        return f"{value}{NBSP}({interval})"

    def months_with_interval(self, estimate: Estimate) -> str:
        """``21.2 (18.2–25.1)``; NR for a median or a bound that was not reached."""
        source = estimate.source
        if estimate.value is None:
            value = NOT_REACHED
        else:
            value = self.numbers.fixed(estimate.value, f"{source}:value")
        if estimate.ci_low is None and estimate.ci_high is None:
            return value
        interval = self.numbers.interval(estimate.ci_low, estimate.ci_high, f"{source}:ci")
        return f"{value}{NBSP}({interval})"

    def ratio_cell(self, estimate: Estimate | None, notes: Notes, *, strong: bool = False) -> Cell:
        """A cell with a ratio and its interval, or with the reason why there is none."""
        notes.abbreviation("CI", "confidence interval")
        if estimate is None or estimate.value is None:
            cell = self.absent(estimate, notes)
            return replace(cell, sub=self._one_limit(estimate)) if estimate is not None else cell
        text: Text = self.ratio_with_interval(estimate)
        if estimate.ci_low is None and estimate.ci_high is None:
            reason = estimate.note.removeprefix("no interval:").strip() or "none was made"
            text = Markup("{}{}").format(text, notes.mark(f"No interval: {reason}."))
        return Cell(text, style="strong" if strong else "")

    def _one_limit(self, estimate: Estimate) -> str:
        """The limit of a ratio without an estimate, where its likelihood gives one."""
        for bound, words in ((estimate.ci_low, "above"), (estimate.ci_high, "below")):
            if bound is not None and estimate.value is None:
                return f"{words} {self.numbers.ratio(bound, f'{estimate.source}:limit')}"
        return ""

    def p_cell(self, estimate: Estimate | None, notes: Notes) -> Cell:
        """A cell with a P value."""
        if estimate is None or estimate.p_value is None:
            return Cell("–")
        return Cell(self.numbers.p_value(estimate.p_value, f"{estimate.source}:p_value"))

    def share_cell(self, estimate: Estimate | None, notes: Notes) -> Cell:
        """A cell with a share and its interval."""
        notes.abbreviation("CI", "confidence interval")
        if estimate is None or estimate.value is None:
            return self.absent(estimate, notes)
        text = self.share_with_interval(estimate)
        if estimate.ci_low is None and estimate.ci_high is None:
            reason = estimate.note.removeprefix("no interval:").strip() or "no reason was recorded"
            text = Markup("{}{}").format(text, notes.mark(f"No interval: {reason}."))
        return Cell(text)

    def median_cell(self, estimate: Estimate | None, notes: Notes) -> Cell:
        """A cell with a median; NR is explained under the table."""
        notes.abbreviation("CI", "confidence interval")
        if estimate is None or (estimate.value is None and (not estimate.n or estimate.withheld)):
            return self.absent(estimate, notes)
        text = self.months_with_interval(estimate)
        if estimate.withheld:
            mark = notes.mark(f"Interval not shown: {estimate.withheld}.")
            return Cell(Markup("{}{}").format(text, mark))
        if NOT_REACHED in text:
            notes.abbreviation(NOT_REACHED, "not reached within follow-up")
        return Cell(text)

    @staticmethod
    def absent(estimate: Estimate | None, notes: Notes) -> Cell:
        """What stands where a number could not be had, or is not shown: never a gap."""
        if estimate is not None and estimate.withheld:
            mark = notes.mark(f"Not shown: {estimate.withheld}.")
            return Cell(Markup("not shown{}").format(mark), style="absent")
        reason = "this model was not run" if estimate is None else estimate.note
        reason = reason.removeprefix(f"{NOT_ESTIMABLE}:").strip() or "no reason was recorded"
        mark = notes.mark(f"Not estimable: {reason}.")
        return Cell(Markup("{}{}").format(NOT_ESTIMABLE, mark), style="absent")

    def counted(self, estimate: Estimate | None, what: str) -> str:
        """A count of a row: `n`, `n_events` or `value`; a dash where there is none."""
        value = None if estimate is None else getattr(estimate, what)
        if estimate is None or (value is None and not estimate.withheld):
            return "–"
        return self.numbers.count(value, f"{estimate.source}:{what}")

    def p_phrase(self, estimate: Estimate) -> Markup:
        """*P* = 0.04, unbroken."""
        assert estimate.p_value is not None
        stated = self.numbers.p_statement(estimate.p_value, f"{estimate.source}:p_value")
        return unbroken(Markup("<i>P</i>{}{}").format(NBSP, stated))

    def counts_by_group(self, endpoint: str, population: str) -> list[Estimate]:
        """Patients and events of each group, exposed groups first; empty where not counted."""
        if population == "primary":
            found = [self.group_estimate(endpoint, "kaplan_meier", g, "n") for g in self.groups]
        else:
            found = [
                self.estimates.one(
                    model="group_counts", population=population, endpoint=endpoint, level=g.code
                )
                for g in self.groups
            ]
        known = [estimate for estimate in found if estimate is not None]
        return known if len(known) == len(self.groups) else []

    def called(self, group: Group) -> Markup:
        """A group's name within a sentence; a short one stands on one line."""
        return unbroken(group.label) if len(group.label) <= _SHORT else escape(group.label)

    def named(self, group: Group) -> Markup:
        """A group's name in its color."""
        return Markup('<span class="{}">{}</span>').format(group.style, group.label)

    def first_landmark(self) -> float | None:
        """The month at which centers are compared."""
        return self.study.landmarks[0] if self.study.landmarks else None

    def endpoint_of(self, name: str) -> TimeToEvent:
        """A time-to-event endpoint of the study."""
        return self.study.times_to_event[name]


def sentence(text: str, **parts: Text) -> Markup:
    """A sentence with numbers in it; every part is escaped and stands on one line."""
    return Markup(text).format(**{name: unbroken(part) for name, part in parts.items()})
