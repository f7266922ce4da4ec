"""All exports of a study, written into one folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from multicentric.audit.exports.adam import adsl, adtte
from multicentric.audit.exports.codebook import codebook
from multicentric.audit.exports.dictionaries import (
    define,
    redcap,
    table_schema,
    write_csv,
    write_plain,
)
from multicentric.audit.exports.transport import write_dataset_json, write_parquet, write_xpt
from multicentric.dictionary import Dictionary
from multicentric.protocol import Study


def write_exports(
    study: Study,
    dictionary: Dictionary,
    patients: pd.DataFrame,
    times: pd.DataFrame,
    lineages: dict[str, pd.DataFrame],
    folder: Path,
    on_paper: Path,
) -> None:
    """Write ADSL and ADTTE in three forms, their codebook in two, the dictionary in two.

    Parameters
    ----------
    patients, times
        ``results/pooled/patients`` and ``time_to_event``.
    lineages
        Center to its lineage, for the centers that are pooled.
    folder
        Where to; file names are fixed, see ``rules/audit.smk``.
    on_paper
        Where the codebook goes as PDF.
    """
    folder.mkdir(parents=True, exist_ok=True)
    datasets = (
        adsl(study, dictionary, patients, lineages),
        adtte(study, patients, times, lineages),
    )
    for dataset in datasets:
        write_parquet(dataset, folder / f"{dataset.name}.parquet")
        write_xpt(dataset, folder / f"{dataset.name}.xpt", study.cut_off)
        write_dataset_json(dataset, folder / f"{dataset.name}.json", study.cut_off)
    write_csv(define(datasets), folder / "define.csv")
    write_csv(redcap(study, dictionary), folder / "redcap_dictionary.csv")
    write_plain(table_schema(study, dictionary), folder / "table_schema.json")
    on_paper.write_bytes(codebook(study, datasets))
