"""How quick the window is: first paint, memory, unlock to list, scrolling, key stroke to results.

    python -m tests.bench.window [--customers 100000] [--repeats 5]

Every figure is taken in a process of its own on a virtual desktop, ours and the floor's by turns. Neither a
keyring nor a screen reader is there: both sides would pay for the second one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.floors import FIRST_PAINT, KEY_TO_RESULTS, MEMORY, SCROLL, UNLOCK_TO_LIST
from tests.bench.report import Line, median, show
from tests.e2e.desktop import desktop

FRAME_MS = 1000 / 60
PASSWORD = "seven uncommon words walk home"
ROOT = Path(__file__).resolve().parents[2]
TURN = ("minimal", "unlock", "open", "cpp", "keys")
"""Each process of one turn."""
STARTS = 3
"""How often a turn starts the minimal window and ours once more, by turns: starts differ most."""

Found = dict[str, list[dict[str, float]]]


def run(customers: int = 100_000, repeats: int = 5) -> list[Line]:
    """Measure everything that a person sees. Raises NotAvailable where there is no virtual desktop."""
    with tempfile.TemporaryDirectory(prefix="provender-bench-") as scratch, desktop() as session:
        home = Path(scratch) / "home"
        env = {**session.env, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere", "HOME": scratch}
        env |= {"QT_QPA_PLATFORM": "xcb", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "0"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # whoever has installed the program has it compiled
        probe("make", env, home, customers=customers)
        found: Found = {}
        for turn in range(repeats + 1):
            seen = [(name, probe(name, env, home)) for name in TURN]
            for name in ("minimal", "unlock") * STARTS:
                seen.append((name, {"painted_ms": probe(name, env, home, rest_s=0)["painted_ms"]}))
            if turn:  # the first turn fills the system's caches and is left out
                for name, what in seen:
                    found.setdefault(name, []).append(what)
    return _lines(found, customers)


def _lines(found: Found, customers: int) -> list[Line]:
    def of(name: str, what: str) -> float:
        return median(turn[what] for turn in found[name] if what in turn)

    start = of("minimal", "painted_ms")
    to_list = [turn["list_ms"] - turn["argon2_ms"] for turn in found["open"]]
    many = f"{customers:,} customers"
    lines = [
        Line("first paint of the unlock screen", of("unlock", "painted_ms"), "ms", start, FIRST_PAINT,
             "importing PySide6, which the floor does too; the style sheet"),
        Line("memory at the unlock screen, at rest", of("unlock", "rest_mib"), "MiB", of("minimal", "rest_mib"), MEMORY,
             "all that opening needs is imported while the password is typed"),
        Line(f"unlock to the visible list of {many}, less Argon2", median(to_list), "ms", start, UNLOCK_TO_LIST,
             "the checks of the vault; sorting all ids; building the window"),
        Line("  Argon2 itself", of("open", "argon2_ms"), "ms"),
        Line(f"memory with {many} open", of("open", "rest_mib"), "MiB",
             limit="that of the unlock screen; then some 20 MiB of modules and widgets, 5 of the database's caches, 8 bytes an id"),
    ]  # fmt: skip
    for name, stride in (("line", "3 rows"), ("page", "20 rows"), ("jump", "10,000 rows")):
        limit = "Qt draws each text by itself; one Python call for each cell in sight"
        what = f"a frame of the list, {stride} further"
        lines.append(Line(what, of("open", name), "ms", of("cpp", name), SCROLL, limit))
    return [
        *lines,
        Line("  the slowest percent while it scrolls on, rows being fetched", of("open", "flow_p99"), "ms", of("cpp", "flow_p99"),
             limit="the threads that fetch hold the interpreter"),
        Line("key stroke to painted results, p99", of("keys", "p99_ms") / FRAME_MS, "frames", 1, KEY_TO_RESULTS,
             "the way to the reader's thread and back; drawing the results"),
        Line("  median", of("keys", "p50_ms") / FRAME_MS, "frames"),
    ]  # fmt: skip


def probe(name: str, env: Mapping[str, str], home: Path, **more: Any) -> dict[str, float]:
    """One child process; what it measured. Raises RuntimeError with its words when it fails."""
    given = {"home": str(home), "password": PASSWORD, **more}
    command = [sys.executable, "-m", "tests.bench.window_probes", name]
    child = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
        env={**env, "PROBE": json.dumps(given), "BEGUN_NS": str(time.monotonic_ns())},
    )  # fmt: skip
    for line in reversed(child.stdout.splitlines()):
        if line.startswith("{"):
            answer: dict[str, float] = json.loads(line)
            return answer
    raise RuntimeError(f"{name}: {child.stderr[-2000:]}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    print(show(run(given.customers, given.repeats)))


if __name__ == "__main__":
    main()
