from pathlib import Path

from multicentric.estimates.diagnostics import diagnostics
from multicentric.job import begin, protocol_part
from multicentric.tables import read_table, write_table

begin(snakemake.log[0])
given = snakemake.input
patients, times = read_table(Path(given.patients)), read_table(Path(given.times))
table = diagnostics(patients, times, protocol_part("estimates", given.dictionary))
write_table(table, Path(snakemake.output.diagnostics))
