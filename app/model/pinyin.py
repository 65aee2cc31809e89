"""How Chinese characters are read, and how people type that: syllables without tones, and initials.

The table is made from the data of pypinyin and read when the first Chinese character is met, in a few
milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from app.model.scripts import HAN

_TABLE: Final = (
    Path(__file__).resolve().parent.parent.parent / "resources" / "third-party" / "pinyin" / "pinyin.txt"
)
_RUN: Final = re.compile(f"[{HAN}]+")

# Surnames that are read otherwise than the same character elsewhere.
_SURNAMES: Final = {
    "单": "shan", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou", "朴": "piao", "盖": "ge", "种": "chong",
    "折": "she", "召": "shao", "员": "yun", "黑": "he", "繁": "po", "能": "nai", "祭": "zhai", "句": "gou",
    "秘": "bi", "隗": "wei", "尉": "yu", "乐": "yue", "洗": "xian", "重": "chong", "那": "na", "石": "shi",
    "柏": "bai", "牟": "mu", "郗": "chi", "缪": "mou", "覃": "tan", "曾": "ceng", "翟": "di", "行": "hang",
    "尉迟": "yu chi", "万俟": "mo qi", "单于": "chan yu", "澹台": "tan tai",
}  # fmt: skip
# Of these the reading above is the rule for a person's name, the table's for all else.
_SURE_SURNAMES: Final = frozenset("单仇查朴盖折召尉") | {"尉迟", "万俟", "单于", "澹台"}
# Readings that also occur in names where no phrase decides.
_ALSO: Final = {"长": "zhang", "重": "chong", "行": "hang", "乐": "yue", "朝": "chao", "调": "diao",
                "厦": "xia", "会": "kuai", "参": "shen", "柏": "bo", "藏": "cang", "盛": "cheng", "荷": "he"}  # fmt: skip
_PERSON: Final = (2, 3, 4)

_INITIALS: Final = frozenset("abcdefghjklmnopqrstwxyz")
_MOST_WAYS: Final = 8
_MOST_UNITS: Final = 16
_MOST_LETTERS: Final = 60

Reading = tuple[str, ...]


class _Table:
    """The readings of single characters and of the phrases that deviate from them."""

    def __init__(self) -> None:
        single, _, phrases = _TABLE.read_text("utf-8").partition("\n=\n")
        self.single: dict[str, str] = {}
        for line in single.splitlines()[1:]:
            syllable, characters = line.split(" ")
            self.single.update(dict.fromkeys(characters, syllable))
        self.phrases = dict(line.split(" ", 1) for line in phrases.splitlines())
        self.openings = frozenset(phrase[:2] for phrase in self.phrases)
        self.several = frozenset(_ALSO).union(
            character for character, syllable in self.single.items() if "v" in syllable
        )
        self.longest = max(map(len, self.phrases))


@lru_cache(maxsize=1)
def _table() -> _Table:
    return _Table()


def syllable(character: str) -> str:
    """What a character is read as by itself; “” for one that the table does not know."""
    return _table().single.get(character, "")


def plain(pair: str) -> Reading | None:
    """The syllables of one or two neighbours, or None where one is unknown or the reading may vary."""
    table = _table()
    if pair in table.openings or not table.several.isdisjoint(pair):
        return None
    syllables = tuple(table.single.get(character, "") for character in pair)
    return syllables if all(syllables) else None


def may_be_surname(run: str) -> bool:
    """Whether the run begins with a character that has a reading of its own as a surname."""
    return run[0] in _SURNAMES or run[:2] in _SURNAMES


@lru_cache(maxsize=4096)
def readings(run: str) -> tuple[Reading, ...]:
    """The ways in which a run of Chinese characters may be read, the likeliest first; at most three.

    Each has one syllable for every character; “” for a character that the table does not know.
    """
    syllables, decided = _read(run)
    first = tuple(syllables)
    found = [first]
    if surname := _SURNAMES.get(run[:2]) or _SURNAMES.get(run[:1]):
        start = surname.split()
        found.append((*start, *first[len(start) :]))
    other = tuple(
        syllable.replace("v", "u")
        if "v" in syllable
        else syllable
        if sure
        else _ALSO.get(character, syllable)
        for character, syllable, sure in zip(run, first, decided, strict=True)
    )
    found.append(other)
    if len(run) in _PERSON and (run[:2] in _SURE_SURNAMES or run[0] in _SURE_SURNAMES) and not decided[0]:
        found[0], found[1] = found[1], found[0]
    return tuple(dict.fromkeys(found))


def _read(run: str) -> tuple[list[str], list[bool]]:
    """The table's reading, and for which characters a phrase decided it."""
    table = _table()
    syllables: list[str] = []
    decided: list[bool] = []
    at = 0
    while at < len(run):
        step = 1
        if run[at : at + 2] in table.openings:
            for length in range(min(table.longest, len(run) - at), 1, -1):
                if known := table.phrases.get(run[at : at + length]):
                    syllables += known.split(" ")
                    step = length
                    break
        if step == 1:
            syllables.append(table.single.get(run[at], ""))
        decided += [step > 1] * step
        at += step
    return syllables, decided


def spelled(folded: str) -> str:
    """The text with its Chinese characters replaced by their syllables, single spaces between."""
    out: list[str] = []
    end = 0
    for match in _RUN.finditer(folded):
        out += (folded[end : match.start()], " ".join(readings(match[0])[0]))
        end = match.end()
    out.append(folded[end:])
    return " ".join(" ".join(out).split())


# ---- what people type

_VOWEL: Final = re.compile("[aeiou]")
_GRUNTS: Final = frozenset(("n", "m", "ng", "hm", "hng"))  # syllables that nobody types for a name


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    plain = set(_table().single.values())
    return frozenset(plain | {syllable.replace("v", "u") for syllable in plain}) - _GRUNTS


@lru_cache(maxsize=1)
def _beginnings() -> frozenset[str]:
    return frozenset(syllable[:length] for syllable in _syllables() for length in range(1, len(syllable) + 1))


def ways(typed: str, *, loose: bool = False, least: int = 3) -> list[Reading]:
    """How letters typed without spaces can be cut into syllables: “wangjial” is wang, jia, l.

    The last may be unfinished, and only the first may be a single vowel. Letters without a vowel are initials
    (“cdjxcg”). With `loose` any letters may be, also after syllables (“wangjl”). Cuts into fewer than `least`
    parts are left out. At most eight.
    """
    if not typed.isascii() or not typed.isalpha() or len(typed) > _MOST_LETTERS:
        return []
    found = [way for way in islice(_cut(typed, loose), 4 * _MOST_WAYS) if len(way) >= least][:_MOST_WAYS]
    initials = len(typed) <= _MOST_UNITS and (loose or not _VOWEL.search(typed))
    if initials and len(typed) >= least and _INITIALS.issuperset(typed):
        found.append(tuple(typed))
    return list(dict.fromkeys(found))


def _cut(typed: str, loose: bool) -> Iterator[Reading]:
    """Cuts into whole syllables, longest first, then one unfinished syllable or, when loose, initials."""
    whole, beginnings = _syllables(), _beginnings()
    dead_ends: set[int] = set()

    def after(at: int, units: int) -> Iterator[Reading]:
        if at == len(typed):
            yield ()
            return
        if at in dead_ends or units == _MOST_UNITS:
            return
        fruitful = False
        for length in range(min(6, len(typed) - at), 0, -1):
            unit = typed[at : at + length]
            if unit in whole and (loose or length > 1 or not at):
                for others in after(at + length, units + 1):
                    fruitful = True
                    yield (unit, *others)
        rest = typed[at:]
        if rest in beginnings and rest not in whole:
            fruitful = True
            yield (rest,)
        elif loose and units and 1 < len(rest) <= 4 and _INITIALS.issuperset(rest):
            fruitful = True
            yield tuple(rest)
        if not fruitful:
            dead_ends.add(at)

    yield from after(0, 0)


def fits(way: Reading, read: Reading, at: int) -> bool:
    """Whether the syllables from `at` on are what was typed: whole ones, then begun ones."""
    if at + len(way) > len(read):
        return False
    last = len(way) - 1
    whole = _syllables()
    for step, unit in enumerate(way):
        syllable = read[at + step]
        if syllable != unit and not (
            syllable.startswith(unit) and (step == last or len(unit) == 1 or unit not in whole)
        ):
            return False
    return True


def opens(folded: str, typed: str) -> Literal["", "start", "whole"]:
    """Whether a folded text is read as what was typed, or begins so: in full, or by its initials."""
    match = _RUN.match(folded)
    if match is None:
        return ""
    for read in readings(match[0]):
        full = "".join(read)
        if full == typed and match[0] == folded:
            return "whole"
        if full.startswith(typed) or "".join([one[:1] for one in read]).startswith(typed):
            return "start"
    return ""
