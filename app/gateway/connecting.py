"""From a company of one device to one with a server: everything written so far is what waits to be confirmed."""

from __future__ import annotations

from collections.abc import Iterator

from app.gateway.ground import Ground
from app.store.aside import StepKey
from app.store.confirmed import is_making


def connect(ground: Ground) -> None:
    """From now on rows have a confirmed version beside the shown one. Within the door's transaction.

    Until now nothing was kept aside. All rows are made by steps that wait, so that none has a confirmed version; those
    that more than one step has touched get an entry that says which.
    """
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
