# Multicentric: from the centers' drops to one validated dataset and one report.
#
#   drop > harmonized > validated > gate > pooled > estimates > report
#
# A study is a folder with config/, schemas/ and centers/; it gets results/ and logs/. This folder
# holds the example study. Any other runs with `snakemake --snakefile .../Snakefile --directory STUDY`.

from snakemake.utils import min_version

min_version("9.14")


# The study and its centers, read once; what every rule depends on.
include: "rules/common.smk"
include: "rules/drops.smk"
# Each center by itself: its drop in the words of the dictionary, then judged.
include: "rules/harmonize.smk"
include: "rules/validate.smk"
# What each center is asked, and what changed since its drop before.
include: "rules/queries.smk"
# The gate, and the centers that pass it as one cohort.
include: "rules/pool.smk"
# Every number of the study.
include: "rules/survival.smk"
# What of it may be shown outside, where that is asked for; the study on paper.
include: "rules/shareable.smk"
include: "rules/report.smk"
include: "rules/figures.smk"
include: "rules/editions.smk"
# What was published when, from what.
include: "rules/audit.smk"


localrules:
    all,


# Every durable result of every stage, not only the last: Snakemake forgets an update that failed,
# and does not rebuild a lost intermediate, unless it was asked for the file itself.
rule all:
    default_target: True
    input:
        every_result,
        figures_if_asked_for,
        rules.editions.output,
        rules.exports.output,
        rules.ledger.output,
        rules.crate.output,
    message:
        "All results are made."


onsuccess:
    tell_who_is_out()


onerror:
    tell_who_is_out()
