# What may be shown outside the study; only where config/config.yaml asks for the profile shareable.
#
# in   results/estimates, baseline, quality, pooled/*, gate/status.json; the last release, if any
# out  results/shareable/: the tables that the report is then made from, instead of the exact ones,
#      and decisions.csv, what was withheld or rounded and by which rule


localrules:
    disclose,


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
