# From a center's drop to the study's dictionary.
#
# in   schemas/ (the model that the study file names), centers/<center>/<date>/*, mapping.yaml
# out  results/dictionary.json, and for each center: harmonized, lineage, intake, and the census of
#      its texts (what each became, and which the drop before did not hold)
#
# What people write and send is ancient(): its date says nothing, its content is in the key.


rule dictionary:
    input:
        schema=ancient(study.dictionary),
    output:
        dictionary="results/dictionary.json",
    log:
        "logs/dictionary.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_dictionary,
    message:
        "Read the data dictionary."
    script:
        "../scripts/dictionary.py"


rule harmonize:
    input:
        files=ancient(files_of),
        mapping=ancient(mapping_of),
        dictionary=rules.dictionary.output.dictionary,
    output:
        table="results/harmonized/{center}.parquet",
        lineage="results/lineage/{center}.parquet",
        intake="results/intake/{center}.parquet",
    log:
        "logs/harmonize/{center}.log",
    group:
        "center"
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_harmonize,
        drop=drop_folder_of,
        split=split_of,
    message:
        "Harmonize {wildcards.center}."
    script:
        "../scripts/harmonize.py"


rule census:
    input:
        files=ancient(files_of),
        previous=ancient(files_of_previous),
        mapping=ancient(mapping_of),
        dictionary=rules.dictionary.output.dictionary,
    output:
        census="results/census/{center}.parquet",
    log:
        "logs/census/{center}.log",
    group:
        "center"
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_census,
        drop=drop_folder_of,
        previous=folder_of_previous,
        split=split_of,
    message:
        "Census {wildcards.center}."
    script:
        "../scripts/census.py"


# The rows of a shared drop that name no center, or none that its mapping knows.
rule unassigned:
    input:
        files=ancient(files_of_source),
        mapping=ancient(mapping_of_source),
        dictionary=rules.dictionary.output.dictionary,
    output:
        findings="results/findings/_unassigned_{source}.parquet",
        records="results/records/_unassigned_{source}.parquet",
    log:
        "logs/unassigned/{source}.log",
    conda:
        "../envs/multicentric.yaml"
    params:
        key=key_of_unassigned,
        drop=drop_folder_of_source,
    message:
        "Look for rows of {wildcards.source} that belong to no center."
    script:
        "../scripts/unassigned.py"
