"""Every byte of the formats stays as it was fixed: decision 0020, vectors.json, and an independent writer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Damaged
from app.model import audit, chain
from app.model import statements as say
from app.model.encoding import Sealed, canonical, decode, decode_canonical, decode_step, encode_step
from tests.model import known
from tests.model.known import by_hand, digest, meant

VECTORS: dict[str, dict[str, dict[str, Any]]] = json.loads(
    Path(__file__).with_name("vectors.json").read_text("utf-8")
)
SPELLED = [
    pytest.param(vector, id=f"{group}: {name}")
    for group, members in VECTORS.items()
    for name, vector in members.items()
    if "value" in vector
]


def test_the_vectors_stand() -> None:
    assert known.vectors() == VECTORS


@pytest.mark.parametrize("vector", SPELLED)
def test_another_writer_comes_to_the_same_bytes(vector: dict[str, Any]) -> None:
    assert by_hand(meant(vector["value"])).hex() == vector["bytes"]


@pytest.mark.parametrize("vector", SPELLED)
def test_bytes_are_read_back(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["bytes"])
    assert canonical(decode_canonical(data)) == data


def test_a_step_is_read_back() -> None:
    step = known.STEP
    data = bytes.fromhex(VECTORS["step"]["a step"]["bytes"])
    again = decode_step(data, step.device, step.book, step.tier)
    assert list(again.dotted()) == list(step.dotted())
    assert encode_step(again) == data


@pytest.mark.parametrize("kind", say.KINDS)
def test_a_statement_is_read_back(kind: str) -> None:
    data = bytes.fromhex(VECTORS["statement"][kind]["bytes"])
    at = list(say.KINDS).index(kind)
    assert say.parse(data) == known.statement(at, known.BODIES[at])
    assert say.write(say.parse(data)) == data


def test_every_kind_of_statement_has_a_vector() -> None:
    assert list(VECTORS["statement"]) == list(say.KINDS) == [body.kind for body in known.BODIES]


def test_hashes_are_what_the_record_says() -> None:
    """SHA-256 over domain, zero byte and content, without any of the program's functions."""
    for vector in VECTORS["statement"].values():
        assert vector["hash"] == digest("provender roster statement", bytes.fromhex(vector["bytes"]))
    for vector in VECTORS["audit"].values():
        parts = bytes.fromhex(vector["previous"]), bytes.fromhex(vector["bytes"])
        assert vector["hash"] == digest("provender audit row", *parts)
    assert VECTORS["audit"]["row 1"]["previous"] == audit.GENESIS.hex() == digest("provender audit genesis")
    chains = VECTORS["chain"]
    stream = by_hand([bytes.fromhex(chains["origin"]["company"]), *meant(chains["origin"]["stream"])])
    assert chains["origin"]["hash"] == digest("provender stream origin", stream)
    assert chains["header"]["hash"] == digest(
        "provender batch header", bytes.fromhex(chains["header"]["bytes"])
    )
    assert chains["body"]["hash"] == digest("provender batch body", bytes.fromhex(chains["body"]["bytes"]))
    head = chains["head"]
    receipt = head["receipt_ms"].to_bytes(8, "big")
    assert head["hash"] == digest(
        "provender stream head", bytes.fromhex(head["head"]), bytes.fromhex(head["header"]), receipt
    )
    epoch = VECTORS["epoch"]["commitment"]
    named = by_hand([bytes.fromhex(epoch["company"]), *meant(epoch["stream"]), epoch["epoch"]])
    assert epoch["hash"] == digest("provender epoch key", named, bytes.fromhex(epoch["key"]))


def test_a_header_is_read_back() -> None:
    data = bytes.fromhex(VECTORS["chain"]["header"]["bytes"])
    assert chain.parse(data) == known.HEADER


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.text(), st.binary(),
        st.binary(min_size=1).map(Sealed),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=20), st.dictionaries(st.text(max_size=5), inner, max_size=20)),
    max_leaves=30,
)  # fmt: skip


@given(value=values)
@settings(max_examples=150, deadline=None)
def test_any_value_has_one_way_to_be_written(value: Any) -> None:
    data = canonical(value)
    assert data == by_hand(value)
    assert decode_canonical(data) == decode(data) == value


@pytest.mark.parametrize(
    "data",
    [
        b"\xcc\x05", b"\xd0\x05", b"\xcd\x00\x80", b"\xd9\x01a", b"\xc5\x00\x01a", b"\xdc\x00\x01\x01",
        b"\xde\x00\x01\xa1a\x01", b"\x82\xa1b\x01\xa1a\x02", b"\x82\xa1a\x01\xa1a\x01", b"\x01\x01", b"\x92\x01",
        b"\xc1", b"", b"\xa1\xff", b"\xc8\x00\x01\x01x", b"\x81\x01\x01", b"\x82\xa1a\x01\xc4\x01a\x01", b"\x81\x80\x01",
    ],
    ids=lambda data: data.hex() or "nothing",
)  # fmt: skip
def test_any_other_way_is_refused(data: bytes) -> None:
    with pytest.raises(Damaged):
        decode_canonical(data)
