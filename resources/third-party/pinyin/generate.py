"""Write pinyin.txt from the data of the package pypinyin, without tones and only what differs.

Run it where pypinyin is installed: `python resources/third-party/pinyin/generate.py`.
The program itself reads the table: importing pypinyin costs a quarter of a second and 50 MB.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from pypinyin.contrib.tone_convert import to_normal
from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

# What these characters are read as in names of people, places and shops, where the dictionary's
# first reading is another one.
IN_NAMES = {
    "长": "chang", "都": "du", "曾": "zeng", "翟": "zhai", "阚": "kan", "晟": "sheng", "覃": "qin",
    "调": "tiao", "缪": "miao", "郗": "xi", "牟": "mou", "卜": "bu", "尉": "wei", "谌": "chen", "佴": "nai",
}  # fmt: skip
# Where a place or a shop means something else than the phrase of the dictionary.
CORRECTED = {"朝阳": "chao yang", "东阿": "dong e", "丽都": "li du", "商行": "shang hang", "粮行": "liang hang"}
LONGEST = 3  # four characters and more are proverbs


def plain(reading: str) -> str:
    return to_normal(reading).replace("ü", "v").replace("ê", "e")


def main() -> None:
    default: dict[str, str] = {}
    for code, readings in pinyin_dict.items():
        if 0x4E00 <= code <= 0x9FFF or code == 0x3007:
            syllable = plain(readings.split(",")[0])
            if syllable.isascii() and syllable.isalpha():
                default[chr(code)] = syllable
    default.update(IN_NAMES)
    phrases: dict[str, str] = {}
    for phrase, readings in sorted(phrases_dict.items(), key=lambda pair: (len(pair[0]), pair[0])):
        if len(phrase) > LONGEST or len(readings) != len(phrase):
            continue
        syllables = [plain(reading[0]) for reading in readings]
        if syllables != read(phrase, default, phrases):
            phrases[phrase] = " ".join(syllables)
    phrases.update(CORRECTED)
    by_syllable: defaultdict[str, list[str]] = defaultdict(list)
    for character, syllable in sorted(default.items()):
        by_syllable[syllable].append(character)
    lines = ["# Made by generate.py from pypinyin (MIT, see LICENSE): syllable and its characters; then phrases."]
    lines += [f"{syllable} {''.join(characters)}" for syllable, characters in sorted(by_syllable.items())]
    lines += ["="]
    lines += [f"{phrase} {syllables}" for phrase, syllables in sorted(phrases.items())]
    (Path(__file__).parent / "pinyin.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(phrase: str, default: dict[str, str], phrases: dict[str, str]) -> list[str]:
    """What the program would make of a phrase with the table so far."""
    syllables: list[str] = []
    at = 0
    while at < len(phrase):
        for length in range(min(LONGEST, len(phrase) - at), 1, -1):
            if known := phrases.get(phrase[at : at + length]):
                syllables += known.split()
                at += length
                break
        else:
            syllables.append(default.get(phrase[at], ""))
            at += 1
    return syllables


if __name__ == "__main__":
    main()
