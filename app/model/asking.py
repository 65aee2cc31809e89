"""What a person typed into the search box, as terms to look up, and the one mistake that may be forgiven."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.model import pinyin
from app.model.folding import fold
from app.model.terms import LONGEST_BEGINNING, LONGEST_EXACT, LONGEST_WORD, WORDS, squeezed

MOST_TYPED: Final = 200
"""Characters of a question; the rest is not read."""
MOST_WORDS: Final = 10
SHORTEST_FORGIVEN: Final = 4
LONGEST_FORGIVEN: Final = 16
SHORTEST_NUMBER_FORGIVEN: Final = 7

_LOOKS_LIKE_PHONE: Final = re.compile(r"[-+0-9 ()./]+")
_ALPHABETS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "αβγδεζηθικλμνξοπρστυφχψως",
)

Sort = Literal["word", "run", "digits", "symbol"]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a question. A record has it that holds all terms of any option."""

    text: str
    sort: Sort
    options: tuple[tuple[str, ...], ...]
    is_begun: bool = False
    """The terms are longer than those kept: look for words that begin so."""
    is_loose: bool = False
    """The terms may all be there without the word: look at the texts as well."""
    is_near: bool = False
    """One typing error is forgiven."""


@dataclass(frozen=True, slots=True)
class Question:
    """A record answers that has every word of one of the alternatives."""

    alternatives: tuple[tuple[Word, ...], ...]
    whole: str
    """All that was typed, without anything between the words."""


def understand(typed: str) -> Question | None:
    """The question behind what was typed; None where nothing in it can be looked for. Never raises."""
    folded = fold(typed[:MOST_TYPED])
    joined_up = folded.replace("'", "")
    words = tuple(dict.fromkeys(_words(joined_up)))[:MOST_WORDS]
    if not words:
        return None
    alternatives = [words]
    if len(words) > 1:
        whole = squeezed(joined_up)
        if _LOOKS_LIKE_PHONE.fullmatch(joined_up) and len(whole) > 2:
            alternatives.append((_digits(whole),))
        elif " " not in joined_up.strip() and whole.isascii():
            alternatives.append((_word(whole),))
    return Question(tuple(alternatives), squeezed(folded)[:LONGEST_EXACT])


def _words(folded: str) -> list[Word]:
    found = []
    for word, run, symbol in WORDS.findall(folded):
        if run:
            found.append(_run(run))
        elif symbol:
            found.append(Word(symbol, "symbol", ((symbol,),)))
        elif word.isdigit() and word.isascii():
            found.append(_digits(word))
        else:
            found.append(_word(word))
    return found


def _run(run: str) -> Word:
    """Characters written without spaces: neighbours two by two."""
    run = run[:LONGEST_WORD]
    if len(run) == 1:
        return Word(run, "run", ((run,),))
    pairs = tuple(dict.fromkeys(run[at : at + 2] for at in range(len(run) - 1)))
    return Word(run, "run", (pairs,), is_loose=len(run) > 2)


def _word(word: str, *, loose: bool = False) -> Word:
    """A word being typed, which may also be pinyin of three syllables or more."""
    word = word[:LONGEST_WORD]
    spoken = [_syllables(way) for way in pinyin.ways(word, loose=loose)]
    options = tuple(dict.fromkeys([(word,), *spoken]))
    return Word(word, "word", options, is_begun=len(word) > LONGEST_BEGINNING, is_loose=len(options) > 1)


def _syllables(way: pinyin.Reading) -> tuple[str, ...]:
    """The terms of syllables in a row: neighbours joined, initials up to four together."""
    terms = []
    at = 0
    while at < len(way) - 1:
        begun = at
        while at < len(way) and len(way[at]) == 1:
            at += 1
        if at - begun > 1:
            initials = "".join(way[begun:at])
            terms += [initials[start : start + 4] for start in range(max(1, len(initials) - 3))]
            at -= 1
        else:
            at = begun
            terms.append(way[at] + way[at + 1] if len(way[at]) > 1 or way[at] in "aeo" else way[at + 1])
            at += 1
    return tuple(dict.fromkeys(terms))


def _digits(digits: str) -> Word:
    """A number: the beginning of one, or a run of digits within a phone number."""
    digits = digits[:LONGEST_WORD]
    options: list[tuple[str, ...]] = [(digits,)]
    if len(digits) > 4:
        options.append(_fours(digits))
    return Word(
        digits,
        "digits",
        tuple(options),
        is_begun=len(digits) > LONGEST_BEGINNING,
        is_loose=len(digits) > 4,
    )


def _fours(digits: str) -> tuple[str, ...]:
    """Runs of four digits that cover all of them; of a long number but the first, the area that many share."""
    if len(digits) < 4:
        return (digits,)
    starts = [*range(0 if len(digits) < 8 else 3, len(digits) - 4, 3), len(digits) - 4]
    return tuple(dict.fromkeys(digits[start : start + 4] for start in starts))


# ---- second thoughts


def loosened(word: Word) -> Word | None:
    """The same word taken less strictly: initials after syllables, a phone without its leading zeros.

    Chinese characters are taken by their sound: the wrong one of a sound is how people mistype them.
    """
    if word.sort == "word":
        loose = _word(word.text, loose=True)
        return loose if loose.options != word.options else None
    if word.sort == "digits" and word.text.startswith("0") and len(word.text.lstrip("0")) > 4:
        return _digits(word.text.lstrip("0"))
    if word.sort == "run":
        spoken = [read for read in pinyin.readings(word.text) if all(read)]
        if not spoken:
            return None
        options = [read if len(read) == 1 else _syllables(read) for read in spoken]
        return Word("".join(spoken[0]), "word", tuple(dict.fromkeys(options)), is_loose=len(spoken[0]) > 2)
    return None


def forgiven(word: Word) -> Word | None:
    """The word with one letter missing, too many, wrong or swapped; None where too short to tell."""
    if not SHORTEST_FORGIVEN <= len(word.text) <= LONGEST_FORGIVEN or word.sort not in ("word", "digits"):
        return None
    if word.sort == "digits":
        if len(word.text) < SHORTEST_NUMBER_FORGIVEN:
            return None
        around = [(word.text[:at], word.text[at + 1 :]) for at in range(len(word.text))]
        either = [_fours(before) + _fours(after) for before, after in around]
        around_it = [tuple(term for term in terms if len(term) > 2) for terms in either]
        return replace(word, options=tuple(around_it), is_begun=False, is_loose=True, is_near=True)
    options: list[tuple[str, ...]] = []
    for text in _misspelled(word.text):
        options.append((text[:LONGEST_BEGINNING],))
        options += [_syllables(way) for way in pinyin.ways(text) if not any(len(unit) < 2 for unit in way)]
    return replace(word, options=tuple(dict.fromkeys(options)), is_begun=False, is_loose=False, is_near=True)


def _misspelled(text: str) -> list[str]:
    """Everything that is one deletion, swap, replacement or insertion away."""
    letters = "".join(alphabet for alphabet in _ALPHABETS if not set(alphabet).isdisjoint(text))
    splits = [(text[:at], text[at:]) for at in range(len(text) + 1)]
    found = [before + after[1:] for before, after in splits if after]
    found += [before + after[1] + after[0] + after[2:] for before, after in splits if len(after) > 1]
    found += [before + letter + after[1:] for before, after in splits if after for letter in letters]
    found += [before + letter + after for before, after in splits for letter in letters]
    return [other for other in dict.fromkeys(found) if other != text]


def reach(typed: str, text: str) -> int:
    """How much of the beginning of `text` is `typed` with at most one typing error; -1 where it is not."""
    size = len(typed)
    at = 0
    while at < size and at < len(text) and typed[at] == text[at]:
        at += 1
    if at == size:
        return size
    if typed[at + 1 :] == text[at + 1 : size] and len(text) >= size:
        return size
    if typed[at + 1 : at + 2] + typed[at : at + 1] + typed[at + 2 :] == text[at:size]:
        return size
    if typed[at:] == text[at + 1 : size + 1]:
        return size + 1
    if typed[at + 1 :] == text[at : size - 1]:
        return size - 1
    return -1
