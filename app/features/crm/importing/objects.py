"""JSON: a list of flat objects (our own export, or another program's), read object by object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from app.errors import Unreadable
from app.features.crm.importing.encodings import blocks
from app.features.crm.importing.layout import MAX_FIELD, Row
from app.features.crm.importing.source import Source
from app.i18n import _

_SCANNED = 1_000
"""Objects whose names become columns; a name that first appears later is refused, never dropped."""


def columns(source: Source, encoding: str) -> tuple[str, ...]:
    """The names that the first objects use, in their order."""
    names: dict[str, None] = {}
    for count, (_number, _line, found) in enumerate(_objects(source, encoding)):
        names.update(dict.fromkeys(found))
        if count >= _SCANNED:
            break
    return tuple(names)


def records(source: Source, encoding: str, names: tuple[str, ...]) -> Iterator[Row]:
    """A row for each object, in the order of `names`."""
    known = frozenset(names)
    for number, line, found in _objects(source, encoding):
        if not known.issuperset(found):
            name = next(name for name in found if name not in known)
            raise Unreadable(
                _(
                    "“{file}”, line {line}: “{name}” appears here for the first time. Give the first object "
                    "all names, with empty texts where there is nothing."
                ).format(file=source.name, line=line, name=name[:60])
            )
        yield Row(number, line, tuple([_text(found.get(name)) for name in names]))


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case list():
            return "; ".join(_text(part) for part in value)
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def _objects(source: Source, encoding: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Objects of a list, of a list inside an object under "rows", or one per line."""
    decode = json.JSONDecoder().raw_decode
    text, gap, closing = "", "", ""
    number, line = 0, 1
    for block in blocks(source, encoding):
        text += block
        at = 0
        while True:
            start = text.find("{", at) if number else _first(text)
            gap += text[at : start if start >= 0 else len(text)][:4096]
            if start < 0:
                line += text.count("\n", at)
                at = len(text)
                break
            try:
                found, end = decode(text, start)
            except (ValueError, RecursionError) as error:
                if len(text) - start > MAX_FIELD:
                    raise _fault(source, line + text.count("\n", at, start)) from error
                gap = ""
                break
            if number == 0:
                closing = "]" if gap.rstrip().endswith("[") else ""
            elif gap.strip(", \t\n"):
                raise _fault(source, line)
            line += text.count("\n", at, start)
            number += 1
            yield number, line, found
            line += text.count("\n", start, end)
            at, gap = end, ""
        text = text[at:]
    if text.strip() or not number or gap.rstrip("} \t\n").strip() != closing:
        raise _fault(source, line)


_ROWS = re.compile(r'\s*\{[^\[{]{0,4000}"rows"\s*:\s*\[')


def _first(text: str) -> int:
    """Where the first object of the list begins."""
    wrapped = _ROWS.match(text)
    return text.find("{", wrapped.end() if wrapped else 0)


def _fault(source: Source, line: int) -> Unreadable:
    return Unreadable(
        _(
            "“{name}” is not a list of objects as JSON, or was cut off, near line {line}. Export it again, or "
            "export it as CSV."
        ).format(name=source.name, line=line)
    )
