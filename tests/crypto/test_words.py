"""Six words: where they come from, and how forgivingly they are read."""

from __future__ import annotations

import hashlib

import pytest

from app.crypto import words
from app.crypto.identity import PublicIdentity
from app.errors import Invalid

COMPANY, DEVICE = b"c" * 32, b"d" * 16
PUBLIC = PublicIdentity(b"s" * 32, b"k" * 1216)


def test_the_list_is_the_known_one() -> None:
    listed = words.words()
    assert len(listed) == len(set(listed)) == len({word[:4] for word in listed}) == 2048
    assert (
        hashlib.sha256(("\n".join(listed) + "\n").encode()).hexdigest()
        == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
    )


def test_the_words_of_known_keys_are_fixed() -> None:
    assert (
        " ".join(words.of_device(COMPANY, DEVICE, PUBLIC)) == "surround annual lobster unfold discover soup"
    )


def test_every_part_of_a_device_changes_the_words() -> None:
    said = words.of_device(COMPANY, DEVICE, PUBLIC)
    others = (
        words.of_device(b"C" * 32, DEVICE, PUBLIC),
        words.of_device(COMPANY, b"D" * 16, PUBLIC),
        words.of_device(COMPANY, DEVICE, PublicIdentity(b"S" * 32, b"k" * 1216)),
        words.of_device(COMPANY, DEVICE, PublicIdentity(b"s" * 32, b"K" + b"k" * 1215)),
    )
    assert len({said, *others}) == 5


def test_words_are_read_as_words_letters_or_numbers() -> None:
    said = words.of_device(COMPANY, DEVICE, PUBLIC)
    given = (
        " ".join(said),
        "  " + ",  ".join(said).upper() + "\n",
        "-".join(word[:4] for word in said),
        " ".join(str(number) for number in words.numbers(said)),
    )
    for text in given:
        assert words.parse(text) == said
        words.compare(text, said)


def test_other_words_are_refused() -> None:
    said = words.of_device(COMPANY, DEVICE, PUBLIC)
    another = next(word for word in words.words() if word not in said)
    for text in (
        " ".join((*said[:5], another)),
        " ".join(reversed(said)),
        " ".join(said[:5]),
        " ".join((*said, another)),
        " ".join((*said[:5], "zzzz")),
        " ".join((*said[:5], "0")),
        " ".join((*said[:5], "2049")),
        " ".join((*said[:5], said[5] + "x")),
        "",
    ):
        with pytest.raises(Invalid) as caught:
            words.compare(text, said)
        assert caught.value.field == "words"
