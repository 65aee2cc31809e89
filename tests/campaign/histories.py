"""Many long random histories of merging replicas, for `make campaign`; a failing one is shortened and printed.

python -m tests.campaign.histories SEED            10,000 histories of that seed
python -m tests.campaign.histories SEED NUMBER     that one alone
"""

from __future__ import annotations

import random
import sys
import time
from functools import partial
from typing import NamedTuple

from tests.model import histories, judging
from tests.model.histories import Act


class Result(NamedTuple):
    """What a run came to. `failed` is the number of the first history that failed, or None."""

    seed: int
    histories: int
    steps: int
    seconds: float
    failed: int | None
    text: str


def long_history(seed: int, number: int) -> tuple[int, list[Act]]:
    """The history of that number: as in the test run for the first 1,000, then longer, with more devices."""
    if number < 1_000:
        return histories.seeded(seed, number)
    rng = random.Random(f"{seed}/{number}")
    count = rng.randint(3, 8)
    return count, histories.history(rng, count, rng.randint(50, 400))


def run(seed: int, number_of_histories: int, first: int = 0) -> Result:
    """Judge so many histories; stops at the first that fails, and says how to replay it."""
    began = time.perf_counter()
    steps = 0
    for number in range(first, first + number_of_histories):
        count, history = long_history(seed, number)
        try:
            steps += sum(replica.number for replica in judging.judge(count, history).replicas)
        except Exception as error:
            shorter = judging.shortened(count, history, partial(_fails, type(error)))
            text = "\n".join(
                [
                    f"{type(error).__name__}: {error}",
                    f"replay: python -m tests.campaign.histories {seed} {number}",
                    f"shortened, {count} devices:",
                    *map(str, shorter),
                ]
            )
            return Result(seed, number - first + 1, steps, time.perf_counter() - began, number, text)
    seconds = time.perf_counter() - began
    text = f"{number_of_histories} histories, {steps} steps, all agree with the oracle"
    return Result(seed, number_of_histories, steps, seconds, None, text)


def _fails(kind: type[Exception], count: int, acts: list[Act]) -> bool:
    try:
        judging.judge(count, acts)
    except kind:
        return True
    except Exception:
        return False
    return False


def main() -> int:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(2**31)
    result = run(seed, 1, int(sys.argv[2])) if len(sys.argv) > 2 else run(seed, 10_000)
    print(f"seed {seed}: {result.text} ({result.seconds:.1f} s)")
    return 0 if result.failed is None else 1


if __name__ == "__main__":
    raise SystemExit(main())
