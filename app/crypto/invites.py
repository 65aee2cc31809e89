"""Invitations: a one-time secret that travels out of band, what follows from it, and the link that carries it.

The server learns the hash of a token; nothing that it learns leads to the secret or to the keys beside it. No
invitation carries a key that opens a book.
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlsplit

from app.crypto.identity import PublicIdentity
from app.crypto.keys import SecretKey, hkdf, same, tag
from app.crypto.seal import content_hash, open_sealed, seal
from app.errors import Damaged, Invalid, Outdated
from app.i18n import _
from app.model.encoding import canonical, decode_canonical
from app.model.shape import Hash, Id16, Size, read

VERSION: Final = 1
SECRET_BYTES: Final = 16
SCHEME: Final = "provender://join/"
LASTS_MS: Final = 14 * 24 * 3600 * 1000
"""How long an invitation stands where nobody says otherwise: two weeks."""
MOST_NAME: Final = 200

_KNOCK: Final = b"provender knock"


class Link(NamedTuple):
    """What an invitation says: where the server is, what to trust it by, which company, and the secret."""

    url: Annotated[str, Size(8, 2000)]
    pin: Annotated[bytes, Size(0, 32)]
    """SHA-256 of the server's own authority; empty for publicly trusted ones."""
    company: Hash
    server: Annotated[bytes, Size(32, 4096)]
    """The key with which the company's server signs heads."""
    invite: Id16
    secret: Annotated[bytes, Size(SECRET_BYTES, SECRET_BYTES)]

    def __repr__(self) -> str:
        return f"Link({self.url!r}, …)"


class Keys(NamedTuple):
    """What follows from a secret. The checking keys may be shared with members who decide about the invitation."""

    token: bytes
    """Shown to the server once, by the device that knocks (32 bytes)."""
    mac: SecretKey
    name: SecretKey


class Caller(NamedTuple):
    """What a knock says under the invitation's keys."""

    name: Annotated[str, Size(1, MOST_NAME)]
    mac: Hash


def fresh_secret() -> bytes:
    """A new invitation's secret: 128 bits."""
    return os.urandom(SECRET_BYTES)


def keys_of(secret: bytes, company: bytes, invite: bytes) -> Keys:
    """Everything that follows from a secret."""
    salt = company + invite
    return Keys(
        hkdf(secret, b"provender/invite/token/1", salt=salt),
        SecretKey(hkdf(secret, b"provender/invite/mac/1", salt=salt)),
        SecretKey(hkdf(secret, b"provender/invite/name/1", salt=salt)),
    )


def check_of(token: bytes) -> bytes:
    """What the server is told of a token beforehand."""
    return content_hash(token)


# ---- the knock


def seal_knock(
    keys: Keys, company: bytes, invite: bytes, device: bytes, public: PublicIdentity, name: str
) -> bytes:
    """The device's name, and the proof that whoever made these keys knows the secret."""
    name = " ".join(name.split())[:MOST_NAME] or "?"
    caller = Caller(name, tag(keys.mac, _message(company, invite, device, public, name)))
    return seal(keys.name, canonical((VERSION, *caller)), _KNOCK + canonical((company, invite, device)))


def open_knock(
    mac: SecretKey,
    name: SecretKey,
    company: bytes,
    invite: bytes,
    device: bytes,
    public: PublicIdentity,
    sealed: bytes,
) -> str:
    """The device's name. Raises Damaged where these keys were not posted by somebody who knows the secret."""
    plain = decode_canonical(open_sealed(name, sealed, _KNOCK + canonical((company, invite, device))))
    if not isinstance(plain, list) or plain[:1] != [VERSION]:
        raise Damaged(_("What a device says of itself cannot be read. It is not believed."))
    caller = read(Caller, plain[1:])
    if not same(caller.mac, tag(mac, _message(company, invite, device, public, caller.name))):
        raise Damaged(_("These keys were not posted by the device that was invited. They are not believed."))
    return caller.name


# ---- the link


def write(link: Link) -> str:
    """The link as text, which is also what the QR code says."""
    data = canonical((VERSION, *link))
    return SCHEME + base64.urlsafe_b64encode(data).decode().rstrip("=")


def parse(text: str) -> Link:
    """The link of its text; spaces and line breaks that mail programs put in do not matter.

    Raises Invalid for what is no whole invitation, Outdated for one that a newer version made.
    """
    text = "".join(text.split())
    if not text.lower().startswith(SCHEME):
        raise _no_link()
    rest = text[len(SCHEME) :]
    try:
        data = base64.b64decode(rest + "=" * (-len(rest) % 4), altchars=b"-_", validate=True)
        plain: Any = decode_canonical(data)
        if not isinstance(plain, list) or not plain or not isinstance(plain[0], int):
            raise _no_link()
        if plain[0] > VERSION:
            raise Outdated(
                _("This invitation was made by a newer version of Provender. Update the program to use it.")
            )
        link = read(Link, plain[1:])
    except (binascii.Error, ValueError, Damaged):
        raise _no_link() from None
    parts = urlsplit(link.url)
    if parts.scheme != "https" or not parts.hostname or parts.username or len(link.pin) not in (0, 32):
        raise _no_link()
    return link


def _message(company: bytes, invite: bytes, device: bytes, public: PublicIdentity, name: str) -> bytes:
    return _KNOCK + canonical((company, invite, device, public.signing, public.sealing, name))


def _no_link() -> Invalid:
    return Invalid(
        "link",
        _("This is not an invitation, or a part of it is missing. Copy the whole link and try again."),
    )
