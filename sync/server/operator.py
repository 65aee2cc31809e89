"""What the operator says to a server on its command line, but for running it: init, companies, backups, check."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.clock import SystemClock
from app.errors import Conflict, Invalid, NotFound, Unsafe
from app.i18n import _, ngettext
from sync.protocol.codec import write_token
from sync.server.home import Home, Settings, write_private, write_public
from sync.server.opening import Places, settled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.server.storage import Objects, Storage, Tx

MOST_FAULTS_TOLD: Final = 100
DAY_MS: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """`document` is printed under --json, `text` otherwise. With `unwell` the command ends with status 1."""

    document: Mapping[str, Any]
    text: str
    unwell: bool = False


def init(options: Namespace) -> Answer:
    """Make the home. What is there already is never replaced."""
    from sync.server import auth, authority, opening

    home = Home(Path(options.home))
    given = [_absolute(path) for path in (options.certificate, options.certificate_key)]
    if bool(given[0]) != bool(given[1]):
        raise Invalid("certificate", _("--certificate and --certificate-key belong together."))
    settings = Settings(
        tuple(dict.fromkeys(options.name)),
        given[0],
        given[1],
        _absolute(options.database_file),
        options.objects if (options.objects or "").startswith("s3://") else _absolute(options.objects),
        _absolute(options.key_file),
    )
    for name in settings.names:
        authority.name_of(name)
    where = settled(Places(home.folder), settings)
    # Whatever cannot be is found before anything is made: a home that is half made could not be told from a lost one.
    home.require_none()
    if settings.certificate:
        authority.tls(Path(settings.certificate), Path(settings.certificate_key))
    opening.objects(where, check=True)
    if not where.is_embedded:
        opening.storage(where).close()
    home.make()
    pin = ""
    try:
        if not settings.certificate:
            authority.make(home, settings.names, datetime.now(UTC))
            pin = authority.pin_of(authority.der(home)).hex()
            if options.pin_file:
                write_public(Path(options.pin_file), pin.encode() + b"\n")
        write_private(home.signing_key, os.urandom(auth.SEED_BYTES))
        opening.make_storage(where)
        home.save(settings)
    except BaseException:
        home.unmake()
        raise
    return Answer(
        {"home": str(home.folder), "host": settings.host, "pin": pin},
        "\n".join(_after_init(home, settings, pin)),
    )


def _after_init(home: Home, settings: Settings, pin: str) -> list[str]:
    lines = [_("The server {name} is ready in {folder}.").format(name=settings.host, folder=home.folder)]
    if pin:
        lines.append(_("Devices know it by this pin: {pin}").format(pin=pin))
    lines.append(
        _(
            "Keep a copy of {folder} in a safe place: without these secrets no backup can be read, and no device believes a server."
        ).format(folder=home.secrets)
    )
    return lines


def admit(options: Namespace) -> Answer:
    """A token for one company."""
    from sync.server.auth import fresh_token

    if not 1 <= options.days <= 365:
        raise Invalid("days", _("A token can be used for 1 to 365 days."))
    token = fresh_token()
    until_ms = SystemClock().now_ms() + options.days * DAY_MS
    with _writing(options) as tx:
        tx.add_admission(sha256(token).digest(), until_ms)
    text = write_token(token)
    until = datetime.fromtimestamp(until_ms / 1000, UTC).isoformat(timespec="minutes")
    if options.token_file:
        write_private(Path(options.token_file), text.encode() + b"\n")
        return Answer(
            {"token_file": options.token_file, "until": until},
            _("The token is in {file}. It admits one company, until {until}.").format(
                file=options.token_file, until=until
            ),
        )
    return Answer({"token": text, "until": until}, text)


def companies(options: Namespace) -> Answer:
    """What the operator may know of companies: ids, sizes, times."""
    rows: list[dict[str, Any]] = []
    with _storage(options) as storage, storage.reading() as tx:
        for company in tx.companies():
            row = tx.company(company)
            if row is None:
                continue
            rows.append(
                {
                    "id": company.hex(),
                    "admitted": datetime.fromtimestamp(row.admitted_ms / 1000, UTC).isoformat(
                        timespec="minutes"
                    ),
                    "suspended": row.suspended,
                    "statements": row.length,
                    "streams": len(tx.streams(company)),
                    "bytes": tx.used_bytes(company),
                    "quota_bytes": row.quota_bytes or None,
                    "last_contact": _moment(max((one.at_ms for one in tx.contacts(company)), default=0)),
                }
            )
    suspended = _("suspended")  # within an f-string the texts' extraction would not find it
    lines = [
        f"{row['id'][:16]}  {row['admitted'][:10]}  {row['bytes'] / 1e6:10.1f} MB"
        + (f"  {suspended}" if row["suspended"] else "")
        for row in rows
    ]
    lines.append(ngettext("{count} company", "{count} companies", len(rows)).format(count=len(rows)))
    return Answer({"companies": rows}, "\n".join(lines))


def suspend(options: Namespace) -> Answer:
    """Answer a company no more, or again."""
    with _writing(options) as tx:
        company = _found(tx, options.company)
        tx.suspend(company, not options.resume)
    return Answer({"id": company.hex(), "suspended": not options.resume}, company.hex())


def quota(options: Namespace) -> Answer:
    """How much a company may store."""
    if not 0 <= options.gigabytes <= 1e6:
        raise Invalid("gigabytes", _("A quota is 0 to 1,000,000 gigabytes."))
    with _writing(options) as tx:
        company = _found(tx, options.company)
        tx.set_quota(company, int(options.gigabytes * 1e9))
    return Answer({"id": company.hex(), "quota_bytes": int(options.gigabytes * 1e9)}, company.hex())


def delete(options: Namespace) -> Answer:
    """Forget a company: its rows at once, then its objects."""
    from sync.server import opening

    if not options.yes:
        raise Unsafe(_("This forgets everything that the company has stored here. Say --yes if you mean it."))
    with _writing(options) as tx:
        company = _found(tx, options.company, whole=True)
        tx.delete_company(company)
    opening.objects(places(options)).remove_company(company)
    return Answer({"id": company.hex(), "deleted": True}, company.hex())


def check(options: Namespace) -> Answer:
    """Verify everything; damage makes the command end with status 1."""
    from sync.server import auth, checking

    found: list[dict[str, Any]] = []
    damaged = awaited = 0
    with opened(options) as (storage, objects):
        for finding in checking.check(storage, objects, auth.verify):
            damaged += finding.is_damage
            awaited += not finding.is_damage
            if finding.is_damage and len(found) < MOST_FAULTS_TOLD:
                found.append(
                    {
                        "fault": finding.fault,
                        "company": finding.company.hex(),
                        "book": finding.stream.book.hex() if finding.stream else None,
                        "tier": finding.stream.tier if finding.stream else None,
                        "at": finding.at,
                        "detail": finding.detail,
                    }
                )
        with storage.reading() as tx:
            companies = len(tx.companies())
    lines = [" ".join(str(value) for value in one.values() if value is not None) for one in found]
    if awaited:
        lines.append(
            ngettext(
                "{count} batch is awaited from its author since the server was restored.",
                "{count} batches are awaited from their authors since the server was restored.",
                awaited,
            ).format(count=awaited)
        )
    lines.append(
        ngettext("{count} fault was found.", "{count} faults were found.", damaged).format(count=damaged)
        if damaged
        else _("Everything holds.")
    )
    document = {"companies": companies, "faults": found, "fault_count": damaged, "awaited": awaited}
    return Answer(document, "\n".join(lines), unwell=bool(damaged))


COMMANDS: Final[Mapping[str, Callable[[Namespace], Answer]]] = {
    "init": init,
    "check": check,
    "company admit": admit,
    "company list": companies,
    "company suspend": suspend,
    "company quota": quota,
    "company delete": delete,
}


def places(options: Namespace) -> Places:
    """Where things lie: as `init` was told, or as this command line says."""
    settings = Home(Path(options.home)).load()
    return settled(places_of(options), settings)


def places_of(options: Namespace) -> Places:
    """What the command line says of places."""
    return Places(
        Path(options.home).absolute(),
        _absolute(options.database_file),
        options.objects or "",
        _absolute(options.key_file),
    )


def _absolute(path: str | None) -> str:
    return str(Path(path).absolute()) if path else ""


@contextmanager
def opened(options: Namespace) -> Iterator[tuple[Storage, Objects]]:
    """The database and the objects, for as long as the context lasts."""
    from sync.server import opening

    with _storage(options) as storage:
        yield storage, opening.objects(places(options))


@contextmanager
def _storage(options: Namespace) -> Iterator[Storage]:
    from sync.server import opening

    storage = opening.storage(places(options))
    try:
        yield storage
    finally:
        storage.close()


@contextmanager
def _writing(options: Namespace) -> Iterator[Tx]:
    with _storage(options) as storage, storage.writing() as tx:
        yield tx


def _found(tx: Tx, text: str, *, whole: bool = False) -> bytes:
    """The company that a text begins the id of. Raises NotFound, Conflict where there are several."""
    if not re.fullmatch(r"[0-9a-f]{64}" if whole else r"[0-9a-f]{4,64}", text):
        raise Invalid(
            "company",
            _("Write the whole id of the company, 64 hexadecimal digits.")
            if whole
            else _("Write at least four digits of the company's id."),
        )
    found = [company for company in tx.companies() if company.hex().startswith(text)]
    if not found:
        raise NotFound(_("This server knows no company {id}.").format(id=text))
    if len(found) > 1:
        raise Conflict(_("Several companies' ids begin with {id}. Write more of it.").format(id=text))
    return found[0]


def _moment(at_ms: int) -> str | None:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="minutes") if at_ms else None
