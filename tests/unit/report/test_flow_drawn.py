"""The flow's fork on the page: an arrow ends on every group's box."""

import numpy as np
import pypdfium2
import pytest

from multicentric.report import render_report
from tests.unit.report import simulated

DOTS_PER_INCH = 150
MM = DOTS_PER_INCH / 25.4
LEFT = 20  # mm, the margin of the page


@pytest.mark.parametrize("many", [2, 3, 6])
def test_an_arrow_ends_on_every_group(many):
    groups = {f"g{n}": f"Arm {n}" for n in range(many)}
    document = pypdfium2.PdfDocument(render_report(simulated.inputs(groups=groups, per_group=12)))
    page = next(
        page
        for page in document
        if "patients analyzed" in (text := page.get_textpage().get_text_range())
        and "Flow of records" in text
        and "Contents" not in text
    )
    inked = np.asarray(page.render(scale=DOTS_PER_INCH / 72).to_pil().convert("L")) < 215
    words = page.get_textpage()
    for n, label in enumerate(groups.values()):
        at, _ = words.search(f"12 {label}").get_next()
        top = round((page.get_size()[1] - words.get_charbox(at)[3]) / 72 * DOTS_PER_INCH)
        middle = round((LEFT + 18.25 + 39.5 * (n % 4)) * MM)
        above = inked[top - round(6 * MM) : top, middle - 9 : middle + 10]
        line = above[:, 6:13]
        # From the bar to the box there is a line; the head is wider, and narrower than a border.
        assert line.any(axis=1).sum() >= 3.2 * MM
        assert (line.all(axis=1) & ~above[:, 0] & ~above[:, -1]).any()
