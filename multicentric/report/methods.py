"""The methods section, written from the study file and from what ran."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from multicentric.report.definitions import definition
from multicentric.report.numbers import SUPPRESSED
from multicentric.report.sources import Sources
from multicentric.report.survival import PRIMARY
from multicentric.report.table import Text, in_sentence, joined, listed, unbroken
from multicentric.report.theme import labels_of

_INTERVALS = {
    "log-log": "on the log-minus-log scale",
    "log": "on the log scale",
    "plain": "on the plain scale",
}
_TESTS = {
    "log_rank": "the log-rank test",
    "log_rank_stratified": "the log-rank test stratified by center",
    "peto_peto_stratified": "the Peto–Peto test stratified by center (early events weigh more)",
}
_CENTER_METHODS = {
    "cox_adjusted_fixed_center": "centers as fixed effects",
    "cox_adjusted_cluster_corrected": "a sandwich variance between centers, without and with "
    "strata, corrected for the number of centers and read with Student’s t",
    "cox_adjusted_stratified_jackknife": "a jackknife over centers, read likewise",
    "cox_adjusted_gamma_frailty": "gamma frailty by marginal likelihood",
    "cox_adjusted_gaussian_frailty": "log-normal frailty by Laplace’s approximation",
    "cox_adjusted_random_slope": "an effect that varies between centers",
}
_COX = ("cox", "cox_stratified", "cox_adjusted")
_POOLED = {
    "two_stage_fixed": "a common effect",
    "two_stage_dersimonian_laird": "random effects by moments",
    "two_stage_reml": "random effects by restricted maximum likelihood",
}
# What computes the numbers.
_COMPUTES = ("Multicentric", "Python", "pandas", "numpy", "scipy", "statsmodels")
_TIES = {"efron": "Efron’s", "breslow": "Breslow’s"}


@dataclass(frozen=True)
class Paragraph:
    """A paragraph with its run-in head."""

    head: str
    text: Markup
    items: tuple[Text, ...] = ()

    @property
    def slug(self) -> str:
        """Its part of an address."""
        return self.head.lower().replace(" ", "-")


def methods(
    sources: Sources, software: dict[str, str], *, analysed: bool, drawn: set[str]
) -> list[Paragraph]:
    """Paragraphs in the order in which a reviewer looks for them; of estimates where there are.

    Parameters
    ----------
    software
        Package to version, as the appendix has them.
    drawn
        Kinds of diagnostics of which the appendix draws a figure.
    """
    said = [
        _plan(sources),
        _design(sources),
        _eligibility(sources),
        _groups(sources),
        _endpoints(sources),
    ]
    if analysed:
        said.append(_statistics(sources))
        if _cox_ran(sources):
            said.append(_models(sources))
        if sources.is_comparison:
            said.append(_center_effects(sources))
        said += [_missing(sources), _further(sources, drawn)]
        if sources.is_comparison:
            said.append(_reading(sources))
    said += [_disclosure(sources), _software(software)]
    return [paragraph for paragraph in said if paragraph is not None]


def _plan(sources: Sources) -> Paragraph | None:
    """What the authors say of their plan, and of what deviates from it."""
    plan = sources.study.texts.plan
    return Paragraph("Plan", Markup("{}").format(plan)) if plan else None


def _design(sources: Sources) -> Paragraph:
    study = sources.study
    origin = "simulated data" if study.data_origin == "simulated" else "patient data"
    day = sources.numbers.day(study.cut_off, "study/cut_off")
    text = Markup("{} ({}). {}. Data cut-off: {}.").format(
        study.design, origin, study.population.rstrip("."), day
    )
    if study.same_person is not None and sources.by_center:
        same = listed([_label(sources, name) for name in study.same_person.same])
        latest = _label(sources, study.same_person.keep_latest)
        text += Markup(
            " Records of different centers that agree in {} are taken for one person; the record "
            "with the later {} stays."
        ).format(same, latest)
    return Paragraph("Design and data", text)


def _label(sources: Sources, variable: str) -> str:
    label, _ = labels_of(variable, sources.study, sources.dictionary)
    return in_sentence(label)


def _eligibility(sources: Sources) -> Paragraph | None:
    criteria = sources.study.eligibility
    if not criteria:
        return None
    text = Markup(
        "A record was left out for the first of these reasons that applied, in this order: {}. "
        "A record whose criteria could not be judged was held back."
    ).format("; ".join(in_sentence(criterion.excluded) for criterion in criteria))
    return Paragraph("Eligibility", text)


def _groups(sources: Sources) -> Paragraph:
    variable, _ = labels_of(sources.study.exposure.variable, sources.study, sources.dictionary)
    if not sources.is_comparison:
        return Paragraph("Groups", Markup("The study has one group ({}).").format(variable))
    exposed = joined([sources.called(group) for group in sources.exposed], ", ")
    text = Markup("{}: {} compared with {} (reference).").format(
        variable, exposed, sources.called(sources.reference)
    )
    lines = definition(sources.study.exposure.variable, sources.study, sources.dictionary)
    if lines:
        text += Markup(" The first of these that applies decides: {}.").format("; ".join(lines))
    return Paragraph("Groups", text)


def _endpoints(sources: Sources) -> Paragraph:
    items = tuple(
        Markup("<b>{}</b> ({}): {}.").format(e.label, e.short, e.definition.rstrip("."))
        for e in sources.study.endpoints.values()
    )
    days = sources.numbers.plain(sources.study.month_days, "study/month_days")
    starts = list(
        dict.fromkeys(
            _label(sources, endpoint.start)
            for endpoint in sources.study.times_to_event.values()
            if endpoint.start is not None
        )
    )
    zero = f"Time zero is the {' or the '.join(starts)}; a" if starts else "A"
    text = Markup("{} month has {} days.").format(zero, days)
    return Paragraph("Endpoints", text, items)


def _statistics(sources: Sources) -> Paragraph:
    models = sources.study.models
    said: list[Text] = []
    run = sources.estimates.ran
    if run("kaplan_meier"):
        said.append(
            f"Survival was estimated by the Kaplan–Meier method; {sources.level()} confidence "
            f"intervals of rates are pointwise, {_INTERVALS[models.kaplan_meier_interval]}, and "
            "those of medians are read off the interval’s bounds."
        )
    if run("reverse_kaplan_meier"):
        said.append("Median follow-up is by the reverse Kaplan–Meier method.")
    tests = [
        words
        for model, words in _TESTS.items()
        if run(model) and (sources.by_center or not model.endswith("_stratified"))
    ]
    if tests:
        said.append(f"Groups were compared by {listed(tests)}.")
    if run("response_rate"):
        said.append(
            Markup("Response rates have exact (Clopper–Pearson) intervals")
            + Markup(
                ", their difference a score interval (Newcombe) and the <i>P</i> value of Fisher’s "
                "exact test"
                if run("response_difference")
                else ""
            )
            + (
                "; the odds ratio within centers is that of Mantel and Haenszel, its interval by "
                "Robins, Breslow and Greenland, its test without continuity correction."
                if run("response_mantel_haenszel")
                else "."
            )
        )
    said.append(
        Markup(
            "All tests are two-sided and not corrected for multiplicity. At the start, groups are "
            "compared by standardized differences (of means or shares, over their pooled standard "
            "deviation; of several categories the distance of Yang and Dalton), without <i>P</i> "
            "values."
        )
    )
    return Paragraph("Estimation", joined(said))


def _cox_ran(sources: Sources) -> bool:
    return any(sources.estimates.ran(name) for name in (*_COX, PRIMARY))


def _models(sources: Sources) -> Paragraph:
    study, models = sources.study, sources.study.models
    terms = "; ".join(in_sentence(study.terms[t].label) for t in models.adjusted)
    strata = (
        "without and with strata by center (a baseline hazard of its own for each center), "
        if sources.by_center
        else ""
    )
    text = Markup(
        "Cox proportional hazards models with {} method for ties were fitted {}each factor alone "
        "and all together. Intervals are Wald’s on the log scale{}. The primary model {}: {}.{}"
    ).format(
        _TIES[models.ties],
        strata,
        "; where the likelihood has no maximum the limit of the profile likelihood and Firth’s "
        "penalized estimate are given"
        if _firth_ran(sources)
        else "",
        "is stratified by center and holds" if sources.by_center else "holds",
        terms,
        " Concordance is Harrell’s, within strata, with an interval by the infinitesimal jackknife."
        if sources.estimates.ran(PRIMARY, statistic="concordance")
        else "",
    )
    return Paragraph("Cox models", text)


def _firth_ran(sources: Sources) -> bool:
    return any(
        sources.estimates.one(model=f"{name}_firth") is not None for name in (*_COX, PRIMARY)
    )


def _center_effects(sources: Sources) -> Paragraph | None:
    run = sources.estimates.ran
    said: list[Text] = []
    if ran := [words for model, words in _CENTER_METHODS.items() if run(model)]:
        said.append(
            f"The primary model was fitted again with centers treated in other ways: "
            f"{'; '.join(ran)}."
        )
    without = (p for p in sources.estimates.populations() if p.startswith("without:"))
    if any(run("leave_one_center_out", population) for population in without):
        said.append("It was also fitted with each center left out in turn.")
    if pooled := [words for model, words in _POOLED.items() if run(model)]:
        said.append(
            f"The unadjusted hazard ratios of the single centers were pooled with {listed(pooled)}."
        )
    if run("two_stage_reml", statistic="tau2"):
        said.append(
            Markup(
                "The variance between them has its Q-profile interval, from which that of "
                "<i>I</i>² follows."
            )
        )
    if run("two_stage_hartung_knapp"):
        said.append(
            "The interval of Hartung and Knapp uses Student’s t with one degree of freedom less "
            "than centers and an error never below that of the common effect; the prediction "
            "interval has two degrees less."
        )
    return Paragraph("Center effects", joined(said)) if said else None


def _further(sources: Sources, drawn: set[str]) -> Paragraph | None:
    run = sources.estimates.ran
    said: list[Text] = []
    if run("proportional_hazards"):
        said.append(
            Markup(
                "Proportional hazards were tested in the primary model by the score test of a "
                "coefficient that changes with time on the Kaplan–Meier scale (Grambsch and "
                "Therneau). A small <i>P</i> value speaks against one hazard ratio for all times; "
                "mean times and rates then say more."
            )
        )
    plots = {
        "log_log": "log–log plots",
        "schoenfeld": "scaled Schoenfeld residuals",
        "overlap_score": "propensity scores (a logistic model of the exposure on the other "
        "factors)",
    }
    if shown := [words for kind, words in plots.items() if kind in drawn]:
        said.append(f"Appendices show {listed(shown)}.")
    if run("rmst"):
        said.append(
            "Mean times up to a declared horizon (restricted means) are areas under the "
            "Kaplan–Meier curves"
            + (
                "; those of centers are pooled by random effects and read with Student’s t."
                if run("rmst_by_center")
                else "."
            )
        )
    if sources.study.subgroups:
        named = "; ".join(_label(sources, variable) for variable in sources.study.subgroups)
        said.append(
            Markup(
                "Subgroups ({}) are exploratory; interactions are likelihood-ratio tests in "
                "models {}."
            ).format(named, sources.by_center or "of the exposure and the variable")
        )
    if sources.study.sensitivity:
        changes = "; ".join(in_sentence(s.label) for s in sources.study.sensitivity.values())
        said.append(Markup("Sensitivity analyses: {}.").format(changes))
    return Paragraph("Further analyses", joined(said)) if said else None


def _reading(sources: Sources) -> Paragraph | None:
    """By what a result is judged: margin, power, unmeasured confounding."""
    models, said = sources.study.models, list[Text]()
    if models.margin is not None and sources.estimates.one(model="reading", statistic="verdict"):
        low, high = models.margin
        said.append(
            Markup("Hazard ratios within {} count as no relevant difference{}.").format(
                unbroken(sources.numbers.ratio_interval(low, high, "study/models/margin")),
                _because(models.margin_source),
            )
        )
    if models.worth_finding is not None and sources.estimates.ran("reading", statistic="power"):
        said.append(
            Markup(
                "Power is that of a two-sided test at {} with the events seen (Schoenfeld), for a "
                "hazard ratio of {}{}."
            ).format(
                sources.numbers.plain(round(1 - models.interval_level, 10), "study/models/alpha"),
                sources.numbers.ratio(models.worth_finding, "study/models/worth_finding"),
                _because(models.worth_finding_source),
            )
        )
    if sources.estimates.ran("reading", statistic="e_value"):
        said.append("E-values are those of VanderWeele and Ding.")
    return Paragraph("Reading", joined(said)) if said else None


def _because(source: str) -> str:
    return f" ({source})" if source else ""


def _software(software: dict[str, str]) -> Paragraph | None:
    """With what the numbers were made; all versions stand in the appendix."""
    named = [f"{name} {software[name]}" for name in _COMPUTES if name in software]
    if not named:
        return None
    text = Markup("{}; the appendix on reproducibility lists all.").format(listed(named))
    return Paragraph("Software", text)


def _disclosure(sources: Sources) -> Paragraph | None:
    """What a reader outside has to know of the numbers."""
    rules, plain = sources.disclosure, sources.numbers.plain
    if rules is None:
        return None
    source = "settings/disclosure"
    text = Markup(
        "This report is for readers outside the coordinating center. Centers stand under neutral "
        "names; those with fewer than {threshold} patients or events stand together. Counts from "
        "{one} to {most} are suppressed ({mark}), as is what would tell them; all others are "
        "rounded to {step}. Totals are sums of what is shown, so they differ a little between "
        "tables. Survival and response rates are computed from these counts, survival in steps of "
        "{grid} months; other estimates are those of the exact data, as far as events, categories "
        "and patients behind them suffice. Diagnostics, which show single patients and small "
        "counts, are left out. The appendix counts what was decided by which rule."
    ).format(
        threshold=plain(rules.threshold, source),
        one=plain(1, source),
        most=plain(rules.threshold - 1, source),
        mark=SUPPRESSED,
        step=plain(rules.round_to, source),
        grid=plain(rules.grid_months, source),
    )
    return Paragraph("Disclosure control", text)


def _missing(sources: Sources) -> Paragraph:
    text = Markup(
        "Each model uses the patients with a value of all its factors (complete cases); tables "
        "give their number."
    )
    asked = sources.study.models.imputation
    if asked is None:
        text += Markup(" No value was imputed by the analysis.")
    else:
        source = "study:models.imputation"
        text += Markup(
            " Beside them the primary model was fitted on all patients with missing factors "
            "imputed {} times by chained equations (predictive mean matching, {} cycles, seed {}; "
            "with center, events and Nelson–Aalen hazards as predictors) and pooled by Rubin’s "
            "rules; this assumes that values are missing at random given these."
        ).format(
            sources.numbers.count(asked.imputations, f"{source}.imputations"),
            sources.numbers.count(asked.cycles, f"{source}.cycles"),
            sources.numbers.plain(asked.seed, f"{source}.seed"),
        )
    held: list[Text] = []
    for endpoint in sources.study.times_to_event:
        estimate = sources.hazard_ratio(endpoint, PRIMARY)
        total = sources.group_estimate(endpoint, "kaplan_meier", None, "n")
        if estimate is None or estimate.n is None or total is None or total.n is None:
            continue
        complete = sources.numbers.count(estimate.n, f"methods/{estimate.source}:n")
        everyone = sources.numbers.count(total.n, f"methods/{total.source}:n")
        label = in_sentence(sources.endpoint_of(endpoint).label)
        held.append(f"{complete} of {everyone} in that of {label}")
    if held:
        text += Markup(" Patients in the primary model: {}.").format(listed(held))
    return Paragraph("Missing values", text)
