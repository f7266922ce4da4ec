from pathlib import Path

from multicentric.dictionary import read_dictionary
from multicentric.harmonize import harmonize_center, write_lineage
from multicentric.job import begin
from multicentric.keyed_hash import secret_of
from multicentric.mapping import load_mapping
from multicentric.tables import write_table

begin(snakemake.log[0])
given, made, params = snakemake.input, snakemake.output, snakemake.params
mapping, dictionary = load_mapping(Path(given.mapping)), read_dictionary(Path(given.dictionary))
drop, center = Path(params.drop), snakemake.wildcards.center
how = {"split": params.split, "secret": secret_of(Path())}
harmonized = harmonize_center(center, drop, mapping, dictionary, **how)
write_table(harmonized.table, Path(made.table))
write_table(harmonized.intake, Path(made.intake))
write_lineage(harmonized.lineage_parts(), Path(made.lineage))
