"""A program that handles planted texts in every way there is: `python -m tests.campaign.leak_child HOME [leak]`.

Prints `ready` when all is written and waits to be killed. With `leak` it also makes the mistake that the scan
must find.
"""

from __future__ import annotations

import base64
import contextlib
import logging
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app import bootstrap
from app.crypto import passwords
from app.errors import AppError
from app.features import history, records
from app.features.crm import activities, contacts, custom_fields, customers, finding, sites, views
from app.features.crm.activities import Activity
from app.features.crm.contacts import Contact
from app.features.crm.custom_fields import CustomField
from app.features.crm.customers import Customer
from app.features.crm.sites import Site
from app.features.crm.views import SavedView
from app.gateway.command import command
from app.gateway.tx import Tx
from app.model.entity import entity_of
from app.model.fields import Email
from app.model.values import Address
from app.store.reader import Is
from tests.builders import PASSWORD
from tests.keychains import MemoryKeychain

MARK = "Pflaumenmus-zu-Hof"


def planted(name: str) -> str:
    """The text planted under a name."""
    return f"{MARK}-{name}-Zwetschge"


def plants() -> list[str]:
    """Every planted text, and what must not be seen besides."""
    texts = [
        planted(f"{kind}-{name}")
        for kind in ("customer", "site", "contact", "activity")
        for name in PLANTED[kind]
    ]
    texts += [planted(name) for name in OTHERS]
    return [*texts, PASSWORD]


OTHERS = (
    "company", "owner", "custom-label", "custom-value", "view", "filter", "draft", "search", "refused", "broken",
    "crash", "street", "tag",
)  # fmt: skip
CLASSES: dict[str, type[Any]] = {"customer": Customer, "site": Site, "contact": Contact, "activity": Activity}
PLANTED = {
    kind: [
        field.name
        for field in entity_of(cls).fields
        if field.kind in ("text", "long_text", "phone", "web") or isinstance(field, Email)
    ]
    for kind, cls in CLASSES.items()
}


def values(kind: str) -> dict[str, Any]:
    """A planted text for every field of a kind that takes one."""
    entity = entity_of(CLASSES[kind])
    made = {name: planted(f"{kind}-{name}")[: entity.field(name).max] for name in PLANTED[kind]}
    return {
        name: f"{text}@example.com" if isinstance(entity.field(name), Email) else text
        for name, text in made.items()
    }


@command("customer.leak_crash", "Crash")
def crash(tx: Tx) -> None:
    tx.save(Customer(name=planted("crash")))
    raise RuntimeError(planted("crash"))


@contextlib.contextmanager
def expected(*kinds: type[BaseException]) -> Iterator[None]:
    """Something that goes wrong on purpose."""
    with contextlib.suppress(*kinds):
        yield


def main(home: Path, leak: bool) -> None:
    """Write, edit, search, fail, remember; then wait."""
    opened = bootstrap.create_company(
        home,
        planted("company"),
        planted("owner"),
        PASSWORD,
        keychain=MemoryKeychain(),
        parameters=passwords.minimum(),
    )
    book = opened.session
    label = book.do(custom_fields.add, CustomField(label=planted("custom-label"), of="customer"))
    field = book.ask(custom_fields.declared, "customer")[0]
    customer = book.do(
        customers.add,
        Customer(**values("customer"), address=Address(street=planted("street")), tags=(planted("tag"),)),
    )
    book.do(customers.edit, customer.id, {field.name: planted("custom-value")})
    book.do(sites.add, Site(customer=customer.id, **values("site")))
    book.do(contacts.add, Contact(customer=customer.id, **values("contact")))
    book.do(activities.add, Activity(customer=customer.id, at=1, **{**values("activity"), "kind": "note"}))
    book.do(views.add, SavedView(name=planted("view"), of="customer", definition=planted("filter")))
    book.remember("draft:customer:new", {"name": planted("draft")})
    book.ask(finding.find, planted("search"))
    book.ask(records.ids, "customer", Is("name", "contains", planted("filter")))
    book.ask(history.history, "customer", customer.id)
    with expected(AppError):
        book.do(contacts.edit, customer.id, {"email": planted("refused")})
    with expected(AppError):
        book.do(customers.edit, customer.id, {"email": planted("broken")})
    with expected(RuntimeError):
        book.do(crash)
    book.undo()
    book.do(customers.delete, [customer.id])
    book.undo()
    assert label.id
    if leak:
        logging.basicConfig(filename=Path(tempfile.gettempdir()) / "careless.log", level=logging.INFO)
        logging.info("saved %s", planted("company"))
        (home / "thumbnail").write_bytes(b"junk" + zlib.compress(planted("tag").encode() * 3))
        (home / "session").write_bytes(base64.b64encode(b"x" + planted("owner").encode()))
    print("ready", flush=True)
    time.sleep(600)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "leak" in sys.argv)
