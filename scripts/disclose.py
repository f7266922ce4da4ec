import json
from pathlib import Path

from multicentric.audit.disclosure import NamesCenter, Released, Rules, shareable
from multicentric.audit.disclosure.files import read_results, write_shareable
from multicentric.job import Stop, begin
from multicentric.study import load_settings, load_study

begin(snakemake.log[0])
settings = load_settings(Path())
study, results = load_study(Path(), settings), read_results(snakemake.input)
rules, labels = Rules(**settings.disclosure.model_dump()), json.loads(snakemake.params.labels)
before = Released.last(Path(snakemake.params.ledger))
try:
    shown = shareable(study, rules, results, labels, before)
except NamesCenter as why:
    raise Stop(f"{settings.study}: {why}") from None
write_shareable(shown, snakemake.input, snakemake.output)
