from pathlib import Path

from multicentric.dictionary import read_dictionary
from multicentric.harmonize import harmonize_center
from multicentric.job import begin
from multicentric.mapping import load_mapping
from multicentric.tables import write_table

begin(snakemake.log[0])
given, made, center = snakemake.input, snakemake.output, snakemake.wildcards.center
mapping, drop = load_mapping(Path(given.mapping)), Path(snakemake.params.drop)
dictionary, split = read_dictionary(Path(given.dictionary)), snakemake.params.split
harmonized = harmonize_center(center, drop, mapping, dictionary, split=split)
for name in ("table", "lineage", "intake"):
    write_table(getattr(harmonized, name), Path(getattr(made, name)))
