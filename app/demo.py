"""The demonstration company of a home: made once, its password kept beside it, opened again after that."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from app import bootstrap
from app.bootstrap import Open
from app.clock import Clock
from app.crypto.passwords import Parameters
from app.crypto.recovery import ALPHABET
from app.errors import AppError, Conflict, Invalid
from app.features.crm.customers import Customer
from app.features.crm.demonstration import COMPANY, REPS, records
from app.gateway.command import command
from app.gateway.tx import Tx
from app.i18n import N_, _
from app.store.place import replace_file
from app.vault import header as headers
from app.vault import keychain as keychains
from app.vault import profiles
from app.vault.keychain import Keychain, KeyringUnavailable, NoKeychain
from app.vault.profiles import Profile
from app.vault.slots import PASSWORD

PROFILE: Final = "demo"
NOTE: Final = "demonstration.json"
CUSTOMERS: Final = 400
MOST_CUSTOMERS: Final = 100_000
STEP: Final = 500

_GROUPS, _LETTERS = 4, 4
"""Eighty random bits, long enough to stand alone where there is no keyring."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A demonstration company that is there. `password` is None where a person chose another since."""

    profile: Profile
    password: str | None = field(repr=False)


def is_one(profile: Profile) -> bool:
    """Whether the profile holds the demonstration company."""
    return _read(profile) is not None


def existing(home: Path, name: str | None = None) -> Demo | None:
    """The demonstration company, finished; None where there is none. Raises Conflict for a real company."""
    profile = next((one for one in profiles.found(home) if one.name == (name or PROFILE)), None)
    if profile is None:
        return None
    note = _read(profile)
    if note is None:
        raise Conflict(
            _("The profile “{name}” holds a company of your own. Name another with --profile.").format(
                name=profile.name
            )
        )
    if not note.finished:
        return None
    return Demo(profile, note.password if note.slot == _slot(profile) else None)


def create(
    home: Path,
    name: str | None = None,
    *,
    customers: int = CUSTOMERS,
    seed: int = 1,
    keychain: Keychain | None = None,
    clock: Clock | None = None,
    parameters: Parameters | None = None,
) -> Demo:
    """Make it and fill it. Where that fails or is stopped, nothing of it remains.

    Its password stands alone, without a second half in the keyring: it is shown to everybody anyway, and must
    open the company on a virtual desktop too, whose keyring ends with it. What a program that was killed had
    left unfinished is made anew.
    """
    if not 1 <= customers <= MOST_CUSTOMERS:
        raise Invalid(
            "customers", _("Choose between 1 and {most} customers.").format(most=f"{MOST_CUSTOMERS:,}")
        )
    keyring, name = keychain or keychains.system(), name or PROFILE
    if existing(home, name) is not None:
        raise Conflict(_("There is a demonstration company already, in profile “{name}”.").format(name=name))
    for left in profiles.found(home):
        if left.name == name:
            profiles.delete(left, keyring)
    password = _fresh_password()
    profile = Profile(name, profiles.fresh_folder(home, name))
    try:
        # First of all: without a note an unfinished one would be taken for a company of the person's own.
        _write(profile, password, finished=False)
        opened = bootstrap.create_company(
            home, COMPANY, REPS[0], password, profile=name, demo=True, keychain=NoKeychain("demonstration"),
            clock=clock, parameters=parameters,
        )  # fmt: skip
        try:
            opened.session.do(fill, customers, seed)
        finally:
            opened.close()
        with suppress(KeyringUnavailable):
            profiles.set_title(profile, COMPANY, keyring)
        _write(profile, password, finished=True)
    except BaseException:
        profiles.delete(profile, keyring)
        raise
    return Demo(profile, password)


def open_or_create(home: Path, *, keychain: Keychain | None = None, clock: Clock | None = None) -> Open:
    """What one click does. Raises Conflict where the person has chosen a password of their own."""
    found = existing(home) or create(home, keychain=keychain, clock=clock)
    opened = bootstrap.open_company(found.profile, found.password, keychain=keychain, clock=clock)
    if opened is None:
        raise Conflict(
            _(
                "You have chosen a password for the demonstration company. Unlock it in its profile “{name}”."
            ).format(name=found.profile.name)
        )
    return opened


@command("company.fill_demonstration", N_("Fill the demonstration company"), undoable=False)
def fill(tx: Tx, customers: int, seed: int) -> None:
    """Customers, sites, contacts and two years of activities, invented."""
    done = 0
    for record in records(customers, seed=seed, now_ms=tx.now):
        tx.add(record)
        if isinstance(record, Customer):
            done += 1
            if not done % STEP:
                tx.progress.step(done, customers)


def _fresh_password() -> str:
    letters = ALPHABET.lower()
    groups = ("".join(secrets.choice(letters) for _letter in range(_LETTERS)) for _group in range(_GROUPS))
    return "-".join(groups)


@dataclass(frozen=True, slots=True)
class _Note:
    """Lies beside the vault, not encrypted: nothing in this company is true, and the password is shown anyway."""

    password: str
    slot: str
    finished: bool


def _read(profile: Profile) -> _Note | None:
    try:
        note = json.loads((profile.folder / NOTE).read_bytes()[:4096])
        return _Note(str(note["password"]), str(note["slot"]), note["finished"] is True)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(profile: Profile, password: str, *, finished: bool) -> None:
    note = _Note(password, _slot(profile), finished)
    replace_file(profile.folder / NOTE, json.dumps(asdict(note)).encode())


def _slot(profile: Profile) -> str:
    """Which password slot the vault has: another one after a change of password."""
    try:
        slot = headers.read(profile.folder)[0].slot(PASSWORD)
    except AppError:
        return ""
    return str(slot["id"]) if slot is not None else ""
