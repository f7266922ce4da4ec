# The gate, and the centers that pass it as one cohort.
#
# in   results/status/<center>.json, results/validated, records and lineage of the centers
# out  results/gate/passing.json (drives the analysis), results/gate/status.json (drives the report),
#      results/pooled/, findings that show only at the gate or between centers, and of the latter
#      each center's own part, results/across/<center>.parquet, naming nobody else's patient; where
#      values were corrected, the cohort as sent, results/as_sent/
#
# What the report waits for has priority, so that whatever else is to be made is made beside it.


localrules:
    gate,
    everyone_in,
    pool,
    as_sent,
    across_centers,


checkpoint gate:
    input:
        verdicts=verdicts,
        validated=all_validated,
        records=all_records,
    output:
        passing="results/gate/passing.json",
        status="results/gate/status.json",
        findings="results/findings/_gate.parquet",
    log:
        "logs/gate.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_gate,
        found=found_at_start,
    message:
        "Decide which centers are pooled."
    script:
        "../scripts/gate.py"


rule pool:
    input:
        passing=passed,
        validated=validated_of_passing,
        records=records_of_passing,
        dictionary=ancient("results/dictionary.json"),
    output:
        disposition="results/pooled/disposition.parquet",
        patients="results/pooled/patients.parquet",
        times="results/pooled/time_to_event.parquet",
        readmitted="results/pooled/readmitted.parquet",
        questions="results/pooled/questions.parquet",
    log:
        "logs/pool.log",
    priority: 1
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_pool,
    message:
        "Pool the centers: who is analysed, who is not and why."
    script:
        "../scripts/pool.py"


# The cohort without the corrections that mappings make: how much hangs on them. Asked for only where
# a center that passes has any.
rule as_sent:
    input:
        gate=ancient(passed),
        files=ancient(files_of_corrected),
        mappings=ancient(mappings_of_corrected),
        packs=ancient(packs_of_corrected),
        validated=validated_of_passing,
        records=records_of_passing,
        dictionary=ancient("results/dictionary.json"),
        schema=ancient(study.dictionary),
    output:
        patients="results/as_sent/patients.parquet",
        times="results/as_sent/time_to_event.parquet",
    log:
        "logs/as_sent.log",
    priority: 1
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_as_sent,
        packs=packs_by_corrected,
    message:
        "Pool the centers as sent, without corrections."
    script:
        "../scripts/as_sent.py"


# A checkpoint, so that a center's questions are judged anew by the bytes of its own part: what
# another center's new drop leaves as it was asks nobody anew.
checkpoint across_centers:
    input:
        gate=ancient(passed),
        questions=rules.pool.output.questions,
        beside=rules.quality.output.findings,
        lineage=lineage_of_passing,
    output:
        findings="results/findings/_across_centers.parquet",
        parts=expand("results/across/{center}.parquet", center=READY),
    log:
        "logs/across_centers.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_across_centers,
    message:
        "Note what shows only when centers are seen together."
    script:
        "../scripts/across_centers.py"


# Asked for only by `strict: yes`: red, after the report, as long as a center is out.
rule everyone_in:
    input:
        status=status,
        report="results/report.pdf",
    output:
        "results/gate/everyone_in.txt",
    log:
        "logs/everyone_in.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_everyone_in,
    message:
        "Insist that every center is in."
    script:
        "../scripts/everyone_in.py"
