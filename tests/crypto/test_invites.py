"""Invitations: what follows from the secret, the knock, and the link."""

from __future__ import annotations

import base64

import pytest

from app.crypto import invites
from app.crypto.identity import PublicIdentity
from app.crypto.invites import Link
from app.errors import Damaged, Invalid, Outdated
from app.model.encoding import canonical

COMPANY, INVITE, DEVICE = b"c" * 32, b"i" * 16, b"d" * 16
PUBLIC = PublicIdentity(b"s" * 32, b"k" * 1216)
SECRET = bytes(range(16))
LINK = Link("https://books.example.org:8443", b"p" * 32, COMPANY, b"S" * 32, INVITE, SECRET)


def test_what_follows_from_a_known_secret_is_fixed() -> None:
    keys = invites.keys_of(SECRET, COMPANY, INVITE)
    assert keys.token.hex() == "fb4abaf41090a1d44f03f4311e52239b666bbb15e07e8f6bcb892627cab3cd57"
    assert keys.mac.reveal().hex() == "5391d662eadb38c868b9f82cc216b4f4f93f68ab7e67e58f8073b89f1d5650b8"
    assert keys.name.reveal().hex() == "09771a8597871e0fbb09a78d36d2b936fb9bca18c226064f2046a113fbacc51b"
    assert invites.check_of(keys.token) != keys.token


def test_another_company_or_invitation_gives_other_keys() -> None:
    keys = invites.keys_of(SECRET, COMPANY, INVITE)
    for other in (invites.keys_of(SECRET, b"C" * 32, INVITE), invites.keys_of(SECRET, COMPANY, b"I" * 16)):
        assert other.token != keys.token and other.mac != keys.mac and other.name != keys.name


def test_a_knock_tells_its_name_to_those_who_know_the_invitation() -> None:
    keys = invites.keys_of(SECRET, COMPANY, INVITE)
    sealed = invites.seal_knock(keys, COMPANY, INVITE, DEVICE, PUBLIC, " Ana’s \n van ")
    assert b"Ana" not in sealed
    assert invites.open_knock(keys.mac, keys.name, COMPANY, INVITE, DEVICE, PUBLIC, sealed) == "Ana’s van"


def test_keys_that_were_swapped_on_the_way_are_not_believed() -> None:
    keys = invites.keys_of(SECRET, COMPANY, INVITE)
    sealed = invites.seal_knock(keys, COMPANY, INVITE, DEVICE, PUBLIC, "van")
    other = invites.keys_of(b"x" * 16, COMPANY, INVITE)
    swapped = PublicIdentity(b"S" * 32, PUBLIC.sealing), PublicIdentity(PUBLIC.signing, b"K" * 1216)
    for public in swapped:
        with pytest.raises(Damaged):
            invites.open_knock(keys.mac, keys.name, COMPANY, INVITE, DEVICE, public, sealed)
    with pytest.raises(Damaged):
        invites.open_knock(keys.mac, keys.name, COMPANY, INVITE, b"D" * 16, PUBLIC, sealed)
    with pytest.raises(Damaged):
        invites.open_knock(other.mac, keys.name, COMPANY, INVITE, DEVICE, PUBLIC, sealed)
    with pytest.raises(Damaged):
        invites.open_knock(keys.mac, other.name, COMPANY, INVITE, DEVICE, PUBLIC, sealed)


def test_a_link_is_read_as_it_was_written() -> None:
    text = invites.write(LINK)
    assert (
        text
        == "provender://join/lwG-aHR0cHM6Ly9ib29rcy5leGFtcGxlLm9yZzo4NDQzxCBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcMQgY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2PEIFNTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTU1NTxBBpaWlpaWlpaWlpaWlpaWlpxBAAAQIDBAUGBwgJCgsMDQ4P"
    )
    assert invites.parse(text) == LINK
    folded = " " + "\r\n".join(text[at : at + 60] for at in range(0, len(text), 60)) + "\n"
    assert invites.parse(folded) == LINK
    assert "secret" not in repr(LINK) and SECRET.hex() not in repr(LINK) and repr(SECRET) not in repr(LINK)


@pytest.mark.parametrize(
    "changed",
    [
        LINK._replace(url="http://books.example.org"),
        LINK._replace(url="https://"),
        LINK._replace(url="https://ana:x@books.example.org"),
        LINK._replace(pin=b"p" * 31),
        LINK._replace(company=b"c" * 31),
        LINK._replace(secret=b"s" * 15),
    ],
)
def test_a_link_that_makes_no_sense_is_refused(changed: Link) -> None:
    with pytest.raises(Invalid):
        invites.parse(invites.write(changed))


def test_half_a_link_is_no_link() -> None:
    text = invites.write(LINK)
    for part in ("", "provender://join/", text[:-3], text[:-1] + "é", "https://example.org", text + "AAAA"):
        with pytest.raises(Invalid):
            invites.parse(part)


def test_a_link_of_a_newer_version_asks_for_an_update() -> None:
    newer = base64.urlsafe_b64encode(canonical((2, "whatever"))).decode().rstrip("=")
    with pytest.raises(Outdated):
        invites.parse(invites.SCHEME + newer)
