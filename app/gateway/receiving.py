"""Taking in batches of one stream in the server's order, ours among them, within one transaction of the door."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from app.access import ingest
from app.access.ingest import Quarantine
from app.errors import Conflict, Damaged, OtherDevice, Outdated
from app.gateway.batches import Followed, Ingested, Outgoing
from app.gateway.ground import Ground
from app.i18n import _
from app.model import chain as chains
from app.model.chain import Chain
from app.model.change import Step
from app.model.encoding import Sealed, encode_step
from app.model.entity import entity_named
from app.model.merge import counted_time
from app.model.roster import Roster
from app.model.soundness import sound
from app.model.standing import Standing
from app.model.statements import Stream
from app.store.confirmed import Confirmed, has_place
from app.store.journal import KEPT, QUARANTINED
from app.store.quarantine import VOID, Entry
from app.store.sealing import KEY_BYTES, needed_keys

__all__ = ["Ingested", "Outgoing", "Receiving", "outgoing"]

Exists = Callable[[str, bytes], bool]

BREAKING = 1
"""The newest breaking schema number that this program reads."""


class Receiving:
    """What one call of `follow` does."""

    def __init__(self, ground: Ground, roster: Roster, stream: Stream) -> None:
        self._ground, self._roster, self._stream = ground, roster, stream
        self._confirmed: Confirmed = ground.confirmed(stream, roster.facts.erased)
        self._steps: dict[bytes, int] = {}
        self._taken: list[tuple[Step, bytes, int, int, int]] = []
        self._placed: list[tuple[Step, int, int | None, int | None]] = []
        self._quarantine: list[Entry] = []
        self.result = Ingested()

    def run(self, chain: Chain, items: Sequence[Followed], heads: Sequence[tuple[int, bytes]]) -> Ingested:
        """Everything of these batches. Raises OtherDevice for one of ours that this vault has not sealed, Outdated
        for a schema that this program cannot read, Conflict where the book has moved on."""
        ground, stream = self._ground, self._stream
        before = ground.streams.chain(chain.company, stream)
        if [item.position for item in items] != list(range(before.position + 1, chain.position + 1)):
            raise Conflict(_("The book has moved on meanwhile. It goes on by itself."))
        ours = self._ours([item for item in items if item.own])
        self._confirmed.look_ahead((step for steps in ours.values() for step in steps), ours=True)
        self._confirmed.look_ahead(
            (step for item in items if not item.own for step in item.steps), ours=False
        )
        marks = ground.tables.new_marks
        for item in items:
            if item.header.breaking > BREAKING:
                raise Outdated(
                    _(
                        "The company's members use a newer version of this program. Please update this one to go on."
                    )
                )
            if item.own:
                self._take_own(item, ours[item.position])
            else:
                self._take(item)
        ground.journal.take(self._taken)
        ground.journal.place(self._placed)
        ground.quarantine.add(self._quarantine)
        ground.streams.advance(chain, {item.header.device for item in items}, self._steps)
        ground.streams.add_heads(stream, heads)
        ground.outbox.keep_handed(stream, ((item.position, item.handed) for item in items if item.handed))
        self._confirmed.settle()
        self.result.changes = sum([item.header.changes for item in items])
        self.result.conflicts = ground.tables.new_marks - marks
        self.result.kinds |= self._confirmed.kinds
        return self.result

    # ---- others'

    def _take(self, item: Followed) -> None:
        header = item.header
        if item.void:
            self._void(item)
            return
        confirmed, judged = self._confirmed, self._judge(item, self._confirmed.exists)
        bodies = item.bodies or tuple(map(encode_step, item.steps))
        for step, body in zip(item.steps, bodies, strict=True):
            confirmed.passed(step.device, step.number)
            verdict = judged(step)
            state = QUARANTINED if verdict else KEPT
            self._taken.append((step, body, state, item.receipt_ms, item.position))
            if verdict is None:
                confirmed.apply(step, counted_time(step.time_ms, item.receipt_ms), item.keys)
                self.result.applied += 1
            else:
                self._without_effect(item, step, verdict)
                self._confirmed.take_back_of_others(step)
        if item.steps:
            self._steps[header.device] = item.steps[-1].number

    # ---- ours

    def _ours(self, items: Sequence[Followed]) -> dict[int, Sequence[Step]]:
        """The steps of batches of ours, by position: those that were just sealed, or from the journal."""
        known = self._ground.outbox.steps(self._stream, {item.header.sequence for item in items})
        ours: dict[int, Sequence[Step]] = {}
        for item in items:
            header, numbers = known.get(item.header.sequence, (b"", ()))
            if header != chains.write(item.header):
                raise OtherDevice(
                    _(
                        "This vault was restored or copied. It is open for reading only until it has synchronised "
                        "and become a new device, because two devices must not go on as one."
                    )
                )
            steps: Sequence[Step] = item.steps
            if not steps:
                kept = self._ground.journal.steps(item.header.device, self._stream, numbers)
                steps = [one.step for one in kept]
            if [step.number for step in steps] != sorted(set(numbers)):
                raise Damaged(_("A step of the journal is missing. Restore a backup of the vault."))
            ours[item.position] = steps
        return ours

    def _take_own(self, item: Followed, steps: Sequence[Step]) -> None:
        """Judged like everybody else's: what others give no effect has none here."""
        device = item.header.device
        after = self._steps.get(device) or self._ground.streams.last_step(self._stream, device)
        try:
            sound(steps, item.header.changes, after)
        except Damaged:
            self._void(item)
            for step in steps:
                self._place(item, step, QUARANTINED)
                self._confirmed.take_back(step)
            return
        confirmed, judged = self._confirmed, self._judge(item, self._confirmed.exists_of_ours)
        for step in steps:
            confirmed.passed(device, step.number)
            verdict = judged(step)
            if verdict is None:
                confirmed.confirm(step, counted_time(step.time_ms, item.receipt_ms))
                self._place(item, step, KEPT)
                self.result.confirmed += 1
            else:
                self._without_effect(item, step, verdict)
                self._place(item, step, QUARANTINED)
                self._confirmed.take_back(step)
        self._steps[device] = steps[-1].number

    def _place(self, item: Followed, step: Step, state: int) -> None:
        self._placed.append((step, state, item.receipt_ms, item.position))

    # ---- without effect

    def _standing(self, item: Followed) -> Standing:
        header = item.header
        cited = self._roster.counted(header.roster_at, header.roster_head)
        return self._roster.judged(header.device, self._stream, header.sequence, cited)

    def _judge(self, item: Followed, exists: Exists) -> Callable[[Step], Quarantine | None]:
        """What says of each step of a batch whether it has effect."""
        place = ingest.place_of(self._standing(item), self._stream, item.receipt_ms)
        if isinstance(place, Quarantine):
            return lambda _step: place
        return lambda step: ingest.judge_at(place, step, exists)

    def _without_effect(self, item: Followed, step: Step, verdict: Quarantine) -> None:
        self._quarantine.append(
            Entry(
                self._stream, item.position, step.device, step.number, item.receipt_ms, verdict.reason,
                verdict.kind, verdict.field, verdict.action or "",
            )
        )  # fmt: skip
        self.result.quarantined.append((step, verdict))

    def _void(self, item: Followed) -> None:
        device = item.header.device
        self._quarantine.append(Entry(self._stream, item.position, device, 0, item.receipt_ms, VOID))
        self.result.void.append((device, item.position))


def outgoing(
    ground: Ground, steps: Sequence[tuple[Step, bytes]], erased: Collection[bytes] = ()
) -> list[Outgoing]:
    """Steps and their bodies with the subject keys of the records whose personal values they carry, unless these were
    erased."""
    sealed: dict[str, dict[bytes, None]] = {}
    for step, _body in steps:
        for edit in step.edits:
            if Sealed in map(type, edit.values) and edit.row not in erased:
                sealed.setdefault(edit.kind, {})[edit.row] = None
    if not sealed:
        return [Outgoing(step, {}, body) for step, body in steps]
    tier = steps[0][0].tier
    subjects = {
        (kind, id_): subject
        for kind, ids in sealed.items()
        if has_place(kind, tier)
        for id_, subject in ground.tables.subjects(entity_named(kind), tier, list(ids)).items()
    }
    return [Outgoing(step, _keys_of(step, subjects), body) for step, body in steps]


def _keys_of(step: Step, subjects: Mapping[tuple[str, bytes], bytes]) -> dict[bytes, bytes]:
    keys: dict[bytes, bytes] = {}
    for edit in step.edits:
        subject = subjects.get((edit.kind, edit.row))
        if subject and edit.row not in keys and Sealed in map(type, edit.values):
            if len(subject) > KEY_BYTES:
                subject = needed_keys([one for one in step.edits if one.row == edit.row], subject)
            keys[edit.row] = subject
    return keys
