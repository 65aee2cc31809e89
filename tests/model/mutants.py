"""Wrong versions of the merge and the clock, each of which the random histories must find out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from app.model import merge
from app.model.change import Dot
from app.model.entity import LIFE
from app.model.merge import GRACE_MS, Register, Version, covers, is_covered


class Mutant(NamedTuple):
    """A name that says what is wrong, and what stands in for functions of app.model.merge."""

    name: str
    instead: Mapping[str, Callable[..., Any]]

    @contextmanager
    def alive(self) -> Iterator[None]:
        with patch.multiple("app.model.merge", **dict[str, Any](self.instead)):
            yield


def _kept(register: Register, new: Version, drops: Callable[[Version], bool]) -> Register:
    if any(version.dot == new.dot for version in register):
        return register
    return tuple(
        sorted([*(version for version in register if not drops(version)), new], key=lambda one: one.dot)
    )


# ---- writing


def last_writer_wins(register: Register, new: Version, seen: Any) -> Register:
    return (new,)


def latest_clock_wins(register: Register, new: Version, seen: Any) -> Register:
    return (max((*register, new), key=lambda version: (version.time_ms, version.dot)),)


def replaces_nothing(register: Register, new: Version, seen: Any) -> Register:
    return _kept(register, new, lambda version: False)


def replaces_own(register: Register, new: Version, seen: Any) -> Register:
    return _kept(register, new, lambda version: version.dot in seen or version.dot.device == new.dot.device)


def replaces_whole_steps(register: Register, new: Version, seen: Any) -> Register:
    steps = {(dot.device, dot.step) for dot in seen}
    return _kept(register, new, lambda version: version.dot[:2] in steps)


def replaces_older_too(register: Register, new: Version, seen: Any) -> Register:
    newest = {dot.device: max(other.step for other in seen if other.device == dot.device) for dot in seen}
    return _kept(register, new, lambda version: version.dot.step <= newest.get(version.dot.device, 0))


def replaces_first_only(register: Register, new: Version, seen: Any) -> Register:
    return _kept(register, new, lambda version: version.dot in tuple(seen)[:1])


def hides_equal_values(register: Register, new: Version, seen: Any) -> Register:
    return _kept(register, new, lambda version: version.dot in seen or version.value == new.value)


class _Remembering(tuple[Version, ...]):
    """A register that has not forgotten the dots that were named before they came."""

    absent: frozenset[Dot] = frozenset()


def remembers_absent_dots(register: Register, new: Version, seen: Any) -> Register:
    absent: frozenset[Dot] = getattr(register, "absent", frozenset())
    held = {version.dot for version in register}
    written = _kept(register, new, lambda version: version.dot in seen)
    kept = _Remembering(version for version in written if version.dot not in absent or version.dot in held)
    kept.absent = absent | (set(seen) - held)
    return kept


# ---- showing


def tie_by_dot_only(register: Register) -> Version:
    return max(register, key=lambda version: version.dot)


def tie_by_least_dot(register: Register) -> Version:
    latest = max(version.time_ms for version in register)
    return min(
        (version for version in register if version.time_ms == latest), key=lambda version: version.dot
    )


def earliest_shown(register: Register) -> Version:
    return min(register, key=lambda version: (version.time_ms, version.dot))


def marks_equal_values(register: Register) -> bool:
    return len(register) > 1


def marks_by_python_equality(register: Register) -> bool:
    return any(version.value != register[0].value for version in register)


def removing_wins(register: Register) -> bool:
    return all(version.value for version in register)


def latest_element_wins(register: Register) -> bool:
    return bool(merge.shown(register).value)


# ---- the clock


def without_cap(author_ms: int, receipt_ms: int | None) -> int:
    return author_ms


def cap_without_grace(author_ms: int, receipt_ms: int | None) -> int:
    return author_ms if receipt_ms is None else min(author_ms, receipt_ms)


def grace_turned_round(author_ms: int, receipt_ms: int | None) -> int:
    return author_ms if receipt_ms is None else min(author_ms, receipt_ms - GRACE_MS)


def receipt_as_floor(author_ms: int, receipt_ms: int | None) -> int:
    return author_ms if receipt_ms is None else max(author_ms, receipt_ms)


def receipt_alone(author_ms: int, receipt_ms: int | None) -> int:
    return author_ms if receipt_ms is None else receipt_ms


# ---- deleting


def _deletions(registers: Mapping[str, Register]) -> list[Version]:
    return [version for version in registers.get(LIFE, ()) if isinstance(version.value, list)]


def deletion_without_covers(registers: Mapping[str, Register]) -> bool:
    return bool(_deletions(registers))


def deletion_sees_life_only(registers: Mapping[str, Register]) -> bool:
    return bool(_deletions(registers)) and len(_deletions(registers)) == len(registers[LIFE])


def deletion_must_stand_alone(registers: Mapping[str, Register]) -> bool:
    return len(_deletions(registers)) == 1 and ORIGINAL_IS_GONE(registers)


def deletion_must_see_deletions(registers: Mapping[str, Register]) -> bool:
    found = _deletions(registers)
    ranges = [cover for deletion in found for cover in deletion.value]
    return bool(found) and all(
        is_covered(version.dot, ranges) or version is found[0]
        for register in registers.values()
        for version in register
    )


def deletion_each_alone(registers: Mapping[str, Register]) -> bool:
    found = _deletions(registers)
    own = {deletion.dot for deletion in found}
    return any(
        all(
            version.dot in own or is_covered(version.dot, deletion.value)
            for register in registers.values()
            for version in register
        )
        for deletion in found
    )


def covers_one_more(seen: Any) -> list[list[Any]]:
    return [[device, step, first, last + 1] for device, step, first, last in covers(seen)]


def covers_one_less(seen: Any) -> list[list[Any]]:
    return [[device, step, first, max(first, last - 1)] for device, step, first, last in covers(seen)]


def covered_by_device(dot: Dot, ranges: Any) -> bool:
    return any(device == dot.device and first <= dot.nth <= last for device, _step, first, last in ranges)


def covered_up_to_step(dot: Dot, ranges: Any) -> bool:
    return any(device == dot.device and dot.step <= step for device, step, _first, _last in ranges)


def covers_the_future(registers: Any, ranges: Any) -> list[list[Any]]:
    return list(ranges)


ORIGINAL_IS_GONE = merge.is_gone

MUTANTS = (
    Mutant("a write replaces whatever is there", {"write": last_writer_wins}),
    Mutant("the latest clock wins at once", {"write": latest_clock_wins}),
    Mutant("a write replaces nothing", {"write": replaces_nothing}),
    Mutant("a write replaces the same device's values unnamed", {"write": replaces_own}),
    Mutant("a write replaces all of a named step", {"write": replaces_whole_steps}),
    Mutant("a named dot stands for all earlier ones of its device", {"write": replaces_older_too}),
    Mutant("a write replaces only the first dot that it names", {"write": replaces_first_only}),
    Mutant("equal values fall together", {"write": hides_equal_values}),
    Mutant("absent dots are remembered", {"write": remembers_absent_dots}),
    Mutant("ties go by dot only", {"shown": tie_by_dot_only}),
    Mutant("ties go to the least dot", {"shown": tie_by_least_dot}),
    Mutant("the earliest is shown", {"shown": earliest_shown}),
    Mutant("equal values are marked", {"is_marked": marks_equal_values}),
    Mutant("1 and True are the same value", {"is_marked": marks_by_python_equality}),
    Mutant("removing an element wins", {"is_present": removing_wins}),
    Mutant("an element goes by the latest clock", {"is_present": latest_element_wins}),
    Mutant("a clock is believed without cap", {"counted_time": without_cap}),
    Mutant("a clock is believed without grace", {"counted_time": cap_without_grace}),
    Mutant("the grace is turned round", {"counted_time": grace_turned_round}),
    Mutant("a late clock is lifted to the receipt", {"counted_time": receipt_as_floor}),
    Mutant("the server's clock alone decides", {"counted_time": receipt_alone}),
    Mutant("a deletion takes what it had not seen", {"is_gone": deletion_without_covers}),
    Mutant("a deletion looks at the record's life only", {"is_gone": deletion_sees_life_only}),
    Mutant("two deletions keep the record", {"is_gone": deletion_must_stand_alone}),
    Mutant("deletions must have seen each other", {"is_gone": deletion_must_see_deletions}),
    Mutant("deletions do not add up", {"is_gone": deletion_each_alone}),
    Mutant("covers reach one too far", {"covers": covers_one_more}),
    Mutant("covers end one too early", {"covers": covers_one_less}),
    Mutant("covers forget the step", {"is_covered": covered_by_device}),
    Mutant("covers take all earlier steps", {"is_covered": covered_up_to_step}),
    Mutant("a deletion covers what is yet to be written", {"deletion": covers_the_future}),
)
