"""`books`: making them, giving and taking them, moving customers between them."""

from __future__ import annotations

from typing import Any, Final

from app import ids
from app.clock import SystemClock
from app.i18n import _, ngettext
from ui.console.answer import Answer, plain, table
from ui.console.call import Call
from ui.console.online import Online, book_of, id_of, member_of, online


def listing(call: Call) -> Answer:
    """The books of the company with who has them, as this device knows it."""
    from app.features.trust import books, devices
    from app.model.standing import FIELD, OFFICE
    from app.model.statements import Stream

    with call.opened() as opened:
        session = opened.session
        facts, names = session.sync.roster.facts, session.ask(books.names)
        _devices, members = session.ask(devices.names)
        found: list[dict[str, Any]] = []
        for book in sorted(facts.books - {facts.company_book}, key=lambda one: names.get(ids.Id(one), "")):
            holders = {
                tier: sorted(
                    members.get(ids.Id(member), ids.show(ids.Id(member)))
                    for member in facts.holders(Stream(book, tier))
                )
                for tier in (FIELD, OFFICE)
            }
            found.append(
                {
                    "id": ids.show(ids.Id(book)),
                    "name": names.get(ids.Id(book), ""),
                    "own": book in session.identity.books,
                    "members": holders[FIELD],
                    "office": holders[OFFICE],
                }
            )
    rows = [(one["id"], one["name"] or _("(no name)"), ", ".join(one["members"])) for one in found]
    return Answer({"books": found}, table(rows))


def create(call: Call) -> Answer:
    """A new, empty book."""
    from app.features.trust import books
    from sync.client import enrol

    with online(call) as road:
        road.settle()
        session = road.session
        book, sayings = books.make(session.sync)
        road.hold(enrol.decide(session, sayings, SystemClock().now_ms()))
        session.do(books.name, book, call.options.name)
        road.settle()
    return Answer(
        {"id": ids.show(book), "name": call.options.name},
        _("The book “{name}” is made.").format(name=plain(call.options.name)),
    )


def give(call: Call) -> Answer:
    """Give a member a book, with --office its restricted fields too."""
    from app.features.trust import books
    from app.model.standing import FIELD, OFFICE
    from sync.client import enrol

    with online(call) as road:
        road.settle()
        book, member = _meant(road, call)
        tier = OFFICE if call.options.office else FIELD
        road.hold(
            enrol.decide(
                road.session, books.give(road.session.sync, member, book, tier), SystemClock().now_ms()
            )
        )
        road.settle()
    return Answer(
        {"book": ids.show(book), "member": ids.show(member), "office": call.options.office},
        _("“{member}” has the book “{book}”.").format(
            member=plain(call.options.member), book=plain(call.options.book)
        ),
    )


def take(call: Call) -> Answer:
    """Take a book from a member, with --office only its restricted fields."""
    from app.features.trust import books
    from app.model.standing import FIELD, OFFICE
    from sync.client import enrol

    with online(call) as road:
        road.settle()
        book, member = _meant(road, call)
        tier = OFFICE if call.options.office else FIELD
        road.hold(enrol.decide(road.session, [books.take(member, book, tier)], SystemClock().now_ms()))
        road.settle()
    return Answer(
        {"book": ids.show(book), "member": ids.show(member), "office": call.options.office},
        _("“{member}” no longer has it. What they saw before, they may have copied.").format(
            member=plain(call.options.member)
        ),
    )


def move(call: Call) -> Answer:
    """Move customers, with all that belongs to them, to another book."""
    from app.features.trust import books, moving

    customers = [id_of(text) for text in call.options.customers]
    with online(call) as road:
        session = road.session
        road.settle()
        book = book_of(session.ask(books.names), call.options.to)
        made = session.do(moving.move, customers, book)
        road.settle()
    text = ngettext("{count} customer was moved.", "{count} customers were moved.", len(made))
    return Answer(
        {"book": ids.show(book), "customers": [ids.show(one) for one in made]}, text.format(count=len(made))
    )


def _meant(road: Online, call: Call) -> tuple[ids.Id, ids.Id]:
    from app.features.trust import books, devices

    session = road.session
    _devices, members = session.ask(devices.names)
    book = book_of(session.ask(books.names), call.options.book)
    return book, member_of(dict(members), call.options.member)


COMMANDS: Final = {
    "books list": listing,
    "books create": create,
    "books give": give,
    "books take": take,
    "books move": move,
}
