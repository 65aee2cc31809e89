"""A large table from texts to small numbers that keeps no text: twelve bytes an entry, six at best.

A million rows are matched against a hundred thousand customers through a few of these. A dict would hold
about a hundred bytes for each entry, and the texts beside it.
"""

from __future__ import annotations

from array import array

NONE = -1
"""The key is not in the table."""
MANY = -2
"""The key stands for more than one record."""

_FEW = 1 << 12
_MOST = 4_000_000
_MANY_SLOT = 0xFFFF_FFFF
_MASK64 = 0xFFFF_FFFF_FFFF_FFFF


class KeyTable:
    """Hash of key → number (below 2**32 - 1), by open addressing.

    Python's own hash of texts is 64 bits of SipHash under a random key: two of a million different keys
    meet with a probability of 1 in 10**7, and nobody can make them meet on purpose. Whoever acts on a
    hit still compares the record itself.
    """

    __slots__ = ("_count", "_hashes", "_mask", "_numbers")

    def __init__(self, expected: int = 0) -> None:
        """`expected` entries fit without growing; that is half the time of a large import's matching."""
        self._count = 0
        self._make(max(_FEW, 1 << (min(expected, _MOST) * 3 // 2).bit_length()))

    def _make(self, size: int) -> None:
        self._mask = size - 1
        self._hashes = array("Q", bytes(8 * size))
        self._numbers = array("I", bytes(4 * size))

    def find(self, key: object) -> int:
        """The number of the only record with this key, NONE or MANY."""
        wanted = hash(key) & _MASK64 or 1
        hashes, mask = self._hashes, self._mask
        slot = wanted & mask
        while found := hashes[slot]:
            if found == wanted:
                number = self._numbers[slot]
                return MANY if number == _MANY_SLOT else number
            slot = (slot + 1) & mask
        return NONE

    def add(self, key: object, number: int) -> None:
        """One more record with this key. The same number twice stays one."""
        wanted = hash(key) & _MASK64 or 1
        hashes, mask = self._hashes, self._mask
        slot = wanted & mask
        while found := hashes[slot]:
            if found == wanted:
                if self._numbers[slot] != number:
                    self._numbers[slot] = _MANY_SLOT
                return
            slot = (slot + 1) & mask
        hashes[slot] = wanted
        self._numbers[slot] = number
        self._count += 1
        if self._count * 3 > (mask + 1) * 2:
            self._grow()

    def _grow(self) -> None:
        old_hashes, old_numbers = self._hashes, self._numbers
        self._make((self._mask + 1) * 2)
        hashes, numbers, mask = self._hashes, self._numbers, self._mask
        for slot, found in enumerate(old_hashes):
            if found:
                free = found & mask
                while hashes[free]:
                    free = (free + 1) & mask
                hashes[free] = found
                numbers[free] = old_numbers[slot]

    def __len__(self) -> int:
        return self._count
