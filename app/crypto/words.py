"""Six words that two people compare, so that no key is believed because a server says so.

They are English words of a well-known list, the same in every language of the program: they are compared, also aloud
on the telephone, not understood. Each has a number for those who would rather read out digits; the number alone, the
whole word or its first four letters say the same.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Final

from app.crypto.identity import PublicIdentity
from app.crypto.keys import same
from app.errors import Invalid
from app.i18n import _
from app.model.encoding import canonical

COUNT: Final = 6
BITS: Final = 11
_DOMAIN: Final = b"provender six words"
_MARKS: Final = 4
"""No two words of the list share their first four letters."""


def of_device(company: bytes, device: bytes, public: PublicIdentity) -> tuple[str, ...]:
    """The six words of a device's keys in a company: 66 bits."""
    known = canonical((company, device, public.signing, public.sealing))
    number = int.from_bytes(hashlib.sha256(_DOMAIN + known).digest(), "big") >> (256 - COUNT * BITS)
    mask = (1 << BITS) - 1
    return tuple(words()[number >> BITS * place & mask] for place in reversed(range(COUNT)))


def numbers(said: tuple[str, ...]) -> tuple[int, ...]:
    """The numbers of words, from 1 to 2048, as shown beside them."""
    return tuple(_places()[word[:_MARKS]] + 1 for word in said)


def parse(text: str) -> tuple[str, ...]:
    """Six words as somebody typed them: words, first four letters or numbers. Raises Invalid."""
    parts = [part for part in re.split(r"[\W_]+", text.casefold()) if part]
    if len(parts) != COUNT:
        raise Invalid("words", _("Six words are needed; there are {count}.").format(count=len(parts)))
    return tuple(_word(part) for part in parts)


def compare(text: str, expected: tuple[str, ...]) -> None:
    """Raises Invalid unless these are the six words, in their order."""
    if not same(" ".join(parse(text)).encode(), " ".join(expected).encode()):
        raise Invalid(
            "words",
            _(
                "These are not the words of that device. Somebody may be standing between you: do not let it in. "
                "Ask for the words again, on another way than before."
            ),
        )


@cache
def words() -> tuple[str, ...]:
    """The 2,048 words of BIP 39's English list."""
    text = (files("resources") / "third-party" / "bip39" / "english.txt").read_text("ascii")
    return tuple(text.split())


@cache
def _places() -> dict[str, int]:
    return {word[:_MARKS]: place for place, word in enumerate(words())}


def _word(part: str) -> str:
    if part.isdecimal():
        if len(part) <= _MARKS and 1 <= int(part) <= len(words()):
            return words()[int(part) - 1]
    else:
        place = _places().get(part[:_MARKS])
        if place is not None and (len(part) == _MARKS or words()[place] == part):
            return words()[place]
    raise Invalid("words", _("“{word}” is not one of the words.").format(word=part[:20]))
