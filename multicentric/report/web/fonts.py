"""The report's typefaces within a page, each cut down to the characters that the page shows.

The fonts' licence reserves their name for the whole fonts, so a part goes by another one: the page
calls them Report Sans and Report Serif, and the files keep no name, only copyright and licence.
"""

from __future__ import annotations

import base64
import io
import logging

from multicentric.report.bundle import TEMPLATES

# File to family, weights and slant.
_FACES = {
    "SourceSans3-Regular": ("Report Sans", "400", "normal"),
    "SourceSans3-It": ("Report Sans", "400", "italic"),
    "SourceSans3-Semibold": ("Report Sans", "600 700", "normal"),
    "SourceSerif4-Regular": ("Report Serif", "400", "normal"),
    "SourceSerif4-It": ("Report Serif", "400", "italic"),
    "SourceSerif4-Semibold": ("Report Serif", "600 700", "normal"),
}
RENAMED = {"Source Sans 3": "Report Sans", "Source Serif 4": "Report Serif"}
# Numbers in the tables of fonts: copyright, licence, where the licence stands.
_KEPT_NAMES = [0, 13, 14]


def font_faces(text: str) -> str:
    """CSS that brings the typefaces along, for every character of a text."""
    characters = sorted({ord(character) for character in text if character.isprintable()})
    return "\n".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {slant}; '
        f"src: url(data:font/woff2;base64,{_part(file, characters)}); }}"
        for file, (family, weight, slant) in _FACES.items()
    )


def _part(file: str, characters: list[int]) -> str:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    # It tells every step of its way.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    options = subset.Options(
        flavor="woff2",
        name_IDs=_KEPT_NAMES,
        hinting=False,
        recalc_timestamp=False,
    )
    # Kerning and alternative letters would take longer to cut than all the rest.
    options.drop_tables += ["GPOS", "GSUB", "GDEF"]
    font = TTFont(TEMPLATES / "fonts" / f"{file}.ttf", recalcTimestamp=False, lazy=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    out = io.BytesIO()
    subset.save_font(font, out, options)
    return base64.b64encode(out.getvalue()).decode()
