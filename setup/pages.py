"""Draws the pages of results/report.pdf as small pictures into docs/pages, for docs/report.md."""

import sys
from pathlib import Path

import pypdfium2

ROOT = Path(__file__).resolve().parents[1]
DOTS_PER_INCH = 48


def draw(report: Path, folder: Path) -> int:
    """Draw every page; return how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    document = pypdfium2.PdfDocument(report)
    for number, page in enumerate(document, start=1):
        picture = page.render(scale=DOTS_PER_INCH / 72).to_pil()
        picture.quantize(24).save(folder / f"{number:02d}.png", optimize=True)
    return len(document)


if __name__ == "__main__":
    made = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "results/report.pdf"
    sys.stdout.write(f"{draw(made, ROOT / 'docs/pages')} pages\n")
