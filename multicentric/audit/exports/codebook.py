"""The codebook on paper, drawn by the report's renderer."""

from __future__ import annotations

from collections.abc import Sequence

from multicentric.audit.exports.adam import Dataset
from multicentric.protocol import Study

_ORIGIN = {"simulated": "Simulated data", "real": "Patient data"}


def codebook(study: Study, datasets: Sequence[Dataset]) -> bytes:
    """The codebook of the exported tables as PDF: the same bytes for the same study.

    Raises
    ------
    multicentric.report.RenderingFault
        The renderer complained, or a system library is missing.
    """
    import jinja2

    from multicentric.report.bundle import TEMPLATES, Bundle
    from multicentric.report.pdf import write_pdf

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("codebook.html.j2")
    origin = _ORIGIN[study.data_origin]
    html = page.render(study=study, origin=origin, datasets=datasets)
    return write_pdf(html, Bundle(), {}, study.cut_off)
