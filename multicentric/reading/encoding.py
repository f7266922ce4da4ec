"""Bytes to text without a guess: a wrong encoding is refused, and the right one named.

Turkish in Windows-1254 read as Latin-1 turns ı ş ğ İ Ş Ğ into ý þ ð Ý Þ Ð; UTF-8 read as a
single-byte encoding turns each letter beyond ASCII into two or three signs (ü into Ã¼). Both leave
traces that real text does not show.
"""

from __future__ import annotations

import codecs
import re

from multicentric.reading.cells import DropFault

_WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15"})
_TURKISH_AS_LATIN = re.compile("[ýþðÝÞÐ]")
# Letters without which the languages that have ý þ ð (Icelandic, Czech) cannot be written.
_HOME_OF_THORN = re.compile("[áéíóúæěščřžůÁÉÍÓÚÆĚŠČŘŽŮ]")
# Ã, Ä or Å before what no word has there; Ä or Å before a no-break space can be sound text.
_UTF8_AS_SINGLE_BYTE = re.compile(
    "\u00c3\u00a0|[\u00c3-\u00c5][\u0080-\u009f\u00a1-\u00bf\u0152-\u02dc\u2013-\u2122]"
)
# Lead bytes in UTF-8 of Latin letters and of punctuation. Others (Turkish İ before a no-break
# space) arise by chance where a single-byte file holds few letters beyond ASCII.
_UTF8_EVIDENCE = re.compile(rb"[\xc2-\xc5\xe2][\x80-\xbf]")
_LETTERS_BEYOND_ASCII = re.compile("[^\\W\\d_\x00-\x7f]")
_LATIN_SCRIPT = _WESTERN | {
    "cp1250",
    "cp1254",
    "cp1257",
    "iso8859-2",
    "iso8859-9",
    "cp850",
    "cp857",
}
_TURKISH_BYTES = re.compile(rb"[\xfd\xfe\xf0\xdd\xde\xd0]")
_LETTER_BYTES = re.compile(rb"[\xc0-\xff]")
_DOS_BYTES = re.compile(rb"(?<=[A-Za-z])[\x80-\x9a\xa5\xa6\xa7]|[\x80-\x9a\xa6\xa7](?=[A-Za-z])")
_DOS_TURKISH_BYTES = re.compile(rb"[\x8d\x9f\xa7\x98\x9e\xa6]")


def codec_of(raw: bytes, declared: str, file: str) -> str:
    """Return the codec that decodes all of `raw`, or refuse an encoding that cannot be right.

    Parameters
    ----------
    raw
        The whole file.
    declared
        Encoding that the mapping declares.

    Raises
    ------
    DropFault
        If the bytes cannot be read as `declared`, or read so give damaged text; names the encoding
        that fits.
    """
    wide = _wide_encoding(raw)
    if declared.startswith("utf-16"):
        if wide not in ("utf-16", "utf-16-le" if declared == "utf-16" else declared):
            raise _wrong(file, declared, likely_encoding(raw))
        codec = wide
    elif wide and not declared.startswith("utf-32"):
        raise _wrong(file, declared, wide)
    else:
        codec = "utf-8-sig" if declared == "utf-8" else declared
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _wrong(file, declared, likely_encoding(raw), line) from error
    beyond_ascii = re.search(rb"[\x80-\xff]", raw)
    chance = declared in _LATIN_SCRIPT and not _UTF8_EVIDENCE.search(raw)
    if beyond_ascii and not chance and not declared.startswith("utf") and _is_utf8(raw):
        line = raw.count(b"\n", 0, beyond_ascii.start()) + 1
        raise _wrong(file, declared, "utf-8", line)
    refuse_damaged(text, declared, file, lines=True)
    return codec


def refuse_damaged(text: str, declared: str, file: str, *, lines: bool) -> None:
    """Refuse text that shows the traces of a wrong encoding.

    Parameters
    ----------
    text
        All text of a file, decoded.
    declared
        The encoding it was decoded with.
    lines
        Whether lines of `text` are lines of the file, so that a fault can name one.

    Raises
    ------
    DropFault
        Naming the right encoding, or that the text was damaged before it was sent.
    """
    if text.isascii():
        return
    turkish = len(_TURKISH_AS_LATIN.findall(text))
    if turkish >= 2 and turkish > 4 * len(_HOME_OF_THORN.findall(text)):
        line = _line_of(_TURKISH_AS_LATIN, text) if lines else None
        if declared in _WESTERN:
            raise _wrong(file, declared, "cp1254", line)
        if re.search("[þðÞÐ]", text):
            raise DropFault(
                "Turkish letters were damaged before the file was sent (cp1254 read as Latin-1)",
                file=file,
                row=line,
                remedy="ask for a new export in UTF-8",
            )
    damaged = sum(map(_restores, _UTF8_AS_SINGLE_BYTE.findall(text)))
    if damaged >= 2 and damaged * 2 >= len(_LETTERS_BEYOND_ASCII.findall(text)):
        raise DropFault(
            "letters were damaged before the file was sent (UTF-8 read as cp1252)",
            file=file,
            row=_line_of(_UTF8_AS_SINGLE_BYTE, text) if lines else None,
            remedy="ask for a new export in UTF-8",
        )


def is_garbled(text: str) -> bool:
    """Whether `text` holds letters in UTF-8 read as a single-byte encoding ("Ã¼" for "ü")."""
    return not text.isascii() and any(map(_restores, _UTF8_AS_SINGLE_BYTE.findall(text)))


def _restores(pair: str) -> bool:
    """Whether two signs are the two bytes of one letter in UTF-8."""
    try:
        # A byte that Windows-1252 leaves undefined shows as the control sign of that number.
        pieces = [s.encode("latin-1" if "\x80" <= s <= "\x9f" else "cp1252") for s in pair]
        return b"".join(pieces).decode("utf-8").isalpha()
    except UnicodeError:
        return False


def likely_encoding(raw: bytes) -> str:
    """Return the encoding that fits the bytes best, out of those that centers send."""
    wide = _wide_encoding(raw)
    if wide:
        return wide
    if _is_utf8(raw):
        return "utf-8"
    letters = len(_LETTER_BYTES.findall(raw))
    dos = len(_DOS_BYTES.findall(raw))
    if dos > letters:
        return "cp857" if _DOS_TURKISH_BYTES.search(raw) else "cp850"
    turkish = len(_TURKISH_BYTES.findall(raw))
    return "cp1254" if turkish * 5 > letters else "cp1252"


def _wide_encoding(raw: bytes) -> str | None:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = raw[:4096]
    if sample.count(0) * 5 < len(sample) or not sample:
        return None
    return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _line_of(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else None


def _wrong(file: str, declared: str, likely: str, line: int | None = None) -> DropFault:
    if likely == declared:
        return DropFault(
            f"holds bytes that are not {declared}",
            file=file,
            row=line,
            remedy="ask for a new export",
        )
    return DropFault(
        f"is not written in {declared} but most likely in {likely}",
        file=file,
        row=line,
        remedy=f"set encoding: {likely} in the mapping",
    )
