"""Everything that can be checked on this computer, with what to do where something is wrong."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from app.clock import Clock
from app.errors import AppError, Damaged, Refused
from app.features.trust import audit, backups
from app.features.trust import vault as vaults
from app.features.trust.vault import Book
from app.i18n import N_, _, listed, ngettext
from app.store.database import engine, require_safe_driver
from app.store.migrate import available, version
from app.vault import slots
from app.vault.header import DATABASE, NAME
from app.vault.keychain import Keychain, KeyringUnavailable
from app.vault.profiles import LOCK
from app.vault.rollback import Verdict, rolled_back
from app.vault.waiting import FILE as ATTEMPTS

Outcome = Literal["ok", "warn", "fail"]

DAY_MS: Final = 86_400_000
BUILT_MS: Final = 1_767_225_600_000
"""2026-01-01: no honest clock says less."""
CLOCK_BACK_MS: Final = 5 * 60_000
BACKUP_OLD_DAYS: Final = 7
LOW_BYTES: Final = 500 << 20
FULL_BYTES: Final = 50 << 20

BELONGS: Final = frozenset(
    {
        NAME,
        DATABASE,
        DATABASE + "-wal",
        DATABASE + "-shm",
        LOCK,
        "window.lock",
        ATTEMPTS,
        "files",
        "demonstration.json",
    }
)
"""What may lie in a profile."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `name` is stable for scripts."""

    name: str
    outcome: Outcome
    text: str
    remedy: str = ""


LABELS: Final = {
    "engine": N_("Database engine"),
    "keyring": N_("Keyring"),
    "clock": N_("Clock"),
    "space": N_("Disk space"),
    "permissions": N_("Permissions"),
    "leftovers": N_("Leftover files"),
    "opening": N_("Opening"),
    "integrity": N_("Database file"),
    "schema": N_("Format"),
    "audit": N_("Audit trail"),
    "rollback": N_("Rollback"),
    "slots": N_("Ways in"),
    "backup": N_("Backup"),
}


def outside(home: Path, folder: Path | None, keychain: Keychain, clock: Clock) -> list[Check]:
    """What can be told without opening anything. `folder` is the profile's, where there is one."""
    found = [_engine(), _keyring(keychain), _clock(clock.now_ms(), 0), _space(folder or home)]
    if folder is not None:
        if os.name != "nt":
            found.append(_permissions(folder))
        found.append(_leftovers(folder))
    return found


def inside(book: Book, verdict: Verdict) -> list[Check]:
    """What an open book can tell of itself. Reads every page of the file. Its word on the clock counts more."""
    checks: tuple[Callable[[], Check], ...] = (
        lambda: _integrity(book),
        lambda: _schema(book),
        lambda: _audit(book),
        lambda: _clock_of(book),
        lambda: _rollback(verdict),
        lambda: _slots(book),
        lambda: _backup(book),
    )
    found = []
    for check in checks:
        # What this person's role does not show is left to someone whose role does.
        with suppress(Refused):
            found.append(check())
    return found


# ---- outside


def _engine() -> Check:
    try:
        require_safe_driver()
    except AppError as error:
        return Check("engine", "fail", error.text)
    sqlite, cipher = engine()
    return Check(
        "engine", "ok", _("SQLite {sqlite}, SQLCipher {cipher}.").format(sqlite=sqlite, cipher=cipher)
    )


def _keyring(keychain: Keychain) -> Check:
    if not keychain.is_safe:
        reason = getattr(keychain, "reason", "")
        return Check(
            "keyring",
            "warn",
            _(
                "There is no safe keyring here ({reason}). Passwords stand alone, and a rollback is not noticed."
            ).format(reason=reason or _("none found")),
            _(
                "Start the password store of this computer (GNOME Keyring, KWallet), then set the password anew."
            ),
        )
    probe = os.urandom(16)
    try:
        keychain.put("doctor", "probe", probe)
        keychain.delete("doctor", "probe")
    except KeyringUnavailable as error:
        return Check(
            "keyring", "fail", error.text, _("Unlock the keyring, or sign in to the computer again.")
        )
    return Check("keyring", "ok", _("“{name}” keeps what it is given.").format(name=keychain.name))


def _clock(now_ms: int, newest_ms: int) -> Check:
    remedy = _("Set the clock of this computer right, or let it be set over the network.")
    if now_ms < BUILT_MS:
        return Check("clock", "fail", _("The clock of this computer is years behind."), remedy)
    if newest_ms > now_ms + CLOCK_BACK_MS:
        minutes = (newest_ms - now_ms) // 60_000
        text = ngettext(
            "The clock is {n} minute behind what this book noted last.",
            "The clock is {n} minutes behind what this book noted last.",
            minutes,
        )
        return Check("clock", "warn", text.format(n=minutes), remedy)
    return Check("clock", "ok", _("The clock is plausible."))


def _space(folder: Path) -> Check:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    text = _("{mb} MB are free in {folder}.").format(mb=free // 1_000_000, folder=folder)
    remedy = _("Free some space. Backups and renewing the key need room for a second copy of the book.")
    if free < FULL_BYTES:
        return Check("space", "fail", text, remedy)
    if free < LOW_BYTES:
        return Check("space", "warn", text, remedy)
    return Check("space", "ok", text)


def _permissions(folder: Path) -> Check:
    """Others may not even look: sizes and times tell something, and a writable folder lets files be exchanged."""
    open_, writable = [], []
    for path in (folder, *_entries(folder)):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            continue
        if mode & 0o022:
            writable.append(path.name)
        elif mode & 0o077:
            open_.append(path.name)
    if not writable and not open_:
        return Check("permissions", "ok", _("Only you can read this profile."))
    remedy = _("Run: chmod -R go= {folder}").format(folder=shlex.quote(str(folder)))
    names = listed(sorted(writable or open_)[:10])
    if writable:
        return Check("permissions", "fail", _("Others may write: {names}.").format(names=names), remedy)
    return Check("permissions", "warn", _("Others may look at: {names}.").format(names=names), remedy)


def _leftovers(folder: Path) -> Check:
    strange = [path.name for path in _entries(folder) if path.name not in BELONGS | {"scratch"}]
    scratch = folder / "scratch"
    if scratch.is_dir():
        strange += [f"scratch/{path.name}" for path in _entries(scratch)]
    if not strange:
        return Check("leftovers", "ok", _("Nothing lies in the profile that does not belong there."))
    return Check(
        "leftovers",
        "warn",
        _("These do not belong in the profile: {names}.").format(names=listed(sorted(strange)[:10])),
        _(
            "Something was cut short or put there by hand. Open the book once; what remains then can be removed."
        ),
    )


def _entries(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        yield from (Path(entry.path) for entry in entries)


# ---- inside


def _integrity(book: Book) -> Check:
    problems = book.session.database.integrity()
    if not problems:
        return Check("integrity", "ok", _("Every page of the database is whole and authentic."))
    return Check(
        "integrity",
        "fail",
        ngettext(
            "The database has {n} fault: {first}", "The database has {n} faults: {first}", len(problems)
        ).format(n=len(problems), first=problems[0]),
        _("Copy the profile folder away, then restore the newest backup."),
    )


def _schema(book: Book) -> Check:
    found, newest = version(book.session.database), available()[-1][0]
    text = _("Format {found} of {newest}.").format(found=found, newest=newest)
    if found == newest:
        return Check("schema", "ok", text)
    return Check(
        "schema", "fail", text, _("Open the book once with this version of the program to bring it up.")
    )


def _audit(book: Book) -> Check:
    try:
        head = book.session.ask(audit.verified)
    except Damaged as error:
        return Check(
            "audit",
            "fail",
            error.text,
            _(
                "Somebody or something altered the trail. Keep a copy of the folder and tell whoever is responsible."
            ),
        )
    return Check(
        "audit",
        "ok",
        ngettext("{n} row, unbroken.", "{n} rows, unbroken.", head.number).format(n=head.number),
    )


def _clock_of(book: Book) -> Check:
    # More than the last row: the present opening has left one too.
    noted = book.session.ask(audit.listed, 100)
    return _clock(book.vault.clock.now_ms(), max((line.at_ms for line in noted), default=0))


def _rollback(verdict: Verdict) -> Check:
    match verdict:
        case Verdict.BEHIND:
            return Check(
                "rollback", "fail", rolled_back().text, _("Open the window: it explains the ways out.")
            )
        case Verdict.UNKNOWN:
            return Check(
                "rollback",
                "warn",
                _("The keyring no longer remembers this book, so an older copy in its place would not show."),
                _("Confirm with the recovery code, in the window or with “provender password change”."),
            )
        case Verdict.UNWATCHED:
            return Check(
                "rollback",
                "warn",
                _("Without a safe keyring an older copy of the book is not noticed."),
                _("Start the password store of this computer, then set the password anew."),
            )
        case Verdict.CURRENT:
            return Check("rollback", "ok", _("The book is not older than what the keyring remembers."))


def _slots(book: Book) -> Check:
    status = vaults.status(book)
    kinds = [slot.kind for slot in status.slots]
    if slots.RECOVERY not in kinds:
        return Check(
            "slots",
            "warn",
            _("There is no recovery code: whoever forgets the password loses everything."),
            _("Make one with “provender recovery-code new” and print it."),
        )
    if status.password_is_alone and not book.session.identity.demo:
        return Check(
            "slots",
            "warn",
            _("The password opens this vault on any computer: it has no second half in a keyring."),
            _("Once there is a safe keyring, change the password, which adds the second half."),
        )
    return Check("slots", "ok", _("A password and a recovery code are set."))


def _backup(book: Book) -> Check:
    last_ms = book.session.ask(backups.last)
    if book.session.identity.demo:
        return Check("backup", "ok", _("A demonstration company needs none."))
    remedy = _("Run “provender backup FILE”, and keep the file on another device.")
    if last_ms is None:
        return Check("backup", "warn", _("This book has never been backed up."), remedy)
    days = (book.vault.clock.now_ms() - last_ms) // DAY_MS
    text = ngettext("The last backup is {n} day old.", "The last backup is {n} days old.", days).format(
        n=days
    )
    return Check(
        "backup", "warn" if days > BACKUP_OLD_DAYS else "ok", text, remedy if days > BACKUP_OLD_DAYS else ""
    )
