"""Rights at ingest: the same verdict on every device, from the roster and the step alone."""

from __future__ import annotations

from typing import Any

import pytest

import app.features  # noqa: F401 - declares every record kind
from app.access.ingest import COMPANY_KINDS, NEWEST, TABLES, Quarantine, judge, rows_of
from app.access.policy import Person, Policy, Question
from app.errors import Outdated
from app.ids import Id
from app.model import statements as say
from app.model.change import Dot, Edit, Step
from app.model.entity import LIFE, entities
from app.model.statements import Stream
from tests.model.company import (
    AUDITOR,
    AUDITORS,
    CLERKS,
    COMPANY_BOOK,
    IT,
    ITS,
    MANAGERS,
    NORTH,
    NOW,
    OFFICE_PC,
    REP,
    VAN,
    Company,
    staffed,
)  # fmt: skip

ROW = b"1" * 16
HERS = Dot(OFFICE_PC, 3, 0)
NORTH_FIELD, NORTH_OFFICE, COMMON = Stream(NORTH, 0), Stream(NORTH, 1), Stream(COMPANY_BOOK, 0)


@pytest.fixture(scope="module")
def company() -> Company:
    company = staffed()
    company.says(OFFICE_PC, say.AccessGiven(AUDITOR, NORTH, 0))
    company.says(OFFICE_PC, say.AccessGiven(REP, NORTH, 1))  # the key alone gives no right to write
    return company


def verdict(
    company: Company, device: bytes, stream: Stream, *edits: Edit, known: bool = True, at: int = NOW
) -> Quarantine | None:
    step = Step(device, 9, stream.book, stream.tier, NOW, edits)
    return judge(company.roster.standing(device), stream, at, step, lambda kind, row: known)


def update(field: str, kind: str = "customer", value: Any = "x") -> Edit:
    return Edit(kind, ROW, (field,), (value,), ((HERS,),))


def create(kind: str = "customer", *fields: str) -> Edit:
    return Edit(kind, ROW, (LIFE, *fields), (True, *fields))


def delete(kind: str, *dots: Dot) -> Edit:
    return Edit(kind, ROW, (LIFE,), ([[dot.device, dot.step, dot.nth, dot.nth] for dot in dots],), (dots,))


EXPECTED = [
    # device, stream, edit, accepted
    (OFFICE_PC, NORTH_FIELD, delete("customer", HERS), True),
    (OFFICE_PC, NORTH_OFFICE, update("credit_limit"), True),
    (OFFICE_PC, COMMON, update("label", "custom_field"), True),
    (MANAGERS, NORTH_FIELD, delete("customer", HERS), True),
    (MANAGERS, NORTH_OFFICE, update("credit_limit"), True),
    (MANAGERS, COMMON, create("member", "name"), True),
    (CLERKS, NORTH_FIELD, update("payment_terms"), True),
    (CLERKS, NORTH_OFFICE, update("credit_limit"), True),
    (CLERKS, NORTH_FIELD, delete("customer", HERS), False),
    (CLERKS, NORTH_FIELD, delete("contact", HERS), True),
    (CLERKS, COMMON, update("label", "custom_field"), False),
    (CLERKS, COMMON, update("name", "saved_view"), True),
    (VAN, NORTH_FIELD, update("phone"), True),
    (VAN, NORTH_FIELD, update("tags/new"), True),
    (VAN, NORTH_FIELD, update("x:something"), True),
    (VAN, NORTH_FIELD, update("anything", "kind_of_the_future"), True),
    (VAN, NORTH_FIELD, update("payment_terms"), False),
    (VAN, NORTH_FIELD, update("assigned_to"), False),
    (VAN, NORTH_FIELD, delete("customer", HERS), False),
    (VAN, NORTH_FIELD, delete("activity", HERS), True),
    # Pointing a customer to another place, or to another one, hides it like deleting.
    (VAN, NORTH_FIELD, update("~to", value="x/y"), False),
    (VAN, NORTH_FIELD, update("same_as", value=ROW), False),
    (VAN, COMMON, create("invitation", "name"), False),
    (VAN, NORTH_FIELD, create("invitation", "name"), False),
    (CLERKS, NORTH_FIELD, update("~to", value="x/y"), False),
    (CLERKS, NORTH_FIELD, update("same_as", value=ROW), True),
    (MANAGERS, NORTH_FIELD, update("~to", value="x/y"), True),
    (VAN, NORTH_OFFICE, update("credit_limit"), False),
    (VAN, COMMON, update("name", "member"), False),
    (VAN, COMMON, update("name", "saved_view"), True),
    (VAN, COMMON, update("anything", "kind_of_the_future"), False),
    (AUDITORS, NORTH_FIELD, update("phone"), False),
    (AUDITORS, COMMON, update("name", "saved_view"), False),
    (ITS, COMMON, update("name", "member"), False),
]


@pytest.mark.parametrize(("device", "stream", "edit", "accepted"), EXPECTED)
def test_table(company: Company, device: bytes, stream: Stream, edit: Edit, accepted: bool) -> None:
    assert (verdict(company, device, stream, edit) is None) == accepted


def test_a_rep_makes_a_customer_with_all_its_fields(company: Company) -> None:
    edit = create("customer", "name", "payment_terms", "assigned_to")
    assert verdict(company, VAN, NORTH_FIELD, edit, known=False) is None


def test_pretending_to_make_what_is_there_is_changing_it(company: Company) -> None:
    edit = create("customer", "name", "assigned_to")
    assert verdict(company, VAN, NORTH_FIELD, edit, known=True) is not None
    twice = verdict(company, VAN, NORTH_FIELD, create("customer", "name"), edit, known=False)
    assert twice == Quarantine("role", "customer", LIFE, "restore")


def test_a_making_that_names_dots_is_a_change(company: Company) -> None:
    edit = Edit("customer", ROW, (LIFE, "assigned_to"), (True, "me"), ((), (HERS,)))
    assert verdict(company, VAN, NORTH_FIELD, edit, known=False) is not None


def test_a_rep_takes_back_what_only_he_wrote(company: Company) -> None:
    own, other = Dot(VAN, 8, 0), Dot(VAN, 8, 1)
    assert verdict(company, VAN, NORTH_FIELD, delete("customer", own, other)) is None
    assert verdict(company, VAN, NORTH_FIELD, delete("customer", own, HERS)) is not None
    assert verdict(company, VAN, NORTH_FIELD, delete("customer")) is not None
    back = Edit("customer", ROW, (LIFE,), (True,), ((own,),))
    assert verdict(company, VAN, NORTH_FIELD, back) is None
    hers = Edit("customer", ROW, (LIFE,), (True,), ((HERS,),))
    assert verdict(company, VAN, NORTH_FIELD, hers) == Quarantine("role", "customer", LIFE, "restore")


def test_one_forbidden_change_quarantines_the_whole_step(company: Company) -> None:
    found = verdict(company, VAN, NORTH_FIELD, update("phone"), update("price_list"))
    assert found == Quarantine("role", "customer", "price_list", "update")


def test_no_access_no_effect(company: Company) -> None:
    assert verdict(company, ITS, NORTH_FIELD, update("phone")) == Quarantine("access")
    assert verdict(company, VAN, Stream(b"?" * 16, 0), update("phone")) == Quarantine("access")
    assert verdict(company, b"?" * 16, NORTH_FIELD, update("phone")) == Quarantine("device")


def test_a_revoked_device_has_no_effect_after_its_last_sequence() -> None:
    company = staffed()
    cited = company.roster.index
    company.says(OFFICE_PC, say.DeviceRevoked(VAN, ()))
    step = Step(VAN, 9, NORTH, 0, NOW, (update("phone"),))
    before, after = (company.roster.judged(VAN, NORTH_FIELD, sequence, cited) for sequence in (7, 8))
    assert judge(before, NORTH_FIELD, NOW, step, lambda kind, row: True) is None
    assert judge(after, NORTH_FIELD, NOW, step, lambda kind, row: True) == Quarantine("device")


def test_a_lent_role_ends_by_the_servers_clock() -> None:
    company = staffed()
    company.says(OFFICE_PC, say.RoleGiven(REP, "manager", NOW + 10))
    edit = delete("customer", HERS)
    assert verdict(company, VAN, NORTH_FIELD, edit, at=NOW + 9) is None
    assert verdict(company, VAN, NORTH_FIELD, edit, at=NOW + 10) is not None


def test_lent_access_ends_by_the_servers_clock() -> None:
    company = staffed()
    company.says(OFFICE_PC, say.RoleGiven(IT, "rep"))
    company.says(OFFICE_PC, say.AccessGiven(IT, NORTH, 0, NOW + 10))
    assert verdict(company, ITS, NORTH_FIELD, update("phone"), at=NOW + 9) is None
    assert verdict(company, ITS, NORTH_FIELD, update("phone"), at=NOW + 10) == Quarantine("access")


def test_a_table_of_the_future_asks_for_an_update(company: Company) -> None:
    standing = company.roster.standing(OFFICE_PC)._replace(rules=NEWEST + 1)
    step = Step(OFFICE_PC, 9, NORTH, 0, NOW, (update("phone"),))
    with pytest.raises(Outdated):
        judge(standing, NORTH_FIELD, NOW, step, lambda kind, row: True)


def test_released_tables_never_change() -> None:
    """The digest of each released table. A change of rights is a new table under a new number."""
    import hashlib

    spelled = {
        version: hashlib.sha256(
            repr(
                [(row[:3], sorted(row.kinds), sorted(row.actions), sorted(row.but)) for row in table]
            ).encode()
        ).hexdigest()[:16]
        for version, table in TABLES.items()
    }
    assert spelled == {1: "f21bf250591f9178"}


ROLES_AND_DEVICES = (
    ("owner", OFFICE_PC), ("manager", MANAGERS), ("clerk", CLERKS), ("rep", VAN), ("auditor", AUDITORS), ("it", ITS),
)  # fmt: skip


@pytest.mark.parametrize(
    ("role", "device"), ROLES_AND_DEVICES, ids=lambda part: part if isinstance(part, str) else ""
)
def test_what_the_door_allows_has_effect(company: Company, role: str, device: bytes) -> None:
    """The policies as shipped are never wider than the table, or honest work would end in quarantine."""
    person = Person(Id(REP), "Somebody", frozenset({role}), frozenset({Id(NORTH)}), frozenset({Id(NORTH)}))
    policy = Policy(person)
    for kind in ("customer", "contact", "activity", "saved_view", "custom_field", "member"):
        company_kind = kind in ("saved_view", "custom_field", "member")
        for stream in (COMMON,) if company_kind else (NORTH_FIELD, NORTH_OFFICE):
            for field in ("name", "payment_terms", "assigned_to", "price_list"):
                for action, edit in (
                    ("create", create(kind, field)), ("update", update(field, kind)), ("delete", delete(kind, HERS)),
                ):  # fmt: skip
                    question = Question(
                        action,  # type: ignore[arg-type]
                        kind,
                        book=b"" if stream == COMMON else stream.book,
                        fields=frozenset({field}) if action != "delete" else frozenset(),
                        restricted=stream.tier == 1,
                    )
                    if policy.allows(question):
                        known = action != "create"
                        assert verdict(company, device, stream, edit, known=known) is None, (
                            kind,
                            stream,
                            action,
                        )


def test_the_roles_can_be_explained_from_the_table() -> None:
    assert not rows_of("auditor")
    assert {row.tier for row in rows_of("rep")} == {0}


@pytest.mark.parametrize("kind", ["company", "member", "book", "device", "custom_field", "saved_view"])
def test_what_belongs_to_the_company_is_not_made_in_a_book_of_ones_own(company: Company, kind: str) -> None:
    for device in (VAN, OFFICE_PC):
        found = verdict(company, device, NORTH_FIELD, create(kind, "name"), known=False)
        assert found is not None and (found.reason, found.kind) == ("role", kind)
    assert verdict(company, OFFICE_PC, COMMON, create(kind, "name"), known=False) is None


def test_every_kind_of_the_company_is_named_in_the_newest_rules() -> None:
    """A new one needs a new version of the rules: on an older program it would be taken from anybody."""
    assert {entity.name for entity in entities() if entity.company} == COMPANY_KINDS[NEWEST]
