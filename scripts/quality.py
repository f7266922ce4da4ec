from pathlib import Path

import pandas as pd

from multicentric.dictionary import read_dictionary
from multicentric.job import begin, protocol_part
from multicentric.quality import between_centers, quality_table
from multicentric.schema import load_model
from multicentric.tables import read_table, write_table
from multicentric.validate.checks import as_table

begin(snakemake.log[0])
given, made = snakemake.input, snakemake.output
model = load_model(Path(given.schema), protocol_part("validate").cut_off)
tables = {Path(path).stem: read_table(Path(path)) for path in given.tables}
found, between = between_centers(tables, model, read_dictionary(Path(given.dictionary)))
checks = pd.concat([as_table([]), *(read_table(Path(path)) for path in given.checks), between])
drops = {
    (c, d): read_table(Path(p))
    for (c, d), p in zip(snakemake.params.drops, given.findings, strict=True)
}
write_table(quality_table(checks.reset_index(drop=True), drops), Path(made.table))
write_table(found, Path(made.findings))
