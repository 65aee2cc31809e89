"""Bad input through the door: a sentence that names place and remedy, and the book as it was before."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import Unreadable
from app.features.crm.customers import add
from app.features.crm.importing.layout import Layout
from app.features.crm.importing.loading import Job, load, rehearse
from app.gateway.progress import listening
from app.gateway.session import Session
from tests.builders import a_book, a_customer
from tests.features.importing.files import put
from tests.features.importing.test_reading_sheets import SHEET
from tests.features.importing.test_reading_sheets import book as workbook

HEAD = "Customer Code,Name,City\n"
GOOD = "".join(f"K{number},Customer {number},Rome\n" for number in range(3000))
"""Rows before the bad place: by then some were written and have to be taken back."""
BAD_LINE = 3002
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """One book for all of these tests: they prove that none changes it."""
    with a_book() as book:
        book.do(add, a_customer(code="K17"))
        yield book


def assert_refused(session: Session, job: Job, place: str, remedy: str) -> None:
    """Neither an import nor its rehearsal takes it; both say where and what to do, and nothing stays behind."""
    before = session.state_hash()
    with pytest.raises(Unreadable) as said:
        session.do(load, job)
    assert re.search(place, said.value.text), said.value.text
    assert re.search(remedy, said.value.text), said.value.text
    with pytest.raises(Unreadable):
        session.ask(rehearse, job)
    assert session.state_hash() == before


def test_two_gigabytes(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(HEAD.encode())
        file.truncate(2 << 30)  # sparse: it takes no room
    assert_refused(session, Job(path), r"“huge\.csv” is 2147 MB", "Split it")


def test_a_workbook_that_unpacks_to_a_quarter_of_a_gigabyte(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    whole = workbook(tmp_path, {"S": [["name"], ["A"]]})
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            with new.open(name, "w", force_zip64=True) as entry:
                if name != "xl/worksheets/sheet1.xml":
                    entry.write(old.read(name))
                    continue
                entry.write(SHEET)
                for _megabyte in range(256):
                    entry.write(b" " * (1 << 20))
    assert path.stat().st_size < 1_000_000
    assert_refused(session, Job(path), r"“bomb\.xlsx”.*unpack to far more", "save the table as CSV")


def test_a_card_within_a_hundred_thousand_others(session: Session, tmp_path: Path) -> None:
    path = put(tmp_path, "BEGIN:VCARD\r\nVERSION:3.0\r\n" * 100_000, "deep.vcf")
    assert_refused(session, Job(path), r"“deep\.vcf”, line 17", "Export them again")


def test_a_card_with_a_hundred_thousand_nested_groups(session: Session, tmp_path: Path) -> None:
    path = put(
        tmp_path,
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana\r\n" + "a." * 100_000 + "TEL:+39 06 1\r\nEND:VCARD\r\n",
        "groups.vcf",
    )
    assert_refused(session, Job(path), r"“groups\.vcf”, line 4", "Export the cards again")


def test_a_card_with_a_hundred_thousand_groups(session: Session, tmp_path: Path) -> None:
    lines = "".join(f"item{number}.TEL:+39 06 {number}\r\n" for number in range(100_000))
    path = put(tmp_path, f"BEGIN:VCARD\r\nFN:Ana\r\n{lines}END:VCARD\r\n", "many.vcf")
    assert_refused(session, Job(path), r"“many\.vcf”.* line 1 ", "Remove it")


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_field_of_ten_megabytes(session: Session, tmp_path: Path, quote: str) -> None:
    field = quote + "x" * 10_000_000 + quote
    path = put(tmp_path, f"{HEAD}{GOOD}K,{field},Rome\n")
    assert_refused(session, Job(path), f"line {BAD_LINE}: a cell", "Shorten it")


def test_nul_bytes(session: Session, tmp_path: Path) -> None:
    path = put(tmp_path, f"{HEAD}{GOOD}K,A\0B,Rome\n")
    assert_refused(session, Job(path), f"NUL character in line {BAD_LINE}", "export the file again")


def test_broken_utf_8(session: Session, tmp_path: Path) -> None:
    accents = GOOD.replace("Rome", "Nîmes").encode()
    path = put(tmp_path, HEAD.encode() + accents + b"K,Caf\xc3 Sport,Rome\n")
    assert_refused(session, Job(path), rf"line {BAD_LINE}, byte \d+", "Choose another encoding")


def test_a_wrong_encoding_that_somebody_chose(session: Session, tmp_path: Path) -> None:
    path = put(tmp_path, HEAD.encode() + GOOD.encode() + "K,Café,Rome\n".encode("cp1252"))
    job = Job(path, layout=Layout(encoding="utf-8"))
    assert_refused(session, job, rf"line {BAD_LINE}, byte \d+", "Choose another encoding")


def test_a_quotation_mark_that_is_never_closed(session: Session, tmp_path: Path) -> None:
    path = put(tmp_path, f'{HEAD}"K","A","Rome"\n{GOOD}"K2","B,Rome\n{GOOD}')
    assert_refused(session, Job(path), f"begins in line {BAD_LINE + 1} is never closed", "Close it")


def test_a_quotation_mark_inside_a_cell(session: Session, tmp_path: Path) -> None:
    path = put(tmp_path, f'{HEAD}"K","A","Rome"\n{GOOD}"K2","B"C","Rome"\n')
    assert_refused(session, Job(path), f"line {BAD_LINE + 1}", "Double every quotation mark")


def test_a_file_that_shrinks_while_it_is_read(session: Session, tmp_path: Path) -> None:
    path = put(tmp_path, HEAD + "".join(f"K{n},Customer {n},Rome\n" for n in range(20_000)))
    before = session.state_hash()
    cut: list[int] = []

    def shrink(done: int, total: int) -> None:
        if total and not cut:
            cut.append(done)
            os.truncate(path, total - 20_000)

    with listening(shrink), pytest.raises(Unreadable, match=r"“list\.csv” changed .* import it again"):
        session.do(load, Job(path))
    assert cut and session.state_hash() == before


def test_a_folder(session: Session, tmp_path: Path) -> None:
    assert_refused(session, Job(tmp_path), "is a folder", "Choose a file in it")


def test_a_file_that_one_may_not_read(session: Session, tmp_path: Path) -> None:
    path = put(tmp_path, HEAD + GOOD, "secret.csv")
    path.chmod(0)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        os.seteuid(65534)  # nobody: root may read everything
    try:
        if os.access(path, os.R_OK, effective_ids=True):
            pytest.skip("this system lets everybody read everything")
        assert_refused(session, Job(path), r"You may not read “secret\.csv”", "Copy it to a folder")
    finally:
        if is_root:
            os.seteuid(0)


FULL_DISK = """
import sys
from pathlib import Path
from app.errors import DiskFull
from app.features.crm.customers import add
from app.features.crm.importing.loading import Job, load
from tests.builders import a_book, a_customer

with a_book(place=Path(sys.argv[1])) as session:
    session.do(add, a_customer(code="K17"))
    before = session.state_hash()
    try:
        session.do(load, Job(sys.argv[2]))
    except DiskFull as error:
        print(error.text)
    assert session.state_hash() == before
    session.do(add, a_customer("As before", code="K18"))
"""


def test_a_full_disk(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare (util-linux) is not here, so no small disk can be made")
    disk = tmp_path / "disk"
    disk.mkdir()
    path = put(tmp_path, HEAD + "".join(f"K{n},Customer {n},Rome\n" for n in range(20_000)))
    mount = f'mount -t tmpfs -o size=3m tmpfs "{disk}" || exit 77; exec "$@"'
    child = [sys.executable, "-c", FULL_DISK, str(disk), str(path)]
    done = subprocess.run(
        [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", *child],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"this system allows no small disk: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    assert re.search(rf"The disk is full.* Free some space in {re.escape(str(disk))}", done.stdout)
