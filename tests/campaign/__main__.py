"""Everything that takes long, with the full numbers: `make campaign`. Writes its result into resources/docs.

python -m tests.campaign [--seed N] [--only histories,kills,vault,power,fuzz,interface] [--share 1.0]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from app.crypto import passwords
from tests.builders import MEMORY
from tests.campaign import fuzz, histories, kills, power, vault_child, vault_kills

RESULT = Path(__file__).parents[2] / "resources" / "docs" / "campaign.md"


def run_histories(seed: int, share: float) -> Mapping[str, int]:
    """Random histories of several devices against the oracle."""
    result = histories.run(seed, round(10_000 * share))
    assert result.failed is None, result.text
    return {"histories": result.histories, "steps": result.steps}


def run_kills(seed: int, share: float) -> Mapping[str, int]:
    """kill -9 during imports, edits, checkpoints and migrations."""
    return kills.run(seed, round(1_000 * share))


def run_vault(seed: int, share: float) -> Mapping[str, int]:
    """kill -9 during making a vault, changing its password and re-keying it."""
    counted: dict[str, int] = {}
    stretch, passwords.stretch = passwords.stretch, vault_child.quick
    try:
        for work in vault_kills.WORKS:
            with tempfile.TemporaryDirectory(dir=MEMORY) as base:
                ended = vault_kills.at_random_moments(work, Path(base), kills=round(100 * share), seed=seed)
                counted |= {f"{work}: {state}": count for state, count in ended.items()}
    finally:
        passwords.stretch = stretch
    return counted


def run_power(seed: int, share: float) -> Mapping[str, int]:
    """Every prefix of recorded writes, unsynced ones dropped or torn."""
    return power.run(seed, every=max(1, round(1 / share)), torn=2)


def run_fuzz(seed: int, share: float) -> Mapping[str, int]:
    """Spoilt files of every format."""
    return fuzz.run(seed, round(5_000 * share))


def run_interface(seed: int, share: float) -> Mapping[str, int]:
    """Requests drawn from the server's own description, sent to a server with a valid session."""
    from tests.sync.server_process import FREE, start_server
    from tests.sync.shell.fuzzing import Fuzz

    with (
        tempfile.TemporaryDirectory() as base,
        start_server(Path(base) / "server", options=FREE) as server,
    ):
        outcome = Fuzz(server).run(max(2, round(1_000 * share)), seed)
    return {f"answered with {status}": count for status, count in sorted(outcome.statuses.items())}


PARTS: dict[str, Callable[[int, float], Mapping[str, int]]] = {
    "histories": run_histories,
    "kills": run_kills,
    "vault": run_vault,
    "power": run_power,
    "fuzz": run_fuzz,
    "interface": run_interface,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--share", type=float, default=1.0, help="part of the full numbers, for a trial")
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore", message=".*fork.*", category=DeprecationWarning)
    lines = [
        "# The last campaign",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, seed {chosen.seed}, {chosen.share:.0%} of the full numbers. "
        f"Again: `python -m tests.campaign --seed {chosen.seed}`.",
        "",
        "| part | what it does | result | seconds |",
        "|---|---|---|---|",
    ]
    failed = False
    for name in chosen.only.split(","):
        began = time.monotonic()
        try:
            counted = PARTS[name](chosen.seed, chosen.share)
            result = ", ".join(f"{count:,} {what}" for what, count in counted.items())
        except AssertionError as error:
            failed = True
            result = f"**failed**: {error}"
        what = (PARTS[name].__doc__ or "").strip()
        line = f"| {name} | {what} | {result} | {time.monotonic() - began:.0f} |"
        print(line, flush=True)
        lines.append(line)
    if chosen.only == ",".join(PARTS):
        RESULT.write_text("\n".join(lines) + "\n", "utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
