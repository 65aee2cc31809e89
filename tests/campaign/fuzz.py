"""Altered files of every format: each is read, or refused with a sentence; never anything else, never without end.

python -m tests.campaign.fuzz [--seed 1] [--files 2000]
"""

from __future__ import annotations

import argparse
import io
import random
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

from app.errors import AppError
from app.features.crm.importing.drafts import drafter  # noqa: F401 - what a file is read for is loaded too
from app.features.crm.importing.reading import inspect, rows

PATIENCE_S = 20.0
TEXTS = (
    "name",
    "Zoë's Café",
    "王佳丽",
    "+49 30 123",
    'a "quoted" text',
    "a,b;c\td",
    "=1+1",
    "NULL",
    "é" * 300,
)


def seeds(draw: random.Random) -> list[tuple[str, bytes]]:
    """Good files of every kind, to be spoilt."""
    import openpyxl

    cells = [[draw.choice(TEXTS) for _column in range(6)] for _row in range(30)]
    lines = "\r\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in cells)
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    for row in cells:
        workbook.active.append([cell.replace("\x00", "") for cell in row])
    packed = io.BytesIO()
    workbook.save(packed)
    card = "BEGIN:VCARD\r\nVERSION:{version}\r\nN:Trujillo;Ana;;;\r\nFN:Ana Trujillo\r\nitem1.TEL;TYPE=CELL:+52 5\r\nADR:;;Weg 1;Berlin;;10115;DE\r\nNOTE:a\\,b\\n\r\n c\r\nEND:VCARD\r\n"
    return [
        ("a.csv", lines.encode("utf-8")),
        ("b.csv", lines.encode("utf-16")),
        ("c.csv", lines.encode("gb18030", "replace")),
        ("d.tsv", lines.replace(",", "\t").encode("cp1252", "replace")),
        ("e.xlsx", packed.getvalue()),
        ("f.vcf", "".join(card.format(version=version) for version in ("2.1", "3.0", "4.0")).encode()),
        ("g.json", b'[{"name": "Ana", "phone": "1"}, {"name": "Bo"}]'),
    ]


def spoilt(data: bytes, draw: random.Random) -> bytes:
    """The data with a few bytes changed, cut, doubled or moved."""
    content = bytearray(data)
    for _ in range(draw.randint(1, 2)):
        at = draw.randrange(len(content) + 1)
        match draw.randrange(6):
            case 0 if content:
                content[at % len(content)] = draw.randrange(256)
            case 1:
                del content[at : at + draw.randint(1, 40)]
            case 2:
                content[at:at] = draw.randbytes(draw.randint(1, 20))
            case 3:
                content[at:at] = content[at : at + 200] * draw.randint(1, 20)
            case 4:
                content[at:at] = draw.choice(
                    (b'"', b"\x00", b"\xff\xfe", b"BEGIN:VCARD\r\n", b"PK\x03\x04", b"\r", b"[[[[")
                )
            case _:
                del content[at:]
    return bytes(content)


def spoilt_inside(data: bytes, draw: random.Random) -> bytes:
    """A workbook whose parts are spoilt, then packed well again: what a checksum does not catch."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, spoilt(part, draw) if draw.random() < 0.3 else part)
    return packed.getvalue()


def run(seed: int, files: int) -> Counter[str]:
    """Counts of files read and refused; raises naming seed and number of the first that did anything else."""
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(files):
            draw = random.Random(f"{seed}/{number}")
            name, data = draw.choice(seeds(draw))
            bad = (
                spoilt_inside(data, draw)
                if name.endswith("xlsx") and draw.random() < 0.7
                else spoilt(data, draw)
            )
            path = Path(folder) / name
            path.write_bytes(bad)
            began = time.monotonic()
            try:
                inspect(path)
                with rows(path) as reading:
                    counted["rows"] += sum(1 for _row in reading)
                counted["read"] += 1
            except AppError as error:
                assert error.text.strip(), f"seed {seed}, file {number}: refused without a sentence"
                counted["refused"] += 1
            except Exception as error:
                kept = Path(tempfile.gettempdir()) / f"fuzz-{seed}-{number}-{name}"
                kept.write_bytes(bad)
                raise AssertionError(f"seed {seed}, file {number}, kept as {kept}: {error!r}") from error
            assert time.monotonic() - began < PATIENCE_S, f"seed {seed}, file {number}: too slow"
    return counted


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=2000)
    chosen = parser.parse_args()
    print(dict(run(chosen.seed, chosen.files)))
