# What each center is asked, what it answered, and what changed since its drop before.
#
# in   harmonized, lineage, findings, records of the center's newest drop and, made here, of every
#      drop before it; the query packs that lay in the drops' folders; what shows of the center only
#      beside the others (results/across/<center>.parquet)
# out  results/queries/<center>.parquet, .xlsx, .pdf: the questions, to answer, and on two pages
#      results/changes/<center>.parquet, .html: for a center with two drops or more
#      results/earlier/<center>/<date>/: the drops before the newest, judged as today
#      results/quality.parquet: rates of every rule by center, with funnel limits
#      results/findings/_beside_others.parquet: what shows of a center beside the others
#
# A center's pack depends on its own drops and on what shows of it beside the others, which a job of
# its own tells apart: no other center makes it anew as long as that part stays as it is.


wildcard_constraints:
    date=r"\d{4}-\d{2}-\d{2}",


# --- drops before the newest ---


rule earlier:
    input:
        files=ancient(files_of_earlier),
        mapping=ancient(mapping_of_earlier),
        dictionary=rules.dictionary.output.dictionary,
        schema=ancient(study.dictionary),
        packs=ancient(packs_of_earlier),
    output:
        table="results/earlier/{center}/{date}/harmonized.parquet",
        lineage="results/earlier/{center}/{date}/lineage.parquet",
        findings="results/earlier/{center}/{date}/findings.parquet",
        records="results/earlier/{center}/{date}/records.parquet",
    log:
        "logs/earlier/{center}.{date}.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_earlier,
        drop=folder_of_earlier,
        split=split_of,
    message:
        "Judge {wildcards.center} of {wildcards.date} as today."
    script:
        "../scripts/earlier.py"


# --- questions ---


rule ask:
    input:
        table=over_drops("table", rules.harmonize.output.table),
        lineage=over_drops("lineage", rules.harmonize.output.lineage),
        findings=over_drops("findings", rules.validate.output.findings),
        records=over_drops("records", rules.validate.output.records),
        checks=rules.validate.output.checks,
        across=across_of,
        mapping=ancient(mappings_of),
        packs=ancient(packs_of),
        dictionary=rules.dictionary.output.dictionary,
        schema=ancient(study.dictionary),
    output:
        queries="results/queries/{center}.parquet",
        pack="results/queries/{center}.xlsx",
        summary="results/queries/{center}.pdf",
    log:
        "logs/ask/{center}.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_ask,
        drops=drop_folders_of,
        split=split_of,
        simulated=study.data_origin == "simulated",
    message:
        "Ask {wildcards.center}."
    script:
        "../scripts/ask.py"


# --- changes ---


rule changes:
    input:
        table=last_two("table", rules.harmonize.output.table),
        lineage=last_two("lineage", rules.harmonize.output.lineage),
        findings=last_two("findings", rules.validate.output.findings),
        records=last_two("records", rules.validate.output.records),
        files=ancient(files_of_last_two),
        mapping=ancient(mappings_of_last_two),
        dictionary=rules.dictionary.output.dictionary,
        schema=ancient(study.dictionary),
    output:
        table="results/changes/{center}.parquet",
        page="results/changes/{center}.html",
    log:
        "logs/changes/{center}.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_changes,
        drops=last_two_drops_of,
        simulated=study.data_origin == "simulated",
    message:
        "Changes {wildcards.center}."
    script:
        "../scripts/changes.py"


# --- quality across centers ---


localrules:
    quality,


rule quality:
    input:
        passing=passed,
        checks=checks_of_passing,
        tables=tables_of_passing,
        findings=findings_over_drops,
        dictionary=ancient("results/dictionary.json"),
        schema=ancient(study.dictionary),
    output:
        table="results/quality.parquet",
        findings="results/findings/_beside_others.parquet",
    log:
        "logs/quality.log",
    priority: 1
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_quality,
        drops=names_of_drops,
    message:
        "Set the centers beside each other."
    script:
        "../scripts/quality.py"
