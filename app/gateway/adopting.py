"""What the device that this vault was before has written and never sent is issued anew, by the device that it is now.

Only that: whatever the server holds of the old device has its place in the order, under the old name. A step keeps its
number, its time and its content; its dots, and the values that are sealed to them, bear the new device's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.gateway.ground import Ground
from app.model.change import Dot, Edit, Step
from app.model.entity import LIFE, entity_named
from app.model.merge import covers
from app.model.roster import Roster
from app.model.statements import Stream
from app.store.journal import UNSENT
from app.store.sealing import open_readable, seal_edit

StepName = tuple[bytes, int]
"""Device and number."""
Names = Mapping[StepName, StepName]
"""Old → new, of the steps that are issued anew."""


class Adopting:
    """One stream, within the door's transaction."""

    def __init__(self, ground: Ground, roster: Roster, stream: Stream) -> None:
        self._ground, self._roster, self._stream = ground, roster, stream
        self.kinds: set[str] = set()

    def run(self) -> int:
        """Issue anew what may be; returns how many steps."""
        ground, own = self._ground, self._ground.device
        left = [
            kept.step
            for kept in ground.journal.without_place(self._stream)
            if kept.step.device != own and self._is_over(kept.step.device)
        ]
        newest = ground.streams.last_step(self._stream, own)
        left = [step for step in left if step.number > newest]
        if not left:
            return 0
        names = {(step.device, step.number): (own, step.number) for step in left}
        for step in left:
            ground.journal.rename(step, renamed(ground, step, names), UNSENT)
        left += self._repointed(names)
        confirmed = ground.confirmed(self._stream, self._roster.facts.erased)
        numbers = {
            (ground.devices[device], number): (ground.devices[new], given)
            for (device, number), (new, given) in names.items()
        }
        confirmed.rename(((edit.kind, edit.row) for step in left for edit in step.edits), numbers)
        confirmed.settle()
        self.kinds |= confirmed.kinds | {edit.kind for step in left for edit in step.edits}
        return len(left)

    def _repointed(self, names: Names) -> list[Step]:
        """Steps of our own that were written since over what is renamed: they name the new dots."""
        found, given = [], set(names.values())
        for kept in self._ground.journal.without_place(self._stream):
            step = kept.step
            if step.device == self._ground.device and (step.device, step.number) not in given:
                renamed = step._replace(edits=tuple(_repoint(edit, names) for edit in step.edits))
                if renamed != step:
                    self._ground.journal.rename(step, renamed, UNSENT)
                    found.append(renamed)
        return found

    def _is_over(self, device: bytes) -> bool:
        """Whether a device has ended, and all that the server has of it in this stream was followed."""
        known = self._roster.facts.devices.get(device)
        if known is None or known.active:
            return False
        last = 0
        for _signed, statement in self._roster.statements():
            for one in getattr(statement.body, "last", ()):
                if (one.device, one.stream) == (device, self._stream):
                    last = max(last, one.sequence)
        chain = self._ground.streams.chain(self._roster.company, self._stream)
        return chain.end(device).sequence >= last


def renamed(ground: Ground, step: Step, names: Names) -> Step:
    """A step under its new name, its personal values sealed to that."""
    device, number = names[step.device, step.number]
    edits, first = [], 0
    for edit in step.edits:
        row = ground.tables.load(entity_named(edit.kind), step.tier, edit.row)
        subject = row.subject if row is not None else None
        plain, _used = open_readable(edit, subject, step.device, step.number, first)
        plain = _repoint(plain, names)
        # Erased: nothing of its personal values is left to be sealed.
        edits.append(seal_edit(plain, subject, device, number, first) if subject else plain)
        first += len(edit.fields)
    return step._replace(device=device, number=number, edits=tuple(edits))


def _repoint(edit: Edit, names: Names) -> Edit:
    """The edit as it would name dots by now; its values stay as they are."""
    values = tuple(
        _covers(value, names) if field == LIFE and isinstance(value, list) else value
        for field, value in zip(edit.fields, edit.values, strict=True)
    )
    return edit._replace(
        values=values, seen=tuple(tuple(_dot(dot, names) for dot in dots) for dots in edit.seen)
    )


def _dot(dot: Sequence[Any], names: Names) -> Dot:
    device, step, nth = dot
    device, step = names.get((device, step), (device, step))
    return Dot(device, step, nth)


def _covers(ranges: list[Any], names: Names) -> list[list[Any]]:
    """A deletion's ranges, sorted anew as every device expects them."""
    return covers(
        _dot((device, step, nth), names)
        for device, step, first, last in ranges
        for nth in range(first, last + 1)
    )
