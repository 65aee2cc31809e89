"""Business cards (vCard 2.1, 3.0, 4.0), streamed: folded lines joined, properties decoded, faults named.

What the properties of a card mean for us stands in `people.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from app.errors import Unreadable
from app.features.crm.importing.encodings import blocks
from app.features.crm.importing.layout import MAX_FIELD
from app.features.crm.importing.source import Source
from app.i18n import _

MAX_DEPTH = 8
"""Cards inside cards (AGENT) and groups inside groups; no program writes more than one."""
MAX_PROPERTIES = 5_000

_BINARY = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})


class Property(NamedTuple):
    """One property: name, types and parameter names in capitals; the value still escaped."""

    name: str
    group: str
    types: frozenset[str]
    params: dict[str, str]
    value: str

    def text(self) -> str:
        """The value as one text."""
        return unescape(self.value)

    def parts(self, separator: str = ";") -> list[str]:
        """The value cut at unescaped separators."""
        if "\\" not in self.value:
            return self.value.split(separator)
        return [unescape(part) for part in _cut(self.value, separator)]


@dataclass(slots=True)
class Card:
    """A card: its place in the file and its properties."""

    number: int
    line: int
    properties: list[Property] = field(default_factory=list)
    pictures: int = 0
    nested: int = 0


def cards(source: Source, encoding: str) -> Iterator[Card]:  # noqa: PLR0912 - one loop, one state
    """All cards of a file. Raises Unreadable, naming the line and the remedy."""
    card: Card | None = None
    depth = number = 0
    for line, text in _unfolded(source, encoding):
        head = text[:40].strip().upper()
        if head.startswith("BEGIN:VCARD"):
            depth += 1
            if depth > MAX_DEPTH:
                raise Unreadable(
                    _(
                        "“{name}”, line {line}: cards are nested more than {depth} deep. Export them again, "
                        "each card on its own."
                    ).format(name=source.name, line=line, depth=MAX_DEPTH)
                )
            if card is None:
                number += 1
                card = Card(number, line)
            else:
                card.nested += 1
        elif head.startswith("END:VCARD"):
            if card is None:
                raise _stray(source, line)
            depth -= 1
            if depth == 0:
                yield card
                card = None
        elif card is None:
            if head:
                raise _stray(source, line)
        elif depth == 1 and head:
            if len(card.properties) >= MAX_PROPERTIES:
                raise Unreadable(
                    _(
                        "“{name}”: the card that begins in line {line} has more than {count} entries. "
                        "Remove it and import again."
                    ).format(name=source.name, line=card.line, count=MAX_PROPERTIES)
                )
            _add(card, text, source, line)
    if card is not None:
        raise Unreadable(
            _(
                "“{name}”: the card that begins in line {line} has no end. The file was cut off: export it "
                "again."
            ).format(name=source.name, line=card.line)
        )


def _stray(source: Source, line: int) -> Unreadable:
    return Unreadable(
        _("“{name}”, line {line}: this does not belong to any card. Export the cards again as vCard.").format(
            name=source.name, line=line
        )
    )


def _add(card: Card, text: str, source: Source, line: int) -> None:
    head, colon, value = _split_head(text)
    if not colon:
        return
    name, *raw = _cut(head, ";", is_head=True) if '"' in head else head.split(";")
    group, _dot, name = name.rpartition(".")
    if group.count(".") >= MAX_DEPTH:
        raise Unreadable(
            _(
                "“{name}”, line {line}: groups are nested more than {depth} deep. Export the cards again."
            ).format(name=source.name, line=line, depth=MAX_DEPTH)
        )
    name = name.strip().upper()
    types: set[str] = set()
    params: dict[str, str] = {}
    for part in raw:
        key, equals, content = part.partition("=")
        key = key.strip().upper()
        if not equals:
            types.add(key)  # vCard 2.1: TEL;WORK;CELL:…
        elif key == "TYPE":
            types.update(kind.strip().upper() for kind in content.strip('"').split(","))
        else:
            params[key] = content.strip().strip('"')
    if name in _BINARY:
        card.pictures += 1
        return
    if "QUOTED-PRINTABLE" in types or params.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
        value = _from_quoted(value, params.get("CHARSET", "utf-8"))
    elif "BASE64" in types or params.get("ENCODING", "").upper() in ("B", "BASE64"):
        card.pictures += 1
        return
    card.properties.append(Property(name, group.upper(), frozenset(types), params, value))


def _split_head(text: str) -> tuple[str, str, str]:
    """Name and parameters, the colon, the value. A colon within quotation marks does not count."""
    head, colon, value = text.partition(":")
    if '"' not in head:
        return head, colon, value
    is_quoted = False
    for i, char in enumerate(text):
        if char == '"':
            is_quoted = not is_quoted
        elif char == ":" and not is_quoted:
            return text[:i], ":", text[i + 1 :]
    return head, colon, value


def _unfolded(source: Source, encoding: str) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of their first line in the file; pictures are left out."""
    kept: list[str] = []
    size = first = 0
    is_quoted = is_binary = False
    for number, line in enumerate(_lines(source, encoding), 1):
        folded = line[:1] in (" ", "\t")
        if is_binary:
            # Folded lines in 3.0; in 2.1 bare lines up to a blank one. Base64 has no colon.
            if folded or (line and ":" not in line):
                continue
            is_binary = False
        elif kept and (folded or (is_quoted and kept[-1].endswith("="))):
            if is_quoted and kept[-1].endswith("="):
                kept[-1] = kept[-1][:-1]
                part = line
            else:
                part = line[1:]
            kept.append(part)
            size += len(part)
            if size > MAX_FIELD:
                raise _too_long(source, first)
            continue
        if kept:
            yield first, "".join(kept)
        head = line[:400].partition(":")[0].upper()
        is_quoted = "QUOTED-PRINTABLE" in head
        is_binary = (
            "BASE64" in head or "ENCODING=B" in head or head.rpartition(".")[2].partition(";")[0] in _BINARY
        )
        kept, size, first = [head + ":" if is_binary else line], len(line), number
        if size > MAX_FIELD and not is_binary:
            raise _too_long(source, first)
    if kept:
        yield first, "".join(kept)


def _too_long(source: Source, line: int) -> Unreadable:
    return Unreadable(
        _(
            "“{name}”: the entry that begins in line {line} has more than {size} characters. Shorten it, or "
            "remove the card, and import again."
        ).format(name=source.name, line=line, size=MAX_FIELD)
    )


def _lines(source: Source, encoding: str) -> Iterator[str]:
    rest = ""
    for block in blocks(source, encoding):
        lines = (rest + block).split("\n")
        rest = lines.pop()
        if len(rest) > 16 * MAX_FIELD:
            raise Unreadable(
                _(
                    "“{name}” has a line of more than {size} million characters near byte {byte}. Choose "
                    "another encoding or kind of file, or export it again."
                ).format(name=source.name, size=16, byte=source.position)
            )
        yield from lines
    if rest:
        yield rest


# Python knows codecs that are no character sets, and some of those fail in ways of their own or take for ever.
_CHARSET = re.compile(
    r"(?i)(us-?ascii|utf-?(8|16|32)([_-]?[bl]e)?|(iso[_-]?)?8859[_-]\d+|latin-?\d|(windows|cp)-?\d+|gb\w+|big5\w*"
    r"|shift[_-]?jis|euc[_-]\w+|iso-?2022[\w-]*|koi8-\w|mac[_-]?roman|tis-?620|hz)"
)
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


def _from_quoted(value: str, charset: str) -> str:
    raw = _HEX.sub(lambda found: bytes((int(found[1], 16),)), value.encode("utf-8", "surrogatepass"))
    for name in (charset if _CHARSET.fullmatch(charset) else "utf-8", "utf-8", "gb18030", "windows-1252"):
        try:
            return raw.decode(name).replace("\r\n", "\n").replace("\0", "")
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")


def _cut(text: str, separator: str, *, is_head: bool = False) -> list[str]:
    """Cut at separators that are not escaped or, in a head, not within quotation marks."""
    parts: list[str] = []
    start = i = 0
    is_quoted = False
    while i < len(text):
        char = text[i]
        if char == "\\" and not is_head:
            i += 2
            continue
        if char == '"' and is_head:
            is_quoted = not is_quoted
        elif char == separator and not is_quoted:
            parts.append(text[start:i])
            start = i + 1
        i += 1
    parts.append(text[start:])
    return parts


_ESCAPED = re.compile(r"\\([\\,;:nN])")


def unescape(text: str) -> str:
    """A value without its backslashes (RFC 6350 3.4)."""
    if "\\" not in text:
        return text
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)
