"""What a report of a hundred pages costs: `python -m bench.report`.

Forty centers of a simulated study, each endpoint of which came out like the one simulated.
"""

from __future__ import annotations

import resource
import time
from dataclasses import replace

import pandas as pd
import pypdfium2

from multicentric.report import render_report
from tests.unit.report import simulated

ENDPOINTS = [f"os{n}" for n in range(19)]
CENTERS = tuple(f"center-{n:02d}" for n in range(40))


def of_every_endpoint(table: pd.DataFrame) -> pd.DataFrame:
    """A table as if each endpoint had come out like the one that was simulated."""
    rest = table[table["endpoint"] != "os"]
    own = [table[table["endpoint"] == "os"].assign(endpoint=name) for name in ENDPOINTS]
    return pd.concat([*own, rest], ignore_index=True).astype(table.dtypes.to_dict())


def main() -> None:
    """Render it once, and print pages, seconds and memory."""
    made = simulated.inputs(centers=CENTERS, per_group=400)
    told = made.study.endpoints["os"]
    endpoints = {
        name: told.model_copy(update={"label": f"Overall survival, version {name}"})
        for name in ENDPOINTS
    }
    study = made.study.model_copy(
        update={"endpoints": {**endpoints, "answer": made.study.endpoints["answer"]}}
    )
    inputs = replace(
        made,
        study=study,
        estimates=of_every_endpoint(made.estimates),
        curves=of_every_endpoint(made.curves),
    )
    start, cpu = time.perf_counter(), time.process_time()
    pdf = render_report(inputs)
    print(
        f"{len(CENTERS)} centers, {len(pypdfium2.PdfDocument(pdf))} pages: "
        f"{time.perf_counter() - start:.1f} s, {time.process_time() - cpu:.1f} s CPU, "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB at most "
        "(goal: under 90 s)"
    )


if __name__ == "__main__":
    main()
