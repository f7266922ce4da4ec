"""What tells persons apart outside the study: names, national ids, phone numbers and the like.

A column is told by its heading (or the file's own words for it) where the heading says nothing
else, or by what stands in it. A single text is told only by signs that hardly occur by chance: the
check digits of a national id, the form of an e-mail address or of a phone number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from multicentric.mapping.folding import folding

# Of a column, so many texts are looked at, and so large a share of at least so many must agree.
_LOOKED_AT, _SHARE, _FEWEST = 200, 0.8, 5


@dataclass(frozen=True)
class Identifier:
    """What a column holds, in words, and whether its heading could also mean something else."""

    kind: str
    certain: bool = True


NAMES = "names"
NATIONAL_IDS = "national ids"
PHONES = "phone numbers"
EMAILS = "e-mail addresses"
RECORD_NUMBERS = "medical record numbers"

# English, Turkish, German, Italian, French, Spanish; folded, without accents.
_WORDS = {
    NAMES: """name names surname firstname lastname fullname forename initials
        ad adi soyad soyadi adsoyad isim soyisim nachname vorname familienname patientenname
        nome cognome nominativo nom prenom nombre apellido apellidos""",
    NATIONAL_IDS: """ssn nin passport passeport pasaporte pasaport tckn kimlik tckimlik
        kvnr krankenversichertennummer versichertennummer sozialversicherungsnummer personalausweis
        fiscale codicefiscale secu dni nir""",
    PHONES: """phone telephone tel telefon telefonu telefono cep gsm handy telefonnummer
        handynummer rufnummer cellulare celular""",
    EMAILS: "email mail eposta posta courriel correo",
    RECORD_NUMBERS: """mrn dosya protokol patientennummer fallnummer aktenzeichen aktennummer
        cartella dossier historia nhc ipp""",
}
_BESIDE = {
    NAMES: "first last full family given middle maiden",
    NATIONAL_IDS: "t c tc national code codice securite sociale carte identite",
    PHONES: "mobile mobil movil cell home ev is",
    EMAILS: "adresi adresse indirizzo direccion electronico elettronica elektronik address e",
    RECORD_NUMBERS: "medical record clinica medico medizinische file",
}
_EVERYWHERE = """patient patients s hasta hastanin hastasi patienten paziente paciente du de del
    della la le der des of the no nr num number numero nummer numarasi id n and und ve e et y"""
# By themselves these may be the name of anything, such as of a drug.
_AMBIGUOUS = "name names nome nom nombre ad adi isim dni nir nin ipp secu"

_fold = folding(ignore_case=True, ignore_accents=True)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}")
_PHONE = re.compile(
    r"(?<![\w.+])(?:\+\d(?:[\s()./-]*\d){8,13}"
    r"|\(?0[2-5]\d{2}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}"
    r"|0[1-9](?:[ .]\d{2}){4})(?!\w)"
)
_TURKISH = re.compile(r"(?<!\w)(?<!\d[.,])[1-9]\d{10}(?!\w|[.,]\d)")
_FRENCH = re.compile(
    r"(?<!\w)(?<!\d[.,])([12]\s?\d\d\s?\d\d\s?(?:\d\d|2[AB])\s?\d{3}\s?\d{3})\s?(\d\d)"
    r"(?!\w|[.,]\d)"
)
_ITALIAN = re.compile(r"\b[A-Z]{6}[\dL-V]{2}[A-EHLMPRST][\dL-V]{2}[A-Z][\dL-V]{3}[A-Z]\b")
_GERMAN = re.compile(r"\b[A-Z]\d{9}\b")
_SPANISH = re.compile(r"\b([XYZ]\d{7}|\d{8})[ -]?([A-Z])\b")
_ODD_PLACES = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21),
            *(2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        ),
        strict=True,
    )
)


def identifier_in_text(text: str) -> str | None:
    """What kind of identifier stands somewhere in a text, if any.

    Examples
    --------
    >>> identifier_in_text("12345678Z"), identifier_in_text("12345678A"), identifier_in_text("3+")
    ('national ids', None, None)
    """
    if len(text) < 6:
        return None
    if _EMAIL.search(text):
        return EMAILS
    if not any(sign.isdigit() for sign in text):
        return None
    if _PHONE.search(text):
        return PHONES
    return NATIONAL_IDS if _national_id_in(text.upper()) else None


def identifier_in_column(heading: str, words: str, texts: Iterable[str]) -> Identifier | None:
    """What kind of identifier a column holds, if any.

    Parameters
    ----------
    words
        The file's own words for the column, such as an SPSS label.
    texts
        Its texts that are not empty, each once.
    """
    some = list(islice(texts, _LOOKED_AT))
    if not some:
        return None
    found = [_identifier_in_heading(said) for said in (heading, words)]
    told = [one for one in found if one is not None]
    for one in told:
        if one.certain:
            return one
    kinds = [kind for kind in map(identifier_in_text, some) if kind is not None]
    if len(some) >= _FEWEST and len(kinds) >= _SHARE * len(some):
        return Identifier(max(sorted(set(kinds)), key=kinds.count))
    return told[0] if told else None


def _identifier_in_heading(heading: str) -> Identifier | None:
    apart = re.sub(r"(?<=[a-zçğıöşü])(?=[A-ZÇĞİÖŞÜ])", " ", heading)
    words = re.findall(r"[a-z]+", _fold(apart))
    for kind, core in _WORDS.items():
        allowed = {*core.split(), *_BESIDE[kind].split(), *_EVERYWHERE.split()}
        if set(words) & set(core.split()) and set(words) <= allowed:
            return Identifier(kind, not (len(words) == 1 and words[0] in _AMBIGUOUS.split()))
    return None


def _national_id_in(text: str) -> bool:
    return (
        any(_is_turkish(found[0]) for found in _TURKISH.finditer(text))
        or any(_is_italian(found[0]) for found in _ITALIAN.finditer(text))
        or any(_is_german(found[0]) for found in _GERMAN.finditer(text))
        or any(_is_spanish(found[1], found[2]) for found in _SPANISH.finditer(text))
        or any(_is_french(found[1], found[2]) for found in _FRENCH.finditer(text))
    )


def _is_turkish(text: str) -> bool:
    """T.C. kimlik numarası: the last two of eleven digits check the others."""
    digits = [int(sign) for sign in text]
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return digits[9] == tenth and digits[10] == sum(digits[:10]) % 10


def _is_italian(text: str) -> bool:
    """Codice fiscale: the last letter checks the fifteen signs before (D.M. 23/12/1976)."""
    odd = sum(_ODD_PLACES[sign] for sign in text[0:15:2])
    even = sum(int(s) if s.isdigit() else ord(s) - ord("A") for s in text[1:15:2])
    return ord(text[15]) - ord("A") == (odd + even) % 26


def _is_german(text: str) -> bool:
    """Krankenversichertennummer: the letter as two digits, weights 1 and 2, sums of digits."""
    digits = f"{ord(text[0]) - ord('A') + 1:02d}{text[1:9]}"
    products = [int(digit) * (1 + at % 2) for at, digit in enumerate(digits)]
    return sum(product // 10 + product % 10 for product in products) % 10 == int(text[9])


def _is_spanish(number: str, letter: str) -> bool:
    """DNI and NIE: the letter stands for the rest modulo 23."""
    digits = number.translate(str.maketrans("XYZ", "012"))
    return letter == "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23]


def _is_french(number: str, rest: str) -> bool:
    """NIR: the two last digits are 97 less the rest modulo 97; Corsica counts as 19 and 18."""
    digits = re.sub(r"\s", "", number).replace("2A", "19").replace("2B", "18")
    return int(rest) == 97 - int(digits) % 97
