"""R's answers as cases: a test names the kinds it covers, and gets `case` and `agree`."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
CASES = [
    case
    for file in ("gold_survival.json", "gold_zph_smooth.json", "gold_logistic.json")
    for case in json.loads((HERE / file).read_text(encoding="utf-8"))["cases"]
]


class Case:
    """One reference case; `data` holds the columns of its data set as float arrays."""

    def __init__(self, raw):
        self.id, self.kind, self.values = raw["id"], raw["kind"], raw["values"]
        self.data = {}
        if raw["file"]:
            with (HERE / raw["file"]).open(encoding="utf-8", newline="") as handle:
                rows = list(csv.DictReader(handle))
            self.data = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}

    @property
    def terms(self):
        known = {"center", "time", "event", "entry", "weight"}
        return [name for name in self.data if name not in known]

    def x(self, terms=None):
        return np.column_stack([self.data[name] for name in terms or self.terms])

    @property
    def outcome(self):
        return self.data["time"], self.data["event"]


class Agreement:
    """Compares with the reference and remembers the worst error seen."""

    def __init__(self, case_id):
        self.case_id = case_id
        self.worst = {"relative": (0.0, "-"), "absolute": (0.0, "-")}

    def __call__(self, what, got, want, rel=None, abs=None):
        got = np.asarray(got, dtype=float)
        want = np.asarray(want, dtype=float)  # null becomes nan
        assert got.shape == want.shape, f"{what}: shape {got.shape}, expected {want.shape}"
        assert np.array_equal(np.isnan(got), np.isnan(want)), f"{what}: {got} instead of {want}"
        known = ~np.isnan(want)
        got, want = got[known], want[known]
        same = got == want  # also both infinite
        error = np.where(same, 0.0, np.abs(np.where(same, 0.0, got - want)))
        kind, bound = ("relative", rel) if rel is not None else ("absolute", abs)
        if kind == "relative":
            error = np.where(same, 0.0, error / np.maximum(np.abs(want), 1e-300))
        worst = float(error.max(initial=0.0))
        self.worst[kind] = max(self.worst[kind], (worst, what))
        assert worst <= bound, f"{what}: {kind} error {worst:.2e} above {bound:.0e}"


def pytest_configure(config):
    config.addinivalue_line("markers", "gold(*kinds): run once per reference case of these kinds")


def pytest_generate_tests(metafunc):
    marker = metafunc.definition.get_closest_marker("gold")
    if marker:
        chosen = [raw for raw in CASES if raw["kind"] in marker.args]
        assert chosen, f"no reference case of kind {marker.args}"
        metafunc.parametrize("raw_case", chosen, ids=[raw["id"] for raw in chosen])


@pytest.fixture
def case(raw_case):
    return Case(raw_case)


@pytest.fixture
def agree(raw_case):
    seen = Agreement(raw_case["id"])
    yield seen
    for kind, (error, what) in seen.worst.items():
        print(f"{seen.case_id}: worst {kind} error {error:.1e} ({what})")
