"""The judgement on a history: all replicas agree with each other and with the oracle, and nothing was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.model import merge
from app.model.encoding import canonical
from app.model.entity import LIFE
from app.model.merge import Version
from tests.model.histories import Act, World
from tests.model.oracle import Scene
from tests.model.replica import Replica, plain


class Diverged(AssertionError):
    """The replicas, or a replica and the oracle, do not agree."""


def agree(replica: Replica, scene: Scene) -> None:
    """Raise Diverged unless the replica shows what the oracle says it should."""
    view = replica.view
    _same("records", set(view), scene.rows())
    for row, registers in view.items():
        _same("gone", merge.is_gone(registers), scene.gone(row), row)
        _same("fields", set(registers), scene.fields(row), row)
        for name, register in registers.items():
            current = scene.current(row, name)
            _same(
                "values",
                {tuple(version.dot) for version in register},
                {one.name for one in current},
                row,
                name,
            )
            if not register:
                continue
            displayed: Version = merge.shown(register)
            _same("displayed", tuple(displayed.dot), scene.displayed(row, name).name, row, name)
            if "/" in name:
                _same("present", merge.is_present(register), scene.holds(row, name), row, name)
            elif name != LIFE:
                _same("mark", merge.is_marked(register), scene.differs(row, name), row, name)
                _same(
                    "value",
                    canonical(displayed.value),
                    canonical(scene.displayed(row, name).value),
                    row,
                    name,
                )
        unsettled = bool(scene.deletions(row)) and not scene.gone(row)
        _same("unsettled", merge.is_unsettled(registers), unsettled, row)


def _same(what: str, ours: object, theirs: object, *where: object) -> None:
    if ours != theirs:
        raise Diverged(f"{what} of {where}: the program says {ours!r}, the oracle {theirs!r}")


def nothing_lost(world: World) -> None:
    """Every honest writing that took effect stands, or was answered by one whose author had had it before him."""
    oracle = world.oracle()
    scene = oracle.everything()
    # A patched program may name what it never saw. It is signed, so it can be told who did it; the rule
    # below is about honest ones.
    forged = {
        name for one in scene.line if one.value == "forged" for name in (one.name, *oracle.answered(one))
    }
    standing = {
        tuple(version.dot)
        for registers in world.replicas[0].confirmed.values()
        for register in registers.values()
        for version in register
    }
    place = {(entry.device, entry.number): at for at, entry in enumerate(world.relay.log)}
    for writing in scene.line:
        if writing.name in standing or writing.name in forged:
            continue
        answers = [
            other
            for other in scene.line
            if (other.row, other.field) == (writing.row, writing.field)
            and writing.name in oracle.answered(other)
            and (
                place[writing.step] < other.log_seen
                or (other.name[0] == writing.name[0] and writing.name[1] <= other.own_seen)
            )
        ]
        if not answers:
            raise Diverged(f"{writing.name} disappeared although nobody had seen it")


def judge(count: int, history: Iterable[Act]) -> World:
    """Play a history, bring all together, and raise Diverged unless all agree with each other and the oracle."""
    world = World(count, agree)
    world.play(history)
    world.online = [True] * count
    everybody = range(count)
    world.play(Act(index, "look") for index in everybody)
    for _round in range(2):
        world.play(Act(index, "sync") for index in everybody)
    first = canonical(plain(world.replicas[0].confirmed))
    for replica in world.replicas:
        _same("pending", replica.pending, [])
        if canonical(plain(replica.confirmed)) != first:
            raise Diverged(f"device {replica.device[:1]!r} came to another state than the first")
    agree(world.replicas[0], world.oracle().everything())
    nothing_lost(world)
    return world


def shortened(count: int, acts: list[Act], fails: Callable[[int, list[Act]], bool]) -> list[Act]:
    """A shorter history that still fails, for the reader of a seed that was found."""
    size = len(acts) // 2
    while size:
        at = 0
        while at < len(acts):
            shorter = acts[:at] + acts[at + size :]
            if fails(count, shorter):
                acts = shorter
            else:
                at += size
        size //= 2
    return acts
