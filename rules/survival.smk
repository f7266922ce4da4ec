# Every number of the study.
#
# in   results/pooled/patients.parquet, time_to_event.parquet; where values were corrected, the same as
#      sent, results/as_sent/
# out  results/estimates.parquet and .csv, results/curves.parquet, results/diagnostics.parquet,
#      results/baseline.parquet


localrules:
    estimates,
    curves,
    diagnostics,
    baseline,


rule estimates:
    input:
        gate=ancient(passed),
        patients=rules.pool.output.patients,
        times=rules.pool.output.times,
        readmitted=rules.pool.output.readmitted,
        as_sent=as_sent_if_corrected,
        dictionary=ancient("results/dictionary.json"),
    output:
        table="results/estimates.parquet",
        csv="results/estimates.csv",
    log:
        "logs/estimates.log",
    priority: 1
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_estimates,
    message:
        "Estimate."
    script:
        "../scripts/estimates.py"


rule curves:
    input:
        gate=ancient(passed),
        patients=rules.pool.output.patients,
        times=rules.pool.output.times,
        dictionary=ancient("results/dictionary.json"),
    output:
        curves="results/curves.parquet",
    log:
        "logs/curves.log",
    priority: 1
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_curves,
    message:
        "Draw up the survival curves."
    script:
        "../scripts/curves.py"


rule diagnostics:
    input:
        gate=ancient(passed),
        patients=rules.pool.output.patients,
        times=rules.pool.output.times,
        dictionary=ancient("results/dictionary.json"),
    output:
        diagnostics="results/diagnostics.parquet",
    log:
        "logs/diagnostics.log",
    priority: 1
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_diagnostics,
    message:
        "Draw up the diagnostics: overlap, hazards, residuals."
    script:
        "../scripts/diagnostics.py"


rule baseline:
    input:
        gate=ancient(passed),
        patients=rules.pool.output.patients,
        dictionary=rules.dictionary.output.dictionary,
    output:
        table="results/baseline.parquet",
    log:
        "logs/baseline.log",
    priority: 1
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_baseline,
    message:
        "Describe the patients at baseline."
    script:
        "../scripts/baseline.py"
