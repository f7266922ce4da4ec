from pathlib import Path

from multicentric.dictionary import read_dictionary
from multicentric.job import begin
from multicentric.queries.stage import ask, judged_drops
from multicentric.queries.words import messages_beside
from multicentric.tables import read_table, write_table

begin(snakemake.log[0])
given, made, params = snakemake.input, snakemake.output, snakemake.params
drops = judged_drops(
    params.drops, given.mapping, given.table, given.lineage, given.findings, given.records
)
across = [read_table(Path(path)) for path in given.across]
dictionary, messages = read_dictionary(Path(given.dictionary)), messages_beside(Path(given.schema))
checks, how = read_table(Path(given.checks)), {"simulated": params.simulated, "split": params.split}
asked = ask(snakemake.wildcards.center, drops, across, checks, dictionary, messages, **how)
write_table(asked.queries, Path(made.queries))
Path(made.pack).write_bytes(asked.pack)
Path(made.summary).write_bytes(asked.summary)
