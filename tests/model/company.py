"""A company under test: members and devices with toy signatures, and statements said by their devices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.errors import AppError, Damaged
from app.model import statements as say
from app.model.roster import Roster, genesis
from app.model.roster_needs import lasts_needed, wraps_needed
from app.model.statements import Body, Last, Signed, Statement, Stream, Wrap

OWNER, MANAGER, REP, CLERK, AUDITOR, IT = (letter * 16 for letter in (b"O", b"M", b"R", b"C", b"A", b"I"))
OFFICE_PC, MANAGERS, VAN, CLERKS, AUDITORS, ITS = (
    letter * 16 for letter in (b"o", b"m", b"r", b"c", b"a", b"i")
)
COMPANY_BOOK, NORTH, SOUTH = b"#" * 16, b"N" * 16, b"S" * 16

NOW = 1_780_000_000_000


def signing_key(device: bytes) -> bytes:
    return hashlib.sha256(b"signing" + device).digest()


def sealing_key(device: bytes) -> bytes:
    return hashlib.sha512(b"sealing" + device).digest()


def signature(key: bytes, purpose: str, message: bytes) -> bytes:
    """Anybody could make it: a stand-in for Ed25519, which has tests of its own."""
    return hashlib.sha512(b"\x00".join((key, purpose.encode(), message))).digest()


def signer(device: bytes) -> say.Sign:
    return lambda purpose, message: signature(signing_key(device), purpose, message)


def verify(key: bytes, purpose: str, message: bytes, given: bytes) -> None:
    if given != signature(key, purpose, message):
        raise Damaged("signature")


FOUNDING = say.CompanyFounded(
    OWNER, OFFICE_PC, signing_key(OFFICE_PC), sealing_key(OFFICE_PC), COMPANY_BOOK, NORTH
)


@dataclass
class Company:
    """A roster that grows by what its devices say."""

    roster: Roster = field(
        default_factory=lambda: Roster.begin(genesis(FOUNDING, NOW, signer(OFFICE_PC)), verify)
    )

    def says(self, device: bytes, body: Body) -> Signed:
        """Let a device state something, with all that the statement must carry filled in."""
        signed = self.signed(device, self.completed(body))
        self.roster = self.roster.append(signed, verify)
        return signed

    def signed(self, device: bytes, body: Body, **other: Any) -> Signed:
        statement = Statement(self.roster.head, self.roster.index + 1, device, NOW, body)
        return say.signed(statement._replace(**other), signer(device))

    def completed(
        self, body: Body, accepted: Callable[[bytes, Stream], int] = lambda device, stream: 7
    ) -> Any:
        """The body with last sequences and wraps as they must be, where it was given none."""
        facts, known = self.roster.facts, type(body).__dataclass_fields__  # type: ignore[attr-defined]
        changed: dict[str, Any] = {}
        if "last" in known and not body.last:  # type: ignore[attr-defined]
            changed["last"] = tuple(
                Last(device, *stream, accepted(device, stream))
                for device, stream in sorted(lasts_needed(facts, body))
            )
        if "wraps" in known and not body.wraps and not isinstance(body, say.EpochBegun):  # type: ignore[attr-defined]
            changed["wraps"] = tuple(
                Wrap(*stream, epoch, device, b"wrap")
                for stream, epoch, device in sorted(wraps_needed(facts, body))
            )
        return replace(body, **changed)  # type: ignore[type-var]

    def epoch(self, device: bytes, stream: Stream, **other: Any) -> say.EpochBegun:
        """The next epoch of a stream, wrapped for exactly those who may have it."""
        facts = self.roster.facts
        known = facts.epochs.get(stream)
        number = known.number + 1 if known else 1
        body = say.EpochBegun(
            *stream,
            number,
            say.commitment(self.roster.company, stream, number, b"k" * 32),
            tuple(Wrap(*stream, number, one, b"wrap") for one in sorted(facts.recipients(stream))),
            b"old" if known else b"",
        )
        return replace(body, **other)

    def begins(self, device: bytes, *streams: Stream) -> None:
        for stream in streams:
            self.says(device, self.epoch(device, stream))

    def certifies(self, author: bytes, device: bytes, member: bytes, **other: Any) -> None:
        self.says(author, certificate(device, member, **other))


def certificate(device: bytes, member: bytes, **other: Any) -> say.DeviceCertified:
    return say.DeviceCertified(device, member, signing_key(device), sealing_key(device), **other)


def staffed() -> Company:
    """Owner, manager, rep, clerk, auditor and IT, each with a device; the manager and the rep have the north.

    Every stream that is used has a key. The clerk has the restricted fields too.
    """
    company = Company()
    streams = (Stream(COMPANY_BOOK, 0), Stream(NORTH, 0), Stream(NORTH, 1))
    company.begins(OFFICE_PC, *streams)
    people = (
        (MANAGER, MANAGERS, "manager"),
        (REP, VAN, "rep"),
        (CLERK, CLERKS, "clerk"),
        (AUDITOR, AUDITORS, "auditor"),
        (IT, ITS, "it"),
    )
    for member, device, role in people:
        company.says(OFFICE_PC, say.MemberAdded(member, role))
        company.certifies(OFFICE_PC, device, member)
    for member in (MANAGER, REP, CLERK):
        company.says(OFFICE_PC, say.AccessGiven(member, NORTH, 0))
    company.says(OFFICE_PC, say.AccessGiven(MANAGER, NORTH, 1))
    company.says(OFFICE_PC, say.AccessGiven(CLERK, NORTH, 1))
    return company


def refuses(error: type[AppError], company: Company, device: bytes, body: Body) -> None:
    """Claim that a statement is refused so, and leaves the roster as it was."""
    before = company.roster.head
    with pytest.raises(error):
        company.says(device, body)
    assert company.roster.head == before
