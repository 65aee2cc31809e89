"""Connecting a company with a server: which one, what it is trusted by, and what the roster says of it."""

from __future__ import annotations

import ipaddress
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from app.errors import Conflict, Invalid, Refused
from app.features.trust.saying import Accepted, Saying
from app.i18n import _
from app.model.roster import Roster
from app.model.statements import Body, ServerNamed

COMMAND = "server.connect"
FACT = "server"
"""The vault's own fact: where the server is and what it is trusted by."""
PIN_BYTES = 32


class Server(NamedTuple):
    """A server as this vault knows it. `pin` is the SHA-256 of its authority; empty for publicly trusted ones."""

    url: str
    pin: bytes
    key: bytes
    """With which it signs heads."""

    @property
    def host(self) -> str:
        """The name that sessions are good for."""
        return urlsplit(self.url).hostname or ""


class Keeper(Protocol):
    """Where a vault keeps such facts (gateway.syncing.Syncing)."""

    def fact(self, name: str, default: Any = None) -> Any: ...
    def put_fact(self, name: str, value: Any) -> None: ...


def server(keeper: Keeper) -> Server | None:
    """The server of this company; None for a company that is not connected."""
    kept = keeper.fact(FACT)
    return None if kept is None else Server(kept["url"], kept["pin"], kept["key"])


def remember(keeper: Keeper, known: Server) -> None:
    """Keep the server in the vault."""
    keeper.put_fact(FACT, as_fact(known))


def as_fact(known: Server) -> dict[str, Any]:
    """The server as the vault keeps it."""
    return {"url": known.url, "pin": known.pin, "key": known.key}


def address(text: str) -> str:
    """A server's address in its one form. Raises Invalid."""
    text = text.strip().rstrip("/")
    if "://" not in text:
        text = "https://" + text
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _no_address() from None
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise _no_address()
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}{f':{port}' if port else ''}{parts.path}"


def allow(url: str, is_demo: bool) -> None:
    """Raises Refused where a demonstration company would leave this computer: nothing in it is true."""
    if is_demo and not is_local(url):
        raise Refused(
            _(
                "This is a demonstration company. It connects with a server on this computer only. Make a company "
                "of your own to work with others."
            )
        )


def is_local(url: str) -> bool:
    """Whether a server is on this computer."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def name_server(key: bytes) -> Saying:
    """Say in the roster with which key the company's server signs."""

    def intention(roster: Roster, accepted: Accepted) -> Body | None:
        return None if roster.facts.server == key else ServerNamed(key)

    return Saying(COMMAND, intention)


def only_one(keeper: Keeper, wanted: str) -> None:
    """Raises Conflict where the company is connected with another server already."""
    known = server(keeper)
    if known is not None and known.url != wanted:
        raise Conflict(_("This company is connected with {host} already.").format(host=known.host))


def _no_address() -> Invalid:
    return Invalid(
        "url", _("This is not the address of a server. Write it as https://books.example.org:8443.")
    )
