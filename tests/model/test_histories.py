"""Several replicas under random histories converge, lose nothing unseen, and agree with the oracle."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model import histories
from tests.model.histories import VERBS, Act, World, seeded
from tests.model.judging import Diverged, judge
from tests.model.laws import LAWS
from tests.model.mutants import MUTANTS, Mutant

SEED = 1
HISTORIES = 300
MOST = 400
"""Histories within which every mutant must have been found out."""

_small = st.integers(0, 11)
_acts = st.lists(
    st.builds(Act, st.integers(0, 5), st.sampled_from(VERBS), _small, _small, _small), min_size=8, max_size=50
)


def test_seeded_histories_agree_with_the_oracle() -> None:
    for number in range(HISTORIES):
        count, history = seeded(SEED, number)
        try:
            judge(count, history)
        except Diverged as error:
            pytest.fail(f"python -m tests.campaign.histories {SEED} {number} replays this: {error}")


@given(count=st.integers(3, 6), history=_acts)
@settings(max_examples=60, deadline=None)
def test_any_history_agrees_with_the_oracle(count: int, history: list[Act]) -> None:
    judge(
        count, [Act(0, "new", 1), Act(0, "sync"), *(Act(index, "sync") for index in range(count)), *history]
    )


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law: Any) -> None:
    rng = random.Random(SEED)
    for _ in range(200):
        law(rng)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_mutant_is_killed(mutant: Mutant) -> None:
    with mutant.alive():
        for number in range(MOST):
            count, history = seeded(SEED, number)
            try:
                for law in LAWS:
                    law(random.Random(f"{SEED}/{number}"))
                judge(count, history)
            except AssertionError:
                return
    pytest.fail(f"{MOST} histories did not find out that {mutant.name}")


def test_most_mutants_are_killed_by_histories_alone() -> None:
    """The laws above look at functions one by one; nearly every mutant must show in the whole as well."""
    killed = 0
    for mutant in MUTANTS:
        with mutant.alive():
            for number in range(60):
                try:
                    judge(*seeded(SEED, number))
                except AssertionError:
                    killed += 1
                    break
    assert killed >= len(MUTANTS) * 3 // 4


def test_the_histories_contain_what_they_promise() -> None:
    """Conflicts, quarantines, unsettled deletions, lost answers and wild clocks do occur, and often."""
    from app.model import merge

    met = dict.fromkeys(
        ("marked", "gone", "unsettled", "quarantined", "capped", "unanswered", "restarted"), 0
    )
    for number in range(60):
        count, history = seeded(SEED, number)
        world = judge(count, history)
        state = world.replicas[0].confirmed
        met["marked"] += any(merge.is_marked(reg) for regs in state.values() for reg in regs.values() if reg)
        met["gone"] += any(merge.is_gone(registers) for registers in state.values())
        met["unsettled"] += any(merge.is_unsettled(registers) for registers in state.values())
        met["quarantined"] += bool(world.oracle().void)
        met["capped"] += any(writing.clock_ms > world.now_ms + histories.YEAR for writing in world.writings)
        met["unanswered"] += any(act.verb == "push" and act.b % 3 == 0 for act in history)
        met["restarted"] += any(act.verb == "restart" for act in history)
    assert min(met.values()) >= 10, met


def test_a_stale_form_keeps_what_came_meanwhile() -> None:
    """The case that last-writer-wins gets wrong: two people, one field, one of them offline."""
    world = World(2)
    world.play(
        [
            Act(0, "new", 1, 1, 1),
            Act(0, "sync"),
            Act(1, "sync"),
            Act(1, "open", 0, 1),
            Act(0, "edit", 0, 1, 2),
            Act(0, "sync"),
            Act(1, "sync"),
            Act(1, "save", 0, 0, 0),
            Act(1, "sync"),
            Act(0, "sync"),
        ]
    )
    from app.model.merge import is_marked

    (registers,) = world.replicas[0].confirmed.values()
    assert sorted(version.value for version in registers["phone"]) == ["", "y"]
    assert is_marked(registers["phone"])
