"""Values of more than one part: money, addresses, positions."""

from __future__ import annotations

from typing import NamedTuple


class Money(NamedTuple):
    """An amount in the currency's smallest unit (cents, fen) and its ISO 4217 code."""

    minor: int
    currency: str


class Address(NamedTuple):
    """A postal address. `country` is a name or an ISO 3166 code, as people write it."""

    street: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""


class Position(NamedTuple):
    """A place on earth (WGS 84) in millionths of a degree: about 11 cm."""

    lat_e6: int
    lon_e6: int


NOWHERE = Address()
