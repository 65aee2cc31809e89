"""A file of 500 MB and a million rows through the real command line: peak memory, rows a second, and Stop.

python -m tests.bench.big_import [--rows 1000000] [--folder DIR]

Needs some 4 GB of disk. The memory that counts is the peak of the whole process; beside it stands that of the
same process importing a hundredth of the rows.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.door import WORDS
from tests.bench.report import Line, show

ROWS = 1_000_000
PASSWORD = "seven quiet penguins in the market hall"
HEAD = "Customer code,Name,Street,Postcode,City,Country,Phone,E-mail,Tags,Notes,Orders of last year,Remarks of the driver"
ROOT = Path(__file__).resolve().parents[2]
PROVENDER = Path(sys.executable).with_name("provender")
BEGUN_S = 6.0
"""After so long Argon2 is done and rows are being made."""


def lines(rows: int, seed: int = 1) -> Iterator[str]:
    """A table as other programs export it, some 500 bytes a row; two of its columns mean nothing to us."""
    draw = random.Random(seed)
    yield HEAD + "\r\n"
    filler = ["".join(draw.choices("abcdefghij klmnop qrstuv wxyz", k=150)) for _ in range(500)]
    for row in range(rows):
        name = f"{draw.choice(WORDS)} {draw.choice(WORDS)} {draw.choice(WORDS)} {row}".title()
        street = f"{draw.randrange(9999)} {draw.choice(WORDS).title()} Street"
        notes = f"{draw.choice(filler)[:60]}, {draw.choice(WORDS)}"
        yield (
            f'K{row:07},"{name}",{street},{94100 + draw.randrange(40)},San Francisco,US,'
            f"+1 415 {draw.randrange(10**7):07},{name.split()[0].lower()}{row}@example.com,"
            f'"{draw.choice(WORDS)}; {draw.choice(WORDS)}","{notes}","{draw.choice(filler)}","{draw.choice(filler)}"\r\n'
        )


def generate(file: Path, rows: int) -> None:
    """Write the table."""
    with file.open("w", encoding="utf-8", newline="") as out:
        out.writelines(lines(rows))


class Company:
    """A company in a home of its own, driven by the real command line."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.home = folder / "home"
        self.password = folder / "password"
        self.password.write_text(PASSWORD)
        # No bus: the keyring of whoever measures is left alone.
        self.env = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere", "HOME": str(folder)}
        self.run("company", "create", "Harbour Foods", "--owner", "Olga")

    def run(self, *arguments: str) -> tuple[dict[str, object], float, float]:
        """The answer, seconds and the peak of resident MiB of one command."""
        start = time.perf_counter()
        process = self.start(*arguments)
        assert process.stdout is not None
        said = process.stdout.read()
        _pid, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{arguments[0]} failed: {said.decode()[-500:]}")
        return json.loads(said), taken, usage.ru_maxrss / 1024

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begin a command."""
        home, password = str(self.home), str(self.password)
        command = [str(PROVENDER), "--home", home, "--password-file", password, "--json"]
        return subprocess.Popen(
            [*command, *arguments],
            env=self.env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


def run(rows: int = ROWS, place: Path | None = None) -> list[Line]:
    """Import, stop by signal and by progress, undo. Raises SystemExit where one of them does not do its work."""
    with tempfile.TemporaryDirectory(dir=place, prefix="provender-bench-") as folder:
        large, small = Path(folder) / "large.csv", Path(folder) / "small.csv"
        generate(large, rows)
        generate(small, max(1, rows // 100))
        company = Company(Path(folder) / "small")
        _answer, _taken, little = company.run("import", str(small), "--as", "customers")
        company = Company(Path(folder) / "large")
        lines = [*_stopped_by_signal(company, large), *_stopped_by_progress(company, large, 0.5)]
        what = f"{large.stat().st_size / 1e6:,.0f} MB, {rows:,} rows"
        answer, taken, peak = company.run("import", str(large), "--as", "customers")
        if answer["created"] != rows:
            raise SystemExit(f"not all were created: {answer}")
        _answer, back, peak_back = company.run("undo")
    memory = "floor: a hundredth of the rows; ids and keys of what the file has made, for matching"
    return [
        Line(f"import of {what}, from start to end of the program", rows / taken, "rows/s", limit="reading, checking and matching in Python, on top of the door"),
        Line("  its memory at most", peak, "MiB", little, limit=memory),
        *lines,
        Line(f"undo of {rows:,} rows", rows / back, "rows/s", limit="one UPDATE for each row"),
        Line("  its memory at most", peak_back, "MiB", little),
    ]  # fmt: skip


def _stopped_by_signal(company: Company, file: Path) -> list[Line]:
    """Ctrl+C while rows are being written."""
    before = _child(company)["state"]
    process = company.start("import", str(file), "--as", "customers")
    time.sleep(BEGUN_S)
    pressed = time.perf_counter()
    process.send_signal(signal.SIGINT)
    said, _nothing = process.communicate()
    taken = time.perf_counter() - pressed
    if process.returncode != 1:
        raise SystemExit(f"not stopped: {said.decode()[-500:]}")
    _require_as_before(company, before)
    return [Line("  Ctrl+C to the end of the program, book as before", taken, "s")]


def _stopped_by_progress(company: Company, file: Path, share: float) -> list[Line]:
    """What the window's Stop does."""
    before = _child(company)["state"]
    told = _child(company, str(file), str(share))
    _require_as_before(company, before)
    return [
        Line("  longest wait between two steps of progress", told["longest_s"], "s", limit="the search index writes 32 MB at once"),
        Line(f"  Stop at {share:.0%}, taken back, book as before", told["taken_back_s"], "s"),
    ]  # fmt: skip


def _require_as_before(company: Company, before: object) -> None:
    if _child(company)["state"] != before:
        raise SystemExit("the book is not as before")


def _child(company: Company, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.import_child", str(company.home), PASSWORD, *arguments]
    done = subprocess.run(command, env=company.env, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args()
    print(show(run(given.rows, given.folder)))


if __name__ == "__main__":
    main()
