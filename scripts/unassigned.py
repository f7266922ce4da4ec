from pathlib import Path

from multicentric.harmonize import unassigned_rows
from multicentric.job import begin
from multicentric.mapping import load_mapping
from multicentric.tables import write_table

begin(snakemake.log[0])
mapping = load_mapping(Path(snakemake.input.mapping))
nobodys = unassigned_rows(Path(snakemake.params.drop), mapping)
for name in ("findings", "records"):
    write_table(getattr(nobodys, name), Path(getattr(snakemake.output, name)))
