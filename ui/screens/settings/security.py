"""What opens the book and what closes it: password, recovery code, keyring, staying signed in, locking."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from app.features.trust import vault as vaults
from app.features.trust.vault import Slot, Status
from app.i18n import _, ngettext, sentences
from ui import formats
from ui.desk import Desk
from ui.preferences import preferences
from ui.screens.settings.keys import ChangePassword, NewRecoveryCode
from ui.screens.settings.section import Section, push

KEEP_HOURS = (0, 1, 2, 4, 8, 12, 16, 24)
LOCK_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 0)


class Security(Section):
    """Every change is made on the vault itself, by the store's thread."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _("Security"))
        self._ways()
        self._staying()
        preferences().changed.connect(self._show_choices)

    def arrive(self) -> None:
        book = self.desk.book
        if book is not None:
            self.desk.run(self, lambda _job: vaults.status(book)).then(self.show_status).latest(
                "status"
            ).start()

    def show_status(self, status: Status) -> None:
        """Say in plain words what opens the book."""
        for slot in status.slots:
            if slot.kind == "password":
                self.password.say(_password_words(slot, status))
            elif slot.kind == "recovery":
                self.recovery.say(
                    _(
                        "Made on {day}. It opens the book when the password is forgotten or the keyring lost."
                    ).format(day=formats.moment(slot.made_ms))
                )
        known = {slot.kind for slot in status.slots}
        if "recovery" not in known:
            self.recovery.say(
                _("There is none: whoever forgets the password loses everything. Make one now.")
            )
        self.keyring.say(_keyring_words(status))
        self.hours.setEnabled(status.keyring_is_safe)

    def change_password(self) -> None:
        """Ask for the old and the new password."""
        ChangePassword(self, self.desk, self.arrive).open()

    def new_recovery_code(self) -> None:
        """Ask for the password, then show a new code."""
        NewRecoveryCode(self, self.desk, self.arrive).open()

    def _ways(self) -> None:
        card = self.card(_("What opens this book"))
        self.password = card.row(
            _("Password"), push(_("Change the password…"), self.change_password, "key"), _("Looking…")
        )
        self.recovery = card.row(
            _("Recovery code"), push(_("Make a new one…"), self.new_recovery_code, "print"), _("Looking…")
        )
        self.keyring = card.row(_("Keyring of this computer"), None, _("Looking…"))

    def _staying(self) -> None:
        card = self.card(_("Staying signed in and locking"))
        self.hours = QComboBox()
        for hours in KEEP_HOURS:
            self.hours.addItem(_hours_words(hours), hours)
        card.row(
            _("Stay signed in"),
            self.hours,
            _(
                "For so long the keyring reopens the book without the password after the program was closed. Within "
                "that time your sign-in to this computer is the wall. Lock always asks again."
            ),
        )
        self.minutes = QComboBox()
        for minutes in LOCK_MINUTES:
            self.minutes.addItem(_minutes_words(minutes), minutes)
        card.row(
            _("Lock when nobody touches the program"),
            self.minutes,
            _("Locking wipes the keys from memory. Half-filled forms are kept, encrypted."),
        )
        card.row(
            _("Lock now"),
            push(_("Lock"), self.desk.lock, "lock"),
            _("Ctrl+L does the same from everywhere."),
        )
        self._show_choices()
        self.hours.activated.connect(self._keep_hours)
        self.minutes.activated.connect(
            lambda index: preferences().choose(lock_minutes=self.minutes.itemData(index))
        )

    def _show_choices(self) -> None:
        now = preferences().settings
        for control, value, say in (
            (self.hours, now.keep_hours, _hours_words),
            (self.minutes, now.lock_minutes, _minutes_words),
        ):
            if control.findData(value) < 0:  # of a policy or another version
                control.addItem(say(value), value)
            control.setCurrentIndex(control.findData(value))

    def _keep_hours(self, index: int) -> None:
        hours = int(self.hours.itemData(index))
        preferences().choose(keep_hours=hours)
        self.desk.vault(self, vaults.stay_signed_in, hours).latest("hours").start()


def _password_words(slot: Slot, status: Status) -> str:
    since = _("Set on {day}.").format(day=formats.moment(slot.made_ms))
    cost = _("Each guess costs an attacker {mib} MiB of memory.").format(mib=slot.memory_mib)
    if slot.needs_keyring:
        half = _("It opens the book only together with a key in the keyring of this computer.")
    elif status.keyring_is_safe:
        half = _("It opens the book alone. Change it once: then the keyring holds a second half.")
    else:
        half = _("It opens the book alone, on any computer, so it must be long.")
    return sentences((since, half, cost))


def _keyring_words(status: Status) -> str:
    if status.keyring_is_safe:
        return _(
            "“{name}” is safe to use. It holds the second half of the key, so the files alone open for nobody, and "
            "it notices when an old copy of the book is put in place of the newest."
        ).format(name=status.keyring)
    return _(
        "There is no safe keyring here, so the password stands alone, nobody stays signed in, and an old copy in "
        "place of the newest is not noticed. Start the password store of this computer (GNOME Keyring, KWallet), "
        "then change the password."
    )


def _minutes_words(minutes: int) -> str:
    if minutes == 0:
        return _("Never")
    return ngettext("After {n} minute", "After {n} minutes", minutes).format(n=minutes)


def _hours_words(hours: int) -> str:
    if hours == 0:
        return _("Never")
    return ngettext("For {n} hour", "For {n} hours", hours).format(n=hours)
