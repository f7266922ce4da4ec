"""What people wrote is text: no markup, no template and no address of theirs comes to life."""

import re

from multicentric.report import compose, render_report
from tests.unit.report import simulated
from tests.unit.report.test_sections import OUT

EVIL = "<script>alert(1)</script><img src=x>{{ 7 * 191 }}{% raw %}<b>&\"'"


def evil_inputs():
    out = {**OUT, "center": "<i>delta</i>", "reason": EVIL, "place": EVIL}
    return simulated.inputs(
        title=EVIL,
        subtitle=EVIL,
        population=EVIL,
        design=EVIL,
        data_origin_note=EVIL,
        centers=("<b>alpha</b>", "{{ beta }}"),
        groups={"new": f"N {EVIL}", "old": f"O {EVIL}"},
        out=[out],
        texts={"summary": EVIL, "limitations": [EVIL], "read_before_use": [EVIL]},
    )


def test_markup_and_templates_in_texts_stay_text():
    html = compose(evil_inputs()).html
    assert "<script>" not in html
    assert "<img src=x>" not in html
    assert "<b>alpha</b>" not in html
    assert "1337" not in html
    assert html.count("&lt;script&gt;") > 10
    assert "{{ beta }}" in html


def test_such_a_report_renders():
    assert render_report(evil_inputs()).startswith(b"%PDF")


def test_drawings_escape_names():
    page = compose(evil_inputs())
    for name in page.bundle.names():
        if name.endswith(".svg"):
            assert b"<script" not in page.bundle[name]
            assert b"<img" not in page.bundle[name]


def test_author_text_is_marked_as_theirs():
    html = compose(simulated.inputs()).html
    section = html[html.index('id="limitations"') :]
    assert "Written by the study’s authors." in section[: section.index("It is not real.")]


def test_no_text_of_the_page_is_an_address():
    html = compose(evil_inputs()).html
    for address in re.findall(r'(?:src|href)="([^"]+)"', html):
        assert address.startswith(("#", "figures/", "report.css"))
