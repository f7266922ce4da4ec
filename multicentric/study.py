"""The protocol as typed objects, read from ``config/study.yaml`` and ``config/config.yaml``.

A stage sees only its part of the protocol (`part_for`); the digest of that part is in the stage's
key, so a change of one setting reruns exactly the stages that hold it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from multicentric.conditions import problems_of, variables_of
from multicentric.dictionary import Dictionary
from multicentric.documents import (
    Document,
    Location,
    Mistake,
    Mistakes,
    nearest,
    read_document,
    validate_document,
)


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
    worth_finding
        The hazard ratio for which the power at hand is told.
    imputation
        Multiple imputation of missing covariates; left out, there is none.
    """

    adjusted: list[Identifier]
    univariable: list[Identifier]
    interval_level: float = Field(default=0.95, gt=0.5, lt=1)
    kaplan_meier_interval: Literal["log-log", "log", "plain"] = "log-log"
    ties: Literal["efron", "breslow"] = "efron"
    margin: tuple[float, float] | None = None
    worth_finding: float | None = Field(default=None, gt=0)
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
    """

    summary: str = ""
    limitations: list[str] = []
    read_before_use: list[str] = []


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


class Gate(Block):
    """Which centers must be in before anything is pooled.

    Attributes
    ----------
    min_centers
        How many centers must pass.
    required
        Centers that must be among them.
    """

    min_centers: int = Field(default=1, ge=1)
    required: list[str] = []


def _outlives_results(place: str) -> str:
    path = PurePosixPath(place)
    if path.is_absolute() or ".." in path.parts or path.parts[0] in ("results", "logs"):
        raise ValueError("must be a path in the study folder, outside results/ and logs/")
    return path.as_posix()


class Audit(Block):
    """The record of what was published.

    Attributes
    ----------
    ledger
        Its place in the study folder, outside ``results/``, so that it outlives them.
    """

    ledger: Annotated[str, AfterValidator(_outlives_results)] = "audit/ledger.jsonl"


class Disclosure(Block):
    """What a release outside the study may show; see `multicentric.audit.disclosure.Rules`.

    Attributes
    ----------
    threshold
        The smallest count of patients that may be shown.
    round_to
        What counts are rounded to.
    grid_months
        The distance of the steps of a survival curve.
    """

    threshold: int = Field(default=10, ge=2)
    round_to: int = Field(default=5, ge=1)
    grid_months: float = Field(default=3.0, gt=0)


class PatientKeys(Block):
    """Whether results name patients as their center does, or by a keyed hash.

    Attributes
    ----------
    hashed
        Whether patients are called by a keyed hash (HMAC-SHA256) of their center's key.
    secret_variable
        Environment variable that holds the secret of the hash, at least 32 signs long.
    secret_file
        In its place, the whole path of a file that holds it, outside the study's folder.
    """

    hashed: bool = False
    secret_variable: str | None = None
    secret_file: str | None = None

    @model_validator(mode="after")
    def _one_secret(self) -> PatientKeys:
        if self.hashed and (self.secret_variable is None) == (self.secret_file is None):
            raise ValueError("hashed needs secret_variable or secret_file, one of them")
        return self


class Settings(Block):
    """Run settings, ``config/config.yaml``.

    Attributes
    ----------
    study
        The study file.
    strict
        Whether a center that is out makes the run fail.
    profile
        ``full`` for the coordinating center, ``shareable`` for readers outside it.
    number_style
        How a journal writes numbers.
    gate
        Which centers must be in.
    audit
        The record of what was published.
    disclosure
        What a release may show.
    patient_keys
        How patients are named in results.
    """

    study: str = "config/study.yaml"
    strict: bool = False
    profile: Literal["full", "shareable"] = "full"
    number_style: Literal["icmje", "jama", "nejm", "lancet", "bmj", "annals"] = "icmje"
    gate: Gate = Gate()
    audit: Audit = Audit()
    disclosure: Disclosure = Disclosure()
    patient_keys: PatientKeys = PatientKeys()


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


# The part of the protocol that each stage holds. Nothing else of it reaches the stage.
PARTS: dict[str, tuple[str, ...]] = {
    "dictionary": ("dictionary",),
    "validate": ("dictionary", "cut_off"),
    "pool": (
        "dictionary",
        "cut_off",
        "month_days",
        "same_person",
        "derived",
        "eligibility",
        "exposure",
        "endpoints",
        "sensitivity",
    ),
    "estimates": (
        "month_days",
        "exposure",
        "derived",
        "endpoints",
        "landmarks",
        "terms",
        "models",
        "subgroups",
        "sensitivity",
    ),
    "baseline": ("exposure", "derived", "baseline"),
    "report": tuple(Study.model_fields),
}
# What an endpoint is called, and how it is drawn, reaches neither the pooled tables nor (but for
# the ticks of the risk table) the estimates.
_LEFT_OUT = {
    "pool": {
        "label",
        "short",
        "definition",
        "restricted_mean_months",
        "axis_months",
        "tick_months",
    },
    "estimates": {"label", "short", "definition"},
}


def part_for(stage: str, study: Study) -> SimpleNamespace:
    """The part of the protocol that a stage may see.

    Returns
    -------
    types.SimpleNamespace
        The study's attributes named in `PARTS`; with ``endpoints`` come ``times_to_event`` and
        ``proportions``.
    """
    part = SimpleNamespace(**{name: getattr(study, name) for name in PARTS[stage]})
    if "endpoints" in PARTS[stage]:
        part.times_to_event = study.times_to_event
        part.proportions = study.proportions
    return part


def part_text(stage: str, study: Study) -> str:
    """The part of the protocol that a stage holds as canonical JSON, for its key."""
    said = study.model_dump(mode="json", include=set(PARTS[stage]))
    for endpoint in said["endpoints"].values() if stage in _LEFT_OUT else ():
        for word in _LEFT_OUT[stage] & endpoint.keys():
            del endpoint[word]
    return json.dumps(said, sort_keys=True, ensure_ascii=True)


def load_settings(folder: Path) -> Settings:
    """Read ``config/config.yaml`` of a study folder.

    Raises
    ------
    multicentric.documents.Mistakes
        All mistakes of the file, each with its line.
    """
    document = read_document(folder / "config/config.yaml", "config/config.yaml")
    return validate_document(document, Settings)


def load_study(folder: Path, settings: Settings) -> Study:
    """Read the study file that the settings name.

    Raises
    ------
    multicentric.documents.Mistakes
        All mistakes of the file, each with its line; names that refer to nothing included.
    """
    document = read_document(folder / settings.study, settings.study)
    study = validate_document(document, Study)
    mistakes = list(_internal_mistakes(study, document))
    if mistakes:
        raise Mistakes(mistakes)
    return study


def _internal_mistakes(study: Study, document: Document) -> Iterator[Mistake]:
    def mistake(location: Location, problem: str, remedy: str = "") -> Mistake:
        return Mistake(document.file, document.line(location), problem, remedy)

    for name, derived in study.derived.items():
        verbs = [v for v in ("cases", "flag", "years_between") if getattr(derived, v) is not None]
        if len(verbs) != 1:
            yield mistake(
                ("derived", name),
                f"derived variable '{name}' needs exactly one of cases, flag, years_between.",
            )
        for code in [case.then for case in derived.cases or []] + [derived.otherwise]:
            if code is not None and code not in derived.codes:
                yield mistake(
                    ("derived", name),
                    f"'{code}' is no code of the derived variable '{name}'.",
                    nearest(code, derived.codes),
                )
    try:
        derivation_order(study.derived)
    except ValueError as circle:
        yield mistake(("derived",), f"derived variables are {circle}.")
    if study.exposure.reference not in study.exposure.groups:
        yield mistake(
            ("exposure", "reference"),
            f"the reference '{study.exposure.reference}' is none of the groups.",
            nearest(study.exposure.reference, study.exposure.groups),
        )
    named = {
        ("exposure", "term"): [study.exposure.term],
        ("models", "adjusted"): study.models.adjusted,
        ("models", "univariable"): study.models.univariable,
    }
    for name, analysis in study.sensitivity.items():
        new = [term for terms in analysis.instead.values() for term in terms]
        named["sensitivity", name] = [*analysis.without, *analysis.instead, *new]
        criteria = [criterion.id for criterion in study.eligibility]
        for reason in analysis.readmit:
            if reason not in criteria:
                yield mistake(
                    ("sensitivity", name, "readmit"),
                    f"'{reason}' is no eligibility criterion.",
                    nearest(reason, criteria),
                )
        for name_of_endpoint in analysis.censored:
            endpoint = study.times_to_event.get(name_of_endpoint)
            if endpoint is None or endpoint.start is None:
                yield mistake(
                    ("sensitivity", name, "censored"),
                    f"'{name_of_endpoint}' is no time to event that starts at a date.",
                    nearest(name_of_endpoint, study.times_to_event),
                )
        if analysis.readmit and analysis.counted_as not in study.exposure.groups:
            yield mistake(
                ("sensitivity", name),
                "who is taken in must be counted in one of the groups (counted_as).",
                nearest(analysis.counted_as or "", study.exposure.groups),
            )
    for location, terms in named.items():
        for term in terms:
            if term not in study.terms:
                yield mistake(
                    location, f"'{term}' is no term of this study.", nearest(term, study.terms)
                )


def mistakes_against_dictionary(
    study: Study, document: Document, dictionary: Dictionary
) -> Iterator[Mistake]:
    """Names in the study file that are neither in the dictionary nor derived nor an endpoint."""
    known = {*dictionary.names, *study.derived}
    follow_up = {f"{endpoint}_days" for endpoint in study.times_to_event}
    of_dates = {variable.name for variable in dictionary if variable.kind == "date"}

    def unknown(location: Location, names: set[str], allowed: set[str]) -> Iterator[Mistake]:
        for name in sorted(names - allowed):
            yield Mistake(
                document.file,
                document.line(location),
                f"'{name}' is no variable of the dictionary.",
                nearest(name, allowed),
            )

    for name, derived in study.derived.items():
        yield from unknown(("derived", name), derived.inputs(), known | follow_up)
    for number, criterion in enumerate(study.eligibility):
        names = set(variables_of(criterion.keep))
        yield from unknown(("eligibility", number), names, known | follow_up)
    yield from unknown(("exposure", "variable"), {study.exposure.variable}, known)
    for name, term in study.terms.items():
        yield from unknown(("terms", name), {term.variable}, known)
    yield from unknown(("baseline",), set(study.baseline), known)
    yield from unknown(("subgroups",), set(study.subgroups), known)
    for name, analysis in study.sensitivity.items():
        asked = set(variables_of(analysis.keep)) if analysis.keep else set()
        yield from unknown(("sensitivity", name), asked, known)
        for recensored in analysis.censored.values():
            if recensored.date not in of_dates:
                yield Mistake(
                    document.file,
                    document.line(("sensitivity", name, "censored")),
                    f"'{recensored.date}' is no date of the dictionary.",
                    nearest(recensored.date, of_dates),
                )
    for name, endpoint in study.times_to_event.items():
        dates = {outcome.date for outcome in endpoint.events}
        dates |= {endpoint.start} if endpoint.start else set()
        dates |= {endpoint.censored.date} if endpoint.censored else set()
        if endpoint.or_sent:
            dates |= {endpoint.or_sent.duration, *variables_of(endpoint.or_sent.event)}
        yield from unknown(("endpoints", name), dates, known)
    for name, proportion in study.proportions.items():
        yield from unknown(("endpoints", name), {proportion.variable}, known)
    if study.same_person:
        names = {*study.same_person.same, study.same_person.keep_latest}
        yield from unknown(("same_person",), names, set(dictionary.names))
