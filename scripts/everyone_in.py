from pathlib import Path

from multicentric.gate import strictly
from multicentric.job import Stop, begin, read_json

begin(snakemake.log[0])
centers = read_json(snakemake.input.status)["centers"]
if out := strictly(centers):
    raise Stop(out)
Path(snakemake.output[0]).write_text(f"{len(centers)} centers are in.\n", encoding="utf-8")
