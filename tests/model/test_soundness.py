"""Batches that no honest program writes are void, and whatever the program writes is sound."""

from __future__ import annotations

from typing import Any

import pytest

from app.model.change import Dot, Edit, Step
from app.model.encoding import Sealed, decode_step, encode_step
from app.model.entity import LIFE
from app.model.soundness import Void, sound
from tests.model.histories import seeded
from tests.model.judging import judge

VAN, ROW = b"v" * 16, b"1" * 16
DOT = Dot(b"o" * 16, 3, 0)


def step(*edits: Edit, number: int = 5, time_ms: int = 0) -> Step:
    return Step(VAN, number, b"b" * 16, 0, time_ms, edits)


def one(value: Any, field: str = "name", seen: tuple[Dot, ...] = ()) -> Step:
    return step(Edit("customer", ROW, (field,), (value,), (seen,)))


@pytest.mark.parametrize(
    "good",
    [
        one("x"), one(None), one(True), one([500, "EUR"]), one(Sealed(b"x")), one("x", seen=(DOT,)),
        one(True, LIFE), one([[DOT.device, 3, 0, 9]], LIFE), one([], LIFE), one(-(10**12)),
        step(Edit("customer", ROW, (LIFE, "name"), (True, "x"))),
    ],
)  # fmt: skip
def test_what_the_program_writes_is_sound(good: Step) -> None:
    sound([good], good.size, 4)
    again = decode_step(encode_step(good), VAN, good.book, good.tier)
    sound([again], again.size, 4)


@pytest.mark.parametrize(
    "bad",
    [
        one(1.5), one({"a": 1}), one([[[[["deep"]]]]]), one([0] * 5000), one(2**60), one("x", field=""),
        one("x", field="n" * 201), one("x", seen=(DOT, DOT)), one("x", seen=(Dot(b"", 1, 0),)),
        one("x", seen=(Dot(VAN, 0, 0),)), one("x", seen=(Dot(VAN, 5, 0),)), one("x", seen=(Dot(VAN, 1, 256),)),
        one(False, LIFE), one("x", LIFE), one([[DOT.device, 3, 0]], LIFE), one([[DOT.device, 3, 5, 4]], LIFE),
        one([["device", 3, 0, 1]], LIFE), one([[DOT.device, True, 0, 1]], LIFE), one([[DOT.device, 3, 0, 10**9]], LIFE),
        step(), step(Edit("customer", ROW, (), ())), step(Edit("customer", ROW, ("a", "a"), (1, 2))),
        step(Edit("customer", ROW, ("a",), (1, 2))), step(Edit("customer", ROW, ("a", "b"), (1, 2), ((),))),
        step(Edit("customer", b"short", ("a",), (1,))), step(Edit("", ROW, ("a",), (1,))),
        step(Edit("customer", ROW, ("a",), (1,)), number=4), step(Edit("customer", ROW, ("a",), (1,)), time_ms=2**60),
    ],
)  # fmt: skip
def test_what_it_would_not_write_is_void(bad: Step) -> None:
    with pytest.raises(Void):
        sound([bad], sum(len(edit.fields) for edit in bad.edits), 4)


def test_numbers_of_steps_only_grow() -> None:
    first, second = one("x"), one("y")._replace(number=6)
    sound([first, second], 2, 4)
    for steps in ([second, first], [first, first]):
        with pytest.raises(Void):
            sound(steps, 2, 4)


def test_the_header_tells_the_number_of_changes() -> None:
    with pytest.raises(Void):
        sound([one("x")], 2, 4)
    many = step(*(Edit("customer", ROW, (f"f{n}",), (n,)) for n in range(257)))
    with pytest.raises(Void):
        sound([many], 257, 4)


def test_all_that_random_histories_write_is_sound() -> None:
    for number in range(40):
        world = judge(*seeded(5, number))
        last: dict[bytes, int] = {}
        for entry in world.relay.log:
            found = decode_step(entry.data, entry.device, b"b" * 16, 0)
            if any(version == "forged" for edit in found.edits for version in edit.values):
                continue
            sound([found], found.size, last.get(entry.device, 0))
            last[entry.device] = found.number
