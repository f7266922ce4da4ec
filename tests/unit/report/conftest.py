import re
import zlib
from dataclasses import dataclass, field
from functools import cached_property

import pypdfium2
import pytest

from multicentric.report import Page, ReportInputs, compose, render_report
from tests.unit.report import simulated


@dataclass(frozen=True)
class Made:
    """A report and what it was made from, read back."""

    inputs: ReportInputs
    page: Page
    pdf: bytes
    pages: list[str] = field(default_factory=list)

    @cached_property
    def text(self) -> str:
        return "\n".join(self.pages)

    @cached_property
    def streams(self) -> bytes:
        """Every object of the file, unpacked."""
        unpacked = [self.pdf]
        for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", self.pdf, re.DOTALL):
            if found[1][:1] == b"\x78":
                unpacked.append(zlib.decompressobj().decompress(found[1]))
        return b"\n".join(unpacked)


def plain(text: str) -> str:
    """Text without the difference between kinds of spaces, and without padding."""
    return re.sub(r"\s+", " ", text.replace("\u2007", "").replace("\ufffe", "-"))


def make(inputs: ReportInputs) -> Made:
    pdf = render_report(inputs)
    document = pypdfium2.PdfDocument(pdf)
    pages = [plain(page.get_textpage().get_text_range()) for page in document]
    return Made(inputs, compose(inputs), pdf, pages)


@pytest.fixture(scope="session")
def report() -> Made:
    return make(simulated.inputs())
