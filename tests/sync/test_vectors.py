"""Every byte that travels sealed stays as it was fixed: decision 0070, vectors.json, and readers of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.crypto.keys import SecretKey
from app.model import chain as chains
from app.model.encoding import decode
from sync.client import envelope
from sync.protocol.codec import read_problem, read_request
from sync.protocol.messages import HandedBatch, Push
from tests.model.known import BOOK, COMPANY, DEVICE, OTHER, ROW, by_hand, digest, meant
from tests.sync import known

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))
SEALED = [name for name, vector in VECTORS.items() if {"key", "context"} <= vector.keys()]


def opened(vector: dict[str, Any], field: str) -> bytes:
    """By hand: version, nonce, and AES-256-GCM under key and context."""
    sealed = bytes.fromhex(vector[field])
    assert sealed[0] == 1
    key, context = bytes.fromhex(vector["key"]), bytes.fromhex(vector["context"])
    return AESGCM(key).decrypt(sealed[1:13], sealed[13:], context)


def test_the_vectors_stand() -> None:
    made = known.vectors()
    for name, vector in VECTORS.items():
        if name not in ("batch", "snapshot chunk", "manifest", "push"):  # with what zstd makes of it
            assert made[name] == vector
    assert made.keys() == VECTORS.keys()
    assert made["batch"]["context"] == VECTORS["batch"]["context"]
    assert made["batch"]["steps"] == VECTORS["batch"]["steps"]


@pytest.mark.parametrize("name", [name for name in SEALED if "opened" in VECTORS[name]])
def test_what_was_sealed_opens_by_hand(name: str) -> None:
    assert opened(VECTORS[name], "sealed").hex() == VECTORS[name]["opened"]


def test_a_batch_opens_by_hand() -> None:
    vector = VECTORS["batch"]
    header = chains.parse(bytes.fromhex(vector["header"]))
    assert bytes.fromhex(vector["context"]) == b"provender batch" + by_hand(list(header[:-2]))
    frame = opened(vector, "body")
    size = int.from_bytes(frame[:4], "big")
    assert len(frame) == VECTORS["padding"]["256"] and not any(frame[4 + size :])
    plain = zstandard.ZstdDecompressor().decompress(frame[4 : 4 + size])
    steps = [decode(one) for one in decode(plain)]
    assert plain == by_hand([by_hand(step) for step in steps])
    assert [(step[0], step[1], step[2]) for step in steps] == [
        (1, number, time) for number, time, _e in vector["steps"]
    ]
    assert [meant(edits) for _n, _t, edits in vector["steps"]] == [
        [[kind, row, list(fields), list(values), [[list(dot) for dot in dots] for dots in seen]]
         for kind, row, fields, values, seen in step[3]]
        for step in steps
    ]  # fmt: skip


def test_the_program_reads_the_batch_that_was_fixed() -> None:
    request: Any = read_request("push", bytes.fromhex(VECTORS["push"]["bytes"]))
    assert isinstance(request, Push)
    (sent,) = request.batches
    header = chains.parse(sent.header)
    handed = HandedBatch(sent.header, sent.signature, 1, sent.body, sent.keys)
    envelope.check(handed, header, 1, ())
    read = envelope.opened(handed, header, 1, SecretKey(known.KEY), 0)
    assert (read.steps, read.keys, read.void) == (known.STEPS, {ROW: known.SUBJECT}, "")


def test_contexts_are_what_the_record_says() -> None:
    stream = [COMPANY, BOOK, 0]
    assert VECTORS["subject keys"]["context"] == (b"provender subject key" + by_hand([*stream, 3, ROW])).hex()
    assert (
        VECTORS["state hash"]["context"]
        == (b"provender state hash" + by_hand([*stream, 3, DEVICE, 41])).hex()
    )
    assert (
        VECTORS["snapshot chunk"]["context"] == (b"provender snapshot" + by_hand([*stream, OTHER, 0])).hex()
    )
    assert VECTORS["file chunk"]["context"] == (b"provender file" + by_hand([OTHER, 1, True])).hex()
    packed = opened(VECTORS["snapshot chunk"], "sealed")
    assert zstandard.ZstdDecompressor().decompress(packed).hex() == VECTORS["snapshot chunk"]["unpacked"]


@pytest.mark.parametrize(
    "name", [name for name, vector in VECTORS.items() if {"value", "bytes"} <= vector.keys()]
)
def test_another_writer_comes_to_the_same_bytes(name: str) -> None:
    assert by_hand(meant(VECTORS[name]["value"])).hex() == VECTORS[name]["bytes"]


def test_hashes_and_refusals_are_what_the_record_says() -> None:
    manifest = VECTORS["manifest"]
    assert manifest["hash"] == digest("provender snapshot manifest", bytes.fromhex(manifest["bytes"]))
    problem = read_problem(bytes.fromhex(VECTORS["problem"]["bytes"]))
    assert (problem.name, problem.after_ms) == ("too_many", 2_000)
