"""How values of one field meet: a multi-value register, in which causality decides and time breaks ties."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from app.model.change import Dot
from app.model.encoding import canonical
from app.model.entity import LIFE
from app.model.moving import MOVED

GRACE_MS = 5 * 60 * 1000
"""How far ahead of the server's receipt an author's clock may be believed."""


class Version(NamedTuple):
    """One value of a register: its dot, the time that counts, and the value as it travels."""

    dot: Dot
    time_ms: int
    value: Any


Register = tuple[Version, ...]
"""The values that no later write has replaced, in the order of their dots. Usually one."""


def counted_time(author_ms: int, receipt_ms: int | None) -> int:
    """The time that breaks ties: the author's, but never later than the server's receipt plus five minutes."""
    return author_ms if receipt_ms is None else min(author_ms, receipt_ms + GRACE_MS)


def canonical_value(value: Any) -> Any:
    """A value in its one form: emptiness is None, however the field of this or a newer program writes it."""
    if value is None or value is False or value == "":
        return None
    if isinstance(value, list | tuple) and not any(value) and all(part == "" for part in value):
        return None
    return value


def write(register: Register, new: Version, seen: Collection[Dot]) -> Register:
    """The register after a write that names the dots it replaces.

    A named dot that is not in the register is ignored and never remembered. The same dot twice is one write.
    """
    if any(version.dot == new.dot for version in register):
        return register
    kept = [version for version in register if version.dot not in seen]
    kept.append(new)
    kept.sort(key=lambda version: version.dot)
    return tuple(kept)


def shown(register: Register) -> Version:
    """The version that is displayed: the greatest counted time, then the greatest dot."""
    return max(register, key=lambda version: (version.time_ms, version.dot))


def is_marked(register: Register) -> bool:
    """Whether several values differ, so that somebody has to decide. Equal values hide the mark."""
    return len(register) > 1 and len({canonical(version.value) for version in register}) > 1


def is_present(register: Register) -> bool:
    """Whether an element of a set is in it: adding wins over a removal that had not seen the addition."""
    return any(version.value for version in register)


def covers(seen: Iterable[Dot]) -> list[list[Any]]:
    """Dots as ranges `[device, step, first, last]`, as a deletion carries them."""
    ranges: list[list[Any]] = []
    for dot in sorted(set(seen)):
        last = ranges[-1] if ranges else None
        if last and last[0] == dot.device and last[1] == dot.step and last[3] + 1 == dot.nth:
            last[3] = dot.nth
        else:
            ranges.append([dot.device, dot.step, dot.nth, dot.nth])
    return ranges


def is_covered(dot: Dot, ranges: Iterable[Iterable[Any]]) -> bool:
    """Whether a deletion had seen the dot. A plain loop: undoing an import asks it millions of times."""
    of_device, of_step, nth = dot
    for device, step, first, last in ranges:
        if step == of_step and first <= nth <= last and device == of_device:
            return True
    return False


def deletion(registers: Mapping[str, Register], ranges: Iterable[Iterable[Any]]) -> list[list[Any]]:
    """What of a deletion counts as it is applied: the dots among its ranges that the record holds now.

    As with `write`, what is not there is ignored and never remembered; otherwise a patched program could
    cover edits that are yet to be made, and they would vanish unseen.
    """
    ranges = list(ranges)
    return covers(
        version.dot
        for register in registers.values()
        for version in register
        if is_covered(version.dot, ranges)
    )


def is_gone(registers: Mapping[str, Register]) -> bool:
    """Whether the record is deleted: deletions together have seen every other dot that it holds. Or it moved to
    another book, which beats whatever was edited meanwhile; late edits are taken over there."""
    if registers.get(MOVED):
        return True
    deletions = [version for version in registers.get(LIFE, ()) if isinstance(version.value, list)]
    if not deletions:
        return False
    ranges = [cover for deletion in deletions for cover in deletion.value]
    own = {deletion.dot for deletion in deletions}
    return all(
        version.dot in own or is_covered(version.dot, ranges)
        for register in registers.values()
        for version in register
    )


def is_unsettled(registers: Mapping[str, Register]) -> bool:
    """Whether a deletion had not seen everything, so that the record is shown until somebody decides."""
    deleted = any(isinstance(version.value, list) for version in registers.get(LIFE, ()))
    return deleted and not is_gone(registers)
