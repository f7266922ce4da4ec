# How each published dataset is made: look-ups of rules/audit.smk, as common.smk is for the others.

import hashlib
import platform
from types import SimpleNamespace

from multicentric.fingerprint import library_versions


def key_of_exports(wildcards):
    return key(
        **program("exports"),
        protocol=protocol("report"),
        templates=files_digest([ENGINE / "templates" / "codebook.html.j2"], ENGINE),
    )


def of_center(center):
    of = SimpleNamespace(center=center.id)
    tables = ["validated", "harmonized", "lineage", "findings", "records", "queries"]
    if center.id in with_two_drops():
        tables.append("changes")
    return {
        "files": [
            *(f"results/{table}/{center.id}.parquet" for table in tables),
            f"results/status/{center.id}.json",
        ],
        "stages": {
            "dictionary": json.loads(key_of_dictionary(of)),
            "harmonize": json.loads(key_of_harmonize(of)),
            "validate": json.loads(key_of_validate(of)),
            "ask": json.loads(key_of_ask(of)),
        },
        "inputs": [path.as_posix() for path in center.files],
        "decisions": [center.mapping.as_posix(), *schema_files(), settings.study],
        "above": [],
        "drop": center.drop_date,
    }


def of_pooled(stage, files, key_of, *above):
    return {
        "files": [f"results/{file}" for file in files],
        "stages": {stage: json.loads(key_of(None))},
        "decisions": [settings.study],
        "above": list(above),
    }


def made_of_all(wildcards):
    validated = [f"validated/{center}" for center in READY]
    cohort = ("pooled/patients", "pooled/time_to_event")
    made = {f"validated/{name}": of_center(center) for name, center in READY.items()}
    for name in cohort:
        made[name] = of_pooled("pool", [f"{name}.parquet"], key_of_pool, *validated)
    alone = {f"results/{name}.parquet" for name in cohort}
    rest = [file.removeprefix("results/") for file in rules.pool.output if file not in alone]
    made["pooled/disposition"] = of_pooled("pool", rest, key_of_pool, *validated)
    made["estimates"] = of_pooled(
        "estimates", ["estimates.parquet", "estimates.csv"], key_of_estimates, *cohort
    )
    made["curves"] = of_pooled("curves", ["curves.parquet"], key_of_curves, *cohort)
    made["baseline"] = of_pooled("baseline", ["baseline.parquet"], key_of_baseline, cohort[0])
    made["diagnostics"] = of_pooled(
        "diagnostics", ["diagnostics.parquet"], key_of_diagnostics, *cohort
    )
    made["quality"] = of_pooled("quality", ["quality.parquet"], key_of_quality, *validated)
    behind = ("estimates", "curves", "diagnostics", "baseline", "quality", "pooled/disposition")
    if settings.profile == "shareable":
        behind = ("estimates", "baseline", "pooled/disposition", *cohort)
        files = [file.removeprefix("results/") for file in rules.disclose.output]
        files.sort(key=lambda file: file != "shareable/estimates.parquet")
        made["shareable"] = of_pooled("disclose", files, key_of_disclose, *behind)
        behind = ("shareable",)
    made["report"] = of_pooled("report", ["report.pdf"], key_of_report, *behind)
    made["report_editions"] = of_pooled(
        "editions", ["report.html", "tables/tables.docx"], key_of_editions, *behind
    )
    for name in ("adsl", "adtte"):
        files = [f"exports/{name}.{form}" for form in ("parquet", "xpt", "json")]
        made[f"exports/{name}"] = of_pooled("exports", files, key_of_exports, *cohort)
    return json.dumps(made, sort_keys=True)


@cache
def made_with_all():
    versions = {"python": platform.python_version()}
    for script in sorted((ENGINE / "scripts").glob("*.py")):
        versions = {**library_versions(script, ENGINE), **versions}
    said = {"software": versions}
    lock = ENGINE / "requirements.lock"
    if lock.is_file():
        said["lock"] = hashlib.sha256(lock.read_bytes()).hexdigest()
    return json.dumps(said, sort_keys=True)


def made_with(wildcards):
    return made_with_all()


def key_of_ledger(wildcards):
    return key(**program("ledger"))


def key_of_crate(wildcards):
    return key(**program("crate"), protocol=protocol("report"))
