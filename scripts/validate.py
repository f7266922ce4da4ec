from pathlib import Path

from multicentric.dictionary import read_dictionary
from multicentric.job import begin, protocol_part, write_json
from multicentric.queries.waivers import waivers_in
from multicentric.schema import load_model
from multicentric.tables import read_table, write_table
from multicentric.validate import validate_center

begin(snakemake.log[0])
given, made, center = snakemake.input, snakemake.output, snakemake.wildcards.center
model = load_model(Path(given.schema), protocol_part("validate").cut_off)
tables = [read_table(Path(path)) for path in (given.table, given.lineage, given.intake)]
dictionary, waivers = (
    read_dictionary(Path(given.dictionary)),
    waivers_in(center, map(Path, given.packs)),
)
judged = validate_center(center, *tables, model, dictionary, waivers)
for name in ("table", "findings", "records", "checks"):
    write_table(getattr(judged, name), Path(getattr(made, name)))
write_json(judged.status(center, snakemake.params.drop), made.status)
