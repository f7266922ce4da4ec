# What leaves the study in the forms of others, and what was published when, from what.
#
# in   every result of the stages before
# out  results/exports/: ADSL and ADTTE, dictionaries; results/codebook.pdf
#      results/audit/made.json, published.json (how each dataset was made, and what stands in it),
#      ro-crate-metadata.json; new lines of the ledger, audit/ledger.jsonl unless
#      config/config.yaml says otherwise
#
# Only the ledger holds the time. It is no output: Snakemake removes outputs before it makes them.


include: "published.smk"


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
        codebook="results/codebook.pdf",
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
        made_with=made_with,
        ledger=settings.audit.ledger,
    message:
        "Record what was published."
    script:
        "../scripts/ledger.py"


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
