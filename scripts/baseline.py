from pathlib import Path

from multicentric.dictionary import read_dictionary
from multicentric.estimates.baseline import baseline_table
from multicentric.job import begin, protocol_part
from multicentric.tables import read_table, write_table

begin(snakemake.log[0])
patients, dictionary = read_table(Path(snakemake.input.patients)), snakemake.input.dictionary
part = protocol_part("baseline", dictionary)
table = baseline_table(patients, part, read_dictionary(Path(dictionary)))
write_table(table, Path(snakemake.output.table))
