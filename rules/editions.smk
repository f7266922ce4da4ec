# The report for a screen, and its tables for a manuscript: from the page that the PDF is made from.
#
# in   what the report is made from
# out  results/report.html, results/tables/ (tables.docx, a CSV of each table, index.csv)


localrules:
    editions,


# Nobody waits for it: the PDF goes first. The run that both name is the PDF's.
rule editions:
    input:
        unpack(what_readers_get),
        dictionary=rules.dictionary.output.dictionary,
    output:
        page="results/report.html",
        tables=directory("results/tables"),
    log:
        "logs/editions.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_editions,
        report=key_of_report,
    message:
        "Write the report for a screen, and its tables for a manuscript."
    script:
        "../scripts/editions.py"
