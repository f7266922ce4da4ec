import json
import logging
from pathlib import Path

from multicentric.gate import (
    decide,
    findings_at_the_gate,
    passing,
    remove_orphans,
    told_of,
)
from multicentric.job import begin, read_json, write_json
from multicentric.study import load_settings
from multicentric.tables import write_table

begin(snakemake.log[0])
given, made, found = snakemake.input, snakemake.output, json.loads(snakemake.params.found)
decision = decide(map(read_json, given.verdicts), found["unready"], load_settings(Path()).gate)
left = found["known"], found["earlier"], found["corrected"]
for path in remove_orphans(Path("results"), *left):
    logging.info("Removed %s: there is no such center, drop or correction any more.", path)
write_table(findings_at_the_gate(found["unready"]), Path(made.findings))
write_json(told_of(decision, found["mapped"], found["arrived"]), made.status)
write_json(passing(decision, map(Path, [*given.validated, *given.records])), made.passing)
