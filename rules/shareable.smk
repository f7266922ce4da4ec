# What may be shown outside the study; only where config/config.yaml asks for the profile shareable.
#
# in   results/estimates, baseline, quality, pooled/*, gate/status.json; the last release, if any
# out  results/shareable/: the tables that the report is then made from, instead of the exact ones,
#      and decisions.csv, what was withheld or rounded and by which rule

from multicentric.audit.disclosure.masks import labels_of


localrules:
    disclose,


def key_of_disclose(wildcards):
    return key(
        **program("disclose"),
        protocol=protocol("report"),
        rules=digest(settings.disclosure.model_dump_json()),
        released=released(),
    )


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


rule disclose:
    input:
        status=status,
        estimates=rules.estimates.output.table,
        baseline=rules.baseline.output.table,
        disposition=rules.pool.output.disposition,
        quality=rules.quality.output.table,
        questions=rules.pool.output.questions,
        patients=rules.pool.output.patients,
        times=rules.pool.output.times,
    output:
        status="results/shareable/status.json",
        estimates="results/shareable/estimates.parquet",
        curves="results/shareable/curves.parquet",
        baseline="results/shareable/baseline.parquet",
        disposition="results/shareable/disposition.parquet",
        quality="results/shareable/quality.parquet",
        questions="results/shareable/questions.parquet",
        decisions="results/shareable/decisions.csv",
    log:
        "logs/disclose.log",
    priority: 1
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_disclose,
        labels=neutral_labels,
        ledger=settings.audit.ledger,
    message:
        "Withhold what must not be shown outside."
    script:
        "../scripts/disclose.py"
