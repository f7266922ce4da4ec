from pathlib import Path

from multicentric.audit.exports.write import write_exports
from multicentric.dictionary import read_dictionary
from multicentric.job import begin
from multicentric.study import load_settings, load_study
from multicentric.tables import read_table

begin(snakemake.log[0])
given, made = snakemake.input, snakemake.output
study = load_study(Path(), load_settings(Path()))
dictionary = read_dictionary(Path(given.dictionary))
patients, times = read_table(Path(given.patients)), read_table(Path(given.times))
lineages = {Path(path).stem: read_table(Path(path)) for path in given.lineage}
folder, on_paper = Path(made.define).parent, Path(made.codebook)
write_exports(study, dictionary, patients, times, lineages, folder, on_paper)
