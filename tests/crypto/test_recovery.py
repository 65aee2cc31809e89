"""Recovery codes that survive paper, eyes and keyboards."""

from __future__ import annotations

import random

import pytest

from app.crypto.recovery import ALPHABET, BITS, RecoveryCode
from app.errors import Invalid


def test_a_code_has_at_least_128_bits_and_no_letter_that_looks_like_another() -> None:
    assert BITS >= 128
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert len({RecoveryCode.fresh().text() for _index in range(100)}) == 100


def test_it_is_printed_in_groups() -> None:
    code = RecoveryCode.fresh()
    assert len(code.groups()) == 7
    assert {len(group) for group in code.groups()} == {4}
    assert repr(code) == "RecoveryCode(…)"


def test_typing_may_be_careless_where_it_does_not_matter() -> None:
    code = RecoveryCode("0123456789ABCDEFGHJKMNPQRS" + RecoveryCode.parse(known()).text()[-2:])
    text = code.text()
    for typed in (text.lower(), text.replace("-", ""), text.replace("-", "  "), f"  {text}\n", text.replace("-", "–"),
                  text.replace("0", "O"), text.replace("0", "o"), text.replace("1", "l"), text.replace("1", "I")):  # fmt: skip
        assert RecoveryCode.parse(typed) == code


def known() -> str:
    return "0123-4567-89AB-CDEF-GHJK-MNPQ-RS0W"


def test_the_check_letters_and_the_key_are_fixed() -> None:
    code = RecoveryCode.parse(known())
    assert (
        code.key(b"slot").reveal().hex() == "96786a93c56739316a75a5084a5deba3b68e21c59db4e861869e9d3156dadb35"
    )
    assert code.key(b"slot") != code.key(b"other")


def test_slips_are_noticed() -> None:
    seeded = random.Random(2)
    missed = 0
    for _index in range(3000):
        letters = list(RecoveryCode.fresh().text().replace("-", ""))
        at = seeded.randrange(len(letters) - 1)
        if seeded.random() < 0.5 and letters[at] != letters[at + 1]:
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        else:
            letters[at] = seeded.choice([letter for letter in ALPHABET if letter != letters[at]])
        try:
            RecoveryCode.parse("".join(letters))
            missed += 1
        except Invalid as error:
            assert error.field == "recovery_code"
    assert missed < 12, "about one in a thousand passes, and then opens nothing"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("", "has 28"), ("ABCD", "this has 4"), ("?" * 28, "does not occur"), ("A" * 29, "this has 29")],
)
def test_what_is_wrong_is_said(typed: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        RecoveryCode.parse(typed)
