from pathlib import Path

from multicentric.dictionary import read_dictionary
from multicentric.harmonize import unassigned_rows
from multicentric.job import begin
from multicentric.keyed_hash import secret_of
from multicentric.mapping import load_mapping
from multicentric.tables import write_table

begin(snakemake.log[0])
mapping = load_mapping(Path(snakemake.input.mapping))
dictionary = read_dictionary(Path(snakemake.input.dictionary))
drop = Path(snakemake.params.drop)
nobodys = unassigned_rows(drop, mapping, dictionary, secret_of(Path()))
for name in ("findings", "records"):
    write_table(getattr(nobodys, name), Path(getattr(snakemake.output, name)))
