"""Random histories of a company: `make simulate SEEDS=10000`, or one told step by step with --seed N -v."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from contextlib import ExitStack
from functools import partial

from tests.session_bus import NotAvailable
from tests.sync.simulation import company
from tests.sync.simulation.history import History
from tests.sync.simulation.served import House, Served, house

EVERY = 10
"""One in so many histories runs over real TLS and PostgreSQL, whose processes are killed."""


def _house(stack: ExitStack) -> House | None:
    try:
        return stack.enter_context(house())
    except NotAvailable as missing:
        print(f"nothing runs over PostgreSQL: {missing}")
        return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sync.simulation")
    parser.add_argument("--seeds", type=int, default=1000, help="how many histories")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell every step")
    parser.add_argument("--served", action="store_true", help="over real TLS and PostgreSQL")
    parser.add_argument("--no-servers", action="store_true", help="never over real TLS and PostgreSQL")
    chosen = parser.parse_args()
    if chosen.seed is not None and not chosen.served:
        chosen.no_servers = True
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is part of a history
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.sync.simulation", *sys.argv[1:]])
    seeds = [chosen.seed] if chosen.seed is not None else range(chosen.first, chosen.first + chosen.seeds)
    failed, began = 0, time.monotonic()
    tell = print if chosen.verbose else lambda _text: None
    with ExitStack() as stack:
        real = None if chosen.no_servers else _house(stack)
        for seed in seeds:
            served = seed % EVERY == 0 or chosen.served
            make = partial(Served, of=real) if real is not None and served else None
            try:
                History(seed, tell, make).run()
            except Exception:
                failed += 1
                traceback.print_exc()
                more = " --served" if make else ""
                print(
                    f"seed {seed} failed; again: python -m tests.sync.simulation --seed {seed}{more} -v",
                    flush=True,
                )
    company.forget()
    print(f"{len(seeds)} histories, {failed} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
