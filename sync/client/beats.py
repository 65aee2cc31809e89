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
from sync.client import hashes, snapshots
from sync.client.talk import Talk, ask
from sync.protocol.messages import Beat, BeatPart, BeatSent, FetchBeats

EVERY_S: Final = 6 * 3600.0


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

    def run(self, report: Found, *, now: bool = False) -> Talk[list[Stream] | None]:
        """Send hashes where it is time; returns the streams in which another device has come to another state. None
        where it was not time to look."""
        elapsed_s = self._clock.elapsed_s()
        if report.busy or (not now and self._last_s is not None and elapsed_s - self._last_s < EVERY_S):
            return None
        self._last_s = elapsed_s
        halted = {halt.stream for halt in self._sync.halts()}
        ours = {
            stream: hashes.here(self._sync, stream) for stream in self._sync.streams() if stream not in halted
        }
        sent = []
        for stream, known in ours.items():
            position = self._sync.chain(stream).position
            if position in known:
                sent.append(BeatSent(*stream, position, self._sealed(stream, position, known[position])))
        yield from ask(Beat(tuple(sent)))
        beats = (yield from ask(FetchBeats())).beats
        found = {Stream(one.book, one.tier) for one in beats if self._differs(one, ours)}
        for stream, known in ours.items():
            if max(known, default=0) >= snapshots.INTERVAL:
                try:
                    yield from snapshots.countersign(self._sync, stream, known)
                except (
                    Damaged
                ):  # somebody offers another state: that must not keep everything else from being said
                    found.add(stream)
        return sorted(found)

    def _sealed(self, stream: Stream, position: int, hash_: bytes) -> bytes:
        epoch = self._sync.roster.facts.epochs[stream].number
        bound = context(self._sync.company, stream, epoch, self._sync.device, position)
        said = hash_ + (self._sync.head_at(stream, position) or b"")
        return canonical((epoch, seal(self._sync.key(stream, epoch), said, bound)))

    def _differs(self, beat: BeatPart, known: dict[Stream, dict[int, bytes]]) -> bool:
        """Whether another device says of the same place another hash than ours. What cannot be opened says nothing;
        nor does one of another history, which shows itself elsewhere."""
        stream = Stream(beat.book, beat.tier)
        ours = known.get(stream, {}).get(beat.position)
        if ours is None or beat.device == self._sync.device:
            return False
        try:
            epoch, sealed = decode_canonical(beat.sealed)
            bound = context(self._sync.company, stream, epoch, beat.device, beat.position)
            theirs = open_sealed(self._sync.key(stream, epoch), sealed, bound)
        except (Damaged, NotFound, TypeError, ValueError):
            return False
        head = self._sync.head_at(stream, beat.position)
        return head is not None and same(theirs[32:], head) and not same(theirs[:32], ours)
