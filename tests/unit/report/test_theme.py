import re

import pytest

from multicentric.report import theme
from multicentric.report.bundle import Bundle

TEXT_COLORS = [theme.INK, theme.SECONDARY, theme.TERTIARY, theme.BRAND, theme.REFERENCE]


def luminance(color: str) -> float:
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_on_white(color: str) -> float:
    return 1.05 / (luminance(color) + 0.05)


@pytest.mark.parametrize("color", [*TEXT_COLORS, *theme.EXPOSED])
def test_colors_of_text_are_dark_enough(color):
    assert contrast_on_white(color) >= 4.5


def test_text_colors_of_the_style_sheet_are_dark_enough():
    css = Bundle()["report.css"].decode()
    colors = re.findall(r"(?<![-\w])color: (#[0-9A-F]{6})", css)
    assert len(colors) > 10
    for color in colors:
        assert contrast_on_white(color) >= 4.5, color


def test_letters_of_groups():
    assert [theme.letter_of(n) for n in (0, 25, 26, 27)] == ["A", "Z", "AA", "AB"]
