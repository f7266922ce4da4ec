"""A workbook as the zip archive it is: is it safe to open, and what does openpyxl not tell."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from multicentric.reading.cells import DropFault
from multicentric.reading.headings import MergedRange

# A sheet of a million rows by 60 columns is about 2 GB of XML; zipping shrinks ordinary workbooks 5
# to 20 fold.
MAX_UNCOMPRESSED_BYTES = 2 * 1024**3
MAX_COMPRESSION_RATIO = 250
RATIO_APPLIES_ABOVE_BYTES = 32 * 1024**2
MAX_PARTS = 10_000
MAX_ROWS = 2**20  # of a sheet, as the format defines it

_OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_REL_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_REL_ID_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\b[^>]*?\sr=[\"'](\d+)[\"']")
_LONGEST_TAG = 4096
_WORTH_PARSING = re.compile(rb"<(?:\w+:)?(?:f|mergeCell)[\s/>]")


@dataclass
class SheetFacts:
    """Merged cells of a sheet; its formulas without stored result by row and column from 1."""

    merged: list[MergedRange] = field(default_factory=list)
    unsolved: dict[int, dict[int, str]] = field(default_factory=dict)


def check_package(path: Path, file: str) -> None:
    """Refuse what is no workbook, is protected by a password, or would swell beyond measure.

    Raises
    ------
    DropFault
        With what the file is instead, and what to ask of the center.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
            if head.startswith(_OLE_MAGIC):
                raise _ole_fault(head + stream.read(), file)
    except OSError as error:
        raise DropFault(f"cannot be read ({error.strerror})", file=file) from error
    if not head:
        raise DropFault("is empty", file=file, remedy="ask the center for the file anew")
    if not head.startswith(b"PK"):
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
        page = start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta"))
        # Control characters beside tab and line ends do not occur in text of any encoding.
        binary = any(byte < 32 and byte not in b"\t\n\r\f" for byte in head)
        kind = "a web page" if page else "something else" if binary else "a text file"
        raise DropFault(
            f"is no Excel workbook but {kind} under that name",
            file=file,
            remedy="declare its true format, or ask for the file saved as .xlsx",
        )
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged(file) from error
    names = {part.filename for part in parts}
    size = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    swollen = size > RATIO_APPLIES_ABOVE_BYTES and size > packed * MAX_COMPRESSION_RATIO
    if size > MAX_UNCOMPRESSED_BYTES or swollen or len(parts) > MAX_PARTS:
        raise DropFault(
            f"would unpack to {size / 1024**2:,.0f} MB in {len(parts)} parts and is not opened",
            file=file,
            remedy="ask for the table alone in a new workbook, or as CSV",
        )
    if "[Content_Types].xml" not in names or "xl/workbook.bin" in names:
        kind = "a binary workbook (.xlsb)" if "xl/workbook.bin" in names else "another zip archive"
        kind = "an OpenDocument file" if "mimetype" in names and "content.xml" in names else kind
        raise DropFault(
            f"is no .xlsx workbook but {kind}", file=file, remedy="ask for the file saved as .xlsx"
        )


def damaged(file: str, sheet: str | None = None) -> DropFault:
    """Fault of a workbook that breaks off or contradicts itself."""
    return DropFault(
        "the workbook is damaged", file=file, sheet=sheet, remedy="ask the center for the file anew"
    )


def _ole_fault(content: bytes, file: str) -> DropFault:
    if _ENCRYPTED in content:
        return DropFault(
            "the workbook is protected by a password",
            file=file,
            remedy="ask the center for a file without password, sent over a safe way",
        )
    return DropFault(
        "is an Excel workbook of the old .xls kind", file=file, remedy="ask for it saved as .xlsx"
    )


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of the archive that holds each sheet, by the sheet's name."""
    from openpyxl.packaging.relationship import get_dependents, get_rels_path

    root = get_dependents(archive, "_rels/.rels")
    [book] = [rel.target for rel in root if rel.Type.endswith("/officeDocument")]
    targets = {rel.Id: rel.target for rel in get_dependents(archive, get_rels_path(book))}
    parts: dict[str, str] = {}
    for element in ElementTree.fromstring(archive.read(book)).iter():
        if _local(element.tag) == "sheet":
            reference = element.get(_REL_ID) or element.get(_REL_ID_STRICT)
            if reference in targets:
                parts[element.get("name", "")] = targets[reference]
    return parts


def sheet_facts(archive: zipfile.ZipFile, part: str) -> SheetFacts:
    """Read from a sheet's XML what openpyxl does not tell.

    That is merged cells, and formulas without a stored result: openpyxl gives None both for them
    and for formulas whose result is an empty text.

    Raises
    ------
    ValueError
        If rows are out of order, which openpyxl would leave out in silence.
    """
    facts = SheetFacts()
    if not _survey(archive, part):
        return facts
    from openpyxl.formula.translate import Translator
    from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries

    shared: dict[str, Translator] = {}
    with archive.open(part) as stream:
        for _, element in ElementTree.iterparse(stream):
            tag = _local(element.tag)
            if tag == "mergeCell":
                left, top, right, bottom = range_boundaries(element.get("ref", ""))
                facts.merged.append(MergedRange(top, bottom, left, right))
            elif tag == "c":
                pieces = {_local(child.tag): child for child in element}
                if "f" in pieces:
                    place = element.get("r", "A1")
                    formula = _formula(pieces["f"], place, shared, Translator)
                    value = pieces.get("v")
                    is_empty_text = element.get("t") == "str" and value is not None
                    if (value is None or not value.text) and not is_empty_text:
                        row, column = coordinate_to_tuple(place)
                        facts.unsolved.setdefault(row, {})[column] = formula
            elif tag == "row":
                element.clear()
    return facts


def _formula(element: ElementTree.Element, place: str, shared: dict, translator: type) -> str:
    group = element.get("si") if element.get("t") == "shared" else None
    if element.text:
        formula = f"={element.text}"
        if group is not None:
            shared[group] = translator(formula, place)
        return formula
    return shared[group].translate_formula(place) if group in shared else "="


def _survey(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether a sheet has formulas or merged cells; its rows must count upwards."""
    worth_parsing = False
    last_row = 0
    tail = b""
    with archive.open(part) as stream:
        while block := stream.read(1 << 20):
            text = tail + block
            worth_parsing = worth_parsing or bool(_WORTH_PARSING.search(text))
            end = 0
            for found in _ROW_NUMBER.finditer(text):
                row, end = int(found[1]), found.end()
                if not last_row < row <= MAX_ROWS:
                    raise ValueError(f"row {row} follows row {last_row}")
                last_row = row
            tail = text[max(end, len(text) - _LONGEST_TAG) :]
    return worth_parsing


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
