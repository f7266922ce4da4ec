"""The file: fonts, tags, metadata, attachments, and the place of the numbers at risk."""

import builtins
import csv
import hashlib
import io
import json
import re
import zlib

import pypdfium2
import pytest

from multicentric.report import MissingLibrary, compose, render_report
from multicentric.report.bundle import Bundle
from multicentric.report.pdf import RenderingFault, write_pdf
from tests.unit.report import simulated

MM = 72 / 25.4


def test_only_the_bundled_fonts_are_embedded(report):
    fonts = set(re.findall(rb"/BaseFont /([^/\s>]+)", report.streams))
    assert fonts
    for font in fonts:
        assert re.fullmatch(rb"[A-Z]{6}\+Source-(Sans-3|Serif-4)[-A-Za-z,]*", font), font


def test_it_claims_both_standards_in_plain_metadata(report):
    start = report.pdf.index(b"<?xpacket begin")
    metadata = report.pdf[start : report.pdf.index(b"<?xpacket end", start)]
    assert b'pdfaid:part="3"' in metadata
    assert b'pdfaid:conformance="A"' in metadata
    assert b'pdfuaid:part="1"' in metadata
    assert b"pdfaExtension:schemas" in metadata


def test_headers_have_a_scope_and_cells_their_headers(report):
    headers = len(re.findall(rb"/S /TH(?!ead)", report.streams))
    scopes = len(re.findall(rb"/Scope /(?:Row|Column)\b", report.streams))
    assert scopes == headers
    assert scopes > 50
    assert report.streams.count(b"/Headers") > 100


def test_title_and_outline(report):
    document = pypdfium2.PdfDocument(report.pdf)
    assert document.get_metadata_value("Title") == report.inputs.study.title
    outline = [item.get_title() for item in document.get_toc()]
    assert any("Overall survival" in title for title in outline)
    assert any("Data quality" in title for title in outline)


def test_the_origin_stands_on_every_page(report):
    for text in report.pages:
        assert "Simulated data" in text
    assert "SIMULATED DATA" in report.pages[0]


def test_real_data_are_not_called_simulated():
    html = compose(simulated.inputs(data_origin="real", data_origin_note="")).html
    assert "Patient data" in html
    assert "Simulated data" not in html


def test_estimates_travel_inside_the_file(report):
    document = pypdfium2.PdfDocument(report.pdf)
    found = {
        document.get_attachment(n).get_name(): bytes(document.get_attachment(n).get_data())
        for n in range(document.count_attachments())
    }
    figures = {name for name in found if name.startswith("figure-")}
    assert set(found) - figures == {"estimates.csv", "baseline.csv", "study.json", "config.json"}
    assert {
        f"figure-{name}.csv" for name in ("flow", "km-os", "centers-os", "data-quality")
    } < figures
    steps = list(csv.DictReader(io.StringIO(found["figure-km-os.csv"].decode())))
    assert len(steps) == len(report.inputs.curves)
    assert json.loads(found["config.json"])["number_style"] == "icmje"
    rows = list(csv.DictReader(io.StringIO(found["estimates.csv"].decode())))
    assert len(rows) == len(report.inputs.estimates)
    assert "P0001" not in "".join(map(str, found.values()))
    # Printed beside each name: the digest of what is attached.
    listed = " ".join(report.pages)[" ".join(report.pages).rindex("Files attached to the PDF") :]
    printed = dict(re.findall(r"(\S+\.(?:csv|json)) ([0-9a-f]{64})", listed))
    assert printed == {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}


def centers_of_words(page, after: str, count: int) -> list[float]:
    """Middle, in mm, of the words that follow a text on a page."""
    text = page.get_textpage()
    whole = text.get_text_range()
    start = whole.index(after) + len(after)
    middles = []
    for word in list(re.finditer(r"\S+", whole[start:]))[:count]:
        first, last = start + word.start(), start + word.end() - 1
        left = text.get_charbox(first, loose=True)[0]
        right = text.get_charbox(last, loose=True)[2]
        middles.append((left + right) / 2 / MM)
    return middles


def test_numbers_at_risk_stand_under_their_ticks(report):
    document = pypdfium2.PdfDocument(report.pdf)
    number = next(n for n, text in enumerate(report.pages) if "Numbers at risk;" in text)
    page = document[number]
    columns = centers_of_words(page, "At risk", 9)
    ticks = centers_of_words(page, "Overall survival, %\r\n", 9)
    assert columns == pytest.approx(ticks, abs=0.1)


def test_no_text_leaves_the_page(report):
    for page in pypdfium2.PdfDocument(report.pdf):
        width, height = page.get_size()
        text = page.get_textpage()
        for n in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(n)
            assert left >= 0
            assert bottom >= 0
            assert right <= width
            assert top <= height


def a_page(body: str) -> str:
    return f'<!doctype html><html lang="en"><title>t</title><body><h1>t</h1>{body}</body></html>'


@pytest.mark.parametrize(
    "body",
    [
        '<img src="https://example.org/x.svg" alt="x">',
        '<img src="file:///etc/passwd" alt="x">',
        '<img src="../config/study.yaml" alt="x">',
        '<link rel="stylesheet" href="http://example.org/x.css">',
        '<p style="background: url(file:///etc/hostname)">x</p>',
    ],
)
def test_nothing_outside_the_bundle_can_be_reached(body, report):
    with pytest.raises(RenderingFault):
        write_pdf(a_page(body), Bundle(), {}, report.inputs.study.cut_off)


@pytest.mark.parametrize(
    "body", ['<p style="colour: red">x</p>', '<img src="figures/a.svg" alt="">']
)
def test_any_warning_of_the_renderer_fails_the_report(body, report):
    bundle = Bundle()
    bundle.add("figures/a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    with pytest.raises(RenderingFault):
        write_pdf(a_page(body), bundle, {}, report.inputs.study.cut_off)


def test_a_missing_library_is_one_sentence_that_names_the_packages(monkeypatch):
    def without_pango(name, *args, **kwargs):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return importing(name, *args, **kwargs)

    importing = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(MissingLibrary) as missing:
        render_report(simulated.inputs())
    assert "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in str(missing.value)
    assert "\n" not in str(missing.value)


def test_the_length_of_every_stream_can_be_read_in_one_way_only(report):
    awkward = next(
        text for text in (b"a" * n for n in range(1, 300)) if zlib.compress(text, 9).endswith(b"\r")
    )
    attached = {"awkward.txt": (awkward, "ends in a carriage return once packed", "Data")}
    pdf = write_pdf(a_page("<p>x</p>"), Bundle(), attached, report.inputs.study.cut_off)
    ends = set()
    for found in re.finditer(rb"/Length (\d+)[^\n]*>>\nstream\n", pdf):
        last = found.end() + int(found[1])
        content, after = pdf[found.end() : last], pdf[last : last + 11]
        ends.add(content[-1:] == b"\r")
        expected = b"\r\nendstream" if content.endswith(b"\r") else b"\nendstream"
        assert after.startswith(expected)
    assert ends == {True, False}
