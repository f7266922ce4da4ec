"""Mutated deliveries: each ends in tables or in a one-sentence fault, nothing else."""

from __future__ import annotations

import io
import random
import re
import zipfile

import pytest

from multicentric.reading import DropFault, TableSpec, read_tables

from .conftest import CENTERS

DELIVERIES = {
    "aras/2025-06-02/extract.csv": {"format": "delimited"},
    "ceyhan/2025-06-02/hasta_listesi.csv": {
        "format": "delimited",
        "encoding": "cp1254",
        "delimiter": ";",
    },
    "dicle/2025-06-02/dicle_2025-06.xlsx": {
        "format": "workbook",
        "sheet": "Hastalar",
        "heading_rows": "4-5",
    },
    "gediz/2025-06-02/gediz.sav": {"format": "spss"},
}
INSERTS = [b'"', b";", b",", b"\n", b"\0", b"\xff", b"<", b"&", b"\r"]
XML_VALUES = ["", "x", "-1", "99999999", "1e400", "A0", "ZZZZ1", "n", "s", "d", "e", "b", "NaN"]


def mutated_bytes(content: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice([1, 1, 3, 20])):
        at = chance.randrange(len(content) + 1)
        content = chance.choice(
            [
                content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :],
                content[:at] + content[at + chance.randrange(1, 200) :],
                content[:at] + chance.choice(INSERTS) * chance.randrange(1, 4) + content[at:],
                content[:at],
            ]
        )
    return content


def mutated_workbook(content: bytes, chance: random.Random) -> bytes:
    archive = zipfile.ZipFile(io.BytesIO(content))
    victim = chance.choice(archive.namelist())
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for name in archive.namelist():
            part = archive.read(name)
            if name == victim and chance.random() < 0.1:
                continue
            if name == victim and chance.random() < 0.5:
                part = mutated_bytes(part, chance)
            elif name == victim:
                text = part.decode()
                places = list(re.finditer(r'(?<=")[^"<>]*(?=")|(?<=>)[^<]+(?=<)', text))
                place = chance.choice(places)
                text = text[: place.start()] + chance.choice(XML_VALUES) + text[place.end() :]
                part = text.encode()
            target.writestr(name, part)
    return written.getvalue()


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_mutated_deliveries_end_in_tables_or_in_a_fault(delivery, drop):
    chance = random.Random(delivery)
    original = (CENTERS / delivery).read_bytes()
    is_workbook = delivery.endswith("xlsx")
    name = delivery.rpartition("/")[2]
    specs = {"p": TableSpec.model_validate({"file": name, **DELIVERIES[delivery]})}
    tables, faults = 0, []
    for _ in range(20 if delivery.endswith("sav") else 60):
        if is_workbook and chance.random() < 0.8:
            content = mutated_workbook(original, chance)
        else:
            content = mutated_bytes(original, chance)
        (drop / name).write_bytes(content)
        try:
            table = read_tables(drop, specs)["p"]
        except DropFault as fault:
            faults.append(str(fault))
        else:
            tables += 1
            lengths = {len(column.text) for column in table.columns.values()}
            assert lengths == {len(table.rows)}
    assert tables
    assert faults
    assert all(re.fullmatch(rf"{re.escape(name)}[^\n]*[^.]\.", fault) for fault in faults)
