"""vCard 4.0 (RFC 6350) and 3.0 (RFC 2426) from rows of an export.

Whatever has no property of its own travels as `X-PROVENDER;FIELD=…`, so that nothing is lost when the file
is imported again; other programs ignore it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO

ADDRESS = ("street", "city", "region", "postcode", "country")
"""In the order of the ADR property."""

Take = Callable[[str], str]
"""Hands out the value of a path, once."""


def write(file: IO[str], version: str, paths: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """One card a row. `version` is "4.0" or "3.0"; `paths` name the columns."""
    is_person = "contact.id" in paths
    for cells in rows:
        values = {path: cell for path, cell in zip(paths, cells, strict=True) if cell}
        for line in _card(values, version, is_person=is_person):
            file.write(fold(line))


def _card(values: Mapping[str, str], version: str, *, is_person: bool) -> Iterator[str]:
    rest = dict(values)

    def take(path: str) -> str:
        return rest.pop(path, "")

    who = "contact" if is_person else "customer"
    yield "BEGIN:VCARD"
    yield f"VERSION:{version}"
    name = take(f"{who}.name")
    company = take("customer.name") if is_person else name
    yield from _identity(name, company, version, is_person=is_person)
    if id_ := rest.get(f"{who}.id"):
        yield f"UID:{id_}"
    work = ";TYPE=work" if version == "4.0" else ";TYPE=WORK"
    if phone := take(f"{who}.phone"):
        yield f"TEL{work}{',voice' if version == '4.0' else ',VOICE'}:{escaped(phone)}"
    if mobile := take("contact.mobile"):
        yield f"TEL;TYPE={'cell' if version == '4.0' else 'CELL'}:{escaped(mobile)}"
    if email := take(f"{who}.email"):
        yield f"EMAIL{';TYPE=INTERNET' if version == '3.0' else ''}:{escaped(email)}"
    if is_person:
        yield from _person(take, version)
    else:
        yield from _business(take, work, version)
    if notes := take(f"{who}.notes"):
        yield f"NOTE:{escaped(notes)}"
    for path, value in rest.items():
        yield f"X-PROVENDER;FIELD={path}:{escaped(value)}"
    yield "END:VCARD"


def _identity(name: str, company: str, version: str, *, is_person: bool) -> Iterator[str]:
    yield f"FN:{escaped(name)}"
    if version == "3.0":
        yield f"N:{escaped(name)};;;;"  # required there; FN has the whole name
    if company:
        yield f"ORG:{escaped(company)}"
    if version == "4.0":
        yield f"KIND:{'individual' if is_person else 'org'}"
    elif not is_person:
        yield "X-ABSHOWAS:COMPANY"


def _person(take: Take, version: str) -> Iterator[str]:
    if role := take("contact.role"):
        yield f"TITLE:{escaped(role)}"
    if wechat := take("contact.wechat"):
        yield f"X-WECHAT:{escaped(wechat)}"
    if birthday := take("contact.birthday"):
        yield f"BDAY:{birthday.replace('-', '') if version == '4.0' else birthday}"
    if version == "4.0" and (language := take("contact.language")):
        yield f"LANG:{escaped(language)}"


def _business(take: Take, work: str, version: str) -> Iterator[str]:
    if web := take("customer.web"):
        yield f"URL:{escaped(web)}"
    parts = [escaped(take(f"customer.address.{part}")) for part in ADDRESS]
    if any(parts):
        yield f"ADR{work}:;;{';'.join(parts)}"
    lat, lon = take("customer.position.lat"), take("customer.position.lon")
    if lat and lon:
        yield f"GEO:geo:{lat},{lon}" if version == "4.0" else f"GEO:{lat};{lon}"
    if tags := take("customer.tags"):
        yield f"CATEGORIES:{','.join(escaped(tag) for tag in tags.split('; '))}"


_SPECIAL = re.compile(r"([\\,;])")


def escaped(text: str) -> str:
    """A value with its backslashes (RFC 6350 3.4)."""
    return _SPECIAL.sub(r"\\\1", text).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def fold(line: str) -> str:
    """The line with its end, cut into pieces of at most 75 bytes that never split a character."""
    if len(line) <= 75 and line.isascii():
        return line + "\r\n"
    pieces: list[str] = []
    piece, size = "", 0
    for char in line:
        width = len(char.encode())
        if size + width > 75:
            pieces.append(piece)
            piece, size = " ", 1
        piece += char
        size += width
    pieces.append(piece)
    return "\r\n".join(pieces) + "\r\n"
