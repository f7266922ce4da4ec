"""How the cost of validation grows with patients: 200 centers of 500 patients, and fewer.

Run from the project's root with ``python -m bench.validation``. The patients are those of one
center of the example study, drawn again and again (each time a day older, so that nobody stands
there twice), so findings are as frequent as there. Prints, per size, CPU seconds of validation for
all centers and per 1,000 patients: the last column is flat where the cost is linear.
"""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd

from multicentric.harmonize import harmonize_center
from multicentric.mapping import load_mapping
from multicentric.schema import dictionary_of, load_model
from multicentric.study import load_settings, load_study
from multicentric.validate import validate_center

ROOT = Path(__file__).resolve().parents[1]
# Any center serves; the first one found is taken.
CENTER = sorted(path.parent.name for path in (ROOT / "centers").glob("*/mapping.yaml"))[0]
# Centers and patients per center.
SIZES = ((1, 500), (1, 1000), (1, 2000), (1, 4000), (10, 500), (40, 500), (200, 500))


def repeated(table: pd.DataFrame, patients: int) -> pd.DataFrame:
    """Rows of some patients, drawn again under new keys until there are as many as asked."""
    ids = table["patient_id"].drop_duplicates().to_numpy()
    parts = []
    for number in range(-(-patients // len(ids))):
        kept = set(ids[: patients - number * len(ids)])
        part = table[table["patient_id"].isin(kept)]
        part = part.assign(patient_id=part["patient_id"] + f"/{number}")
        if "birth_date" in part:
            part["birth_date"] -= pd.Timedelta(days=number)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    """Measure and print."""
    study = load_study(ROOT, load_settings(ROOT))
    model = load_model(ROOT / study.dictionary, study.cut_off)
    dictionary = dictionary_of(model)
    mapping = load_mapping(ROOT / "centers" / CENTER / "mapping.yaml")
    drop = sorted((ROOT / "centers" / CENTER).glob("[0-9]*"))[0]
    read = harmonize_center(CENTER, drop, mapping, dictionary)
    print(f"{'centers':>8}{'patients':>10}{'findings':>10}{'CPU s':>8}{'s per 1,000':>13}")
    for centers, patients in SIZES:
        table, lineage = repeated(read.table, patients), repeated(read.lineage, patients)
        found = 0
        start = time.process_time()
        for _ in range(centers):
            result = validate_center(CENTER, table, lineage, read.intake, model, dictionary)
            found += len(result.findings)
        spent = time.process_time() - start
        everyone = centers * patients
        print(
            f"{centers:>8}{everyone:>10,}{found:>10,}{spent:>8.1f}{1000 * spent / everyone:>13.2f}"
        )


if __name__ == "__main__":
    main()
