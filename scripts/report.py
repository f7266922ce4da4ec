from pathlib import Path

from multicentric.job import begin
from multicentric.report import read_inputs, render_report

begin(snakemake.log[0])
pdf = render_report(read_inputs(Path(), snakemake.input, snakemake.params.key))
Path(snakemake.output.pdf).write_bytes(pdf)
