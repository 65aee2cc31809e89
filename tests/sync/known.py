"""The values whose sealed bytes are fixed in vectors.json, and readers of them that share little with the program.

python -m tests.sync.known    prints the vectors; only ever to add one, for bytes once released stay

A nonce is random and zstd may pack better one day, so what is fixed is what opens: these bytes, under this key and
context, are these values.
"""

from __future__ import annotations

import json
import os
from typing import Any
from unittest import mock

from app.crypto.keys import SecretKey
from app.crypto.packing import pack
from app.crypto.seal import SubjectSealer, content_hash, seal
from app.gateway.syncing import Outgoing
from app.model import chain as chains
from app.model.change import Dot, Edit, Step
from app.model.encoding import Sealed, canonical
from app.model.statements import Stream
from sync.client import beats, envelope, files, snapshots
from sync.protocol import codec
from sync.protocol.messages import FetchRoster, HeadSaid, Push, SentBatch, SubjectKey
from sync.protocol.problems import Problem
from sync.protocol.signed import Manifest, kept_message, manifest_hash, session_message
from tests.model.known import BOOK, COMPANY, DEVICE, HASH, OTHER, ROW, TIME_MS, shown

KEY = bytes(range(32))
SUBJECT = bytes(range(32, 64))
STREAM = Stream(BOOK, 0)
PLACE = envelope.Place(COMPANY, STREAM, 3, DEVICE, 7, HASH, 41, b"\xbb" * 32, 12, b"\xcc" * 32, 1)
PERSONAL = Sealed(SubjectSealer(SUBJECT).seal(b"place", b"\xa11"))
STEPS = (
    Step(DEVICE, 42, BOOK, 0, TIME_MS, (Edit("customer", ROW, ("~", "name", "phone"), (True, "Café 王佳丽", PERSONAL)),)),
    Step(DEVICE, 44, BOOK, 0, TIME_MS + 1, (Edit("customer", ROW, ("name",), ("Acme",), ((Dot(OTHER, 3, 1),),)),)),
)  # fmt: skip


def sign(purpose: str, message: bytes) -> bytes:
    """What a signature covers is fixed elsewhere (tests/model): here it only has its place."""
    return content_hash(purpose.encode() + message) * 2


def counting(start: int = 0) -> Any:
    """Nonces that are no secret to anybody."""
    return mock.patch.object(os, "urandom", lambda size: bytes((start + at) % 256 for at in range(size)))


def vectors() -> dict[str, Any]:
    """Everything that is fixed."""
    key = SecretKey(KEY)
    with counting():
        batch = envelope.make(PLACE, [Outgoing(STEPS[0], {ROW: SUBJECT}), Outgoing(STEPS[1], {})], key, sign)
        header = chains.parse(batch.header)
        sealed_hash = seal(key, HASH + b"\xbb" * 32, beats.context(COMPANY, STREAM, 3, DEVICE, 41))
        file = files.SealedFile(OTHER, key, (1 << 20) + 5)
        last = files.seal_chunk(file, 1, b"hello")
        chunk = canonical([snapshots.start_of(chains.Chain(COMPANY, STREAM, 2, HASH, TIME_MS,
            {DEVICE: chains.End(2, HASH, 5, 1)}), {DEVICE: 44}), [b"record", SUBJECT]])  # fmt: skip
        sealed_chunk = seal(key, pack(chunk), snapshots.context(COMPANY, STREAM, OTHER, 0))
    manifest = Manifest(
        1, COMPANY, *STREAM, 2, HASH, b"\xdd" * 32, 12, 3, OTHER, 1, (content_hash(sealed_chunk),)
    )
    sent = SentBatch(batch.header, batch.signature, batch.body, tuple(SubjectKey(*one) for one in batch.keys))
    said = HeadSaid(*STREAM, 41, HASH, TIME_MS, b"\x01" * 64, 40, b"\x02" * 64)
    return {
        "batch": {
            "key": KEY.hex(),
            "context": envelope.context(header).hex(),
            "header": batch.header.hex(),
            "body": batch.body.hex(),
            "steps": [[step.number, step.time_ms, shown([list(edit) for edit in step.edits])] for step in STEPS],
        },
        "subject keys": {
            "key": KEY.hex(),
            "context": envelope.key_context(COMPANY, STREAM, 3, ROW).hex(),
            "sealed": batch.keys[0][2].hex(),
            "hash": batch.keys[0][1].hex(),
            "opened": SUBJECT.hex(),
        },
        "padding": {str(size): envelope.padme(size) for size in (0, 256, 257, 1_000, 4_097, 65_000, 98_000)},
        "state hash": {
            "key": KEY.hex(),
            "context": beats.context(COMPANY, STREAM, 3, DEVICE, 41).hex(),
            "sealed": sealed_hash.hex(),
            "opened": (HASH + b"\xbb" * 32).hex(),
        },
        "file chunk": {
            "key": KEY.hex(),
            "context": (b"provender file" + canonical((OTHER, 1, True))).hex(),
            "sealed": last.hex(),
            "opened": b"hello".hex(),
        },
        "snapshot chunk": {
            "key": KEY.hex(),
            "context": snapshots.context(COMPANY, STREAM, OTHER, 0).hex(),
            "sealed": sealed_chunk.hex(),
            "unpacked": chunk.hex(),
        },
        "manifest": {"value": shown(list(manifest)), "bytes": canonical(tuple(manifest)).hex(),
                     "hash": manifest_hash(canonical(tuple(manifest))).hex()},
        "session": {"value": shown([1, "books.example.org", "session", HASH, COMPANY, DEVICE, 12]),
                    "bytes": session_message("books.example.org", HASH, COMPANY, DEVICE, 12).hex()},
        "kept": {"value": shown([COMPANY, BOOK, 0, 41]), "bytes": kept_message(COMPANY, STREAM, 41).hex()},
        "head said": {"value": shown(list(said)), "bytes": canonical(tuple(said)).hex()},
        "push": {"bytes": codec.write(Push(*STREAM, (sent,))).hex()},
        "fetch roster": {"value": {"start": 5}, "bytes": codec.write(FetchRoster(5)).hex()},
        "problem": {"value": [20, 2_000, ""], "bytes": codec.write_problem(Problem("too_many", 2_000)).hex()},
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(vectors(), ensure_ascii=False, indent=1))
