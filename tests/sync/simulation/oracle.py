"""What must come of a history, worked out from who had seen what: it shares nothing with the program's merging.

A value that a person wrote replaces those that this person's form showed. So in the end a field holds exactly the
values that no other one has replaced. Of a device whose membership ended, what the server had acknowledged before
counts like everybody's; whatever came later may, or may not, have reached the order in time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from app.ids import Id

Place = tuple[Id, str]
"""A record and one of its fields."""


class Value(NamedTuple):
    """One written value: unique, so that it can be recognised."""

    text: str
    device: int


@dataclass
class Written:
    """A value, what it has replaced, and whether its author knows that the server has it."""

    value: Value
    replaced: frozenset[str]
    acknowledged: bool = False


@dataclass
class Oracle:
    """All that was written."""

    places: dict[Place, list[Written]] = field(default_factory=dict)
    made: dict[Id, Written] = field(default_factory=dict)
    deletions: dict[Id, list[Written]] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    """Devices whose membership has ended."""

    def writes(self, device: int, record: Id, name: str, text: str, seen: set[str]) -> None:
        one = Written(Value(text, device), frozenset(seen))
        self.places.setdefault((record, name), []).append(one)

    def makes(self, device: int, record: Id, name: str, text: str) -> None:
        self.made[record] = Written(Value(text, device), frozenset())
        self.writes(device, record, name, text, set())

    def deletes(self, device: int, record: Id, seen: set[str]) -> None:
        """`seen`: the texts that the record showed, of all fields."""
        self.deletions.setdefault(record, []).append(Written(Value("", device), frozenset(seen)))

    def acknowledged(self, device: int) -> None:
        """The server has everything that this device has written, and nothing was taken from its member before."""
        if device in self.ended:
            return
        for found in (*self.places.values(), *self.deletions.values(), self.made.values()):
            for one in found:
                if one.value.device == device:
                    one.acknowledged = True

    def counts(self, one: Written) -> bool:
        """Whether it must have had effect."""
        return one.acknowledged or one.value.device not in self.ended

    def may_count(self, one: Written) -> bool:
        """Whether it may have had effect."""
        return True

    # ---- what must be

    def check_field(self, place: Place, shown: set[str]) -> None:
        """`shown`: all values that a device keeps of a field."""
        found = self.places[place]
        certain = [one for one in found if self.counts(one)]
        least = {
            one.value.text
            for one in certain
            if not any(one.value.text in other.replaced for other in found if other is not one)
        }
        most = {
            one.value.text
            for one in found
            if not any(one.value.text in other.replaced for other in certain if other is not one)
        }
        lost, risen = least - shown, shown - most
        assert not lost, f"acknowledged, and gone: {lost} at {place[1]}"
        assert not risen, f"replaced, and back: {risen} at {place[1]}"

    def must_live(self, record: Id) -> bool:
        """Whether somebody wrote to a record what no deletion had seen, or nobody deleted it."""
        if not self.counts(self.made[record]):
            return False
        deletions = self.deletions.get(record, [])
        if not deletions:
            return True
        found = [one for place, them in self.places.items() if place[0] == record for one in them]
        certain = [one for one in found if self.counts(one)]
        return any(
            not any(one.value.text in deletion.replaced for deletion in deletions)
            and not any(one.value.text in other.replaced for other in found)
            for one in certain
        )

    def must_be_gone(self, record: Id) -> bool:
        """Whether somebody who had seen everything deleted it."""
        certain = [one for one in self.deletions.get(record, []) if self.counts(one)]
        found = [one for place, them in self.places.items() if place[0] == record for one in them]
        texts = {one.value.text for one in found}
        return any(texts <= deletion.replaced for deletion in certain)
