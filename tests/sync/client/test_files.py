"""Attachments: sent and fetched in chunks, gone on with where they were cut off, and nobody else's."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from app.crypto.keys import SecretKey
from app.errors import Damaged, Invalid, Offline
from sync.client import files
from sync.client.files import SealedFile
from sync.protocol.messages import CHUNK_BYTES, GetChunk, PutChunk
from sync.protocol.problems import Problem
from tests.sync.client.world import Device, World, a_world

CONTENT = os.urandom(2 * CHUNK_BYTES + 777)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_world("rep") as made:
        yield made


class Copy:
    """A file that is being fetched."""

    def __init__(self, size: int) -> None:
        self.data = bytearray(size)
        self.have: set[int] = set()

    def write(self, offset: int, data: bytes) -> None:
        self.data[offset : offset + len(data)] = data
        self.have.add(offset // CHUNK_BYTES)


def read(offset: int, size: int) -> bytes:
    return CONTENT[offset : offset + size]


def chunks(device: Device, kind: type[PutChunk] | type[GetChunk]) -> list[int]:
    return [one.index for one in device.wire.asked if isinstance(one, kind)]


def sent(world: World) -> SealedFile:
    file = files.new(len(CONTENT))
    world.owner.says(files.put(file, world.owner.book, read))
    return file


def test_what_was_attached_is_fetched(world: World) -> None:
    _owner, rep = world.devices
    file, copy, told = sent(world), Copy(len(CONTENT)), []
    rep.says(files.get(file, copy.write, lambda index: index in copy.have, lambda *done: told.append(done)))
    assert bytes(copy.data) == CONTENT
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_sending_goes_on_where_it_broke_off(world: World) -> None:
    owner = world.owner
    file = files.new(len(CONTENT))
    owner.wire.asked.clear()
    owner.wire.lose(PutChunk)  # the first arrives, its answer does not
    with pytest.raises(Offline):
        owner.says(files.put(file, owner.book, read))
    owner.says(files.put(file, owner.book, read))
    assert chunks(owner, PutChunk) == [0, 1, 2]
    copy = Copy(len(CONTENT))
    owner.says(files.get(file, copy.write, lambda _index: False))
    assert bytes(copy.data) == CONTENT


def test_fetching_goes_on_where_it_broke_off(world: World) -> None:
    _owner, rep = world.devices
    file, copy = sent(world), Copy(len(CONTENT))
    rep.wire.asked.clear()
    rep.wire.drop(GetChunk)
    with pytest.raises(Offline):
        rep.says(files.get(file, copy.write, lambda index: index in copy.have))
    copy.write(0, read(0, CHUNK_BYTES))
    rep.wire.asked.clear()
    rep.says(files.get(file, copy.write, lambda index: index in copy.have))
    assert chunks(rep, GetChunk) == [1, 2]
    assert bytes(copy.data) == CONTENT


def test_a_chunk_has_its_own_place_in_its_own_file(world: World) -> None:
    file = files.new(len(CONTENT))
    first = files.seal_chunk(file, 0, read(0, CHUNK_BYTES))
    assert files.open_chunk(file, 0, first) == read(0, CHUNK_BYTES)
    other = files.new(len(CONTENT))._replace(key=file.key)
    shorter = file._replace(size=CHUNK_BYTES)
    for wrong, index in ((file, 1), (other, 0), (shorter, 0), (file._replace(key=SecretKey.fresh()), 0)):
        with pytest.raises(Damaged):
            files.open_chunk(wrong, index, first)
    with pytest.raises(Damaged):
        files.open_chunk(file, 0, files.seal_chunk(file, 0, b"short"))


@pytest.mark.parametrize("lie", [b"", b"x" * 2000])
def test_what_the_server_alters_is_not_kept(world: World, lie: bytes) -> None:
    _owner, rep = world.devices
    file, copy = sent(world), Copy(len(CONTENT))
    rep.wire.bend(
        GetChunk, lambda _request, reply: type(reply)(lie or reply.data[:-1] + bytes((reply.data[-1] ^ 1,)))
    )
    with pytest.raises(Damaged):
        rep.says(files.get(file, copy.write, lambda _index: False))
    rep.wire.straight()
    assert not copy.have


def test_a_file_that_is_not_there_yet_is_asked_for_later(world: World) -> None:
    file = files.new(10)
    with pytest.raises(Problem) as caught:
        world.owner.says(files.get(file, Copy(10).write, lambda _index: False))
    assert caught.value.name == "no_object"


def test_an_empty_file_and_one_that_is_too_large() -> None:
    assert files.new(0).chunk_count == 1
    assert files.new(CHUNK_BYTES).chunk_count == 1
    assert files.new(CHUNK_BYTES + 1).chunk_count == 2
    with pytest.raises(Invalid):
        files.new((1 << 30) + 1)
