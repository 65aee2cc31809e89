"""Where in a text lies what was searched for, in places of the text as it was written."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from app.model import pinyin
from app.model.asking import Word, reach
from app.model.folding import HAN, UNSPACED, fold, fold_with_places
from app.model.terms import CODE, NAME, PHONE, WORDS, TextKind

Span = tuple[int, int]
"""From here, up to but without there."""

_HAN_RUN: Final = re.compile(f"[{HAN}]+")
_OF_A_WORD: Final = re.compile(f"[^\\W_{UNSPACED}]")
_MOST_SPANS: Final = 8
_LONG: Final = 90
_BEFORE: Final = 24


def spans(word: Word, kind: TextKind, text: str) -> list[Span]:
    """Where the word lies in a text of this kind; empty where it does not."""
    if word.sort == "digits" and kind == PHONE:
        return _in_number(word, text)
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


def has(word: Word, texts: list[tuple[TextKind, str]]) -> bool:
    """Whether the word lies in any of the texts; quicker than marking it."""
    if word.sort == "run":
        if any(word.text in text for _, text in texts):
            return True
        return any(word.text in fold(text) for _, text in texts if not text.isascii())
    return any(spans(word, kind, text) for kind, text in texts)


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
