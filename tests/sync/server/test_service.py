"""Every request has an answer and a road, and whatever arrives is answered with a reply or a numbered refusal."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest

from app.model import chain as chains
from app.model import statements as say
from app.model.chain import Chain, Delivered
from app.model.statements import Stream
from sync.protocol import messages as m
from sync.protocol.codec import read_request, write
from sync.protocol.messages import REQUESTS, Append, Push, SentBatch, SignedStatement
from sync.protocol.problems import Problem
from sync.server import service
from sync.server.checking import check
from sync.server.service import Road, lock_order, road, wakes
from tests.model.company import CLERKS, MANAGERS, OFFICE_PC, VAN
from tests.sync.server.office import FIELD, OFFICE, Device, Office, checked


def test_every_request_has_one_answer() -> None:
    answered = [*service.READ, *service.COMMIT, m.PutChunk, m.GetChunk]
    assert len(answered) == len(set(answered))
    assert set(answered) == set(REQUESTS.values())


def test_what_writes_goes_the_road_of_what_is_committed() -> None:
    assert road(Push(*FIELD, ())) is Road.COMMIT
    assert road(m.Pull(*FIELD, 0)) is Road.READ
    assert road(m.GetChunk(b"o" * 16, 0)) is Road.ALONE
    assert wakes(Push(*FIELD, ())) and not wakes(m.Pull(*FIELD, 0))


def test_what_is_committed_together_is_sorted_by_what_it_locks() -> None:
    who = service.Who(b"c" * 32, VAN)
    append = Append(SignedStatement(b"x", bytes(64)))
    field, office = Push(*FIELD, ()), Push(*OFFICE, ())
    assert sorted([office, field, append], key=lambda one: lock_order(one, who)) == [append, field, office]
    other = service.Who(b"d" * 32, VAN)
    assert lock_order(append, other) > lock_order(office, who)


def test_a_reading_request_writes_nothing(office: Office) -> None:
    """It would fail in the transaction that the shell gives it."""
    rep = office[VAN]
    rep.writes(1)
    for request in (m.FetchHeads(), m.FetchEnds(), m.FetchBeats(), m.FetchKnocks(), m.Await((), 0, 0, 0)):
        rep.ask(request)


def faults(office: Office) -> list[str]:
    """What the check finds, but for settings of a PostgreSQL that is there for tests."""
    found = check(office.relay.storage, office.relay.objects, checked)
    return [one.fault for one in found if one.fault != "database"]


# ---- whatever arrives


def bent(data: bytes, chance: random.Random) -> bytes:
    """A few bytes are others, or missing, or too many."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(changed))
        kind = chance.randrange(3)
        if kind == 0:
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del changed[at]
        else:
            changed.insert(at, chance.randrange(256))
    return bytes(changed)


@pytest.mark.parametrize("seed", range(3))
def test_bent_bytes_are_refused_by_number_and_change_nothing(office: Office, seed: int) -> None:
    chance = random.Random(seed)
    rep = office[VAN]
    rep.writes(1)
    server = office.relay.server
    good = Device(office, VAN)
    good.ends = dict(rep.ends)
    sent = good.batch(2)
    requests: list[Any] = [
        Push(*FIELD, (sent,)),
        Append(SignedStatement(*office.company.signed(OFFICE_PC, say.BookMade(b"S" * 16)))),
        m.Pull(*FIELD, 0),
        m.Deposit((sent,)),
        m.Heal(*FIELD, 0, tuple(rep.pull(with_own=True).batches), (), rep.pull(1).head),
        m.PutChunk(b"o" * 16, *FIELD, 0, 1, b"data"),
    ]
    for number in range(150):
        request = requests[number % len(requests)]
        data = bent(write(request), chance)
        try:
            server.ask(read_request(request.name, data), rep.token)
        except Problem:
            continue
        # What passed is what was meant, or harmless: the signatures say so.
        assert isinstance(request, m.Pull | m.PutChunk | m.Heal | Push), request
    assert faults(office) == []
    assert office.position() <= 2


# ---- at the same time


def test_a_taking_and_a_push_at_the_same_time_agree_on_the_last_sequence(office: Office) -> None:
    """Whichever comes first: what the statement names is what was accepted, and nothing comes after."""
    rep = office[VAN]
    rep.sign_in()
    owner = office[OFFICE_PC]
    owner.sign_in()
    stop = threading.Event()
    problems: list[str] = []

    def push_on() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                rep.push(rep.batch(number))
            except Problem as problem:
                problems.append(problem.name)
                return

    thread = threading.Thread(target=push_on)
    thread.start()
    try:
        for _ in range(200):
            body = office.company.completed(say.DeviceRevoked(VAN, ()), office.accepted)
            signed = office.company.signed(OFFICE_PC, body)
            try:
                owner.ask(Append(SignedStatement(*signed)))
            except Problem as problem:
                assert problem.name == "ends_moved"
                continue
            break
        else:
            pytest.skip("the pushes were always quicker")
        thread.join(10)
    finally:
        stop.set()
        thread.join(10)
    assert problems == ["device_ended"]
    named = {item.stream: item.sequence for item in body.last}
    assert named[FIELD] == office.accepted(VAN, FIELD) == office.position()


# ---- long histories


class Follower:
    """A device that follows a stream with every check that clients make."""

    def __init__(self, office: Office, device: Device, stream: Stream) -> None:
        self.office, self.device, self.stream = office, device, stream
        self.chain = Chain.start(office.id, stream)
        self.heads = {0: self.chain.head}

    def follow(self) -> None:
        while True:
            pulled = self.device.pull(self.chain.position, self.stream, with_own=True, most_bytes=3_000)
            for batch in pulled.batches:
                self.chain, header = chains.follow(
                    self.chain, Delivered(*batch[:3]), self.office.company.roster, self.heads.get, checked
                )
                chains.whole_body(header, batch.body, self.chain.position)
                self.heads[self.chain.position] = self.chain.head
            if self.chain.position == pulled.head.position:
                assert self.chain.head == pulled.head.head
                self.device.sees(pulled.head)
                return


@pytest.mark.parametrize("seed", range(4))
def test_random_histories_are_followed_to_the_same_head_by_all(office: Office, seed: int) -> None:
    from app.errors import Offline

    chance = random.Random(seed)
    writers = [office[device] for device in (OFFICE_PC, MANAGERS, VAN, CLERKS)]
    followers = [Follower(office, device, FIELD) for device in writers]
    waiting: dict[bytes, list[SentBatch]] = {device.id: [] for device in writers}
    number = 0
    for _ in range(60):
        at = chance.randrange(len(writers))
        device, follower = writers[at], followers[at]
        match chance.choice(["write", "write", "push", "push", "follow", "rotate", "time"]):
            case "write":
                number += 1
                waiting[device.id].append(device.batch(number))
            case "push" if waiting[device.id]:
                batches = tuple(waiting[device.id][: chance.randint(1, 4)])
                if chance.random() < 0.3:
                    device.wire.lose(Push)
                if chance.random() < 0.3:
                    device.wire.repeat(Push)
                try:
                    pushed = device.push(*batches)
                except Offline:
                    continue
                assert len(pushed.receipts) == len(batches)
                del waiting[device.id][: len(batches)]
            case "follow":
                follower.follow()
            case "rotate" if chance.random() < 0.3:
                office[OFFICE_PC].begins(FIELD)
            case "time":
                office.relay.clock.ms += chance.randint(-3, 9) * 1000
    for device, follower in zip(writers, followers, strict=True):
        device.wire.straight()
        if waiting[device.id]:
            device.push(*waiting[device.id])
        follower.follow()
    for follower in followers:
        follower.follow()
    assert len({follower.chain.head for follower in followers}) == 1
    assert sum(end.sequence for end in followers[0].chain.ends.values()) == number
    assert faults(office) == []
