from pathlib import Path

from multicentric.dictionary import read_dictionary
from multicentric.harmonize import harmonize_center
from multicentric.job import begin, protocol_part
from multicentric.keyed_hash import secret_of
from multicentric.mapping import load_mapping
from multicentric.queries.waivers import waivers_in
from multicentric.schema import load_model
from multicentric.tables import write_table
from multicentric.validate import validate_center

begin(snakemake.log[0])
given, made, center = snakemake.input, snakemake.output, snakemake.wildcards.center
model = load_model(Path(given.schema), protocol_part("validate").cut_off)
dictionary, mapping = read_dictionary(Path(given.dictionary)), load_mapping(Path(given.mapping))
drop, how = Path(snakemake.params.drop), {"split": snakemake.params.split}
read = harmonize_center(center, drop, mapping, dictionary, secret=secret_of(Path()), **how)
waivers = waivers_in(center, map(Path, given.packs))
judged = validate_center(center, read.table, read.lineage, read.intake, model, dictionary, waivers)
for table, path in ((read.table, made.table), (read.lineage, made.lineage)):
    write_table(table, Path(path))
for table, path in ((judged.findings, made.findings), (judged.records, made.records)):
    write_table(table, Path(path))
