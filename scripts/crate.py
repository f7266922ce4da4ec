from importlib.metadata import version
from pathlib import Path

from multicentric.audit.exports.crate import copy_workflow, crate
from multicentric.audit.published import read_made
from multicentric.job import begin, read_json, write_json
from multicentric.study import load_settings, load_study

begin(snakemake.log[0])
given, made = snakemake.input, snakemake.output
decisions = {file for how in read_made(Path(given.made)).values() for file in how.decisions}
study = load_study(Path(), load_settings(Path()))
copy_workflow(Path(made.workflow).parent)
described = crate(study, read_json(given.published), decisions, version("snakemake"))
write_json(described, made.crate)
