import re
from itertools import combinations

import numpy as np
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


# Machado, Oliveira and Fernandes (IEEE Trans Vis Comput Graph 2009;15:1291), full severity, on
# linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(color: str, seen_by: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of a color as somebody sees it."""
    parts = np.array([int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(seen_by @ linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(first: str, second: str, seen_by: np.ndarray) -> float:
    """CIE76."""
    return float(np.linalg.norm(lab(first, seen_by) - lab(second, seen_by)))


@pytest.mark.parametrize("name", DEFICIENCIES)
def test_groups_are_told_apart_whatever_colors_somebody_sees(name):
    seen_by = DEFICIENCIES[name]
    two = distance(theme.EXPOSED[0], theme.REFERENCE, seen_by)
    four = [theme.REFERENCE, *theme.EXPOSED[:3]]
    closest = min(distance(a, b, seen_by) for a, b in combinations(four, 2))
    print(f"{name}: two groups {two:.0f}, closest of four {closest:.0f}")
    assert two > 80
    assert closest > 22
