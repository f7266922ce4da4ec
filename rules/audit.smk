# What was published when, from what: the ledger, which outlives the results.
#
# in   every result of the stages before
# out  results/audit/made.json, published.json (how each dataset was made, and what stands in it);
#      new lines of the ledger, audit/ledger.jsonl unless config/config.yaml says otherwise
#
# Only the ledger holds the time. It is no output: Snakemake removes outputs before it makes them.

from types import SimpleNamespace


localrules:
    ledger,


def of_center(center):
    of = SimpleNamespace(center=center.id)
    return {
        "files": [
            f"results/{folder}/{center.id}.{'json' if folder == 'status' else 'parquet'}"
            for folder in ("validated", "harmonized", "lineage", "findings", "records", "status")
        ],
        "stages": {
            "dictionary": json.loads(key_of_dictionary(of)),
            "harmonize": json.loads(key_of_harmonize(of)),
            "validate": json.loads(key_of_validate(of)),
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
    for name in ("disposition", *(name.removeprefix("pooled/") for name in cohort)):
        file = f"pooled/{name}.parquet"
        made[f"pooled/{name}"] = of_pooled("pool", [file], key_of_pool, *validated)
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
    return json.dumps(made, sort_keys=True)


def key_of_ledger(wildcards):
    return key(**program("ledger"))


rule ledger:
    input:
        passing=passed,
        results=every_result,
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
