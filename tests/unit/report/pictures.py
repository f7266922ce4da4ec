"""The pages that are kept as pictures, drawn from a simulated study."""

from __future__ import annotations

import pypdfium2
from PIL import Image

from multicentric.report import render_report
from tests.unit.report import simulated

DOTS_PER_INCH = 60
# Name of the picture, and a text that stands on its page only.
PAGES = {
    "title": "Read before use",
    "flow": "Flow of records.",
    "curves": "Numbers at risk;",
    "forests": "ways of treating centers.",
    "data-quality": "Findings by rule and center.",
}


def pictures_of() -> dict[str, Image.Image]:
    """The five pages, freshly rendered."""
    inputs = simulated.inputs(per_group=120, subgroups=["stage", "fever"])
    document = pypdfium2.PdfDocument(render_report(inputs))
    texts = [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    found = {}
    for name, words in PAGES.items():
        pages = [n for n, text in enumerate(texts) if words in text and "Contents" not in text]
        found[name] = document[pages[0]].render(scale=DOTS_PER_INCH / 72).to_pil().convert("L")
    return found
