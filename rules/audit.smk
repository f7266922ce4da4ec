# What leaves the study in the forms of others, and what was published when, from what.
#
# in   every result of the stages before
# out  results/exports/: ADSL and ADTTE, codebook and dictionaries
#      results/audit/made.json, published.json (how each dataset was made, and what stands in it),
#      ro-crate-metadata.json; new lines of the ledger, audit/ledger.jsonl unless
#      config/config.yaml says otherwise
#
# Only the ledger holds the time. It is no output: Snakemake removes outputs before it makes them.

from types import SimpleNamespace


def key_of_exports(wildcards):
    return key(
        **program("exports"),
        protocol=protocol("report"),
        templates=files_digest([ENGINE / "templates" / "codebook.html.j2"], ENGINE),
    )


localrules:
    exports,
    ledger,
    crate,


rule exports:
    input:
        gate=ancient(passed),
        patients=rules.pool.output.patients,
        times=rules.pool.output.times,
        lineage=lineage_of_passing,
        dictionary=rules.dictionary.output.dictionary,
    output:
        tables=expand(
            "results/exports/{table}.{form}",
            table=["adsl", "adtte"],
            form=["parquet", "xpt", "json"],
        ),
        define="results/exports/define.csv",
        redcap="results/exports/redcap_dictionary.csv",
        schema="results/exports/table_schema.json",
        codebook="results/exports/codebook.pdf",
    log:
        "logs/exports.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_exports,
    message:
        "Export."
    script:
        "../scripts/exports.py"


# --- the ledger ---


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
        "decisions": [center.mapping.as_posix(), study.dictionary, settings.study],
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
    made["report"] = of_pooled(
        "report",
        ["report.pdf"],
        key_of_report,
        *("estimates", "curves", "baseline", "pooled/disposition"),
    )
    for name in ("adsl", "adtte"):
        files = [f"exports/{name}.{form}" for form in ("parquet", "xpt", "json")]
        made[f"exports/{name}"] = of_pooled("exports", files, key_of_exports, *cohort)
    return json.dumps(made, sort_keys=True)


def key_of_ledger(wildcards):
    return key(**program("ledger"))


rule ledger:
    input:
        passing=passed,
        results=every_result,
        exports=rules.exports.output,
    output:
        made="results/audit/made.json",
        published="results/audit/published.json",
    log:
        "logs/ledger.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_ledger,
        made=made_of_all,
        ledger=settings.audit.ledger,
    message:
        "Record what was published."
    script:
        "../scripts/ledger.py"


def key_of_crate(wildcards):
    return key(**program("crate"), protocol=protocol("report"))


# The workflow travels with the crate, as the profile asks.
rule crate:
    input:
        gate=ancient(passed),
        made=rules.ledger.output.made,
        published=rules.ledger.output.published,
    output:
        crate="results/audit/ro-crate-metadata.json",
        workflow="results/audit/workflow/Snakefile",
    log:
        "logs/crate.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_crate,
    message:
        "Describe the run as RO-Crate."
    script:
        "../scripts/crate.py"
