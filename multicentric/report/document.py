"""The report as a whole: sections in a reviewer's order, numbered, laid out, rendered."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from multicentric.protocol import Study
from multicentric.report import words
from multicentric.report.appendix import appendix_tables, attachments_table, facts
from multicentric.report.attachments import attachments
from multicentric.report.audit import audit_tables
from multicentric.report.baseline import baseline_tables
from multicentric.report.bundle import TEMPLATES, Bundle
from multicentric.report.center_models import leave_one_out_view, model_view, own_hazards
from multicentric.report.centers import CenterView, center_view, centers_of
from multicentric.report.checklists import TITLE_PAGE, Place, checklist_table, guidelines
from multicentric.report.corrections import corrections_text
from multicentric.report.cox_tables import cox_tables
from multicentric.report.diagnostics import diagnostics_of, groups_compared, kinds_drawn
from multicentric.report.drawings import downward
from multicentric.report.elsewhere import sensitivity_estimates, sensitivity_view, subgroup_view
from multicentric.report.flow import (
    Flow,
    Records,
    flow_of,
    number_of,
    records_by_center,
    records_of,
)
from multicentric.report.inputs import ReportInputs
from multicentric.report.lookup import Estimates
from multicentric.report.mapped import mapping_grid
from multicentric.report.methods import Paragraph, methods
from multicentric.report.numbers import STYLES, SUPPRESSED, Numbers, day_in_words
from multicentric.report.pdf import Attached, write_pdf
from multicentric.report.quality import DataQuality, quality_of
from multicentric.report.quality_tables import beyond_allowed, quality_tables
from multicentric.report.response import category_tables, response_table
from multicentric.report.sources import Sources
from multicentric.report.survival import (
    PRIMARY,
    Figure,
    RiskTable,
    endpoint_tables,
    figure_of,
    risk_table,
)
from multicentric.report.table import Table, Text, in_sentence, joined
from multicentric.report.theme import groups_of
from multicentric.report.title_page import title_page


@dataclass
class Outline:
    """Numbers sections, tables and figures in the order in which they are asked for."""

    sections: list[Section] = field(default_factory=list)
    tables: int = 0
    figures: int = 0

    def section(self, id: str, title: str, *, appendix: bool = False) -> Section:
        """Open the next section."""
        before = sum(section.appendix == appendix for section in self.sections)
        number = chr(65 + before) if appendix else str(before + 1)
        opened = Section(id, number, title, appendix)
        self.sections.append(opened)
        return opened

    def table(self, name: str) -> int:
        """The next table's number."""
        self.tables += 1
        return self.tables

    def figure(self, name: str) -> int:
        """The next figure's number."""
        self.figures += 1
        return self.figures


@dataclass
class Section:
    """A section: its number, title and what it shows, in the order of the page."""

    id: str
    number: str
    title: str
    appendix: bool
    kind: str = ""
    text: Text = ""
    paragraphs: list[Paragraph] = field(default_factory=list)
    items: list[Text] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    figure: Figure | None = None
    risk: RiskTable | None = None
    flow: Flow | None = None
    centers: list[CenterView] = field(default_factory=list)
    quality: DataQuality | None = None
    facts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def all_tables(self) -> list[Table | CenterView]:
        """Every table that has notes."""
        return [*self.centers, *self.tables, *(self.quality.tables if self.quality else [])]

    @property
    def parts(self) -> list[tuple[str, str, Text]]:
        """Anchor, name and title of the figures and tables, for the contents."""
        found: list[tuple[str, str, Text]] = []
        for figure in [*([self.figure] if self.figure is not None else []), *self.figures]:
            found.append((figure.id, f"Figure {figure.number}", figure.title))
        numbered: set[int] = set()
        for id, number, title in [
            *((view.id, view.number, view.title) for view in self.centers),
            *((table.id, table.number, table.title) for table in self.tables),
        ]:
            if number is not None and number not in numbered:
                numbered.add(number)
                found.append((id, f"Table {number}", title))
        if self.quality is not None and self.quality.number is not None:
            found.append(("quality-table", f"Table {self.quality.number}", self.quality.title))
        for table in self.quality.tables if self.quality is not None else []:
            if table.number is not None and table.number not in numbered:
                numbered.add(table.number)
                found.append((table.id, f"Table {table.number}", table.title))
        return found


@dataclass(frozen=True)
class Page:
    """The report as one page of HTML, with the record of its numbers, drawings and attachments."""

    html: str
    numbers: Numbers
    bundle: Bundle
    sections: list[Section]
    attached: dict[str, Attached]


def render_report(inputs: ReportInputs) -> bytes:
    """The report as PDF.

    Parameters
    ----------
    inputs
        Everything that the report says; it computes no estimate.

    Returns
    -------
    bytes
        A PDF/A-3a and PDF/UA-1 file; the same bytes for the same inputs.

    Raises
    ------
    multicentric.report.pdf.RenderingFault
        The renderer complained, or a system library is missing.
    """
    page = compose(inputs)
    html, bundle, attached, dated = page.html, page.bundle, page.attached, inputs.study.cut_off
    # Laying out takes most of the memory; what it does not need makes room before it begins.
    del page, inputs
    gc.collect()
    return write_pdf(html, bundle, attached, dated)


def compose(inputs: ReportInputs) -> Page:
    """The report before it is laid out on paper; see `render_report`."""
    if (inputs.settings.profile == "shareable") != (inputs.decisions is not None):
        raise ValueError("a shareable report is made from tables that passed the disclosure gate.")
    numbers = Numbers(STYLES[inputs.settings.number_style])
    bundle = Bundle()
    line, head = downward()
    bundle.add("figures/flow-line.svg", line)
    bundle.add("figures/flow-head.svg", head)
    sources = Sources(
        study=inputs.study,
        dictionary=inputs.dictionary,
        estimates=Estimates(inputs.estimates),
        curves=inputs.curves,
        groups=groups_of(inputs.study, inputs.dictionary),
        numbers=numbers,
        bundle=bundle,
        n_centers=number_of(c for c in inputs.status["centers"] if c["state"] == "ready"),
        rules=inputs.status.get("rules", {}),
        disclosure=None if inputs.decisions is None else inputs.settings.disclosure,
    )
    html, sections, attached = _page(inputs, sources)
    return Page(html, numbers, bundle, sections, attached)


def _page(inputs: ReportInputs, sources: Sources) -> tuple[str, list[Section], dict[str, Attached]]:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    study = inputs.study
    records = records_of(inputs.disposition)
    first = title_page(inputs, sources, records)
    sections, attached = _sections(inputs, sources, records)
    if inputs.decisions is not None:
        _explain_suppressed([first["table"], *(t for s in sections for t in s.all_tables)])
    html = environment.get_template("report.html.j2").render(
        study=study,
        title_page=first,
        sections=sections,
        groups=sources.groups,
        origin=_origin(study.data_origin),
        cut_off=day_in_words(study.cut_off),
        cut_off_iso=study.cut_off.isoformat(),
        run=inputs.run,
    )
    return html, sections, attached


def _origin(data_origin: str) -> str:
    return {"simulated": "Simulated data", "real": "Patient data"}[data_origin]


def _explain_suppressed(tables: Iterable[Table | CenterView | None]) -> None:
    """Say under every table that has a suppressed count what its mark means."""
    for table in tables:
        if table is not None and SUPPRESSED in f"{table}":
            table.notes.abbreviation(SUPPRESSED, "suppressed, being small or telling a small count")


def _explain_abbreviations(sections: Iterable[Section], study: Study) -> None:
    """Say under every table what the study's labels and names of endpoints in it abbreviate."""
    known = {e.short: in_sentence(e.label) for e in study.times_to_event.values()}
    known |= study.texts.abbreviations
    for table in (table for section in sections for table in section.all_tables):
        for short, long in known.items():
            if re.search(rf"(?<!\w){re.escape(short)}(?!\w)", f"{table}"):
                table.notes.abbreviation(short, long)


def _sections(
    inputs: ReportInputs, sources: Sources, records: Records
) -> tuple[list[Section], dict[str, Attached]]:
    outline = Outline()
    study = inputs.study
    section = outline.section("methods", "Study and methods")
    analysed = records.of("analysed") != 0
    section.paragraphs = methods(
        sources, inputs.software, analysed=analysed, drawn=kinds_drawn(inputs.diagnostics)
    )

    section = outline.section("patients", "Patients")
    if len(inputs.disposition):
        section.flow = flow_of(sources, records, inputs.status)
        section.figure = Figure(
            outline.figure("flow"), "figure-flow", "Flow of records", "", "", "", 0
        )
        section.tables.append(records_by_center(sources, records, outline.table("records")))
    else:
        section.text = "No center that is in has sent a record."
    if analysed:
        tables = baseline_tables(
            inputs.baseline, sources.groups, sources.numbers, outline.table("baseline")
        )
        if imbalance := words.imbalance(sources, inputs.baseline):
            tables[-1].notes.say(imbalance)
        section.tables += tables
        for name in study.times_to_event:
            _survival(outline, sources, name)
        for name, proportion in study.proportions.items():
            section = outline.section(name, proportion.label)
            section.text = words.response_text(sources, name)
            section.tables = [
                response_table(sources, name, outline.table(name)),
                *category_tables(sources, name, outline.table),
            ]
        _models(outline, sources)
        _centers(outline, sources, inputs)
        _elsewhere(outline, sources)
    _quality(outline, sources, inputs)
    if study.texts.limitations or study.texts.summary:
        section = outline.section("limitations", "Limitations")
        section.kind = "authors"
        section.text = study.texts.summary
        section.items = list(study.texts.limitations)
    _audit(outline, sources, inputs, records)
    section = _reproducibility(outline, sources, inputs)
    number = outline.table("attachments")
    _diagnostics(outline, sources, inputs)
    # What is attached is known once every figure is.
    attached = attachments(outline.sections, inputs)
    section.tables.append(attachments_table(attached, number))
    _explain_abbreviations(outline.sections, study)
    _checklists(outline, sources)
    return outline.sections, attached


def _survival(outline: Outline, sources: Sources, name: str) -> None:
    section = outline.section(name, sources.endpoint_of(name).label)
    section.text = words.survival_text(sources, name)
    section.figure = figure_of(sources, name, outline.figures + 1)
    if section.figure is not None:
        outline.figure(name)
        section.risk = risk_table(sources, name)
    section.tables = endpoint_tables(sources, name, outline.table(name))


def _models(outline: Outline, sources: Sources) -> None:
    section = outline.section("models", "Cox models")
    if sources.study.models.univariable or sources.study.models.adjusted:
        section.text = "A hazard ratio above one means a higher rate of the event."
    for name in sources.study.times_to_event:
        section.tables += cox_tables(sources, name, outline.table)


def _centers(outline: Outline, sources: Sources, inputs: ReportInputs) -> None:
    section = outline.section("centers", "Centers")
    names = centers_of(sources, inputs.status)
    if sources.n_centers == 1:
        section.text = (
            f"All patients are of one center, {names[0]}, so there are no centers to compare and "
            "no center effect to allow for; strata by center change nothing."
        )
        return
    for endpoint in sources.study.times_to_event:
        view = center_view(sources, endpoint, names, outline.tables + 1)
        if view is not None:
            outline.table(endpoint)
            section.centers.append(view)
        if sources.is_comparison:
            views = [
                model_view(sources, endpoint, outline.table),
                leave_one_out_view(sources, endpoint, outline.table),
            ]
            section.centers += [view for view in views if view is not None]
    if sources.is_comparison:
        section.tables = own_hazards(sources, outline.table)
    section.text = (
        words.centers_text(sources) if section.centers else "No center has a number of its own."
    )


def _elsewhere(outline: Outline, sources: Sources) -> None:
    if not sources.is_comparison:
        return
    for id, title, view_of, text_of in (
        ("subgroups", "Subgroups", subgroup_view, words.subgroups_text),
        ("sensitivity", "Sensitivity analyses", sensitivity_view, _sensitivity_text),
    ):
        found = [view_of(sources, name, outline.table) for name in sources.study.times_to_event]
        views = [view for view in found if view is not None]
        if views:
            section = outline.section(id, title)
            section.centers, section.text = views, text_of(sources)


def _sensitivity_text(sources: Sources) -> Text:
    endpoints = sources.study.times_to_event
    return words.sensitivity_text(
        sources, {name: sensitivity_estimates(sources, name) for name in endpoints}
    )


def _quality(outline: Outline, sources: Sources, inputs: ReportInputs) -> None:
    section = outline.section("quality", "Data quality")
    if inputs.decisions is not None:
        section.text = (
            "For readers outside, findings are counted over all centers; by center neither they "
            "nor rates, gaps or the status of the mappings are shown."
        )
    else:
        beyond = beyond_allowed(sources, inputs.quality)
        section.text = (
            f"Rules that a center breaks more often than they allow: {'; '.join(beyond)}."
            if beyond
            else "No center breaks a rule more often than the rule allows."
        )
    section.text = joined([section.text, corrections_text(sources, inputs.status)])
    quality = quality_of(sources, inputs.status, outline.tables + 1)
    if quality.number is not None:
        outline.table("quality")
    tables = quality_tables(sources, inputs.quality, outline.table)
    grid = mapping_grid(sources, inputs.status, outline.tables + 1)
    if grid:
        outline.table("mapping")
    section.quality = replace(quality, tables=[*tables, *grid])


def _diagnostics(outline: Outline, sources: Sources, inputs: ReportInputs) -> None:
    if inputs.diagnostics is None or inputs.diagnostics.empty:
        return
    section = outline.section("diagnostics", "Diagnostics: groups", appendix=True)
    section.figures, section.tables, section.text = groups_compared(
        sources, inputs.diagnostics, outline.figure, outline.table
    )
    for name in sources.study.times_to_event:
        title = f"Diagnostics: {in_sentence(sources.endpoint_of(name).label)}"
        section = outline.section(f"diagnostics-{name}", title, appendix=True)
        section.figures, section.tables = diagnostics_of(
            sources, inputs.diagnostics, name, outline.figure, outline.table
        )
        if not section.figures and not section.tables:
            section.text = f"The primary model has no residuals ({_why_none(sources, name)})."


def _why_none(sources: Sources, endpoint: str) -> str:
    estimate = sources.hazard_ratio(endpoint, PRIMARY)
    reason = "" if estimate is None else estimate.note.removeprefix("not estimable:").strip()
    return reason or "it was not run"


def _checklists(outline: Outline, sources: Sources) -> None:
    """Items of reporting guidelines against the sections before them."""
    times = list(sources.study.times_to_event)
    groups = {
        "endpoints": list(sources.study.endpoints),
        "times": times,
        "diagnostics": ["diagnostics", *(f"diagnostics-{name}" for name in times)],
    }
    places = [Place(TITLE_PAGE, "Title page")]
    for section in outline.sections:
        kind = "Appendix" if section.appendix else "Section"
        places.append(Place(section.id, f"{kind} {section.number}"))
        places += [
            Place(f"{section.id}-{paragraph.slug}", f"Section {section.number}, {paragraph.head}")
            for paragraph in section.paragraphs
        ]
        places += [Place(id, name) for id, name, _ in section.parts]
    for id, guideline in guidelines().items():
        section = outline.section(id, guideline["name"], appendix=True)
        section.tables.append(checklist_table(guideline, id, places, groups, outline.table(id)))


def _audit(outline: Outline, sources: Sources, inputs: ReportInputs, records: Records) -> None:
    section = outline.section("audit", "Audit", appendix=True)
    section.text = (
        "What the centers sent, and what became of it. Lineage and ledger beside this report lead "
        "from every value to its cell in these files. Findings that a center can answer are its "
        "questions; those that only note something are not."
    )
    section.tables = audit_tables(inputs, sources, records, outline.table)


def _reproducibility(outline: Outline, sources: Sources, inputs: ReportInputs) -> Section:
    section = outline.section("reproducibility", "Reproducibility", appendix=True)
    section.text = (
        "The same inputs give the same file, byte for byte, with the same software. The run’s name "
        "is made from the digests below."
    )
    section.facts = facts(inputs, sources.numbers)
    section.tables = appendix_tables(inputs, sources.numbers, outline.table)
    return section
