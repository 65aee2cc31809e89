"""A second try for tests that drive the window from outside, and for no others: `python -m tests.e2e.again`.

They share the screen, the keyboard and two processors with everything else that runs; a key that the X server hands on
too late is no fault of the program. Whatever fails twice, or outside of tests/e2e, fails the run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"


def main() -> int:
    """Run once more what failed, if all of it is ours."""
    failed = list(json.loads(FAILED.read_text("utf-8"))) if FAILED.exists() else []
    if not failed or not all(name.startswith("tests/e2e/") for name in failed):
        return 1
    print(f"Once more, since only the window driven from outside failed: {', '.join(failed)}", flush=True)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--last-failed"], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
