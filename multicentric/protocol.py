"""The protocol of a study as typed objects: what ``config/study.yaml`` may say."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from multicentric.conditions import problems_of, variables_of


class Block(BaseModel):
    """A block of the study file: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _sound(condition: Any) -> Any:
    problems = list(problems_of(condition))
    if problems:
        raise ValueError("; ".join(problems))
    return condition


Condition = Annotated[Any, AfterValidator(_sound)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Case(Block):
    """One line of a decision table: the first whose condition holds decides.

    Attributes
    ----------
    when
        The condition.
    then
        The code it leads to.
    """

    when: Condition
    then: str


class Derived(Block):
    """A variable made from others, by one of a closed set of verbs.

    Attributes
    ----------
    label
        What the report calls it.
    unit
        Its unit, for a number.
    decimals
        Decimals with which the report prints it.
    codes
        Its codes, each with the words for it.
    cases
        A decision table: the first case whose condition holds gives the code.
    otherwise
        The code where no case holds; left out, the value is missing.
    flag
        A condition: the variable is yes where it holds, no where it does not.
    years_between
        Two dates; the variable is the whole and part years between them.
    """

    label: str
    unit: str = ""
    decimals: int = 0
    codes: dict[str, str] = {}
    cases: list[Case] | None = None
    otherwise: str | None = None
    flag: Condition | None = None
    years_between: tuple[str, str] | None = None

    def inputs(self) -> set[str]:
        """Names of the variables it is made from."""
        if self.cases is not None:
            return {name for case in self.cases for name in variables_of(case.when)}
        if self.flag is not None:
            return set(variables_of(self.flag))
        return set(self.years_between or ())


class Criterion(Block):
    """One eligibility criterion; who does not meet `keep` is excluded for the reason `id`.

    Attributes
    ----------
    id
        The reason for exclusion as it stands in the data.
    keep
        Who stays in.
    excluded
        The reason in words, for the flow diagram.
    """

    id: Identifier
    keep: Condition
    excluded: str


class SamePerson(Block):
    """When two records of different centers are one person, and which record stays.

    Attributes
    ----------
    same
        Variables in which two records of one person agree.
    keep_latest
        The date by which the record stays that was followed longest.
    """

    same: list[str]
    keep_latest: str


class Exposure(Block):
    """What the study compares. The exposed group comes first, everywhere.

    Attributes
    ----------
    variable
        The variable that holds the groups.
    groups
        Its codes that are compared; a single one describes without comparing.
    reference
        The group the others are compared with.
    term
        The term of the models that stands for the exposure.
    """

    variable: str
    groups: list[str] = Field(min_length=1)
    reference: str
    term: Identifier


class Outcome(Block):
    """A date that ends follow-up, and what a reader calls it.

    Attributes
    ----------
    date
        The date.
    called
        The words for it.
    """

    date: str
    called: str


class SentDuration(Block):
    """An endpoint as a center without outcome dates sends it.

    Days are the duration times the length of its unit, rounded to whole days, and at least one day
    where the duration is above zero.

    Attributes
    ----------
    duration
        The variable that holds the duration.
    unit
        The unit of the duration.
    event
        When it ended in an event.
    event_called
        The words for an event.
    censored_called
        The words for a censored time.
    """

    duration: str
    unit: Literal["days", "months"]
    event: Condition
    event_called: str
    censored_called: str


class TimeToEvent(Block):
    """A time-to-event endpoint: from `start` to the first of `events`, else to `censored`.

    Attributes
    ----------
    kind
        ``time_to_event``.
    label
        The name in headings.
    short
        The name in tables and sentences.
    definition
        What the methods section says of it.
    start
        The date at which time is zero.
    events
        The dates that are events; the first of them counts.
    censored
        The date that ends follow-up without an event.
    or_sent
        How a center without dates sends it.
    restricted_mean_months
        The horizon of the restricted mean survival time.
    axis_months
        Where the axis of the figure ends.
    tick_months
        The distance of its ticks, and of the numbers at risk.
    """

    kind: Literal["time_to_event"]
    label: str
    short: str
    definition: str
    start: str | None = None
    events: list[Outcome] = []
    censored: Outcome | None = None
    or_sent: SentDuration | None = None
    restricted_mean_months: float | None = Field(default=None, gt=0)
    axis_months: int = Field(default=60, gt=0)
    tick_months: int = Field(default=12, gt=0)


class Proportion(Block):
    """A yes-or-no endpoint; a patient without a value counts as no.

    Attributes
    ----------
    kind
        ``proportion``.
    label
        The name in headings.
    short
        The name in tables and sentences.
    definition
        What the methods section says of it.
    variable
        The variable.
    success
        Its codes that count as yes.
    """

    kind: Literal["proportion"]
    label: str
    short: str
    definition: str
    variable: str
    success: list[str]


Endpoint = Annotated[TimeToEvent | Proportion, Field(discriminator="kind")]


class Term(Block):
    """One column of a model matrix: an indicator (`level`, `at_least`) or a number (`per`).

    Attributes
    ----------
    variable
        The variable.
    label
        What the tables call it.
    level
        The code that the term stands for.
    reference
        The words for what it is compared with.
    at_least
        The number from which the term is yes.
    per
        The number of units that one step of the term means.
    """

    variable: str
    label: str
    level: str | None = None
    reference: str = ""
    at_least: float | None = None
    per: float | None = None


class Imputation(Block):
    """Multiple imputation of missing covariates; the seed makes it the same every time.

    Attributes
    ----------
    imputations
        How many completed data sets.
    cycles
        How many rounds of the chained equations before each.
    seed
        The seed of the random numbers.
    """

    imputations: int = Field(ge=2)
    cycles: int = Field(ge=1)
    seed: int = Field(ge=0)


class Models(Block):
    """Which terms the Cox models hold, and by what their intervals are read.

    Attributes
    ----------
    adjusted
        Terms of the adjusted model.
    univariable
        Terms that are also fitted alone.
    interval_level
        The level of every interval.
    kaplan_meier_interval
        The scale on which intervals of survival curves are made.
    ties
        How deaths on one day are handled.
    margin
        Hazard ratios between which a difference does not matter.
    margin_source
        Why this margin; printed in brackets.
    worth_finding
        The hazard ratio for which the power at hand is told.
    worth_finding_source
        Where it comes from; printed in brackets.
    imputation
        Multiple imputation of missing covariates; left out, there is none.
    """

    adjusted: list[Identifier]
    univariable: list[Identifier]
    interval_level: float = Field(default=0.95, gt=0.5, lt=1)
    kaplan_meier_interval: Literal["log-log", "log", "plain"] = "log-log"
    ties: Literal["efron", "breslow"] = "efron"
    margin: tuple[float, float] | None = None
    margin_source: str = ""
    worth_finding: float | None = Field(default=None, gt=0)
    worth_finding_source: str = ""
    imputation: Imputation | None = None

    @model_validator(mode="after")
    def _sound_margin(self) -> Models:
        if self.margin and not 0 < self.margin[0] < 1 < self.margin[1]:
            raise ValueError("margin must enclose 1, such as [0.80, 1.25]")
        if self.worth_finding == 1:
            raise ValueError("worth_finding must be a hazard ratio other than 1")
        return self


class Recensored(Block):
    """Patients without the event censored at another date than in the primary analysis.

    Attributes
    ----------
    date
        The variable whose date ends their follow-up; it never lengthens it.
    where_missing
        ``as_primary``: who has no such date is censored as in the primary analysis. ``left_out``:
        the centers that sent it of nobody are left out, and elsewhere who has neither the date nor
        the event has no follow-up.
    """

    date: str
    where_missing: Literal["as_primary", "left_out"]


class Sensitivity(Block):
    """One sensitivity analysis: what it changes in the primary model.

    Attributes
    ----------
    label
        What the report calls it.
    readmit
        Eligibility criteria whose excluded patients are taken in.
    counted_as
        The exposure group in which those patients are counted.
    keep
        Whom the analysis is restricted to.
    censored
        Endpoints whose patients without the event are censored at another date; then the analysis
        is of these endpoints alone.
    without
        Terms left out of the adjusted model.
    instead
        Terms put in the place of another.
    """

    label: str
    readmit: list[str] = []
    counted_as: str | None = None
    keep: Condition | None = None
    censored: dict[Identifier, Recensored] = {}
    without: list[Identifier] = []
    instead: dict[Identifier, list[Identifier]] = {}

    def terms(self, adjusted: list[str]) -> list[str]:
        """The terms of its adjusted model."""
        kept = [term for term in adjusted if term not in self.without]
        return [new for term in kept for new in self.instead.get(term, [term])]


class Texts(Block):
    """What the authors write themselves; printed as theirs.

    Attributes
    ----------
    summary
        What the authors conclude.
    limitations
        The limitations, each a paragraph.
    read_before_use
        What a reader must know before using a number; printed on the first page.
    plan
        Which plan the analysis follows, and what deviates from it; opens the methods.
    abbreviations
        What the study's labels abbreviate; explained under the tables in which it stands.
    """

    plan: str = ""
    summary: str = ""
    limitations: list[str] = []
    read_before_use: list[str] = []
    abbreviations: dict[str, str] = {}


class Study(Block):
    """The whole protocol; see ``config/study.yaml`` of the example for a commented one.

    Attributes
    ----------
    id
        A short name without spaces.
    title
        The title of the report.
    subtitle
        What it is about, in a line.
    design
        The design, in the words of the methods section.
    population
        Who is studied, in words.
    data_origin
        ``simulated`` or ``real``; printed wherever results are shown.
    data_origin_note
        Where the data come from, in a sentence.
    cut_off
        The last day that counts.
    month_days
        Length of a month in days.
    dictionary
        The file of the pandera model.
    same_person
        When records of two centers are one person.
    derived
        Variables made from others, by name.
    eligibility
        Criteria in the order of the flow diagram.
    exposure
        What is compared.
    endpoints
        The endpoints, by name.
    landmarks
        Months at which survival is told.
    terms
        Columns of the models, by name.
    models
        The models.
    subgroups
        Variables whose groups are looked at apart.
    sensitivity
        Sensitivity analyses, by name.
    baseline
        The variables of Table 1, in its order.
    texts
        What the authors write themselves.
    """

    id: str
    title: str
    subtitle: str
    design: str
    population: str
    data_origin: Literal["simulated", "real"]
    data_origin_note: str = ""
    cut_off: date
    month_days: float = Field(default=30.4375, gt=0)
    dictionary: str
    same_person: SamePerson | None = None
    derived: dict[Identifier, Derived] = {}
    eligibility: list[Criterion] = []
    exposure: Exposure
    endpoints: dict[Identifier, Endpoint]
    landmarks: list[float] = []
    terms: dict[Identifier, Term]
    models: Models
    subgroups: list[str] = []
    sensitivity: dict[Identifier, Sensitivity] = {}
    baseline: list[str]
    texts: Texts = Texts()

    @property
    def times_to_event(self) -> dict[str, TimeToEvent]:
        """The endpoints that are times to an event, by id."""
        return {k: e for k, e in self.endpoints.items() if isinstance(e, TimeToEvent)}

    @property
    def proportions(self) -> dict[str, Proportion]:
        """The endpoints that are yes or no, by id."""
        return {k: e for k, e in self.endpoints.items() if isinstance(e, Proportion)}


def derivation_order(derived: dict[str, Derived]) -> list[str]:
    """Names of the derived variables, each after those that it is made from.

    Raises
    ------
    ValueError
        Some are made from each other in a circle.
    """
    ordered: list[str] = []
    pending = dict(derived)
    while pending:
        ready = [name for name in pending if not (pending[name].inputs() & pending.keys())]
        if not ready:
            raise ValueError(f"made from each other in a circle: {', '.join(sorted(pending))}")
        for name in ready:
            del pending[name]
        ordered += ready
    return ordered
