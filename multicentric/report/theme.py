"""Colors and groups: the exposed group first, the reference second, everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from multicentric.dictionary import Dictionary
from multicentric.protocol import Study

INK = "#16202A"
SECONDARY = "#48535F"
TERTIARY = "#66717D"
BRAND = "#14375E"
REFERENCE = "#1F5A99"
# Exposed groups in order. All reach 4.5:1 on white and stay apart under color blindness; in grey
# the labels carry the meaning.
EXPOSED = ("#C0470F", "#16202A", "#6B3E1E", "#882255")
DASHES: tuple[str, ...] = ("-", "--", "-.", ":")
# Up to this many groups stand side by side in a table and carry their names in a figure.
SIDE_BY_SIDE = 3


@dataclass(frozen=True)
class Group:
    """A group of the exposure as the report shows it.

    Attributes
    ----------
    key
        A letter that stands for the group in figures with many groups.
    style
        Name of its CSS class, which carries its color.
    """

    code: str
    label: str
    key: str
    color: str
    dashes: str
    style: str
    is_reference: bool


def labels_of(variable: str, study: Study, dictionary: Dictionary) -> tuple[str, dict[str, str]]:
    """What a reader calls a variable and its codes, whether of the dictionary or derived."""
    if variable in study.derived:
        return study.derived[variable].label, dict(study.derived[variable].codes)
    if variable in dictionary:
        return dictionary[variable].label, dict(dictionary[variable].codes)
    return variable, {}


def groups_of(study: Study, dictionary: Dictionary) -> list[Group]:
    """The groups of the exposure, exposed groups first and the reference last."""
    exposure = study.exposure
    _, labels = labels_of(exposure.variable, study, dictionary)
    codes = [code for code in exposure.groups if code != exposure.reference]
    colors = [EXPOSED[n % len(EXPOSED)] for n in range(len(codes))]
    dashes = [DASHES[(n // len(EXPOSED)) % len(DASHES)] for n in range(len(codes))]
    ordered = zip(
        [*codes, exposure.reference], [*colors, REFERENCE], [*dashes, DASHES[0]], strict=True
    )
    return [
        Group(
            code=code,
            label=labels.get(code, code),
            key=letter_of(n),
            color=color,
            dashes=dash,
            style=f"group-{n + 1}",
            is_reference=code == exposure.reference,
        )
        for n, (code, color, dash) in enumerate(ordered)
    ]


def letter_of(number: int) -> str:
    """A, B, … Z, AA, AB, … for 0, 1, …."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
