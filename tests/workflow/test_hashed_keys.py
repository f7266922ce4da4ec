"""With hashed keys no center's own key is in any result or log, and the study stays the same."""

import io
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pypdfium2

from tests.workflow.tree import CENTERS, Run, Tree

SECRET = "a secret that nobody outside the study can guess"


def keys_of(tree: Tree) -> dict[str, set[str]]:
    """The keys of each center, from results that name patients as their center does."""
    return {
        center: set(pd.read_parquet(tree / f"results/records/{center}.parquet")["patient_id"])
        - {pd.NA, None}
        for center in CENTERS
    }


def words_in(path: Path) -> set[str]:
    """Words of a table, a workbook, a page or a text."""
    if path.suffix == ".parquet":
        table = pd.read_parquet(path)
        texts = [str(cell) for name in table for cell in table[name].dropna().unique()]
    elif path.suffix in (".xlsx", ".docx", ".zip"):
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as inside:
            texts = [inside.read(name).decode("utf-8", "replace") for name in inside.namelist()]
    elif path.suffix == ".pdf":
        texts = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)]
    else:
        texts = [path.read_bytes().decode("utf-8", "replace")]
    return {word for text in texts for word in re.findall(r"[\w-]+", text)}


def test_no_key_of_a_center_is_in_any_result_or_log(built: tuple[Tree, Run], tree: Tree) -> None:
    keys = keys_of(built[0])
    # Shorter ones are numbers such as a percentage could be; a patient's id is looked up below.
    telling = {key for own in keys.values() for key in own if len(key) > 3 and not key.isdigit()}
    assert len(telling) > 100
    tree.edit("config/config.yaml", "  hashed: no", "  hashed: yes")

    run = tree.snakemake()
    assert (run.code, run.jobs) == (1, set())
    sentence = "but the environment variable MULTICENTRIC_SECRET is not set."
    assert sentence in run.said
    assert "Traceback" not in run.said

    run = tree.snakemake(MULTICENTRIC_SECRET=SECRET)
    assert run.code == 0, run.said
    assert {("harmonize", center) for center in CENTERS} <= run.jobs
    files = [path for name in ("results", "logs") for path in (tree / name).rglob("*.*")]
    assert len(files) > 100
    for path in files:
        assert not telling & words_in(path), path
    assert not [word for word in telling if word in run.said]
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in files)
    for path in (tree / "results").rglob("*.parquet"):
        table = pd.read_parquet(path)
        center = path.stem if path.stem in keys else None
        if "patient_id" in table and center:
            assert not keys[center] & set(table["patient_id"].dropna()), path

    # The study itself is the same, but for what its patients are called.
    # What is drawn at random for a patient follows the order of patients, so imputed models differ.
    before, after = (pd.read_parquet(one / "results/estimates.parquet") for one in (built[0], tree))
    for model in ("kaplan_meier", "cox_adjusted_stratified", "response_rate"):
        same = [table[table["model"] == model].reset_index(drop=True) for table in (before, after)]
        assert len(same[0]) > 0
        pd.testing.assert_frame_equal(*same, rtol=1e-6)
    counts = [
        [
            (one["center"], one["records"], one["held"], one["queries"])
            for one in json.loads((each / "results/gate/status.json").read_text())["centers"]
        ]
        for each in (built[0], tree)
    ]
    assert counts[0] == counts[1]
    assert tree.snakemake(MULTICENTRIC_SECRET=SECRET).jobs == set()
