from pathlib import Path

from multicentric.job import begin
from multicentric.pool import findings_across_centers
from multicentric.tables import read_table, write_table

begin(snakemake.log[0])
questions = read_table(Path(snakemake.input.questions))
lineages = {Path(path).stem: read_table(Path(path)) for path in snakemake.input.lineage}
write_table(findings_across_centers(questions, lineages), Path(snakemake.output.findings))
