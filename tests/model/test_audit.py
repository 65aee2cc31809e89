"""The audit chain names the first row that was altered, cut out, moved or cut off."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model import audit
from app.model.audit import AuditRow, BrokenTrail, Head, link, verify

DEVICE = b"d" * 16


@dataclass
class Trail:
    rows: list[tuple[AuditRow, bytes]]

    @classmethod
    def of(cls, count: int) -> Trail:
        rows, previous = [], audit.GENESIS
        for number in range(1, count + 1):
            row = AuditRow(
                number,
                DEVICE,
                1_000 + number,
                b"m" * 16,
                "customer.rename",
                "done",
                (bytes([number]) * 16,),
                1,
                {"field": "name"},
            )
            previous = link(previous, row)
            rows.append((row, previous))
        return cls(rows)

    @property
    def head(self) -> Head:
        return Head(len(self.rows), self.rows[-1][1])


def first_bad(rows: list[tuple[AuditRow, bytes]], end: Head | None = None) -> int:
    with pytest.raises(BrokenTrail) as caught:
        verify(rows, end=end)
    return caught.value.number


def test_an_untouched_trail_verifies_whole_and_in_parts() -> None:
    trail = Trail.of(9)
    assert verify(trail.rows) == trail.head
    assert verify(trail.rows[4:], start=verify(trail.rows[:4]), end=trail.head) == trail.head
    assert verify([]) == audit.START


@given(count=st.integers(2, 8), data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_first_bad_row_is_named(count: int, data: st.DataObject) -> None:
    trail = Trail.of(count)
    at = data.draw(st.integers(0, count - 1))
    row, stored = trail.rows[at]
    altered = data.draw(
        st.sampled_from(
            [
                row._replace(device=b"e" * 16),
                row._replace(time_ms=row.time_ms + 1),
                row._replace(member=b"n" * 16),
                row._replace(command="customer.delete"),
                row._replace(outcome="refused"),
                row._replace(touched=()),
                row._replace(count=2),
                row._replace(detail={"field": "phone"}),
                row._replace(reason="because"),
            ]
        )
    )
    assert first_bad([*trail.rows[:at], (altered, stored), *trail.rows[at + 1 :]]) == at + 1


def test_a_row_cut_out_or_moved_is_named() -> None:
    trail = Trail.of(6)
    assert first_bad(trail.rows[:2] + trail.rows[3:]) == 3
    assert first_bad([*trail.rows[:2], trail.rows[3], trail.rows[2], *trail.rows[4:]]) == 3


def test_a_tail_cut_off_shows_against_an_anchor() -> None:
    trail = Trail.of(6)
    assert verify(trail.rows[:4]).number == 4  # without an anchor nobody can know
    assert first_bad(trail.rows[:4], end=trail.head) == 5


def test_a_trail_forged_from_the_start_shows_against_an_anchor() -> None:
    trail, forged = Trail.of(6), Trail.of(6)
    previous = audit.GENESIS
    for index, (row, _stored) in enumerate(forged.rows):
        previous = link(previous, row._replace(reason="forged"))
        forged.rows[index] = (row._replace(reason="forged"), previous)
    assert verify(forged.rows).number == 6
    assert first_bad(forged.rows, end=trail.head) == 6


def test_equal_details_in_another_order_are_the_same_row() -> None:
    row = Trail.of(1).rows[0][0]
    one = row._replace(detail={"a": 1, "b": "x"})
    two = row._replace(detail={"b": "x", "a": 1})
    assert link(audit.GENESIS, one) == link(audit.GENESIS, two)


def test_the_digest_of_ids_knows_no_order() -> None:
    assert audit.digest([b"a" * 16, b"b" * 16]) == audit.digest([b"b" * 16, b"a" * 16])
