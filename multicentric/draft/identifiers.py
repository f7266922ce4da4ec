"""Columns that look like the person, not the disease: named by heading, never by a value."""

from __future__ import annotations

import re
from collections.abc import Collection

from multicentric.draft.words import plain, tokens

_HEADINGS = (
    (
        "a name",
        "name;surname;forename;adı;soyadı;adı soyadı;ad soyad;isim;vorname;nachname;nome;cognome;"
        "nom;prénom;nombre;apellido;apellidos;initials;patient name;hasta adı;patientenname",
    ),
    (
        "a national id",
        "t.c.;tc;tc no;tckn;tc kimlik;t.c. kimlik no;kimlik no;national id;ssn;nhs number;passport;"
        "codice fiscale;kvnr;krankenversicherungsnummer;versichertennummer;dni",
    ),
    ("a phone number", "phone;telephone;mobile;gsm;telefon;cep;handy;telefono;cellulare;téléphone"),
    ("an e-mail address", "e-mail;email;e-posta;eposta;courriel;correo"),
    ("an address", "address;adres;anschrift;adresse;indirizzo;dirección;street;postcode"),
)
_KNOWN = {" ".join(tokens(word)): what for what, words in _HEADINGS for word in words.split(";")}
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"(?:\+|00|0)[\d ()/.-]{8,18}")
_FISCAL_CODE = re.compile(r"[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]", re.IGNORECASE)
_INSURANCE_NUMBER = re.compile(r"[A-Z]\d{9}")
_NAME = re.compile(r"[^\W\d_]+(?:[ '’.-]+[^\W\d_]+){1,4}")


def kind_of(heading: str, description: str, texts: Collection[str]) -> str | None:
    """What identifies a person in a column ("a phone number"), or None.

    Parameters
    ----------
    heading, description
        The column's names.
    texts
        Its cells that are not empty.
    """
    for name in (heading, description):
        words = tokens(name)
        for length in range(len(words), 0, -1):
            for start in range(len(words) - length + 1):
                what = _KNOWN.get(" ".join(words[start : start + length]))
                # A short word inside a longer heading ("date of name change") tells nothing.
                if what and (length == len(words) or length > 1 or len(words) <= 3):
                    return what
    return _by_values(texts)


def looks_personal(text: str) -> bool:
    """Whether a single text could identify a person, and so must not be shown."""
    return bool(
        re.search(r"\d{7,}", re.sub(r"[ ()/.-]", "", text))
        or _MAIL.search(text)
        or _FISCAL_CODE.search(text)
        or _INSURANCE_NUMBER.search(text)
    )


def looks_like_a_name(text: str) -> bool:
    """Whether a text is two words or more that all begin with a capital letter."""
    return bool(_NAME.fullmatch(text)) and all(word[:1].isupper() for word in text.split())


def _by_values(texts: Collection[str]) -> str | None:
    if len(texts) < 3:
        return None
    tests = (
        ("an e-mail address", lambda text: bool(_MAIL.fullmatch(text))),
        ("a national id", _is_national_id),
        ("a phone number", _is_phone),
    )
    stripped = [text.strip() for text in texts]
    for what, test in tests:
        if sum(map(test, stripped)) * 2 > len(stripped):
            return what
    distinct = {plain(text) for text in stripped}
    named = sum(bool(_NAME.fullmatch(text)) and text != text.lower() for text in stripped)
    return (
        "a name" if len(distinct) * 10 > 8 * len(stripped) and named * 2 > len(stripped) else None
    )


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and sum(map(str.isdigit, text)) >= 9


def _is_national_id(text: str) -> bool:
    if _FISCAL_CODE.fullmatch(text) or _INSURANCE_NUMBER.fullmatch(text):
        return True
    return is_turkish_id(text)


def is_turkish_id(text: str) -> bool:
    """Whether a text is a Turkish identity number: eleven digits, the last two of them checks."""
    if not re.fullmatch(r"[1-9][0-9]{10}", text):
        return False
    digits = [int(sign) for sign in text]
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return digits[9] == tenth and digits[10] == sum(digits[:10]) % 10
