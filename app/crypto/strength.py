"""Whether a new password is good enough, and what to tell the person who chose it.

NIST SP 800-63B-4: length and a list of common passwords decide, no rules about kinds of characters, no expiry.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from app.crypto.passwords import MAX_CHARACTERS
from app.errors import Invalid
from app.i18n import N_, _

MIN_WITH_KEYRING: Final = 8
"""The device secret in the keyring is the second half of the key."""
MIN_ALONE: Final = 15
"""The password is all there is."""

ESTIMATED_CHARACTERS: Final = 72
"""The estimator's time grows faster than its input, so it sees no more than this."""

_SENTENCES: Final = (
    N_("Very weak: guessing programs try it first."),
    N_("Weak: guessing programs try it early. Add an uncommon word."),
    N_("Fair. Another uncommon word makes it strong."),
    N_("Good."),
    N_("Strong."),
)

_LOOKALIKES: Final = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "!": "i",
     "+": "t", "€": "e", "|": "l", "(": "c", "6": "g", "2": "z"}
)  # fmt: skip
_OTHER_LOOKALIKES: Final = str.maketrans({"1": "i", "!": "l", "7": "l", "|": "i"})
_EDGES: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")


@dataclass(frozen=True, slots=True)
class Strength:
    """What the sign-up screen shows: a bar of 0 to 4, one sentence, and whether it may be used."""

    score: int
    text: str
    acceptable: bool


def assess(password: str, *, alone: bool, discouraged: Iterable[str] = ()) -> Strength:
    """Judge a new password. `alone`: no keyring holds a device secret; `discouraged`: names in use here."""
    least = MIN_ALONE if alone else MIN_WITH_KEYRING
    folded = unicodedata.normalize("NFKC", password).casefold()
    words = {piece for word in discouraged for piece in _pieces(word)}
    if len(password) > MAX_CHARACTERS:
        return Strength(
            0, _("Please use at most {max} characters.").format(max=MAX_CHARACTERS), acceptable=False
        )
    if not password:
        return Strength(
            0, _("Choose a password: several uncommon words are easy to remember."), acceptable=False
        )
    if is_common(folded):
        return Strength(
            0,
            _("This password is among the most used and is guessed first. Choose several uncommon words."),
            acceptable=False,
        )
    if _is_made_of(folded, words):
        return Strength(
            0, _("Do not build the password from your own or your company's name."), acceptable=False
        )
    score = _score(password, words)
    if len(password) < least:
        text = _("Please use at least {min} characters; several words are fine.").format(min=least)
        return Strength(min(score, 1), text, acceptable=False)
    return Strength(score, _(_SENTENCES[score]), acceptable=score > 0)


def require_acceptable(password: str, *, alone: bool, discouraged: Iterable[str] = ()) -> None:
    """Raises Invalid with the sentence of `assess` unless the password may be used."""
    strength = assess(password, alone=alone, discouraged=discouraged)
    if not strength.acceptable:
        raise Invalid("password", strength.text)


def is_common(password: str) -> bool:
    """Whether it is one of 30,000 breached passwords, or one of them in a usual disguise.

    Disguises: upper case, digits and signs in front or behind, look-alike digits for letters, the whole
    written twice.
    """
    common = _common()
    folded = unicodedata.normalize("NFKC", password).casefold()
    for candidate in _undisguised(folded):
        if candidate in common or (candidate and len(set(candidate)) == 1):
            return True
        half, odd = divmod(len(candidate), 2)
        if not odd and half >= 3 and candidate[:half] == candidate[half:] and candidate[:half] in common:
            return True
    return False


def _undisguised(folded: str) -> Iterator[str]:
    """The password and what it may be a disguise of, where enough remains to mean something."""
    yield folded
    squeezed = re.sub(r"[\s_.-]+", "", folded)
    for text in {folded, squeezed}:
        bare = _EDGES.sub("", text)
        for form in (text, bare):
            for plain in (
                form,
                form.translate(_LOOKALIKES),
                form.translate(_OTHER_LOOKALIKES).translate(_LOOKALIKES),
                _EDGES.sub("", form.translate(_LOOKALIKES)),
            ):
                # What an edge was cut from must still be most of it: "x…12 random digits" is no disguise of "x".
                if len(plain) >= 4 and len(plain) * 2 >= len(folded):
                    yield plain


def _is_made_of(folded: str, words: set[str]) -> bool:
    """Whether next to nothing is left once the names, digits and signs are taken away."""
    rest = folded
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != folded and len(re.sub(r"[\W\d_]+", "", rest)) < 4


def _pieces(name: str) -> Iterator[str]:
    """A name and its words, as far as they are long enough to be recognised."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    for piece in (folded, re.sub(r"\W+", "", folded), *re.split(r"\W+", folded)):
        if len(piece) >= 3 or (len(piece) == 2 and not piece.isascii()):
            yield piece


def _score(password: str, words: set[str]) -> int:
    from zxcvbn import zxcvbn

    result = zxcvbn(
        password[:ESTIMATED_CHARACTERS], user_inputs=sorted(words), max_length=ESTIMATED_CHARACTERS
    )
    return int(result["score"])


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
