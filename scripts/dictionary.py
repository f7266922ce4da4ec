from pathlib import Path

from multicentric.job import begin
from multicentric.schema import dictionary_of, load_model

begin(snakemake.log[0])
dictionary_of(load_model(Path(snakemake.input.schema))).write(Path(snakemake.output.dictionary))
