"""Text as people compare it: without case, accents and width; and the keys by which lists are sorted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from app.model.scripts import HAN

# Accents of Latin, Greek, Cyrillic, Hebrew and Arabic. Vowel signs of Indic scripts and the voicing marks
# of kana also combine, but change the word, so they stay.
_ACCENTS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]+"
)
# Letters that Unicode does not take apart, but people type without their stroke; apostrophes of all kinds.
_LETTERS: Final = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i", "ŧ": "t",
    "ŋ": "n", "ĸ": "k", "ɨ": "i", "ƶ": "z", "ƀ": "b", "ɇ": "e", "ȼ": "c", "ɉ": "j", "’": "'", "‘": "'", "ʼ": "'",
    "ʹ": "'", "´": "'", "′": "'",
}  # fmt: skip
# Chinese with ASCII between, which needs no more than lower case.
_AS_IT_STANDS: Final = re.compile("[\x00-\x7f\u3001\u3002\u4e00-\u9fff]*")
_LETTER: Final = re.compile("[" + "".join(_LETTERS) + "]")


class _Folded(dict[str, str]):
    """Single characters folded; bounded by the number of characters that there are."""

    def __missing__(self, character: str) -> str:
        folded = self[character] = fold(character)
        return folded


_folded = _Folded()
_HAN: Final = re.compile(f"[{HAN}]")
SORT_KEY_LENGTH: Final = 100


def fold(text: str) -> str:
    """The text without case, accents and width: “Élysée ＣＡＦＥ” is “elysee cafe”. Folding twice changes nothing."""
    if text.isascii():
        return text.lower()
    if _AS_IT_STANDS.fullmatch(text):
        return text.lower()
    text = unicodedata.normalize("NFKD", text)
    text = unicodedata.normalize("NFKD", _ACCENTS.sub("", text).casefold())
    return _LETTER.sub(_plain, _ACCENTS.sub("", text))


def fold_with_places(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters the place in `text` that it came from, plus the end.

    Characters are folded one by one, so that a match can be marked in the text as it was written.
    """
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    parts = [_folded[character] for character in text]
    places = [place for place, part in enumerate(parts) for _ in part]
    places.append(len(text))
    return "".join(parts), places


def sort_key(text: str) -> str:
    """What to order by, byte for byte: case and accents aside, Chinese by pinyin among the Latin letters.

    Names that read alike are kept together by their characters. At most 100 characters, for the index.
    """
    if text.isascii():
        return text.strip().lower()[:SORT_KEY_LENGTH]
    folded = " ".join(fold(text).split())
    if _HAN.search(folded) is None:
        return folded[:SORT_KEY_LENGTH]
    from app.model.pinyin import spelled

    return f"{spelled(folded)}\t{folded}"[:SORT_KEY_LENGTH]


def _plain(match: re.Match[str]) -> str:
    return _LETTERS[match[0]]
