from pathlib import Path

from multicentric.job import begin
from multicentric.report import compose, read_inputs
from multicentric.report.journal import journal_figures, write_figures

begin(snakemake.log[0])
inputs = read_inputs(Path(), snakemake.input, snakemake.params.key)
figures = journal_figures(compose(inputs), inputs)
write_figures(figures, Path(snakemake.output.folder), inputs.study.cut_off)
