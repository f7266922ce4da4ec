from pathlib import Path

from multicentric.job import begin
from multicentric.report import read_inputs
from multicentric.report.editions import write_editions

begin(snakemake.log[0])
inputs = read_inputs(Path(), snakemake.input, snakemake.params.report)
write_editions(inputs, Path(snakemake.output.page), Path(snakemake.output.tables))
