"""From a company of one device to one with a server: everything written so far is what waits to be confirmed."""

from __future__ import annotations

from collections.abc import Iterator

from app.gateway.adopting import StepName, renamed
from app.gateway.ground import Ground
from app.model.roster import Roster
from app.model.statements import Stream
from app.store.aside import StepKey
from app.store.confirmed import is_making
from app.store.journal import UNSENT


def connect(ground: Ground, roster: Roster) -> None:
    """From now on rows have a confirmed version beside the shown one. Within the door's transaction.

    Until now nothing was kept aside. All rows are made by steps that wait, so that none has a confirmed version; those
    that more than one step has touched get an entry that says which.
    """
    if not _numbered_anew(ground, roster):
        ground.asides.add(_touched_again(ground))
    ground.is_connected = True


def _touched_again(ground: Ground) -> Iterator[tuple[int, int, str, bytes, list[StepKey]]]:
    """Records that several edits have touched. One pass over the journal, which holds everything so far."""
    first: dict[tuple[int, int, str, bytes], StepKey] = {}
    several: dict[tuple[int, int, str, bytes], list[StepKey]] = {}
    for kept in ground.journal.all_without_place():
        step = kept.step
        number = (ground.devices[step.device], step.number)
        for edit in step.edits:
            key = (ground.books[step.book], step.tier, edit.kind, edit.row)
            if key in several:
                several[key].append(number)
            elif key in first or not is_making(edit):
                several[key] = [first.pop(key), number] if key in first else [number]
            else:
                first[key] = number
    for (book, tier, kind, id_), steps in several.items():
        yield book, tier, kind, id_, steps


def _numbered_anew(ground: Ground, roster: Roster) -> bool:
    """Whether several devices that this vault was, one after the other, had to be told apart by greater numbers.

    A restored vault goes on after the numbers of the device that it was before. An older program began at one again;
    then the order of steps, which is that of their numbers, is not the one in which they were written.
    """
    steps = [kept.step for kept in ground.journal.all_without_place()]
    spans: dict[bytes, tuple[int, int]] = {}
    for step in steps:
        least, most = spans.get(step.device, (step.number, step.number))
        spans[step.device] = min(least, step.number), max(most, step.number)
    written = sorted(spans, key=lambda device: roster.facts.devices[device].since)
    shifts: dict[bytes, int] = {}
    newest = 0
    for device in written:
        least, most = spans[device]
        shifts[device] = newest if least <= newest else 0
        newest = most + shifts[device]
    if not any(shifts.values()):
        return False
    names: dict[StepName, StepName] = {
        (step.device, step.number): (step.device, step.number + shifts[step.device]) for step in steps
    }
    # The greatest first, so that none takes another's place.
    for step in sorted(steps, key=lambda one: (one.device, -one.number)):
        ground.journal.rename(step, renamed(ground, step, names), UNSENT)
    ground.undo.rename(shifts.get(ground.device, 0), names)
    for stream in sorted({Stream(step.book, step.tier) for step in steps}):
        confirmed = ground.confirmed(stream, roster.facts.erased)
        confirmed.begin_anew(ground.journal.without_place(stream), {}, {}, is_empty=True)
        confirmed.settle()
    return True
