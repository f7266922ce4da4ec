# What the rules look up: the study, its centers, and each rule's key (multicentric/fingerprint.py).

import json
import os
import sys
from functools import cache
from pathlib import Path

from snakemake.logging import logger

from multicentric.audit.labels import labels_of
from multicentric.centers import ID, discover, ready, shared_sources
from multicentric.documents import Mistakes, read_document
from multicentric.fingerprint import (
    code_digest,
    declarations_digest,
    digest,
    file_digest,
    files_digest,
    folder_digest,
    key,
    library_digest,
    reached,
)
from multicentric.gate import delivery, standing, told
from multicentric.job import read_json
from multicentric.adjudications import FILE as ADJUDICATIONS
from multicentric.keyed_hash import keyed_hash
from multicentric.resume import say_at_work, unlock_if_nobody_works, without_record
from multicentric.settings import PRINTED
from multicentric.study import load_settings, load_study, part_text

# Scripts, library and templates stand beside the Snakefile; everything else is the study's.
ENGINE = Path(workflow.basedir)
RECORD = Path(".snakemake")

# Results speak of patients: they are for the one who runs the study.
os.umask(0o077)

try:
    settings = load_settings(Path())
    study = load_study(Path(), settings)
    secret = keyed_hash(Path(), settings)
except Mistakes as mistakes:
    sys.exit(str(mistakes))

centers = discover(Path())
READY = ready(centers)
SHARED = shared_sources(centers)
UNREADY = [standing(center) for center in centers if center.state != "ready"]


def judged():
    """The gate's last word on every center."""
    path = Path("results/gate/status.json")
    return read_json(path)["centers"] if path.exists() else []


if workflow.is_main_process:
    say_at_work(RECORD)
    if unlock_if_nobody_works(RECORD):
        logger.warning("An earlier run was cut off; taking over from where it stood.")
    for sentence in told(UNREADY):
        logger.warning(sentence)
    for sentence in told(entry for entry in judged() if entry["center"] in READY):
        logger.warning(f"At the last run, {sentence}")


wildcard_constraints:
    center=ID,
    source=ID,


# --- what is made ---


def every_result(wildcards):
    stop_without_record()
    return durable_results()


def durable_results():
    results = [*of_each_center(), *rules.gate.output]
    for stage in (rules.pool, rules.across_centers, rules.quality, rules.estimates, rules.curves):
        results += stage.output
    results += [*rules.diagnostics.output, *rules.baseline.output, *rules.report.output]
    results.append(rules.editions.output.page)
    if settings.profile == "shareable":
        results += rules.disclose.output
    if settings.strict:
        results += rules.everyone_in.output
    return results


def of_each_center():
    results = [*rules.dictionary.output]
    for stage in (rules.harmonize, rules.census, rules.validate, rules.ask):
        results += expand(stage.output, center=READY)
    results += expand(rules.changes.output, center=with_two_drops())
    results += expand(rules.unassigned.output, source=SHARED)
    return results


@cache
def stop_without_record():
    """A lost .snakemake would pass whatever lies in results/ as up to date.

    Asked once, before any job starts, by the target and by whatever stands on a drop.
    """
    unknown = without_record(durable_results(), RECORD)
    if unknown and workflow.is_main_process and not workflow.dag_settings.forceall:
        sys.exit(
            f"results/ holds {len(unknown)} files that Snakemake has no record of making, "
            f"{unknown[0]} for one, so nobody can say whether they are up to date: run snakemake "
            "with --forceall to make everything anew, or delete results/ first."
        )


def figures_if_asked_for(wildcards):
    return rules.figures.output if Path("results/figures").exists() else []


# --- centers ---


def files_of(wildcards):
    stop_without_record()
    return READY[wildcards.center].files


def mapping_of(wildcards):
    return READY[wildcards.center].mapping


def drop_folder_of(wildcards):
    return READY[wildcards.center].drop.as_posix()


def drop_date_of(wildcards):
    return READY[wildcards.center].drop_date


def split_of(wildcards):
    return READY[wildcards.center].split


def drop_folder_of_source(wildcards):
    return SHARED[wildcards.source].drop.as_posix()


def files_of_source(wildcards):
    return SHARED[wildcards.source].files


def mapping_of_source(wildcards):
    return SHARED[wildcards.source].mapping


# --- the gate ---


def verdicts(wildcards):
    return expand(rules.validate.output.status, center=READY)


def all_validated(wildcards):
    return expand(rules.validate.output.table, center=READY)


def all_records(wildcards):
    return [
        *expand(rules.validate.output.records, center=READY),
        *expand(rules.unassigned.output.records, source=SHARED),
    ]


def found_at_start(wildcards):
    known = sorted({name for center in centers for name in (center.id, center.source)})
    mapped = {name: dict(center.statuses) for name, center in READY.items()}
    earlier = {name: [drop.name for drop in earlier_drops(name)] for name in READY}
    found = {"known": known, "unready": UNREADY, "mapped": mapped, "earlier": earlier}
    found["corrected"] = any(center.corrected for center in READY.values())
    found["arrived"] = {name: delivery(center) for name, center in READY.items()}
    return json.dumps(found, sort_keys=True)


# Every rule below the gate asks for it, so that Snakemake judges it anew once the gate has decided.
# So centers that were made again and came out the same cause no pooled job.
# As plain text, since ancient() would otherwise mark the gate's own output, for every rule.
def passed(wildcards):
    return str(checkpoints.gate.get().output.passing)


def status(wildcards):
    return str(checkpoints.gate.get().output.status)


def validated_of_passing(wildcards):
    return expand(rules.validate.output.table, center=passing_centers())


def records_of_passing(wildcards):
    return [
        *expand(rules.validate.output.records, center=passing_centers()),
        *expand(rules.unassigned.output.records, source=SHARED),
    ]


def lineage_of_passing(wildcards):
    return expand(rules.harmonize.output.lineage, center=passing_centers())


def passing_centers():
    return read_json(passed(None))["centers"]


def corrected_centers():
    return [READY[name] for name in passing_centers() if READY[name].corrected]


def files_of_corrected(wildcards):
    return [file for center in corrected_centers() for file in center.files]


def mappings_of_corrected(wildcards):
    return [center.mapping for center in corrected_centers()]


def packs_of_corrected(wildcards):
    return [pack for center in corrected_centers() for pack in packs_of_center(center.id)]


def packs_by_corrected(wildcards):
    return {
        center.id: [pack.as_posix() for pack in packs_of_center(center.id)]
        for center in corrected_centers()
    }


def as_sent_if_corrected(wildcards):
    return list(rules.as_sent.output) if corrected_centers() else []


def tell_who_is_out():
    for sentence in told(judged()):
        logger.warning(sentence)


# --- what readers get ---


def what_readers_get(wildcards):
    if settings.profile == "shareable":
        return {"status": status(wildcards), **dict(rules.disclose.output.items())}
    return {
        "status": status(wildcards),
        "estimates": rules.estimates.output.table,
        "curves": rules.curves.output.curves,
        "baseline": rules.baseline.output.table,
        "disposition": rules.pool.output.disposition,
        "quality": rules.quality.output.table,
        "questions": rules.pool.output.questions,
        "diagnostics": rules.diagnostics.output.diagnostics,
    }


def released():
    """Digest of the last release beside the ledger, which the next one is held to."""
    folders = [
        folder
        for folder in (Path(settings.audit.ledger).parent / "releases").glob("*")
        if folder.name.isdigit()
    ]
    last = max(folders, key=lambda folder: int(folder.name), default=None)
    return "" if last is None else folder_digest(last)


@cache
def neutral_labels(wildcards):
    return json.dumps(labels_of(READY.values()), sort_keys=True)


# --- keys ---


@cache
def program(stage):
    """What a script and all it reaches mean, and the libraries it stands on."""
    script = ENGINE / "scripts" / f"{stage}.py"
    return {"code": code_digest(script, ENGINE), "libraries": library_digest(script, ENGINE)}


@cache
def protocol(part):
    return digest(part_text(part, study))


@cache
def schema():
    """The study's model, with what it reaches in the library."""
    return code_digest(Path(study.dictionary), ENGINE)


@cache
def schema_files():
    """The file of the study's model, and what it imports beside itself."""
    path = Path(study.dictionary)
    beside = (file for file in reached(path, ENGINE) if file.parent == path.parent)
    return sorted(file.as_posix() for file in beside)


@cache
def variables():
    """The study's model without its rules, which only validation asks."""
    return declarations_digest(Path(study.dictionary), ENGINE)


def meaning_of(paths):
    """What YAML files say; a broken one is told by the job that reads it."""
    said = {}
    for path in sorted(path for path in paths if path.is_file()):
        try:
            said[path.name] = read_document(path).digest
        except Mistakes:
            said[path.name] = file_digest(path)
    return digest(json.dumps(said))


def drop_of(center):
    return {
        "drop": center.drop_date,
        "files": files_digest(center.files, center.drop),
        "mapping": digest(center.meaning),
        "split": center.split or "",
        "secret": secret.fingerprint if secret else "",
    }


def key_of_dictionary(wildcards):
    return key(**program("dictionary"), protocol=protocol("dictionary"), schema=variables())


def key_of_harmonize(wildcards):
    return key(**program("harmonize"), **drop_of(READY[wildcards.center]))


def key_of_unassigned(wildcards):
    return key(**program("unassigned"), **drop_of(SHARED[wildcards.source]))


def key_of_validate(wildcards):
    return key(
        **program("validate"),
        drop=READY[wildcards.center].drop_date,
        protocol=protocol("validate"),
        schema=schema(),
        **answered(packs_of(wildcards)),
    )


def key_of_gate(wildcards):
    return key(**program("gate"), policy=digest(settings.gate.model_dump_json()))


def key_of_pool(wildcards):
    return key(
        **program("pool"),
        protocol=protocol("pool"),
        adjudications=meaning_of([Path(ADJUDICATIONS)]),
    )


def key_of_as_sent(wildcards):
    drops = {center.id: drop_of(center) for center in corrected_centers()}
    return key(
        **program("as_sent"),
        drops=digest(json.dumps(drops)),
        validation=protocol("validate"),
        pooling=protocol("pool"),
        schema=schema(),
        adjudications=meaning_of([Path(ADJUDICATIONS)]),
        packs=files_digest(packs_of_corrected(wildcards), Path("centers")),
    )


def key_of_across_centers(wildcards):
    return key(**program("across_centers"))


def key_of_estimates(wildcards):
    return key(**program("estimates"), protocol=protocol("estimates"))


def key_of_curves(wildcards):
    return key(**program("curves"), protocol=protocol("estimates"))


def key_of_diagnostics(wildcards):
    return key(**program("diagnostics"), protocol=protocol("estimates"))


def key_of_baseline(wildcards):
    return key(**program("baseline"), protocol=protocol("baseline"))


def key_of_disclose(wildcards):
    return key(
        **program("disclose"),
        protocol=protocol("report"),
        rules=digest(settings.disclosure.model_dump_json()),
        released=released(),
    )


def key_of_report(wildcards):
    return key_of_pages("report")


def key_of_figures(wildcards):
    return key_of_pages("figures")


def key_of_editions(wildcards):
    return key_of_pages("editions")


def key_of_pages(stage):
    return key(
        **program(stage),
        protocol=protocol("report"),
        settings=digest(settings.model_dump_json(include=PRINTED)),
        templates=folder_digest(ENGINE / "templates"),
    )


def key_of_everyone_in(wildcards):
    return key(**program("everyone_in"))
