# The study on paper. It prints numbers of results/estimates and computes none.
#
# in   results/estimates, curves, baseline, disposition, quality, gate/status.json, dictionary.json
#      (or what of these may be shown outside, rules/shareable.smk)
# out  results/report.pdf


localrules:
    report,


rule report:
    input:
        unpack(what_readers_get),
        dictionary=rules.dictionary.output.dictionary,
    output:
        pdf=report(
            "results/report.pdf",
            caption="../templates/captions/report.rst",
            category="Report",
        ),
    log:
        "logs/report.log",
    priority: 1
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_report,
    message:
        "Write the report."
    script:
        "../scripts/report.py"
