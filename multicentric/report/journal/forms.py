"""A figure as SVG, as PDF with its fonts, and as PNG of 600 dots per inch."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from markupsafe import Markup

from multicentric.report.bundle import Bundle
from multicentric.report.canvas import anchored_at_start
from multicentric.report.journal.figures import JournalFigure
from multicentric.report.pdf import write_pdf

DOTS_PER_INCH = 600
_PAGE = Markup(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta name="dcterms.created" content="{day}T00:00:00Z">'
    '<meta name="dcterms.modified" content="{day}T00:00:00Z">'
    '<link rel="stylesheet" href="report.css"><style>'
    "@page {{ size: {width:.3f}mm {height:.3f}mm; margin: 0; {empty} }}"
    "@page :first {{ margin: 0; {empty} }}"
    "img {{ display: block; width: {width:.3f}mm; height: {height:.3f}mm }}"
    '</style></head><body><img src="figure.svg" alt="{alt}"></body></html>'
)
_MARGINS = ("top-left", "top-right", "bottom-left", "bottom-right")


def forms_of(figure: JournalFigure, dated: date) -> dict[str, bytes]:
    """Every form of a figure by the ending of its file.

    Parameters
    ----------
    dated
        The date that the PDF carries; there is no clock in a figure.

    Raises
    ------
    multicentric.report.pdf.RenderingFault
        The renderer complained.
    """
    svg = figure.sheet.svg(figure.title, figure.caption or figure.title)
    bundle = Bundle()
    bundle.add("figure.svg", anchored_at_start(svg.decode()).encode())
    html = _PAGE.format(
        title=figure.title,
        alt=figure.alt,
        day=dated.isoformat(),
        width=figure.sheet.size[0],
        height=figure.sheet.size[1],
        empty=Markup(" ").join(Markup("@{} {{ content: none }}").format(m) for m in _MARGINS),
    )
    pdf = write_pdf(html, bundle, {}, dated)
    table = figure.data.to_csv(index=False, lineterminator="\n").encode()
    return {"svg": svg, "pdf": pdf, "png": _pixels(pdf), "csv": table}


def write_figures(figures: Iterable[JournalFigure], folder: Path, dated: date) -> list[str]:
    """Write all forms of all figures into a folder; return the figures' names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for figure in figures:
        for ending, content in forms_of(figure, dated).items():
            (folder / f"{figure.name}.{ending}").write_bytes(content)
        names.append(figure.name)
    return names


def _pixels(pdf: bytes) -> bytes:
    import pypdfium2

    page = pypdfium2.PdfDocument(pdf)[0]
    image = page.render(scale=DOTS_PER_INCH / 72).to_pil()
    out = io.BytesIO()
    # The first level of compression takes a fifth of the time and some more bytes.
    image.save(out, format="PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH), compress_level=1)
    return out.getvalue()
