"""Heartbeats: sealed state hashes of every stream, so that a divergence anywhere is found within a day."""

from __future__ import annotations

from typing import Final, Protocol

from app.clock import Clock
from app.crypto.keys import same
from app.crypto.seal import open_sealed, seal
from app.errors import Damaged, NotFound
from app.gateway.syncing import Syncing
from app.model.encoding import canonical, decode_canonical
from app.model.statements import Stream
from sync.client.talk import Talk, ask
from sync.protocol.messages import Beat, BeatPart, BeatSent, FetchBeats

EVERY_S: Final = 6 * 3600.0
MOST_KEPT: Final = 4
"""Own hashes that are kept of each stream, for beats of others that come later."""


class Found(Protocol):
    """Where what comes to light is noted."""

    busy: bool


def context(company: bytes, stream: Stream, epoch: int, device: bytes, position: int) -> bytes:
    """What a sealed state hash is bound to."""
    return b"provender state hash" + canonical((company, *stream, epoch, device, position))


class Beats:
    """This device's heartbeats, and its look at those of the others."""

    def __init__(self, sync: Syncing, clock: Clock) -> None:
        self._sync, self._clock = sync, clock
        self._last_s: float | None = None

    def run(self, report: Found, *, now: bool = False) -> Talk[list[Stream]]:
        """Send hashes where it is time; returns the streams in which another device has come to another state."""
        elapsed_s = self._clock.elapsed_s()
        if report.busy or (not now and self._last_s is not None and elapsed_s - self._last_s < EVERY_S):
            return []
        self._last_s = elapsed_s
        hashes = {stream: self._hashes(stream) for stream in self._sync.streams()}
        sent = []
        for stream, known in hashes.items():
            position = self._sync.chain(stream).position
            if position in known:
                sent.append(BeatSent(*stream, position, self._sealed(stream, position, known[position])))
        yield from ask(Beat(tuple(sent)))
        beats = (yield from ask(FetchBeats())).beats
        return sorted({Stream(one.book, one.tier) for one in beats if self._differs(one, hashes)})

    def _hashes(self, stream: Stream) -> dict[int, bytes]:
        """Position → our state hash there: the present one and a few from before."""
        position = self._sync.chain(stream).position
        name = f"hashes/{stream.book.hex()}/{stream.tier}"
        known: dict[int, bytes] = dict(self._sync.fact(name, []))
        if position and position not in known:
            known[position] = self._sync.state_hash(stream)
            known = dict(sorted(known.items())[-MOST_KEPT:])
            self._sync.put_fact(name, [list(one) for one in known.items()])
        return known

    def _sealed(self, stream: Stream, position: int, hash_: bytes) -> bytes:
        epoch = self._sync.roster.facts.epochs[stream].number
        bound = context(self._sync.company, stream, epoch, self._sync.device, position)
        return canonical((epoch, seal(self._sync.key(stream, epoch), hash_, bound)))

    def _differs(self, beat: BeatPart, hashes: dict[Stream, dict[int, bytes]]) -> bool:
        """Whether another device says of a position another hash than ours. What cannot be opened says nothing."""
        stream = Stream(beat.book, beat.tier)
        ours = hashes.get(stream, {}).get(beat.position)
        if ours is None or beat.device == self._sync.device:
            return False
        try:
            epoch, sealed = decode_canonical(beat.sealed)
            bound = context(self._sync.company, stream, epoch, beat.device, beat.position)
            theirs = open_sealed(self._sync.key(stream, epoch), sealed, bound)
        except (Damaged, NotFound, TypeError, ValueError):
            return False
        return not same(theirs, ours)
