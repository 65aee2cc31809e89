"""Laws of single functions of the merge, where whole histories would not show a breach."""

from __future__ import annotations

import random

from app.model import merge
from app.model.change import Dot
from app.model.merge import GRACE_MS, Version

_VALUES = (True, False, 1, "x", None)


def _dots(rng: random.Random, most: int) -> set[Dot]:
    return {
        Dot(bytes([65 + rng.randrange(2)]) * 16, rng.randrange(1, 4), rng.randrange(5))
        for _ in range(rng.randrange(most))
    }


def _register(rng: random.Random) -> merge.Register:
    return tuple(Version(dot, rng.randrange(9), rng.choice(_VALUES)) for dot in sorted(_dots(rng, 5)))


def covers_are_exact(rng: random.Random) -> None:
    """Ranges stand for the dots that they were made of, and for no others."""
    seen = _dots(rng, 20)
    ranges = merge.covers(seen)
    for device in (b"A" * 16, b"B" * 16, b"C" * 16):
        for step in range(5):
            for nth in range(7):
                dot = Dot(device, step, nth)
                assert merge.is_covered(dot, ranges) == (dot in seen)
    assert len(ranges) <= len(seen)


def a_write_counts_once(rng: random.Random) -> None:
    """A delivery that is repeated changes nothing."""
    new = Version(Dot(b"C" * 16, 1, 0), 5, "new")
    seen = _dots(rng, 4)
    once = merge.write(_register(rng), new, seen)
    assert merge.write(once, new, seen) == once
    assert merge.write(once, new._replace(value="other"), ()) == once


def a_write_replaces_what_it_names(rng: random.Random) -> None:
    register, seen = _register(rng), _dots(rng, 4)
    new = Version(Dot(b"C" * 16, 1, 0), 5, "new")
    left = {version for version in register if version.dot not in seen}
    after = merge.write(register, new, seen)
    assert set(after) == left | {new}
    assert [version.dot for version in after] == sorted(version.dot for version in after)


def a_deletion_takes_what_is_there(rng: random.Random) -> None:
    registers = {"a": _register(rng), "b": _register(rng)}
    seen = _dots(rng, 12)
    held = {version.dot for register in registers.values() for version in register}
    assert merge.deletion(registers, merge.covers(seen)) == merge.covers(seen & held)


def a_clock_is_believed_up_to_the_receipt(rng: random.Random) -> None:
    receipt = rng.randrange(-(10**9), 10**9)
    author = receipt + rng.choice((-1, 0, 1)) * rng.randrange(2 * GRACE_MS)
    counted = merge.counted_time(author, receipt)
    assert counted <= author
    assert counted <= receipt + GRACE_MS
    assert counted in (author, receipt + GRACE_MS)
    assert merge.counted_time(author, None) == author


LAWS = (
    covers_are_exact,
    a_write_counts_once,
    a_write_replaces_what_it_names,
    a_deletion_takes_what_is_there,
    a_clock_is_believed_up_to_the_receipt,
)


def judge_laws(rng: random.Random) -> None:
    """Try each law once."""
    for law in LAWS:
        law(rng)
