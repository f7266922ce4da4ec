# Each center judged by the study's model: what cannot stand is held back, and says why.
#
# in   results/harmonized, lineage, intake of the center; results/dictionary.json; the model; what the
#      center has confirmed in query packs that came back
# out  results/validated, findings, records, status, checks of the center


rule validate:
    input:
        table=rules.harmonize.output.table,
        lineage=rules.harmonize.output.lineage,
        intake=rules.harmonize.output.intake,
        dictionary=rules.dictionary.output.dictionary,
        schema=ancient(study.dictionary),
        packs=ancient(packs_of),
    output:
        table="results/validated/{center}.parquet",
        findings="results/findings/{center}.parquet",
        records="results/records/{center}.parquet",
        status="results/status/{center}.json",
        checks="results/checks/{center}.parquet",
    log:
        "logs/validate/{center}.log",
    group:
        "center"
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_validate,
        drop=drop_date_of,
    message:
        "Validate {wildcards.center}."
    script:
        "../scripts/validate.py"
