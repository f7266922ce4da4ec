from pathlib import Path

from multicentric.changes.page import changes_page
from multicentric.changes.stage import compare_results
from multicentric.dictionary import read_dictionary
from multicentric.job import begin, protocol_part
from multicentric.mapping import load_mapping
from multicentric.queries.words import load_words, messages_beside
from multicentric.tables import write_table

begin(snakemake.log[0])
given, made, params = snakemake.input, snakemake.output, snakemake.params
tables = (given.table, given.lineage, given.findings, given.records)
dictionary = read_dictionary(Path(given.dictionary))
found = compare_results(params.drops, given.mapping, *tables, protocol_part("pool"), dictionary)
write_table(found, Path(made.table))
dates = [Path(drop).name for drop in params.drops]
language = load_mapping(Path(given.mapping[-1])).center.language
words = load_words(language, dictionary, messages_beside(Path(given.schema)))
page = changes_page(snakemake.wildcards.center, *dates, found, words, simulated=params.simulated)
Path(made.page).write_text(page, encoding="utf-8")
