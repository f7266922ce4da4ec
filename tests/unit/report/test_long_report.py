"""A report of a hundred pages: forty centers, many endpoints."""

import time
from dataclasses import replace

import pandas as pd
import pypdfium2
import pytest

from multicentric.report import render_report
from tests.unit.report import simulated

ENDPOINTS = [f"os{n}" for n in range(19)]
CENTERS = tuple(f"center-{n:02d}" for n in range(40))


def of_every_endpoint(table):
    """A table as if each endpoint had come out like the one that was simulated."""
    rest = table[table["endpoint"] != "os"]
    own = [table[table["endpoint"] == "os"].assign(endpoint=name) for name in ENDPOINTS]
    return pd.concat([*own, rest], ignore_index=True).astype(table.dtypes.to_dict())


@pytest.fixture(scope="module")
def inputs():
    made = simulated.inputs(centers=CENTERS, per_group=400)
    told = made.study.endpoints["os"]
    endpoints = {
        name: told.model_copy(update={"label": f"Overall survival, version {name}"})
        for name in ENDPOINTS
    }
    study = made.study.model_copy(
        update={"endpoints": {**endpoints, "answer": made.study.endpoints["answer"]}}
    )
    return replace(
        made,
        study=study,
        estimates=of_every_endpoint(made.estimates),
        curves=of_every_endpoint(made.curves),
    )


def test_a_hundred_pages_take_less_than_a_minute_and_a_half(inputs):
    start = time.process_time()
    pdf = render_report(inputs)
    spent = time.process_time() - start
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) >= 90
    # Time of the processor: whatever else the machine does, it is not the report's.
    assert spent < 90
    texts = [page.get_textpage().get_text_range() for page in document]
    for name in CENTERS:
        assert sum(name in text for text in texts) > len(ENDPOINTS)
