"""The example study taken the whole way in one process, once per session."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from multicentric.estimates.baseline import baseline_table
from multicentric.estimates.endpoints import estimate
from multicentric.harmonize import harmonize_center
from multicentric.mapping import load_mapping
from multicentric.pool import findings_across_centers, pool_centers
from multicentric.schema import dictionary_of, load_model
from multicentric.study import load_settings, load_study, part_for
from multicentric.validate import validate_center

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def whole_way():
    """Every table of the example study, from the drops of 2025-06-02 to the estimates."""
    study = load_study(ROOT, load_settings(ROOT))
    model = load_model(ROOT / study.dictionary, study.cut_off)
    dictionary = dictionary_of(model)
    harmonized, validated = {}, {}
    for folder in sorted((ROOT / "centers").glob("*/2025-06-02")):
        center = folder.parent.name
        mapping = load_mapping(folder.parent / "mapping.yaml")
        harmonized[center] = harmonize_center(center, folder, mapping, dictionary)
        parts = harmonized[center]
        validated[center] = validate_center(
            center, parts.table, parts.lineage, parts.intake, model, dictionary
        )
    pooled = pool_centers(
        {center: result.table for center, result in validated.items()},
        {center: result.records for center, result in validated.items()},
        part_for("pool", study),
    )
    lineages = {center: parts.lineage for center, parts in harmonized.items()}
    across = findings_across_centers(pooled.questions, lineages)
    findings = pd.concat([r.findings for r in validated.values()] + [across], ignore_index=True)
    return SimpleNamespace(
        study=study,
        dictionary=dictionary,
        harmonized=harmonized,
        validated=validated,
        pooled=pooled,
        findings=findings,
        estimates=estimate(
            pooled.patients, pooled.times, pooled.readmitted, part_for("estimates", study)
        ),
        baseline=baseline_table(pooled.patients, part_for("baseline", study), dictionary),
    )
