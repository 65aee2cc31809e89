"""The recovery code: 130 random bits that a person can print, read out and type in again."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final, NoReturn

from app.crypto.keys import SIZE, SecretKey, hkdf, same
from app.errors import Invalid
from app.i18n import _

# Crockford's letters: no I, L, O or U, so that nothing is read for a 1, a 0 or a V.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_LETTERS: Final = 26
CHECK_LETTERS: Final = 2
GROUP: Final = 4
BITS: Final = 5 * RANDOM_LETTERS

_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


class RecoveryCode:
    """A code in memory. It shows itself only through `text`."""

    __slots__ = ("_letters",)

    def __init__(self, letters: str) -> None:
        self._letters = letters

    @classmethod
    def fresh(cls) -> RecoveryCode:
        """A new random code."""
        letters = "".join(secrets.choice(ALPHABET) for _index in range(RANDOM_LETTERS))
        return cls(letters + _check(letters))

    @classmethod
    def parse(cls, text: str) -> RecoveryCode:
        """The code that a person typed: case, spaces, hyphens and O for 0 do not matter. Raises Invalid."""
        letters = "".join(
            sign for sign in text.upper() if not sign.isspace() and sign not in "-–—_.,·"
        ).translate(_READ_AS)
        if strange := next((sign for sign in letters if sign not in ALPHABET), ""):
            raise Invalid(
                "recovery_code",
                _("“{sign}” does not occur in a recovery code. Check that place.").format(sign=strange),
            )
        expected = RANDOM_LETTERS + CHECK_LETTERS
        if len(letters) != expected:
            raise Invalid(
                "recovery_code",
                _("A recovery code has {expected} letters and digits; this has {count}.").format(
                    expected=expected, count=len(letters)
                ),
            )
        if not same(_check(letters[:RANDOM_LETTERS]).encode(), letters[RANDOM_LETTERS:].encode()):
            raise Invalid(
                "recovery_code", _("There is a typing error in the recovery code. Compare it with the sheet.")
            )
        return cls(letters)

    def groups(self) -> tuple[str, ...]:
        """The code in groups of four, as it is printed."""
        return tuple(self._letters[at : at + GROUP] for at in range(0, len(self._letters), GROUP))

    def text(self) -> str:
        """The code as one text, groups joined by hyphens."""
        return "-".join(self.groups())

    def key(self, salt: bytes) -> SecretKey:
        """The key of the recovery slot. 130 random bits need no stretching."""
        secret = self._letters[:RANDOM_LETTERS].encode()
        return SecretKey(hkdf(secret, b"provender/slot/recovery/1", salt=salt, size=SIZE))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RecoveryCode):
            return NotImplemented
        return same(self._letters.encode(), other._letters.encode())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "RecoveryCode(…)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("keys are not pickled or copied")


def _check(letters: str) -> str:
    """Ten bits over all letters: a slip passes once in a thousand, and then merely opens nothing."""
    number = int.from_bytes(
        hashlib.sha256(b"provender/recovery/check/1" + letters.encode()).digest()[:2], "big"
    )
    return ALPHABET[number >> 11] + ALPHABET[number >> 6 & 31]
