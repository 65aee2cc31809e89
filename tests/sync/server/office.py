"""A staffed company at a relay: devices with toy signatures that sign in, seal nothing, and push what they are told."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from app.clock import FakeClock
from app.model import chain as chains
from app.model.chain import Chain, End, Header
from app.model.statements import Body, DeviceRevoked, Signed, Stream
from sync.protocol.messages import (
    SESSION_PURPOSE,
    Admit,
    Append,
    Challenge,
    FetchHeads,
    Heads,
    HeadSaid,
    Pull,
    Pulled,
    Push,
    Pushed,
    Reply,
    Request,
    SentBatch,
    SignedStatement,
    SignIn,
    SubjectKey,
)
from sync.protocol.problems import Problem
from sync.protocol.signed import session_message
from sync.server import auth
from sync.server.auth import Signer
from sync.server.service import Limits
from sync.server.storage import Storage
from tests.model.company import NORTH, NOW, OFFICE_PC, Company, signer, staffed, verify
from tests.relay import HOST, SEED, Relay

FIELD = Stream(NORTH, 0)
OFFICE = Stream(NORTH, 1)


SERVER_KEY = Signer(SEED).public


def checked(key: bytes, purpose: str, message: bytes, given: bytes) -> None:
    """The server's own signatures are real ones."""
    (auth.verify if key == SERVER_KEY else verify)(key, purpose, message, given)


def body(number: int, size: int = 300) -> bytes:
    """Something sealed, different for each number."""
    return hashlib.shake_256(number.to_bytes(8, "big")).digest(size)


class Device:
    """A device of the company: signs in when needed, and chains its batches."""

    def __init__(self, office: Office, id_: bytes) -> None:
        self.office, self.id = office, id_
        self.sign = signer(id_)
        self.token: bytes | None = None
        self.ends: dict[Stream, End] = {}
        self.seen: dict[Stream, tuple[int, bytes]] = {}
        self.wire = office.relay.wire()

    def sign_in(self) -> bytes:
        company = self.office.id
        nonce = self.wire.ask(Challenge(company, self.id)).nonce
        at = self.office.company.roster.index
        message = session_message(HOST, nonce, company, self.id, at)
        signature = self.sign(SESSION_PURPOSE, message)
        self.token = self.wire.ask(SignIn(company, self.id, nonce, at, signature)).token
        return self.token

    def ask(self, request: Request[Any]) -> Any:
        if self.token is None:
            self.sign_in()
        return self.wire.ask(request, self.token)

    def says(self, body: Body) -> None:
        """State something, and have the server append it."""
        signed = self.office.company.says(self.id, body)
        self.ask(Append(SignedStatement(*signed)))

    def begins(self, *streams: Stream) -> None:
        for stream in streams:
            self.says(self.office.company.epoch(self.id, stream))

    def header(self, number: int, stream: Stream = FIELD, keys: Any = (), **other: Any) -> Header:
        roster = self.office.company.roster
        start = Chain.start(roster.company, stream)
        end = self.ends.get(stream) or start.end(self.id)
        seen_at, seen_head = self.seen.get(stream, (0, start.head))
        epoch = roster.facts.epochs.get(stream)
        header = Header(
            1, 1, roster.company, *stream, epoch.number if epoch else 1, self.id, end.sequence + 1,
            end.hash, seen_at, seen_head, roster.index, roster.head, 1, 0, 0, 3,
            chains.body_hash(body(number)), chains.keys_hash([(key.record, key.hash) for key in keys]),
        )  # fmt: skip
        return header._replace(**other)

    def batch(
        self, number: int, stream: Stream = FIELD, keys: tuple[SubjectKey, ...] = (), **other: Any
    ) -> SentBatch:
        """The next batch; the device's chain goes on from it."""
        header = self.header(number, stream, keys, **other)
        data = chains.write(header)
        hash_ = chains.hash_of(data)
        self.ends[stream] = End(header.sequence, hash_, 0, 0)
        return SentBatch(data, self.sign(chains.BATCH_PURPOSE, hash_), body(number), keys)

    def batches(self, *numbers: int, stream: Stream = FIELD) -> tuple[SentBatch, ...]:
        return tuple(self.batch(number, stream) for number in numbers)

    def push(self, *batches: SentBatch, stream: Stream = FIELD) -> Pushed:
        pushed: Pushed = self.ask(Push(*stream, batches))
        return pushed

    def writes(self, *numbers: int, stream: Stream = FIELD) -> Pushed:
        return self.push(*self.batches(*numbers, stream=stream), stream=stream)

    def pull(self, after: int = 0, stream: Stream = FIELD, **other: Any) -> Pulled:
        pulled: Pulled = self.ask(Pull(*stream, after, **other))
        return pulled

    def sees(self, head: HeadSaid) -> None:
        """What it seals next cites this head."""
        self.seen[Stream(head.book, head.tier)] = (head.position, head.head)


class Office:
    """The company that tests/model/company staffs, admitted to a relay."""

    def __init__(self, folder: Path, limits: Limits | None = None, *, storage: Storage | None = None) -> None:
        self.company: Company = staffed()
        self.relay = Relay(folder, FakeClock(NOW), limits=limits, verify=checked, storage=storage)
        self.devices: dict[bytes, Device] = {}
        self.admit()

    @property
    def id(self) -> bytes:
        return self.company.roster.company

    def statements(self) -> tuple[SignedStatement, ...]:
        return tuple(SignedStatement(*signed) for signed, _ in self.company.roster.statements())

    def admit(self) -> None:
        self.relay.ask(Admit(self.relay.admission(), self.statements()))

    def __getitem__(self, device: bytes) -> Device:
        if device not in self.devices:
            self.devices[device] = Device(self, device)
        return self.devices[device]

    def position(self, stream: Stream = FIELD, device: bytes = OFFICE_PC) -> int:
        """Where the server says that a stream stands."""
        heads: Heads = self[device].ask(FetchHeads())
        return next(one.position for one in heads.heads if (one.book, one.tier) == stream)

    def accepted(self, device: bytes, stream: Stream) -> int:
        """The last sequence that the server has accepted."""
        with self.relay.storage.reading() as tx:
            end = tx.end(self.id, stream, device)
        return end.sequence if end else 0

    def revokes(self, device: bytes, by: bytes = OFFICE_PC) -> None:
        self[by].says(self.company.completed(DeviceRevoked(device, ()), self.accepted))


def refusal(device: Device, request: Request[Reply], token: bytes | None = None) -> Problem:
    """The problem that a request is refused with."""
    with pytest.raises(Problem) as caught:
        if token is None:
            device.ask(request)
        else:
            device.wire.ask(request, token)
    return caught.value


def refused(device: Device, request: Request[Reply], token: bytes | None = None) -> str:
    """The name, and the fault where one is told, of that problem."""
    problem = refusal(device, request, token)
    return f"{problem.name} {problem.fault}".strip()


def statement(signed: Signed) -> SignedStatement:
    return SignedStatement(*signed)
