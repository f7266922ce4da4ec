from pathlib import Path

from multicentric.adjudications import load_adjudications
from multicentric.as_sent import pooled_as_sent, validated_as_sent
from multicentric.centers import discover, ready
from multicentric.dictionary import read_dictionary
from multicentric.job import begin, protocol_part
from multicentric.keyed_hash import secret_of
from multicentric.schema import load_model
from multicentric.tables import read_table, write_table

begin(snakemake.log[0])
given, made = snakemake.input, snakemake.output
model = load_model(Path(given.schema), protocol_part("validate").cut_off)
how = (model, read_dictionary(Path(given.dictionary)), secret_of(Path()))
centers, packs = ready(discover(Path())), snakemake.params.packs
as_sent = {name: validated_as_sent(centers[name], map(Path, packs[name]), *how) for name in packs}
validated = {Path(path).stem: read_table(Path(path)) for path in given.validated}
records = {Path(path).stem: read_table(Path(path)) for path in given.records}
protocol, decided = protocol_part("pool", given.dictionary), load_adjudications(Path())
pooled = pooled_as_sent(as_sent, validated, records, protocol, decided)
write_table(pooled.patients, Path(made.patients))
write_table(pooled.times, Path(made.times))
