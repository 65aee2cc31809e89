"""`status`, `password change`, `recovery-code new`."""

from __future__ import annotations

from typing import Final

from app import bootstrap
from app.errors import Locked
from app.features.trust import overview
from app.features.trust import vault as vaults
from app.features.trust.vault import Slot
from app.i18n import N_, _
from app.model.entity import entity_named
from ui.console.answer import Answer, plain, table
from ui.console.call import Call
from ui.console.moments import as_json, for_people

SLOTS: Final = {"password": N_("Password"), "recovery": N_("Recovery code")}


def status(call: Call) -> Answer:
    """What is in the book and how it stands."""
    with call.opened() as opened:
        seen = overview.look(opened)
        identity, verdict = opened.session.identity, opened.verdict.value
        profile = opened.profile.name
    document = {
        "company": identity.company_name,
        "profile": profile,
        "demo": identity.demo,
        "counts": dict(seen.counts),
        "schema_version": seen.schema,
        "vault_slots": [
            {"kind": slot.kind, "made": as_json(slot.made_ms), "keyring": slot.needs_keyring}
            for slot in seen.vault.slots
        ],
        "keyring": seen.vault.keyring,
        "rollback": verdict,
        "last_backup": as_json(seen.last_backup_ms),
        "unsent_changes": seen.unsent,
        "bytes": seen.size_bytes,
    }
    rows = [(_("Company"), identity.company_name), (_("Profile"), profile)]
    rows += [
        (_(entity_named(kind).plural), str(count))
        for kind, count in seen.counts.items()
        if count and kind != "company"  # which the first line has named
    ]
    rows += [(_("Opened by"), "; ".join(_slot(slot) for slot in seen.vault.slots))]
    rows += [(_("Keyring"), seen.vault.keyring or _("none that is safe"))]
    rows += [
        (_("Last backup"), _("never") if seen.last_backup_ms is None else for_people(seen.last_backup_ms))
    ]
    rows += [(_("Not yet sent"), str(seen.unsent)), (_("Format"), str(seen.schema))]
    return Answer(document, table(rows))


def change_password(call: Call) -> Answer:
    """Replace the password; the old one or the recovery code opens the book for it."""
    profile = call.chosen()
    keychain = bootstrap.keychain()
    first = call.secrets.way_in(alone=not keychain.is_safe)
    if first.recovery is not None:
        opened = bootstrap.open_company(
            profile,
            recovery=first.recovery,
            new_password=first.new_password,
            keychain=keychain,
            keep_hours=None,
        )
        with _closing(opened) as book:
            book.session.note("vault.password_changed", "done")
    else:
        old = first.password or ""
        with _closing(bootstrap.open_company(profile, old, keychain=keychain, keep_hours=None)) as book:
            new = call.secrets.new(
                _("New password"),
                alone=not keychain.is_safe,
                discouraged=(book.session.identity.company_name, book.session.person.name),
            )
            vaults.change_password(book, old, new)
    return Answer(
        {"profile": profile.name, "changed": True},
        _("The password is changed. The old one no longer opens this book."),
    )


def new_recovery_code(call: Call) -> Answer:
    """A new code; the database gets a new key, so that nothing of the old one remains."""
    profile = call.chosen()
    password = call.secrets.ask(_("Password"))
    with _closing(bootstrap.open_company(profile, password, keep_hours=None)) as book:
        code = vaults.new_recovery_code(book, password)
    return Answer({"profile": profile.name, "recovery_code": code.text()}, code_text(code.text()))


COMMANDS: Final = {
    "status": status,
    "password change": change_password,
    "recovery-code new": new_recovery_code,
}


def code_text(code: str) -> str:
    """The code with what to do with it."""
    return "\n".join(
        (
            _("Recovery code: {code}").format(code=code),
            _("Write it down or print it now, and keep it away from this computer. It is not shown again."),
        )
    )


def _slot(slot: Slot) -> str:
    label = _(SLOTS.get(slot.kind, slot.kind))
    return _("{way} with keyring").format(way=label) if slot.needs_keyring else plain(label)


class _closing:  # noqa: N801 - reads as a phrase
    """Closes the book at the end of the block; contextlib's would also take None."""

    def __init__(self, opened: bootstrap.Open | None) -> None:
        if opened is None:
            raise Locked(_("The vault is locked. Unlock it and try again."))
        self._opened = opened

    def __enter__(self) -> bootstrap.Open:
        return self._opened

    def __exit__(self, *_exception: object) -> None:
        self._opened.close()
