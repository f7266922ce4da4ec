from pathlib import Path

from multicentric.estimates.endpoints import estimate
from multicentric.job import begin, protocol_part
from multicentric.tables import read_table, write_table

begin(snakemake.log[0])
given, made = snakemake.input, snakemake.output
tables = [read_table(Path(path)) for path in (given.patients, given.times, given.readmitted)]
as_sent = tuple(read_table(Path(path)) for path in given.as_sent) or None
table = estimate(*tables, protocol_part("estimates", given.dictionary), as_sent)
table.to_csv(made.csv, index=False, lineterminator="\n")
write_table(table, Path(made.table))
