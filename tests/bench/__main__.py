"""All benchmarks as one table of ratios: `make bench`. What a part found at full size goes into resources/docs.

python -m tests.bench [--only door,search,window,server,growth] [--customers N] [--sizes N,N] [--rows N] [--repeats 5]

`million` (a file of 500 MB, a quarter of an hour) runs only where it is named. No figure fails the run: they
are read by people, who know what else the computer was doing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.bench import big_import, door, search, server, server_storage, sync, window
from tests.bench.report import Line, markdown, show
from tests.session_bus import NotAvailable

RESULT = Path(__file__).parents[2] / "resources" / "docs" / "bench.md"
CUSTOMERS, REPEATS = 100_000, 5
INTRODUCTION = """# The last benchmarks

Each figure stands beside a floor that was measured in the same run, by turns with it; both are medians of five.
Ours divided by the floor is the ratio, which does not depend on the computer as the figures do. `make bench`
measures again; the goals stand in `tests/bench/floors.py`. A frame of the list is counted in
processor time of the window's thread; its floor is Qt's own table with a model in C++, drawing the same cells in the
same font.
"""

PARTS: dict[str, tuple[str, Callable[[Namespace], list[Line]]]] = {
    "door": (
        "Through the door, beside the raw statements",
        lambda given: door.run(given.customers, given.repeats),
    ),
    "search": (
        "The search box, beside the bare FTS5 query",
        lambda given: search.run(given.sizes, given.repeats),
    ),
    "window": (
        "The window, beside a minimal one",
        lambda given: window.run(given.customers, given.repeats),
    ),
    "server": ("The server, beside a bare handler", lambda given: server.run(given.repeats)),
    "growth": ("The server as its log grows", lambda given: server_storage.run()),
    "sync": (
        "Synchronisation, beside floors and a peer",
        lambda given: sync.run(given.changes, given.repeats),
    ),
    "million": ("A file of a million rows", lambda given: big_import.run(given.rows)),
}


def main() -> int:
    given = _arguments()
    table: list[Line] = []
    skipped: list[str] = []
    for name in given.only:
        title, run = PARTS[name]
        began = time.monotonic()
        print(f"{name}: {title}", file=sys.stderr, flush=True)
        try:
            lines = run(given)
        except NotAvailable as missing:
            skipped.append(f"{name} was skipped: {missing}")
            continue
        print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        table += lines
        if _is_full(given):
            _keep(title, lines)
    print(show(table))
    missed = [line for line in table if line.met == "no"]
    print(f"\n{len(missed)} of {sum(bool(line.met) for line in table)} goals are missed.")
    if left_out := [name for name in PARTS if name not in given.only]:
        print(f"Left out, name them with --only: {', '.join(left_out)}.")
    for reason in skipped:
        print(reason)
    return 1 if skipped else 0


def _is_full(given: Namespace) -> bool:
    return (given.customers, given.repeats, given.sizes, given.rows) == (
        CUSTOMERS,
        REPEATS,
        search.SIZES,
        big_import.ROWS,
    )


def _keep(title: str, lines: Sequence[Line]) -> None:
    """Put the part's table in the place of its last one; the other parts' stay."""
    sections = RESULT.read_text("utf-8").split("\n## ")[1:] if RESULT.exists() else []
    kept = {section.partition("\n")[0]: section for section in sections}
    kept[title] = f"{title}\n\n{_circumstances()}\n\n{markdown(lines)}\n"
    order = [one for one, _run in PARTS.values() if one in kept]
    RESULT.write_text("\n## ".join([INTRODUCTION, *(kept[one] for one in order)]), "utf-8")


def _circumstances() -> str:
    parts = (
        f"{datetime.now(UTC):%Y-%m-%d}",
        f"{os.cpu_count()} processors, {os.getloadavg()[0]:.1f} programs wanting them, ours at nice {os.nice(0)}",
        f"{platform.system()}, Python {platform.python_version()}",
        f"PySide6 {version('PySide6-Essentials')}, sqlcipher3 {version('sqlcipher3')}",
    )
    return "; ".join(parts) + "."


def _arguments() -> Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", default="door,search,window,server,growth", help=f"parts of {', '.join(PARTS)}"
    )
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="in the book, for door and window")
    parser.add_argument("--sizes", default=",".join(map(str, search.SIZES)), help="of the book, for search")
    parser.add_argument("--rows", type=int, default=big_import.ROWS, help="of the file, for million")
    parser.add_argument("--changes", type=int, default=sync.CHANGES, help="pushed and pulled, for sync")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    given = parser.parse_args()
    given.only = given.only.split(",")
    given.sizes = tuple(int(size) for size in given.sizes.split(","))
    if unknown := set(given.only) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return given


if __name__ == "__main__":
    sys.exit(main())
