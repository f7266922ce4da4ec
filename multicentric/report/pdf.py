"""From a page to a PDF: WeasyPrint, kept to the bundle, archival and accessible in one file.

WeasyPrint writes one standard per file; `multicentric.report.finish` adds what the other one asks.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any

from multicentric.job import Stop
from multicentric.report.bundle import BASE, Bundle
from multicentric.report.finish import finish

# Content of an attachment, what it holds in words, and its relation to the report.
Attached = tuple[bytes, str, str]

PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class RenderingFault(Exception):
    """The report could not be rendered as it should; the message is for people."""


class MissingLibrary(Stop):
    """A system library that WeasyPrint needs is not installed."""


class _Complaints(logging.Handler):
    """Keeps every warning and error of the renderer: each is a fault of the report."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


def write_pdf(html: str, bundle: Bundle, attachments: dict[str, Attached], dated: date) -> bytes:
    """Render a page.

    Parameters
    ----------
    html
        The page; its addresses lead into the bundle.
    attachments
        Name to content, description and relationship (``Data``, ``Source``, ``Supplement``).
    dated
        The date that attachments carry; there is no clock in a report.

    Raises
    ------
    MissingLibrary
        Pango or HarfBuzz is not installed.
    RenderingFault
        The renderer complained of anything at all.
    """
    weasyprint = renderer()
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class BundleFetcher(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            content, kind = bundle.serve(url)
            return URLFetcherResponse(url, content, {"Content-Type": kind})

    moment = datetime.combine(dated, time(), tzinfo=UTC)
    attached = [
        weasyprint.Attachment(
            string=content,
            name=name,
            description=description,
            relationship=relationship,
            created=moment,
            modified=moment,
        )
        for name, (content, description, relationship) in attachments.items()
    ]
    complaints = _Complaints()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(complaints)
    try:
        page = weasyprint.HTML(string=html, base_url=BASE, url_fetcher=BundleFetcher())
        with _clear_ends_of_streams(), _garbage_looked_for_rarely():
            pdf = page.write_pdf(
                finisher=finish,
                font_config=FontConfiguration(),
                pdf_variant="pdf/a-3a",
                pdf_tags=True,
                attachments=attached,
            )
    finally:
        logger.removeHandler(complaints)
    if complaints.heard:
        said = "; ".join(dict.fromkeys(complaints.heard))
        raise RenderingFault(f"The report's pages are not right: {said}")
    return pdf


def renderer() -> Any:
    """WeasyPrint, which does not import where its system libraries are missing.

    Raises
    ------
    MissingLibrary
        One sentence naming the packages to install.
    """
    try:
        import weasyprint
    except OSError:
        raise MissingLibrary(
            "The report's PDF needs system libraries that are missing; install them with: "
            f"apt-get install --no-install-recommends {PACKAGES}"
        ) from None
    return weasyprint


def layout_library() -> str:
    """Version of Pango: with another one, lines may break elsewhere."""
    renderer()
    from weasyprint.text.ffi import pango

    version = pango.pango_version()
    return f"{version // 10000}.{version // 100 % 100}.{version % 100}"


@contextmanager
def _clear_ends_of_streams() -> Iterator[None]:
    """End streams so that their length can be read in one way only, as PDF/A-3 asks (6.1.7.1).

    pydyf ends every stream with a line feed. Where the stream's last byte happens to be a carriage
    return, the two read as one line end, and the stream seems a byte short.
    """
    from weasyprint.pdf import pydyf

    as_written = pydyf.Stream.data

    def data(stream: Any) -> bytes:
        written: bytes = as_written.fget(stream)
        end = b"\nendstream"
        return written[: -len(end)] + b"\r" + end if written.endswith(b"\r" + end) else written

    pydyf.Stream.data = property(data)
    try:
        yield
    finally:
        pydyf.Stream.data = as_written


@contextmanager
def _garbage_looked_for_rarely() -> Iterator[None]:
    """Spare the fifth of the time that goes into walking a page tree of which most is in use."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
