from pathlib import Path

from multicentric.adjudications import load_adjudications
from multicentric.job import Stop, begin, protocol_part, read_json
from multicentric.pool import pool_centers
from multicentric.tables import read_table, write_table

begin(snakemake.log[0])
given, made = snakemake.input, snakemake.output
if stop := read_json(given.passing)["stop"]:
    raise Stop(stop)
validated = {Path(path).stem: read_table(Path(path)) for path in given.validated}
records = {Path(path).stem: read_table(Path(path)) for path in given.records}
protocol, decided = protocol_part("pool", given.dictionary), load_adjudications(Path())
pooled = pool_centers(validated, records, protocol, decided)
for name in ("disposition", "patients", "times", "readmitted", "questions"):
    write_table(getattr(pooled, name), Path(getattr(made, name)))
