"""Study file and settings, read; and the part of the protocol that each stage sees.

A stage sees only its part of the protocol (`part_for`); the digest of that part is in the stage's
key, so a change of one setting reruns exactly the stages that hold it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from multicentric.conditions import variables_of
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
from multicentric.protocol import Study, derivation_order
from multicentric.settings import Settings

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
