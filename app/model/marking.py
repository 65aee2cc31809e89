"""Where in a text lies what was searched for, in places of the text as it was written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.model import pinyin
from app.model.asking import Question, Word, reach
from app.model.folding import fold, fold_with_places
from app.model.scripts import HAN, UNSPACED
from app.model.terms import CODE, NAME, PHONE, WORDS, TextKind, digits_of, has_digits, squeezed, unpack

Span = tuple[int, int]
"""From here, up to but without there."""
Texts = list[tuple[TextKind, str]]


@dataclass(frozen=True, slots=True)
class Match:
    """Why a record was found: marks in its title, and the other text that matched, if one did."""

    title: tuple[Span, ...]
    text: str
    text_spans: tuple[Span, ...]


_HAN_RUN: Final = re.compile(f"[{HAN}]+")
_OF_A_WORD: Final = re.compile(f"[^\\W_{UNSPACED}]")
_MOST_SPANS: Final = 8
_LONG: Final = 90
_BEFORE: Final = 24


def mark(question: Question, title: str, texts: Texts) -> Match:
    """Marks for the first alternative that leaves any; in the title first, then in one other text."""
    for words in question.alternatives:
        in_title = [_in_title(word, title, texts) for word in words]
        missing = [word for word, found in zip(words, in_title, strict=True) if not found]
        text, in_text = _best_text(missing, title, texts) if missing else ("", ())
        if in_text or any(in_title):
            return Match(tuple(sorted({span for found in in_title for span in found})), text, in_text)
    return Match(tuple(_opening(question.whole, title)), "", ())


def _in_title(word: Word, title: str, texts: Texts) -> list[Span]:
    kinds = [kind for kind, text in texts if text == title]
    return next((found for kind in kinds if (found := spans(word, kind, title))), [])


def _best_text(words: list[Word], title: str, texts: Texts) -> tuple[str, tuple[Span, ...]]:
    """The text that has most of the words, cut to what surrounds the first of them."""
    most, best, marked = 0, "", list[Span]()
    for kind, text in texts:
        if text != title:
            found = [spans(word, kind, text) for word in words]
            if sum(map(bool, found)) > most:
                most, best = sum(map(bool, found)), text
                marked = sorted({span for some in found for span in some})
    text, kept = excerpt(best, marked)
    return text, tuple(kept)


def _opening(whole: str, title: str) -> list[Span]:
    """All that was typed, at the start of the title, spaces aside."""
    folded, places = fold_with_places(title)
    at = [place for place, character in enumerate(folded) if squeezed(character)]
    if not whole or not squeezed(folded).startswith(whole) or len(at) < len(whole):
        return []
    return [(places[at[0]], places[at[len(whole) - 1]] + 1)]


def spans(word: Word, kind: TextKind, text: str) -> list[Span]:
    """Where the word lies in a text of this kind; empty where it does not."""
    if word.sort == "digits" and kind == PHONE:
        return _in_number(word, text) if word.is_near or word.text in digits_of(text) else []
    whole = fold(text)
    if not word.is_near and word.text not in whole and not _may_hide(word, kind, whole):
        return []
    folded, places = fold_with_places(text)
    found: list[Span] = []
    if word.sort in ("run", "symbol"):
        start = folded.find(word.text)
        while start >= 0 and len(found) < _MOST_SPANS:
            found.append((start, start + len(word.text)))
            start = folded.find(word.text, start + len(word.text))
    elif word.is_near:
        found = _near(word.text, folded)
    else:
        found = _at_word_starts(word.text, folded)
        if not found and "'" in folded:
            found = _within(word.text, folded, "'")
        if not found and kind == CODE:
            found = _within(word.text, folded, None)
        if not found and kind == NAME and word.sort == "word":
            found = _spoken(word.text, folded)
    return [(places[start], places[end - 1] + 1) for start, end in found]


def _may_hide(word: Word, kind: TextKind, folded: str) -> bool:
    """Whether the word may be there although its letters are not: as pinyin, or with signs between them."""
    if word.sort not in ("word", "digits"):
        return False
    return kind == CODE or "'" in folded or (kind == NAME and not folded.isascii())


def has(word: Word, title: str, packed: str) -> bool:
    """Whether the word lies in a record's texts, as they are kept; quicker than marking it."""
    if word.is_near:
        return any(spans(word, kind, text) for kind, text in unpack(title, packed))
    if word.sort == "run":
        return word.text in title or word.text in packed or word.text in fold(packed)
    if word.sort == "digits" and has_digits(packed, word.text):
        return True
    if any(_at_word_starts(word.text, fold(text)) for text in (title, packed)):
        return True
    return any(spans(word, kind, text) for kind, text in unpack(title, packed) if kind != PHONE)


def excerpt(text: str, marked: list[Span]) -> tuple[str, list[Span]]:
    """A long text cut down to what surrounds the first mark, and the marks that remain."""
    if len(text) <= _LONG:
        return text, marked
    start = max(0, (marked[0][0] if marked else 0) - _BEFORE)
    if start:
        gap = text.find(" ", start, start + _BEFORE // 2)
        start = gap + 1 if gap >= 0 else start
    end = min(len(text), start + _LONG)
    lead = "…" if start else ""
    shift = len(lead) - start
    kept = [(first + shift, min(last, end) + shift) for first, last in marked if start <= first < end]
    return lead + text[start:end] + ("…" if end < len(text) else ""), kept


def _at_word_starts(word: str, folded: str) -> list[Span]:
    found: list[Span] = []
    start = folded.find(word)
    while start >= 0 and len(found) < _MOST_SPANS:
        if not start or not _OF_A_WORD.match(folded, start - 1):
            found.append((start, start + len(word)))
        start = folded.find(word, start + 1)
    return found


def _in_number(word: Word, text: str) -> list[Span]:
    """A run of digits in a phone number, whatever stands between them."""
    folded, places = fold_with_places(text)
    at = [place for place, character in enumerate(folded) if "0" <= character <= "9"]
    digits = "".join([folded[place] for place in at])
    starts = range(len(digits)) if word.is_near else [digits.find(word.text)]
    for start in starts:
        length = reach(word.text, digits[start:]) if word.is_near else len(word.text)
        if start >= 0 and length > 2:
            return [(places[at[start]], places[at[min(start + length, len(at)) - 1]] + 1)]
    return []


def _within(word: str, folded: str, between: str | None) -> list[Span]:
    """A word written with something between its letters: an apostrophe, or the punctuation of a code."""
    at = [
        place
        for place, character in enumerate(folded)
        if (character != between if between else character.isalnum())
    ]
    joined = "".join([folded[place] for place in at])
    return [(at[start], at[end - 1] + 1) for start, end in _at_word_starts(word, joined)]


def _near(typed: str, folded: str) -> list[Span]:
    found = []
    for match in WORDS.finditer(folded):
        if match[1] and (length := reach(typed, match[1])) > 0:
            found.append((match.start(), match.start() + min(length, len(match[1]))))
    return found[:_MOST_SPANS]


@lru_cache(maxsize=64)
def _ways(typed: str) -> list[pinyin.Reading]:
    return pinyin.ways(typed, loose=True, least=1)


def _spoken(typed: str, folded: str) -> list[Span]:
    """Chinese characters that are read as what was typed."""
    found = []
    for match in _HAN_RUN.finditer(folded):
        for read in pinyin.readings(match[0]):
            for at in range(len(read)):
                for way in _ways(typed):
                    if pinyin.fits(way, read, at):
                        found.append((match.start() + at, match.start() + at + len(way)))
                        break
            if found:
                return found[:_MOST_SPANS]
    return found
