"""Members and devices: who belongs to the company, with which role, books and computers; inviting and letting in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from app.clock import SystemClock
from app.errors import AppError, Offline
from app.features.trust import custody, devices, people, roles
from app.features.trust.devices import Knocking, Line
from app.features.trust.invitations import Invitation
from app.features.trust.people import Company, Person
from app.features.trust.saying import Saying
from app.gateway.session import Session
from app.i18n import N_, _
from sync.client import enrol
from sync.client.status import State, Status
from sync.client.talk import Talk
from ui import errors
from ui.actions import Action
from ui.desk import Desk
from ui.widgets import member_questions as questions
from ui.widgets.cards import CardColumn
from ui.widgets.invite_dialog import InviteDialog
from ui.widgets.member_card import MemberCard, Way
from ui.widgets.member_dialogs import BooksDialog, NameDialog, RoleDialog
from ui.widgets.member_questions import Question
from ui.widgets.screen import Screen
from ui.widgets.six_words import CompareWords
from ui.widgets.talk_dialog import AskFirst
from ui.widgets.waiting_cards import InvitationsCard, KnockCard

Heard = tuple[tuple[Knocking, ...], Mapping[bytes, int]]


class Members(Screen):
    """Shows at once what this computer knows; what only the server knows follows."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.company: Company | None = None
        for action in self._actions():
            self.actions_here.add(action)
        self.invite_button = self.actions_here.button("members.invite", "primary")
        self.former = self.actions_here.button("members.former")
        self.headed(_("Members and devices"), self.former, self.invite_button)
        self.former.hide()
        self.column = CardColumn()
        self.page.addWidget(self.column, 1)
        self.knocks: tuple[Knocking, ...] = ()
        self.cards: dict[bytes, MemberCard] = {}
        self._contacts: Mapping[bytes, int] = {}
        self._all = False
        self._knocks_known = 0
        desk.changed.connect(self._changed)
        if desk.link is not None:
            desk.link.told.connect(self._told)

    def arrive(self, where: Mapping[str, Any]) -> None:
        self.look()
        self.listen()

    # ---- asking

    def look(self) -> None:
        """What this computer knows."""
        link = self.desk.link
        if link is None:
            return
        session, knocks = link.session, self.knocks

        def work(_job: object) -> tuple[Company, Mapping[bytes, int]]:
            contacts = enrol.known_contacts(session)
            return people.look(session, contacts, knocks), contacts

        self.desk.run(self, work).then(self._show).latest("look").start()

    def listen(self) -> None:
        """What the server knows: who waits to be let in, and when it heard of whom."""
        if self.desk.link is not None and self._is_connected():
            self.desk.talk(self, _listen).then(self._heard).failed(self._unheard).latest("listen").start()

    def _is_connected(self) -> bool:
        return self.desk.link is not None and self.desk.link.status.state is not State.UNCONNECTED

    def _heard(self, heard: Heard) -> None:
        self.knocks, self._contacts = heard
        self.look()

    def _unheard(self, error: BaseException) -> None:
        if not isinstance(error, Offline):  # the status bar says that already
            errors.show(error, self)

    def _changed(self, kinds: frozenset[str]) -> None:
        if self.isVisible() and kinds & {"member", "device", "book", "invitation", "company"}:
            self.look()

    def _told(self, status: Status) -> None:
        if self.isVisible() and status.knocks != self._knocks_known:
            self._knocks_known = status.knocks
            self.listen()

    # ---- showing

    def _show(self, found: tuple[Company, Mapping[bytes, int]]) -> None:
        self.company, self._contacts = found
        company = self.company
        focus = self.focusWidget()
        self.column.clear()
        self.cards = {}
        if company.may_invite:
            for knock in self.knocks:
                self.column.put(
                    KnockCard(knock, dict(company.books), partial(self.compare, knock), partial(self.refuse, knock))
                )  # fmt: skip
        for person in company.people:
            if person.is_active or self._all:
                card = MemberCard(person, self._ways(person), partial(self._device_ways, person))
                self.cards[person.id] = card
                self.column.put(card)
        used = {knock.invite for knock in self.knocks}
        if unused := [one for one in company.invitations if one.id not in used]:
            self.column.put(InvitationsCard(unused, dict(company.books), self.withdraw))
        self.former.setVisible(any(not one.is_active for one in company.people))
        self.actions_here.refresh()
        if focus is None or not focus.isVisible():
            self.setFocus()

    def _actions(self) -> tuple[Action, ...]:
        def may_invite() -> bool:
            return self.company is not None and self.company.may_invite

        return (
            Action("members.invite", N_("Invite…"), self.invite, "user-plus", "Ctrl+N", may_invite),
            Action(
                "members.former",
                N_("Former members"),
                self._toggle_former,
                "history",
                enabled=lambda: (
                    self.company is not None and any(not one.is_active for one in self.company.people)
                ),
            ),
            Action("members.leave", N_("Leave the company…"), self.leave_company, "leave", danger=True),
        )

    def _toggle_former(self) -> None:
        self._all = not self._all
        self.look()

    def _ways(self, person: Person) -> Iterator[Way]:
        company = self.company
        assert company is not None
        if not person.is_active:
            return
        decides = company.may_invite and (
            "owner" in company.roles or not {"owner", "manager", "auditor", "it"} & set(person.roles)
        )
        if decides:
            yield Way(_("Change the role…"), partial(self._dialog, RoleDialog, person), "key")
            yield Way(_("Change the books…"), partial(self._dialog, BooksDialog, person), "book")
        if decides or (person.is_own and company.may_invite):
            yield Way(_("Add a computer…"), partial(self.invite, person), "plus")
        if person.is_own:
            yield Way(_("Leave the company…"), self.leave_company, "leave", danger=True)
        elif decides or "it" in company.roles:
            yield Way(_("Remove from the company…"), partial(self.remove, person), "trash", danger=True)

    def _device_ways(self, person: Person, line: Line) -> Iterator[Way]:
        company = self.company
        assert company is not None
        if line.state != "active":
            return
        if company.may_lead or line.is_own:
            yield Way(_("Rename…"), partial(self._rename, line), "pencil")
        if line.is_own:
            return
        if "owner" in company.roles or person.is_own:
            if "owner" in company.roles:
                if line.is_locked:
                    yield Way(_("Withdraw the lock"), partial(self._unlock, person, line), "unlock")
                else:
                    yield Way(_("Lock from afar…"), partial(self.lock, person, line), "lock", danger=True)
            yield Way(_("End this computer's access…"), partial(self.revoke, line), "stop", danger=True)
        elif company.may_lead:
            yield Way(_("End this computer's access…"), partial(self.revoke, line), "stop", danger=True)

    # ---- deciding

    def invite(self, person: Person | None = None) -> None:
        """Invite somebody; or, with a person, a further computer of theirs."""
        if not self._is_connected():
            self.show_banner(
                _(
                    "This company is on this computer only. Connect it with a server first, on the page “Synchronisation”."
                ),
                "info",
            )
            return
        if self.company is not None:
            InviteDialog(self.window(), self.desk, self.company, self.look, person).open()

    def compare(self, knock: Knocking) -> None:
        """Let a device in, once its words were compared."""
        who = knock.invitation.name if knock.invitation else knock.name
        words = " ".join(knock.words)
        CompareWords(
            self.window(),
            _("Does {name} read out the same words?").format(name=who),
            _(
                "Ask {name} to read the six words from their screen, best on the telephone or in person. Let the computer "
                "in only if all of them are the same."
            ).format(name=who),
            knock.words,
            lambda: self.desk.talk(
                self,
                lambda session: enrol.approve(session, knock.device, words, SystemClock().now_ms()),
            ),
            lambda: self.desk.talk(self, lambda session: enrol.refuse(session, knock.device)),
            self._again,
        ).open()

    def refuse(self, knock: Knocking) -> None:
        """Turn a device away."""
        self._ask(questions.refuse(), lambda session: enrol.refuse(session, knock.device))

    def withdraw(self, invitation: Invitation) -> None:
        """Forget an invitation."""
        self._ask(questions.withdraw(invitation), lambda session: enrol.withdraw(session, invitation.id))

    def remove(self, person: Person) -> None:
        """End somebody's membership."""
        self._ask(questions.remove(person), self._decide(roles.remove(person.id)))

    def revoke(self, line: Line) -> None:
        """End one computer's access."""
        self._ask(questions.revoke(line), self._decide(devices.revoke(line.id)))

    def lock(self, person: Person, line: Line) -> None:
        """Have a computer lock on its next contact."""
        self._ask(questions.lock(line), self._decide(custody.lock(line.id, SystemClock().now_ms())))

    def leave_company(self) -> None:
        """End one's own membership."""
        link = self.desk.link
        if link is not None:
            self._ask(questions.leave(), self._decide(roles.leave(link.session.person.member)))

    def _unlock(self, person: Person, line: Line) -> None:
        """Withdrawn at once; a refusal is said in the person's card."""

        def failed(error: BaseException) -> None:
            card = self.cards.get(person.id)
            if isinstance(error, AppError) and card is not None:
                card.tell(error.text)
            else:
                errors.show(error, self)

        pending = self.desk.talk(self, self._decide(custody.unlock(line.id)))
        pending.then(lambda _count: self._again()).failed(failed).start()

    def _rename(self, line: Line) -> None:
        NameDialog(self.window(), self.desk, line, self.look).open()

    def _dialog(self, kind: type[RoleDialog] | type[BooksDialog], person: Person) -> None:
        if self.company is not None:
            kind(self.window(), self.desk, self.company, person, self._again).open()

    def _decide(self, saying: Saying) -> Callable[[Session], Talk[int]]:
        return lambda session: enrol.decide(session, [saying], SystemClock().now_ms())

    def _ask(self, question: Question, make: Callable[[Session], Talk[Any]]) -> None:
        AskFirst(
            self.window(), *question, lambda: self.desk.talk(self, make), self._again, danger=True
        ).open()

    def _again(self) -> None:
        self.look()
        self.listen()


def _listen(session: Session) -> Talk[Heard]:
    contacts = yield from enrol.contacts(session)
    may = {"owner", "manager"} & session.person.roles
    knocks = (yield from enrol.knocks(session)) if may else ()
    return knocks, contacts
