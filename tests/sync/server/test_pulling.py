"""Handing batches out: whole, in order, within bounds, and only to those who have the stream."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.model.statements import Stream
from sync.protocol.codec import write
from sync.protocol.messages import Await, FetchHeads, Position, Pull
from sync.protocol.problems import Problem
from sync.server.service import is_news
from tests.model.company import AUDITORS, CLERKS, COMPANY_BOOK, MANAGERS, NORTH, SOUTH, VAN
from tests.sync.server.office import FIELD, OFFICE, Office, body, refused


def test_a_device_pulls_what_others_wrote_and_only_the_headers_of_its_own(office: Office) -> None:
    rep, manager = office[VAN], office[MANAGERS]
    sent = rep.batches(1, 2)
    rep.push(*sent)
    manager.writes(3)
    pulled = manager.pull()
    assert [one.body for one in pulled.batches] == [body(1), body(2), b""]
    assert [one.header for one in pulled.batches[:2]] == [one.header for one in sent]
    assert [one.body for one in manager.pull(with_own=True).batches] == [body(1), body(2), body(3)]
    assert [one.body for one in manager.pull(after=1).batches] == [body(2), b""]
    assert manager.pull(after=3).batches == ()
    assert manager.pull(after=99).head.position == 3


def test_an_answer_has_at_most_the_bytes_asked_for_but_always_one_batch(office: Office) -> None:
    office[VAN].writes(*range(10))
    manager = office[MANAGERS]
    assert len(manager.pull(most_bytes=1).batches) == 1
    pulled = manager.pull(most_bytes=2_000)
    assert len(pulled.batches) == 3
    assert len(write(pulled)) - len(write(replace(pulled, batches=()))) < 2_000
    after = 0
    while batches := manager.pull(after, most_bytes=3_000).batches:
        after += len(batches)
    assert after == 10


@pytest.mark.parametrize(
    ("device", "stream"),
    [(VAN, OFFICE), (AUDITORS, FIELD), (CLERKS, Stream(SOUTH, 0)), (CLERKS, Stream(COMPANY_BOOK, 1))],
)
def test_only_who_has_the_stream_may_pull(office: Office, device: bytes, stream: Stream) -> None:
    assert refused(office[device], Pull(*stream, 0)) == "no_access"


def test_heads_are_those_of_the_streams_that_one_has(office: Office) -> None:
    heads = office[VAN].ask(FetchHeads()).heads
    assert [(one.book, one.tier) for one in heads] == [(COMPANY_BOOK, 0), FIELD]
    clerks = office[CLERKS].ask(FetchHeads()).heads
    assert [(one.book, one.tier) for one in clerks] == [(COMPANY_BOOK, 0), FIELD, OFFICE]


def test_news_is_what_stands_elsewhere_than_one_knew_it(office: Office) -> None:
    rep = office[VAN]
    length = office.company.roster.index + 1
    known = (Position(COMPANY_BOOK, 0, 0), Position(NORTH, 0, 0))
    nothing = Await(known, length, 0, 1_000)
    assert not is_news(nothing, rep.ask(nothing))
    office[MANAGERS].writes(1)
    office[CLERKS].writes(2, stream=OFFICE)
    news = rep.ask(nothing)
    assert is_news(nothing, news) and news.positions == (Position(NORTH, 0, 1),)
    fewer = Await(known[:1], length, 0, 0)
    assert rep.ask(fewer).positions == (Position(NORTH, 0, 1),)
    assert is_news(
        Await((Position(NORTH, 0, 1),), length - 1, 0, 0),
        rep.ask(Await((Position(NORTH, 0, 1),), length - 1, 0, 0)),
    )
    office[MANAGERS].begins(FIELD)
    assert rep.ask(nothing).roster_length == length + 1


def test_removed_bodies_leave_their_headers_and_are_told(office: Office) -> None:
    office[VAN].writes(1, 2, 3)
    with office.relay.storage.writing() as tx:
        assert tx.remove_bodies(office.id, FIELD, 3) == 600
    pulled = office[MANAGERS].pull()
    assert pulled.whole_from == 3
    assert [one.body for one in pulled.batches] == [b"", b"", body(3)]
    with office.relay.storage.reading() as tx:
        row = tx.stream(office.id, FIELD)
        assert row is not None and tx.used_bytes(office.id) == row.size_bytes > 300


def test_no_session_no_answer(office: Office) -> None:
    rep = office[VAN]
    rep.sign_in()
    assert rep.token is not None
    for token in (None, b"", bytes(64), office.id + bytes(32), rep.token[:-1], rep.token[:-1] + b"\x00"):
        with pytest.raises(Problem) as caught:
            rep.wire.ask(Pull(*FIELD, 0), token)
        assert caught.value.name == "no_session"
    office.relay.clock.forward(600)
    assert refused(rep, Pull(*FIELD, 0)) == "no_session"
