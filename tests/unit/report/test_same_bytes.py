import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from multicentric.report import render_report
from tests.unit.report import simulated
print(hashlib.sha256(render_report(simulated.inputs())).hexdigest())
"""


@pytest.mark.parametrize(
    ("seed", "zone", "epoch"),
    [("1", "Asia/Istanbul", "1"), ("4711", "America/St_Johns", "1700000000")],
)
def test_the_same_bytes_whatever_the_machine_is_set_to(report, tmp_path, seed, zone, epoch):
    settings = {
        "PYTHONHASHSEED": seed,
        "TZ": zone,
        "SOURCE_DATE_EPOCH": epoch,
        "LANG": "tr_TR.UTF-8",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT)],
        cwd=tmp_path,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == hashlib.sha256(report.pdf).hexdigest()
