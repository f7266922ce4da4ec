"""Harmonize one center's drop."""

import sys
from pathlib import Path

from multicentric.dictionary import read_dictionary
from multicentric.harmonize import harmonize_center
from multicentric.mapping import load_mapping
from multicentric.tables import write_table

with open(snakemake.log[0], "w", encoding="utf-8") as sys.stderr:
    center, split = snakemake.wildcards.center, snakemake.params.get("split")
    mapping = load_mapping(Path(snakemake.input.mapping))
    dictionary = read_dictionary(Path(snakemake.input.dictionary))
    made = harmonize_center(center, Path(snakemake.params.drop), mapping, dictionary, split=split)
    for name in ("table", "lineage", "intake"):
        write_table(getattr(made, name), Path(snakemake.output[name]))
