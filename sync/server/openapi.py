"""The description of the interface (OpenAPI 3.1), drawn from the messages' own declarations and thus true.

Messages travel as MessagePack, which JSON Schema has no words for: maps and arrays are described as they are, and
byte strings as base64 texts whose `format`, `bytes-LEAST-MOST`, gives the bounds in bytes.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

from app.model.shape import Size
from sync.protocol.codec import MEDIA_TYPE
from sync.protocol.messages import MOST_REQUEST_BYTES, PROTOCOL, REQUESTS, Reply, Request
from sync.protocol.problems import KINDS

_PARTS: Final = "#/components/schemas/"
_ANY: Final = Size(0, MOST_REQUEST_BYTES)

Schema = dict[str, Any]


def description() -> bytes:
    """The document, as JSON."""
    parts: dict[str, Schema] = {}
    paths = {f"/v1/{name}": {"post": _operation(kind, parts)} for name, kind in REQUESTS.items()}
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Provender server",
            "version": str(PROTOCOL),
            "description": " ".join((__doc__ or "").split("\n\n", 1)[1].split()),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": parts,
            "responses": _refusals(),
            "securitySchemes": {
                "session": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of sign-in's reply, base64url without padding. Good for ten minutes.",
                }
            },
        },
    }
    return json.dumps(document, indent=1).encode()


def _operation(kind: type[Request[Reply]], parts: dict[str, Schema]) -> Schema:
    refusals = {
        str(status): {"$ref": f"#/components/responses/refused-{status}"} for status in _statuses(kind)
    }
    return {
        "operationId": kind.name,
        "summary": (kind.__doc__ or "").split("\n\n")[0].replace("\n   ", ""),
        "security": [{"session": []}] if kind.session else [],
        "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": _reference(kind, parts)}}},
        "responses": {
            "200": {
                "description": (kind.reply.__doc__ or "").split("\n")[0],
                "content": {MEDIA_TYPE: {"schema": _reference(kind.reply, parts)}},
            },
            **refusals,
        },
    }


def _statuses(kind: type[Request[Reply]]) -> list[int]:
    """Every refusal may come to every request, but what has to do with sessions, which some need not."""
    sessions = {KINDS["no_session"].status} if not kind.session and kind.name != "sign-in" else set()
    return sorted({one.status for one in KINDS.values()} - sessions)


def _refusals() -> dict[str, Schema]:
    numbers: dict[int, list[tuple[int, str]]] = {}
    for name, kind in KINDS.items():
        numbers.setdefault(kind.status, []).append((kind.number, name))
    return {
        f"refused-{status}": {
            "description": ", ".join(f"{number} {name}" for number, name in sorted(those)),
            "content": {MEDIA_TYPE: {"schema": _problem([number for number, _name in sorted(those)])}},
        }
        for status, those in sorted(numbers.items())
    }


def _problem(numbers: list[int]) -> Schema:
    return {
        "description": "A refusal: its number, how many milliseconds to wait before trying again, a fault's name.",
        "type": "array",
        "prefixItems": [
            {"enum": numbers},
            {"type": "integer", "minimum": 0},
            {"type": "string", "maxLength": 40},
        ],
        "minItems": 3,
        "maxItems": 3,
    }


def _reference(shape: type[Any], parts: dict[str, Schema]) -> Schema:
    """A named shape, described once."""
    if shape.__name__ not in parts:
        parts[shape.__name__] = {}  # a place, in case that it holds itself
        parts[shape.__name__] = _array(shape, parts) if issubclass(shape, tuple) else _map(shape, parts)
    return {"$ref": _PARTS + shape.__name__}


def schema(shape: Any, parts: dict[str, Schema], bounds: Size | None = None) -> Schema:  # noqa: PLR0911 - one each
    """What `app.model.shape.read` takes for a shape, said in JSON Schema."""
    origin = get_origin(shape)
    if origin is Annotated:
        inner, *extras = get_args(shape)
        return schema(inner, parts, next(extra for extra in extras if isinstance(extra, Size)))
    if origin in (Union, UnionType):
        (inner,) = (part for part in get_args(shape) if part is not type(None))
        return {"anyOf": [schema(inner, parts), {"type": "null"}]}
    if origin is tuple:
        several: Schema = {"type": "array", "items": schema(get_args(shape)[0], parts)}
        return several | ({"minItems": bounds.least, "maxItems": bounds.most} if bounds else {})
    if shape is bytes:
        least, most = bounds or _ANY
        return {
            "type": "string",
            "contentEncoding": "base64",
            "format": f"bytes-{least}-{most}",
            "minLength": _in_base64(least),
            "maxLength": _in_base64(most),
        }
    if shape is str:
        return {"type": "string"} | ({"minLength": bounds.least, "maxLength": bounds.most} if bounds else {})
    if shape is int:
        return {"type": "integer"} | ({"minimum": bounds.least, "maximum": bounds.most} if bounds else {})
    if shape is bool:
        return {"type": "boolean"}
    return _reference(shape, parts)


def _map(shape: type[Any], parts: dict[str, Schema]) -> Schema:
    assert is_dataclass(shape)
    hints = get_type_hints(shape, include_extras=True)
    names = [part.name for part in fields(shape)]
    return {
        "description": _said(shape),
        "type": "object",
        "properties": {name: schema(hints[name], parts) for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _array(shape: Any, parts: dict[str, Schema]) -> Schema:
    hints = get_type_hints(shape, include_extras=True)
    names = list(shape._fields)
    return {
        "description": f"{_said(shape)} In this order: {', '.join(names)}.".strip(),
        "type": "array",
        "prefixItems": [{"title": name, **schema(hints[name], parts)} for name in names],
        "minItems": len(names),
        "maxItems": len(names),
    }


def _said(shape: type[Any]) -> str:
    text = shape.__doc__ or ""
    return "" if text.startswith(f"{shape.__name__}(") else " ".join(text.split())


def _in_base64(size: int) -> int:
    return -(-size // 3) * 4
