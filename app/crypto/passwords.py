"""From password to key: Argon2id by named, dated profiles with bounds that a header cannot move."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.crypto.keys import SIZE, SecretKey
from app.errors import Damaged, Unsafe
from app.i18n import _

SALT_BYTES: Final = 16
ARGON2_VERSION: Final = 0x13

MIN_MEMORY_KIB: Final = 64 * 1024
MAX_MEMORY_KIB: Final = 1024 * 1024
MIN_PASSES: Final = 3
MAX_PASSES: Final = 16
LANES: Final = 4

TARGET_S: Final = 0.5
MAX_CHARACTERS: Final = 1024
"""Longer input is refused before any work; NIST SP 800-63B-4 asks to take at least 64."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What one derivation costs. Stored beside the salt, checked before use."""

    profile: str
    memory_kib: int
    passes: int = MIN_PASSES
    lanes: int = LANES


@dataclass(frozen=True, slots=True)
class Profile:
    """A dated choice: the memory sizes to choose from, smallest first, with the same passes and lanes."""

    memory_kib: tuple[int, ...]
    passes: int
    lanes: int

    def at(self, name: str, memory_kib: int) -> Parameters:
        return Parameters(name, memory_kib, self.passes, self.lanes)


# RFC 9106 recommends 64 MiB with t=3 and p=4 where memory is short; a faster machine takes more memory, for
# memory costs the attacker more than passes. 512 MiB stays far below the bound and spares small laptops.
PROFILES: Final = {"2026-11": Profile(tuple(mib * 1024 for mib in (64, 96, 128, 192, 256, 384, 512)), 3, 4)}
CURRENT: Final = "2026-11"


def minimum() -> Parameters:
    """The least that is allowed: for machines that are slow, and for tests."""
    return PROFILES[CURRENT].at(CURRENT, MIN_MEMORY_KIB)


def calibrate(
    *, target_s: float = TARGET_S, measure_s: Callable[[Parameters], float] | None = None, free_kib: int = 0
) -> Parameters:
    """The largest memory of the current profile whose derivation takes about `target_s` on this machine.

    One derivation at the smallest size is measured; time grows in proportion to memory. Never more than
    an eighth of the machine's memory (`free_kib`, asked from the system when 0), never below the least.
    """
    smallest = minimum()
    allowed_kib = (free_kib or _physical_kib()) // 8
    took_s = (measure_s or _measure_s)(smallest)
    chosen = smallest
    for memory_kib in PROFILES[CURRENT].memory_kib:
        expected_s = took_s * memory_kib / smallest.memory_kib
        if memory_kib <= allowed_kib and expected_s <= target_s * 1.1:
            chosen = PROFILES[CURRENT].at(CURRENT, memory_kib)
    return chosen


def check_bounds(asked: Parameters) -> None:
    """Raises Damaged when a header asks for too little to be safe or too much to be honest."""
    if not (
        MIN_MEMORY_KIB <= asked.memory_kib <= MAX_MEMORY_KIB
        and MIN_PASSES <= asked.passes <= MAX_PASSES
        and asked.lanes == LANES
    ):
        raise Damaged(
            _(
                "The vault's header asks for unsafe password settings ({mib} MiB, {passes} passes), as a tampered "
                "file would. Nothing was tried. Put vault.json back from a backup."
            ).format(mib=asked.memory_kib // 1024, passes=asked.passes)
        )


def stretch(password: str, salt: bytes, parameters: Parameters) -> SecretKey:
    """The Argon2id key of a password, after checking the bounds. Takes about half a second, on purpose."""
    check_bounds(parameters)
    if len(salt) != SALT_BYTES:
        raise ValueError("the salt has 16 bytes")
    from argon2.exceptions import HashingError
    from argon2.low_level import Type, hash_secret_raw

    try:
        raw = hash_secret_raw(
            secret=prepared(password).encode("utf-8", "surrogatepass"),
            salt=salt,
            time_cost=parameters.passes,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.lanes,
            hash_len=SIZE,
            type=Type.ID,
            version=ARGON2_VERSION,
        )
    except HashingError as error:
        raise Unsafe(
            _(
                "There is not enough free memory to check the password ({mib} MiB). Close programs, try again."
            ).format(mib=parameters.memory_kib // 1024)
        ) from error
    return SecretKey(raw)


def prepared(password: str) -> str:
    """The password as it is stretched: NFKC, so that keyboards that compose differently give one key."""
    return unicodedata.normalize("NFKC", password[: MAX_CHARACTERS + 1])


def _measure_s(parameters: Parameters) -> float:
    start = time.perf_counter()
    stretch("calibration", bytes(SALT_BYTES), parameters)
    return time.perf_counter() - start


def _physical_kib() -> int:
    """The machine's memory, or a careful guess where it cannot be asked."""
    import os

    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024
    except (AttributeError, ValueError, OSError):
        return 4 * 1024 * 1024
