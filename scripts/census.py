from pathlib import Path

from multicentric.dictionary import read_dictionary
from multicentric.harmonize.census import since, take_census
from multicentric.job import begin
from multicentric.keyed_hash import secret_of
from multicentric.mapping import load_mapping
from multicentric.tables import write_table

begin(snakemake.log[0])
given, params = snakemake.input, snakemake.params
dictionary = read_dictionary(Path(given.dictionary))
mapping = load_mapping(Path(given.mapping))
how = {"split": params.split, "secret": secret_of(Path())}
census = take_census(Path(params.drop), mapping, dictionary, **how)
if params.previous:
    own = Path(params.previous, "mapping.yaml")
    before = load_mapping(own) if own.is_file() else mapping
    earlier = take_census(Path(params.previous), before, dictionary, **how)
    census = since(census, earlier)
write_table(census, Path(snakemake.output.census))
