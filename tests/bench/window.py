"""How quick the window is: first paint, memory, scrolling, unlock to list, key stroke to results.

    python -m tests.bench.window [--customers 100000] [--repeats 5] [--platform offscreen|xcb]

Every figure is taken in processes of its own, ours and the floor's by turns.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.floors import FIRST_PAINT, KEY_TO_RESULTS, MEMORY, SCROLL, UNLOCK_TO_LIST
from tests.bench.report import Line, median, show

FRAME_MS = 1000 / 60
PASSWORD = "seven uncommon words walk home"
ROOT = Path(__file__).resolve().parents[2]


def run(customers: int = 100_000, repeats: int = 5, platform: str = "offscreen") -> list[Line]:
    """Measure everything that a person sees."""
    with tempfile.TemporaryDirectory(prefix="provender-bench-") as scratch:
        home = Path(scratch) / "home"
        probe("make", platform, home, customers=customers)
        turns: dict[str, list[dict[str, float]]] = {}
        for turn in range(repeats + 1):
            for name in ("minimal", "unlock", "cpp", "list", "open"):
                found = probe(name, platform, home)
                if turn:  # the first turn fills the system's caches and is left out
                    turns.setdefault(name, []).append(found)
        keys = probe("keys", platform, home)
    return list(_lines(turns, keys, customers))


def _lines(turns: dict[str, list[dict[str, float]]], keys: dict[str, float], customers: int) -> list[Line]:
    def of(name: str, what: str) -> float:
        return median(turn[what] for turn in turns[name])

    start = of("minimal", "painted_ms")
    scrolling = [
        Line(
            f"a frame while scrolling by {step}",
            of("list", step),
            "ms",
            of("cpp", step),
            SCROLL,
            "drawing glyphs; one Python call for each cell in sight",
        )
        for step in ("line", "page", "jump")
    ]
    return [
        Line(
            "first paint of the unlock screen",
            of("unlock", "painted_ms"),
            "ms",
            start,
            FIRST_PAINT,
            "importing PySide6, which the floor does too; then our own 30 modules",
        ),
        Line(
            "memory at the unlock screen, at rest",
            of("unlock", "rest_mib"),
            "MiB",
            of("minimal", "rest_mib"),
            MEMORY,
            "what opening needs is imported while the password is typed",
        ),
        *scrolling,
        Line(
            f"unlock to a visible list of {customers:,}, less Argon2",
            of("open", "list_ms") - of("open", "argon2_ms"),
            "ms",
            start,
            UNLOCK_TO_LIST,
            "opening and checking the vault, asking for all ids, building the window",
        ),
        Line(f"memory with {customers:,} customers open", of("open", "rest_mib"), "MiB",
             limit="8 bytes an id; the database's cache and the imported modules are the rest"),
        Line("key stroke to painted results, p99", keys["p99_ms"], "ms", FRAME_MS, KEY_TO_RESULTS,
             "the way to the reader's thread and back; drawing the results"),
        Line("key stroke to painted results, median", keys["p50_ms"], "ms"),
    ]  # fmt: skip


def probe(name: str, platform: str, home: Path, **more: Any) -> dict[str, float]:
    """One child process; what it measured. Raises RuntimeError with its words when it fails."""
    env = dict(
        os.environ,
        QT_QPA_PLATFORM=platform,
        PROBE=json.dumps({"home": str(home), "password": PASSWORD, **more}),
        BEGUN_NS=str(time.monotonic_ns()),
    )
    child = subprocess.run(
        [sys.executable, "-m", "tests.bench.window_probes", name],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    for line in reversed(child.stdout.splitlines()):
        if line.startswith("{"):
            answer: dict[str, float] = json.loads(line)
            return answer
    raise RuntimeError(f"{name}: {child.stderr[-2000:]}")


def main() -> int:
    """Print the figures; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--platform", default="offscreen")
    options = parser.parse_args()
    print(show(run(options.customers, options.repeats, options.platform)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
