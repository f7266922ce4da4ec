"""A center of usual size, with full lineage, in well under the two seconds it may take."""

import time

from bench.harmonization import DICTIONARY, mapping_text, write_drop
from multicentric.harmonize import harmonize_center, write_lineage
from multicentric.mapping import parse_mapping
from multicentric.tables import write_table


def test_a_thousand_patients_by_sixty_columns_take_less_than_two_seconds(tmp_path):
    write_drop(tmp_path / "drop.csv", 1000)
    mapping = parse_mapping(mapping_text())
    assert len(DICTIONARY.names) == 60
    start = time.process_time()
    made = harmonize_center("bench", tmp_path, mapping, DICTIONARY)
    write_lineage(made.lineage_parts(), tmp_path / "lineage.parquet")
    write_table(made.table, tmp_path / "table.parquet")
    assert time.process_time() - start < 2.0
    assert len(made.table) == 1000
    assert len(made.lineage) == 60_000
