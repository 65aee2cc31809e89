"""Random histories of a company: `make simulate SEEDS=10000`, or one told step by step with --seed N -v."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback

from tests.sync.simulation import company
from tests.sync.simulation.history import History


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sync.simulation")
    parser.add_argument("--seeds", type=int, default=1000, help="how many histories")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell every step")
    chosen = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is part of a history
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.sync.simulation", *sys.argv[1:]])
    seeds = [chosen.seed] if chosen.seed is not None else range(chosen.first, chosen.first + chosen.seeds)
    failed, began = 0, time.monotonic()
    for seed in seeds:
        try:
            History(seed, print if chosen.verbose else lambda _text: None).run()
        except Exception:
            failed += 1
            traceback.print_exc()
            print(f"seed {seed} failed; again: python -m tests.sync.simulation --seed {seed} -v", flush=True)
    company.forget()
    print(f"{len(seeds)} histories, {failed} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
