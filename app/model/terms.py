"""What a record is found by: the terms that the search index keeps of it.

A term is folded text. Every beginning of a word is a term of its own, so that a word being typed is one
look-up at any length, whatever the size of the book:

    golden      g go gol gold golde golden
    王佳丽       王 佳 丽 王佳 佳丽, in names also w wa wan wang wangj … wangjia jiali, wj jl wjl
    138 1234    138 381 811 … 1381 3811 …          phones, by any run of digits
    ^gol ^gold … ^goldengate    a name begins so;  =goldengate   a name is this
    #k1 #b2     of kind 1; in book 2
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, cast

from app.model import pinyin
from app.model.folding import fold
from app.model.scripts import HAN, UNSPACED

# Control characters, so that the kinds also part the texts where they are kept together.
TextKind = Literal["\x1c", "\x1d", "\x1e", "\x1f"]
NAME: Final = "\x1c"
"""A name: found by pinyin and initials too, and ranked when the search begins or equals it."""
TEXT: Final = "\x1d"
"""Any other text: words and characters."""
PHONE: Final = "\x1f"
"""A phone number: any run of three or more digits."""
CODE: Final = "\x1e"
"""A code, with or without its punctuation; ranked like a name when it is equal."""

MOST_CHARACTERS: Final = 4000
"""Of one record, in order; what comes after is not searched."""
MOST_OF_NAME: Final = 60
LONGEST_BEGINNING: Final = 12
"""Longer words are found as beginnings of whole words, which are few."""
LONGEST_WORD: Final = 40
MOST_INITIALS: Final = 6
LONGEST_EXACT: Final = 64


class _Only(dict[int, int | None]):
    """A table for `str.translate` that drops all but these characters."""

    def __init__(self, kept: str) -> None:
        super().__init__(dict.fromkeys(range(128)))
        self.update({ord(character): ord(character) for character in kept})

    def __missing__(self, code: int) -> None:
        return None


_MARKED: Final = "\u0900-\u0dff\u0e00-\u0fff"
"""Scripts whose vowel signs are no letters to `re`, but belong to the word."""
_SYMBOLS: Final = "\u2600-\u27bf\U0001f000-\U0001faff"
WORDS: Final = re.compile(f"([^\\W_{UNSPACED}{_MARKED}]+|[{_MARKED}]+)|([{UNSPACED}]+)|([{_SYMBOLS}])")
"""Groups: a word, a run of characters written without spaces, a symbol."""
_ASCII_WORDS: Final = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})
_NO_APOSTROPHE: Final = str.maketrans("", "", "'")
_ONLY_DIGITS: Final = _Only("0123456789")
_DIGITS_AND_KINDS: Final = _Only("0123456789\x1c\x1d\x1e\x1f")
_HAN_RUN: Final = re.compile(f"[{HAN}]+")
_FORM: Final = re.compile("(?:股份有限|有限责任|股份|有限)?公司$|集团$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as the search index takes it. `texts` is what it is found by; never a restricted value."""

    kind: int
    row: int
    book: int
    title: str
    texts: tuple[tuple[TextKind, str], ...]


KINDS: Final = NAME + TEXT + CODE + PHONE
_NO_KINDS: Final = str.maketrans(KINDS, " " * len(KINDS))
_PARTS: Final = re.compile(f"([{KINDS}])")


def pack(entry: Entry) -> str:
    """The searched texts in one, each led by its kind, phone numbers last; what equals the title stays out."""
    parts: list[str] = []
    room = MOST_CHARACTERS
    for kind, text in entry.texts:
        if text and room > 0:
            if text == entry.title:
                parts.append(kind)
            elif text.isprintable():  # which kinds are not: nothing is to be replaced
                parts.append(kind + text[:room])
            else:
                parts.append(kind + text[:room].translate(_NO_KINDS))
            room -= len(text)
    parts.sort(key=PHONE.__eq__)
    return "".join(parts)


def unpack(title: str, packed: str) -> list[tuple[TextKind, str]]:
    """The texts again."""
    parts = _PARTS.split(packed)
    kinds = cast(list[TextKind], parts[1::2])
    return [(kind, text or title) for kind, text in zip(kinds, parts[2::2], strict=True)]


class _Made(dict[str, str]):
    """Terms made once for what recurs in a book; forgets all when it has grown large."""

    MOST: Final = 50_000

    def __missing__(self, key: str) -> str:
        if len(self) >= self.MOST:
            self.clear()
        made = self[key] = self.make(key)
        return made

    def make(self, key: str) -> str:
        raise NotImplementedError


class _Beginnings(_Made):
    """The beginnings of a word, with a space between."""

    def make(self, key: str) -> str:
        whole = key[:LONGEST_WORD]
        ends = range(1, min(len(whole), LONGEST_BEGINNING) + 1)
        made = " ".join([whole[:end] for end in ends])
        return f"{made} {whole}" if len(whole) > LONGEST_BEGINNING else made


class _Neighbours(_Made):
    """All terms of the first of two neighbouring characters of a name; “” where the reading may vary."""

    def make(self, key: str) -> str:
        if (reading := pinyin.plain(key)) is None:
            return ""
        first, second = reading
        return f"{key[0]} {key} {_beginnings[first]} {_joined(first, second)} {first[0]}{second[0]}"


_beginnings = _Beginnings()
_neighbours = _Neighbours()


def terms(entry: Entry) -> str:
    """The terms of a record with a space between; the hot path of every import."""
    out = [f"#k{entry.kind} #b{entry.book}"]
    room = MOST_CHARACTERS
    for kind, whole in entry.texts:
        text = whole if len(whole) <= room else whole[:room]
        room -= len(text)
        if kind == PHONE:
            _phone(text, out)
        elif kind == TEXT:
            _text(fold(text), out)
        elif kind == NAME:
            _name(fold(text), out)
        else:
            _code(fold(text), out)
    return " ".join(out)


def words(folded: str) -> list[str]:
    """The words of a folded text that has only ASCII, and with an apostrophe also the joined ones."""
    if "'" in folded:
        joined = folded.translate(_NO_APOSTROPHE).translate(_ASCII_WORDS).split()
        return folded.translate(_ASCII_WORDS).split() + joined
    return folded.translate(_ASCII_WORDS).split()


def squeezed(folded: str) -> str:
    """The text without anything between its words, as the terms `^` and `=` have it."""
    if folded.isascii():
        return folded.translate(_ASCII_WORDS).replace(" ", "")
    return "".join([match[0] for match in WORDS.finditer(folded)])


def opening(whole: str) -> str:
    """The terms by which a name is found from its first letter on."""
    return " ".join([f"^{whole[:end]}" for end in range(1, min(len(whole), LONGEST_BEGINNING) + 1)])


def _text(folded: str, out: list[str]) -> None:
    if folded.isascii():
        out += map(_beginnings.__getitem__, words(folded))
        return
    if "'" in folded:
        _text(folded.translate(_NO_APOSTROPHE), out)
    for word, run, symbol in WORDS.findall(folded):
        if word:
            out.append(_beginnings[word])
        elif run:
            out += run
            out += [run[at : at + 2] for at in range(len(run) - 1)]
        else:
            out.append(symbol)


def _name(folded: str, out: list[str]) -> None:
    short = folded[:MOST_OF_NAME]
    whole = squeezed(short)
    if whole:
        out += (opening(whole), f"={whole[:LONGEST_EXACT]}")
    if folded.isascii():
        out += map(_beginnings.__getitem__, words(folded))
        return
    if "'" in folded:
        _text(folded.translate(_NO_APOSTROPHE), out)
    for match in _HAN_RUN.finditer(short):
        run = match[0]
        if ending := _FORM.search(run):
            run = run[: ending.start()] or run
        if not _plain_run(run, whole, out):
            _run(run, whole, out)
        if len(run) < len(match[0]):
            _text(match[0][len(run) - 1 :], out)
    rest = _HAN_RUN.sub(" ", short) + folded[MOST_OF_NAME:]
    if rest.strip():
        _text(rest, out)


def _plain_run(run: str, whole: str, out: list[str]) -> bool:
    """Add the terms of a run of Chinese characters whose reading is beyond doubt; else say so."""
    last = pinyin.plain(run[-1])
    if last is None or pinyin.may_be_surname(run):
        return False
    found = [_neighbours[run[at : at + 2]] for at in range(len(run) - 1)]
    if "" in found:
        return False
    out += found
    out += (run[-1], _beginnings[last[0]])
    reading = tuple(map(pinyin.syllable, run))
    _initials(reading, 3, out)
    if whole.startswith(run):
        _start(reading, run == whole, out)
    return True


def _run(run: str, whole: str, out: list[str]) -> None:
    """Add the terms of a run of Chinese characters, in every way in which it may be read."""
    out += run
    out += [run[at : at + 2] for at in range(len(run) - 1)]
    for reading in pinyin.readings(run):
        out += map(_beginnings.__getitem__, reading)
        out += map(_joined, reading, reading[1:])
        _initials(reading, 2, out)
        if whole.startswith(run):
            _start(reading, run == whole, out)


def _joined(first: str, second: str) -> str:
    """The first syllable with every beginning of the second."""
    return " ".join([first + second[:end] for end in range(1, len(second) + 1)])


def _initials(reading: pinyin.Reading, least: int, out: list[str]) -> None:
    initials = "".join([syllable[:1] or " " for syllable in reading])
    for length in range(least, 5):
        out += [initials[at : at + length] for at in range(len(initials) - length + 1)]


def _start(reading: pinyin.Reading, is_whole: bool, out: list[str]) -> None:
    full, initials = "".join(reading), "".join([syllable[:1] for syllable in reading])
    out += (opening(full), opening(initials[:MOST_INITIALS]))
    if is_whole:
        out.append(f"={full[:LONGEST_EXACT]}")


def _phone(text: str, out: list[str]) -> None:
    digits = digits_of(text)
    out += [digits[at : at + 3] for at in range(len(digits) - 2)]
    out += [digits[at : at + 4] for at in range(len(digits) - 3)]
    if digits:
        out.append(f"={digits[:LONGEST_EXACT]}")


def digits_of(text: str) -> str:
    """The digits of a phone number, without anything else."""
    return (text if text.isascii() else fold(text)).translate(_ONLY_DIGITS)


def has_digits(packed: str, digits: str) -> bool:
    """Whether a phone number among packed texts has this run of digits."""
    start = packed.find(PHONE)
    if start < 0:
        return False
    numbers = packed[start:]
    return digits in (numbers if numbers.isascii() else fold(numbers)).translate(_DIGITS_AND_KINDS)


def _code(folded: str, out: list[str]) -> None:
    _text(folded, out)
    if whole := squeezed(folded[:LONGEST_EXACT]):
        out += (_beginnings[whole], f"={whole}")
