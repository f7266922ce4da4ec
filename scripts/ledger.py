import json
from pathlib import Path

from multicentric import ENGINE
from multicentric.audit.commit import commit_of
from multicentric.audit.entries import record
from multicentric.audit.published import Made, decisions, pooled_from, states
from multicentric.job import begin, read_json, write_json

begin(snakemake.log[0])
passing = read_json(snakemake.input.passing)["centers"]
told = pooled_from(passing, json.loads(snakemake.params.made))
made = {name: Made.of(how) for name, how in told.items()}
published = states(Path(), made)
write_json(told, snakemake.output.made)
write_json(published, snakemake.output.published)
made_with = json.loads(snakemake.params.made_with) | commit_of(ENGINE)
record(Path(snakemake.params.ledger), published, decisions(Path(), made), made_with)
