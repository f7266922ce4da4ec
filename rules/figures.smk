# The report's figures one by one, for a journal. They cost as much as the report, so they are made
# when asked for, `snakemake --cores 2 figures`, and from then on kept up to date by every run.
#
# in   what the report is made from (rules/report.smk)
# out  results/figures/<figure>.svg, .pdf, .png (600 dots per inch) and .csv, the numbers drawn


localrules:
    figures,


rule figures:
    input:
        unpack(what_readers_get),
        dictionary=rules.dictionary.output.dictionary,
    output:
        folder=report(
            directory("results/figures"),
            patterns=["{figure}.svg"],
            caption="../templates/captions/figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    log:
        "logs/figures.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_figures,
    message:
        "Draw the figures for a journal."
    script:
        "../scripts/figures.py"
