"""A company that needs no vaults: an owner with one or many devices that sign for real and seal nothing.

firm = Firm(devices=2)
firm.admitted(wire, server.admission())
pen = firm.pens[0]
token = pen.signs_in(wire)
wire.ask(Push(*firm.stream, pen.batches(3)), token)
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.model import chain as chains
from app.model import statements as say
from app.model.chain import Chain, End, Header
from app.model.roster import Roster, genesis
from app.model.roster_needs import wraps_needed
from app.model.statements import Stream, Wrap
from sync.protocol.messages import (
    SESSION_PURPOSE,
    Admit,
    Challenge,
    Heads,
    HeadSaid,
    SentBatch,
    Service,
    SignedStatement,
    SignIn,
)
from sync.protocol.signed import session_message
from sync.server.auth import framed, verify

NOW = 1_780_000_000_000
HOST = "localhost"


class Pen:
    """One device: signs, and chains its batches."""

    def __init__(self, firm: Firm, id_: bytes) -> None:
        self.firm, self.id = firm, id_
        self._key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(firm.seed + id_).digest())
        self.signing = self._key.public_key().public_bytes_raw()
        self.end = End(0, b"", 0, 0)
        self.seen: tuple[int, bytes] | None = None

    def sign(self, purpose: str, message: bytes) -> bytes:
        return self._key.sign(framed(purpose, message))

    def signs_in(self, service: Service) -> bytes:
        """A session's token."""
        company, at = self.firm.roster.company, self.firm.roster.index
        nonce = service.ask(Challenge(company, self.id)).nonce
        message = session_message(HOST, nonce, company, self.id, at)
        return service.ask(SignIn(company, self.id, nonce, at, self.sign(SESSION_PURPOSE, message))).token

    def batch(self, size: int = 300) -> SentBatch:
        """The next batch of so many random bytes."""
        roster, stream, body = self.firm.roster, self.firm.stream, os.urandom(size)
        start = Chain.start(roster.company, stream)
        seen_at, seen_head = self.seen or (0, start.head)
        header = Header(
            1, 1, roster.company, *stream, roster.facts.epochs[stream].number, self.id, self.end.sequence + 1,
            self.end.hash or start.head, seen_at, seen_head, roster.index, roster.head, 1, 0, 0, 1,
            chains.body_hash(body), chains.keys_hash([]),
        )  # fmt: skip
        data = chains.write(header)
        hash_ = chains.hash_of(data)
        self.end = End(header.sequence, hash_, 0, 0)
        return SentBatch(data, self.sign(chains.BATCH_PURPOSE, hash_), body, ())

    def batches(self, count: int, size: int = 300) -> tuple[SentBatch, ...]:
        return tuple(self.batch(size) for _ in range(count))

    def sees(self, said: HeadSaid | Heads) -> None:
        """What it writes next cites this head."""
        if isinstance(said, Heads):
            said = next(one for one in said.heads if (one.book, one.tier) == self.firm.stream)
        self.seen = (said.position, said.head)


class Firm:
    """The company and its roster."""

    def __init__(self, devices: int = 1) -> None:
        self.seed = os.urandom(16)
        owner, company_book, book = (self._id(name) for name in ("owner", "company book", "book"))
        self.stream = Stream(book, 0)
        self.pens = [Pen(self, self._id(f"device {number}")) for number in range(devices)]
        first = self.pens[0]
        founding = say.CompanyFounded(owner, first.id, first.signing, first.signing[::-1], company_book, book)
        self.roster = Roster.begin(genesis(founding, NOW, first.sign), verify)
        for stream in (Stream(company_book, 0), self.stream, Stream(book, 1)):
            wraps = tuple(Wrap(*stream, 1, one, b"w") for one in sorted(self.roster.facts.recipients(stream)))
            commitment = say.commitment(self.roster.company, stream, 1, b"k" * 32)
            self.says(say.EpochBegun(*stream, 1, commitment, wraps))
        for pen in self.pens[1:]:
            self.says(self._wrapped(say.DeviceCertified(pen.id, owner, pen.signing, pen.signing[::-1])))

    def says(self, body: Any) -> SignedStatement:
        """The first device states something."""
        first = self.pens[0]
        signed = say.signed(self.roster.draft(body, first.id, NOW), first.sign)
        self.roster = self.roster.append(signed, verify)
        return SignedStatement(*signed)

    def admitted(self, service: Service, token: bytes) -> None:
        """Make the company known to a server."""
        statements = tuple(SignedStatement(*signed) for signed, _statement in self.roster.statements())
        service.ask(Admit(token, statements))

    def _wrapped(self, body: say.DeviceCertified) -> say.DeviceCertified:
        needed = sorted(wraps_needed(self.roster.facts, body))
        wraps = tuple(Wrap(*stream, epoch, device, b"w") for stream, epoch, device in needed)
        return replace(body, wraps=wraps)

    def _id(self, name: str) -> bytes:
        return hashlib.sha256(self.seed + name.encode()).digest()[:16]
