"""Two people, two windows, a real server: joining, seeing each other's edits, an outage, and deciding together."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.protocol.codec import write_token
from tests.e2e.desktop import Desktop
from tests.e2e.driver import NotSeen, Widget, wait_until
from tests.e2e.journey import OPEN_S, WORKING, Book
from tests.e2e.seat import COMPANY, PASSWORD, Seat
from tests.e2e.test_welcome import keep_code
from tests.sync.server_process import ServerProcess, start_server

SYNC_S = 60.0
SOON_S = 2.0
CAFE = "Elbe Kontor"
MINE, THEIRS = "+49 40 555 0111", "+49 40 555 0222"


@dataclass
class Company:
    """Two seats of one company, and the server between them."""

    owner: Book
    rep: Book
    server: ServerProcess
    folder: Path

    def front(self, book: Book) -> Widget:
        """That person's window, before the other."""
        program = book.program
        wait_until(lambda: book.hands.bring_forward(program.pid), "a window on the screen", OPEN_S)
        return program.window()


@pytest.fixture(scope="module")
def company(desktop: Desktop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("two")
    with (
        start_server(folder / "server") as server,
        Seat.at(desktop, folder / "owner", folder / "owner" / "provender") as owner,
        Seat.at(desktop, folder / "rep", folder / "rep" / "provender") as rep,
    ):
        owner.make_company()
        yield Company(Book(owner), Book(rep), server, folder)


def badge(book: Book) -> str:
    """What the status bar says."""
    windows = book.program.windows()
    said = [one for window in windows for one in window.all("button", re.compile("^Synchronisation: "))]
    return said[0].name.removeprefix("Synchronisation: ") if said else ""


def wait_badge(book: Book, start: str, timeout_s: float = SYNC_S) -> None:
    try:
        wait_until(lambda: badge(book).startswith(start), f"the badge to say {start!r}", timeout_s)
    except NotSeen as error:
        raise NotSeen(f"{error}; it says {badge(book)!r}; {book.program.tree()}") from None


def test_the_company_is_connected_with_its_server(company: Company) -> None:
    owner, server = company.owner, company.server
    token, pin = company.folder / "token", company.folder / "pin"
    token.write_text(write_token(server.admission()) + "\n")
    pin.write_text(server.pin.hex() + "\n")
    owner.unlock()
    assert badge(owner) == "Only on this computer"
    window = owner.go("Synchronisation")
    window.find("button", "Connect with a server…").click()
    ask = owner.program.window(re.compile("^Connect with a server"))
    ask.find("field", "Address of the server").type(server.url)
    ask.find("field", "Token file").type(str(token))
    ask.find("field", "Pin file").type(str(pin))
    ask.find("button", "Connect").click()
    window = owner.program.window(WORKING, timeout_s=SYNC_S)
    window.find("label", "Everything is synchronised", timeout_s=SYNC_S)
    wait_badge(owner, "Synchronised")


def test_somebody_is_invited_and_let_in_after_comparing_six_words(company: Company) -> None:
    owner, rep = company.owner, company.rep
    window = owner.go("Members and devices")
    window.find("button", "Invite…").click()
    ask = owner.program.window(re.compile("^Invite somebody"))
    ask.find("field", "Their name").type("Ana Trujillo")
    ask.find("check box", "Customers").click()
    ask.find("button", "Make the invitation").click()
    offer = owner.program.window(re.compile("^The invitation for"), timeout_s=SYNC_S)
    link = offer.find("field", "The link").text
    assert link.startswith("provender://join/")
    offer.find("button", "Done").click()

    window = company.front(rep)
    window.find("button", "Join a company…", timeout_s=OPEN_S).click()
    window.find("field", "Link of the invitation").type(link)
    window.find("field", re.compile("^Name of this computer")).type("Anas van")
    window.find("field", "Password").type(PASSWORD)
    window.find("field", "Password again").type(PASSWORD)
    rep.hands.press("Return")
    keep_code(window)
    window.find("label", "Waiting to be let in", timeout_s=OPEN_S)
    said = words(window)
    assert len(said) == 6

    window = company.front(owner)
    window.find("button", "Compare the words…", timeout_s=SYNC_S).click()
    ask = owner.program.window(re.compile("^Does Ana Trujillo read out"))
    assert words(ask) == said
    ask.find("button", "The same: let it in").click()
    window = owner.program.window(WORKING, timeout_s=SYNC_S)
    window.find("label", "Anas van", timeout_s=SYNC_S)

    company.front(rep)
    wait_until(
        lambda: any(window.name == f"{COMPANY} – Provender" for window in rep.program.windows()),
        "the company's name, which only synchronisation brings",
        SYNC_S,
    )
    wait_badge(rep, "Synchronised")


def test_an_edit_here_is_seen_there_within_two_seconds(company: Company) -> None:
    owner, rep = company.owner, company.rep
    company.front(rep)
    rep.rest()
    company.front(owner)
    window = owner.rest()
    owner.hands.press("ctrl+n")
    window.find("field", "Name").type(CAFE)
    owner.hands.press("ctrl+s")
    window.find("label", f"{CAFE} was added.")
    began = time.monotonic()
    there = rep.program.window(WORKING, active=False).table("Customers")
    there.wait_for_row(CAFE, "Name", SYNC_S)
    assert time.monotonic() - began < SOON_S
    wait_badge(owner, "Synchronised")


def test_an_outage_is_told_and_both_values_are_kept_until_somebody_decides(company: Company) -> None:
    owner, rep = company.owner, company.rep
    company.server.kill()
    for book, phone in ((owner, MINE), (rep, THEIRS)):
        window = company.front(book)
        wait_badge(book, "Offline since")
        book.rest()
        book.search(CAFE.lower())
        book.wait_result(CAFE)
        book.hands.press("Return")
        window.find("field", "Name").wait_text(CAFE)
        window.find("field", "Phone").type(phone)
        book.hands.press("ctrl+s")
        window.find("label", "The customer was saved.")
        wait_until(lambda book=book: "1 unsent" in badge(book), "what was not sent")  # type: ignore[misc]
        assert badge(book).startswith("Offline since")
    company.server.start()
    for book in (owner, rep):
        window = company.front(book)
        book.go("Synchronisation")
        window.find("button", "Synchronise now").click()
        wait_badge(book, "Synchronised")

    shown = []
    for book in (owner, rep):
        company.front(book)
        window = book.program.window()
        window.find("check box", "Review (1)", timeout_s=SYNC_S)
        window = book.go("Review (1)")
        window.find("label", f"Phone of {CAFE}")
        assert window.has("label", MINE) and window.has("label", THEIRS)
        shown.append(next(one.name for one in window.all("label") if "(shown now)" in one.name))
    assert len({text.split(",")[0] for text in shown}) == 1

    window = company.front(rep)
    window.find("button", f"Keep {MINE}").click()
    window.find("label", "Nothing waits for a decision", timeout_s=SYNC_S)
    window = company.front(owner)
    window.find("label", "Nothing waits for a decision", timeout_s=SYNC_S)
    for book in (owner, rep):
        window = company.front(book)
        book.rest()
        book.search(CAFE.lower())
        book.wait_result(CAFE)
        book.hands.press("Return")
        window.find("field", "Phone").wait_text(MINE)
        assert not window.has("button", re.compile("values to decide between"))


def test_both_windows_end_well(company: Company) -> None:
    for book in (company.rep, company.owner):
        company.front(book)
        book.quit()


def words(window: Widget) -> list[str]:
    """The six words, as they are to be read out."""
    return [one.name.partition(": ")[2] for one in window.all("label", re.compile(r"^Word \d: "))]
