from pathlib import Path

from multicentric.job import begin
from multicentric.pool import findings_across_centers, part_of
from multicentric.tables import read_table, write_table

begin(snakemake.log[0])
given, made = snakemake.input, snakemake.output
lineages = {Path(path).stem: read_table(Path(path)) for path in given.lineage}
across = findings_across_centers(read_table(Path(given.questions)), lineages)
write_table(across, Path(made.findings))
for path in map(Path, made.parts):
    write_table(part_of(path.stem, across, read_table(Path(given.beside))), path)
