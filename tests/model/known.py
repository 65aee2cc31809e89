"""The values whose bytes are fixed in vectors.json, and a MessagePack writer that shares nothing with the program.

python -m tests.model.known    prints the vectors; only ever to add one, for bytes once released stay
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from app.model import audit, chain
from app.model import statements as say
from app.model.audit import AuditRow
from app.model.chain import Header, SignedHead
from app.model.change import Dot, Edit, Step
from app.model.encoding import Sealed, canonical, encode_step
from app.model.statements import Last, Statement, Stream, Wrap

MEMBER, DEVICE, OTHER, BOOK, COMMON, ROW = (bytes([number] * 16) for number in range(1, 7))
COMPANY, HASH = b"\xc0" * 32, b"\xaa" * 32
SIGNING, SEALING = b"\x51" * 32, b"\x5e" * 64
TIME_MS = 1_795_000_000_123


def by_hand(value: Any) -> bytes:
    """MessagePack in its shortest form, maps sorted by key, straight from the specification."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, str):
        data = value.encode()
        return _sized(data, len(data), (0xA0, 32), (0xD9, 0xDA, 0xDB))
    if isinstance(value, bytes):
        return _sized(value, len(value), None, (0xC4, 0xC5, 0xC6))
    if isinstance(value, Sealed):
        fixed = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}.get(len(value.data))
        head = bytes([fixed]) if fixed else _sized(b"", len(value.data), None, (0xC7, 0xC8, 0xC9))
        return head + b"\x01" + value.data
    if isinstance(value, dict):
        body = b"".join(by_hand(key) + by_hand(value[key]) for key in sorted(value))
        return _sized(body, len(value), (0x80, 16), (None, 0xDE, 0xDF))
    body = b"".join(map(by_hand, value))
    return _sized(body, len(value), (0x90, 16), (None, 0xDC, 0xDD))


def _integer(value: int) -> bytes:
    if -32 <= value < 128:
        return struct.pack("b" if value < 0 else "B", value)
    for code, form, least, past in (
        (0xCC, ">B", 0, 2**8), (0xCD, ">H", 0, 2**16), (0xCE, ">I", 0, 2**32), (0xCF, ">Q", 0, 2**64),
        (0xD0, ">b", -(2**7), 0), (0xD1, ">h", -(2**15), 0), (0xD2, ">i", -(2**31), 0), (0xD3, ">q", -(2**63), 0),
    ):  # fmt: skip
        if least <= value < past:
            return bytes([code]) + struct.pack(form, value)
    raise OverflowError(value)


def _sized(
    body: bytes, size: int, small: tuple[int, int] | None, codes: tuple[int | None, int, int]
) -> bytes:
    if small and size < small[1]:
        return bytes([small[0] | size]) + body
    for code, form, past in zip(codes, (">B", ">H", ">I"), (2**8, 2**16, 2**32), strict=True):
        if code is not None and size < past:
            return bytes([code]) + struct.pack(form, size) + body
    raise OverflowError(size)


VALUES: dict[str, Any] = {
    "nothing": None,
    "yes": True,
    "small integer": 5,
    "negative integer": -33,
    "integers at every border": [127, 128, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, -32, -128, -129, -32_769, -(2**31) - 1],
    "text": "Café 王佳丽",
    "text of 32 bytes": "x" * 32,
    "text of 256 bytes": "y" * 256,
    "id": ROW,
    "money": [150_000, "EUR"],
    "list of 16": list(range(16)),
    "map, keys sorted by their UTF-8": {"b": 1, "a": 2, "Z": 3, "é": 4, "王": 5, "aa": 6},
    "sealed value": Sealed(b"\x01" * 40),
}  # fmt: skip

STEP = Step(
    DEVICE,
    42,
    BOOK,
    0,
    TIME_MS,
    (
        Edit("customer", ROW, ("~", "name", "tags/organic"), (True, "Café 王", True)),
        Edit("customer", OTHER, ("phone", "x:abc"), (Sealed(b"\x02" * 33), None), ((Dot(OTHER, 7, 1),), ())),
        Edit("activity", COMMON, ("~",), ([[DEVICE, 41, 0, 5], [OTHER, 7, 2, 2]],), ((Dot(DEVICE, 41, 0),),)),
    ),
)

_LAST = (Last(OTHER, BOOK, 0, 7),)
_WRAPS = (Wrap(BOOK, 0, 2, OTHER, b"\x77" * 40),)
BODIES: tuple[say.Body, ...] = (
    say.CompanyFounded(MEMBER, DEVICE, SIGNING, SEALING, COMMON, BOOK),
    say.ServerNamed(SIGNING),
    say.MemberAdded(OTHER, "rep"),
    say.MemberRemoved(OTHER, _LAST),
    say.RoleGiven(OTHER, "manager", TIME_MS),
    say.RoleTaken(OTHER, "manager", _LAST),
    say.BookMade(BOOK),
    say.AccessGiven(OTHER, BOOK, 0, 0, _WRAPS),
    say.AccessTaken(OTHER, BOOK, 0, _LAST),
    say.DeviceCertified(OTHER, MEMBER, SIGNING, SEALING, _WRAPS, DEVICE, _LAST),
    say.DeviceRevoked(OTHER, _LAST),
    say.EpochBegun(BOOK, 0, 2, HASH, _WRAPS, b"\x0d" * 61),
    say.PolicySet("lease", "30"),
    say.FactorReset(OTHER),
    say.RecordErased((ROW,)),
    say.SchemaRaised(2, 1),
    say.BranchesJoined(
        BOOK, 0, 7, HASH, 9, b"\xbb" * 32, (say.Lost(b"\xcc" * 32, TIME_MS), say.Lost(b"\xdd" * 32, TIME_MS + 1)),
        4, (say.LostStatement(5, b"\xee" * 32),), b"\xff" * 64,
    ),
)  # fmt: skip

ROWS = (
    AuditRow(1, DEVICE, TIME_MS, MEMBER, "customer.rename", "done", (ROW,), 1, {"kind": "customer", "field": "name"}),
    AuditRow(2, DEVICE, TIME_MS + 1, MEMBER, "export", "refused", (), 0, {}, "for the accountant"),
)  # fmt: skip

STREAM = Stream(BOOK, 0)
HEADER = Header(
    1, 1, COMPANY, BOOK, 0, 2, DEVICE, 3, HASH, 9, b"\xbb" * 32, 5, b"\xcc" * 32, 1, 0, 0, 6, b"\xdd" * 32, b"\xee" * 32
)  # fmt: skip


def statement(at: int, body: say.Body) -> Statement:
    return Statement(HASH if at else say.NOTHING, at, DEVICE, TIME_MS, body)


def vectors() -> dict[str, dict[str, dict[str, Any]]]:
    """All vectors: by format and name, what goes in and what comes out."""
    found: dict[str, dict[str, dict[str, Any]]] = {
        "value": {name: {"value": shown(value), "bytes": canonical(value).hex()} for name, value in VALUES.items()},
        "step": {"a step": {"value": shown(step_plain()), "bytes": encode_step(STEP).hex()}},
        "statement": {},
        "epoch": {
            "commitment": {
                "company": COMPANY.hex(), "stream": shown(STREAM), "epoch": 2, "key": (b"\x6b" * 32).hex(),
                "hash": say.commitment(COMPANY, STREAM, 2, b"\x6b" * 32).hex(),
            }
        },
        "audit": {},
        "chain": {
            "origin": {"company": COMPANY.hex(), "stream": shown(STREAM), "hash": chain.origin(COMPANY, STREAM).hex()},
            "header": {
                "value": shown(HEADER), "bytes": chain.write(HEADER).hex(),
                "hash": chain.hash_of(chain.write(HEADER)).hex(),
            },
            "body": {"bytes": b"sealed".hex(), "hash": chain.body_hash(b"sealed").hex()},
            "keys": {
                "value": shown([[BOOK, HASH]]), "bytes": canonical([(BOOK, HASH)]).hex(),
                "hash": chain.keys_hash([(BOOK, HASH)]).hex(),
            },
            "head": {
                "head": HASH.hex(), "header": chain.hash_of(chain.write(HEADER)).hex(), "receipt_ms": TIME_MS,
                "hash": chain.next_head(HASH, chain.hash_of(chain.write(HEADER)), TIME_MS).hex(),
            },
            "signed head": {
                "value": shown((1, *SignedHead(COMPANY, BOOK, 0, 10, HASH, TIME_MS))),
                "bytes": chain.head_message(SignedHead(COMPANY, BOOK, 0, 10, HASH, TIME_MS)).hex(),
            },
        },
    }  # fmt: skip
    for at, body in enumerate(BODIES):
        data = say.write(statement(at, body))
        found["statement"][body.kind] = {
            "value": shown(statement_plain(at, body)), "bytes": data.hex(), "hash": say.hash_of(data).hex()
        }  # fmt: skip
    previous = audit.GENESIS
    for row in ROWS:
        following = audit.link(previous, row)
        found["audit"][f"row {row.number}"] = {
            "value": shown(row_plain(row)), "bytes": audit.canonical_row(row).hex(), "previous": previous.hex(),
            "hash": following.hex(),
        }  # fmt: skip
        previous = following
    return found


def step_plain() -> Any:
    return [1, STEP.number, STEP.time_ms, [list(edit) for edit in STEP.edits]]


def statement_plain(at: int, body: say.Body) -> Any:
    plain = {part.name: getattr(body, part.name) for part in fields(body)}  # type: ignore[arg-type]
    return [1, HASH if at else b"", at, DEVICE, TIME_MS, body.kind, plain]


def row_plain(row: AuditRow) -> Any:
    return [1, *row[:8], dict(row.detail), row.reason]


def digest(domain: str, *parts: bytes) -> str:
    """SHA-256 over a domain, a zero byte and the parts, as the decision record says."""
    return hashlib.sha256(domain.encode() + b"\x00" + b"".join(parts)).hexdigest()


def shown(value: Any) -> Any:
    """A value as JSON: bytes as {"hex": …}, sealed values as {"sealed": …}."""
    return _through(value, lambda data: {"hex": data.hex()})


def _through(value: Any, spell: Callable[[bytes], Any]) -> Any:
    if isinstance(value, bytes):
        return spell(value)
    if isinstance(value, Sealed):
        return {"sealed": value.data.hex()}
    if isinstance(value, dict):
        return {key: _through(part, spell) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_through(part, spell) for part in value]
    return value


def meant(value: Any) -> Any:
    """The value of its JSON."""
    if isinstance(value, dict):
        if value.keys() == {"hex"}:
            return bytes.fromhex(value["hex"])
        if value.keys() == {"sealed"}:
            return Sealed(bytes.fromhex(value["sealed"]))
        return {key: meant(part) for key, part in value.items()}
    if isinstance(value, list):
        return [meant(part) for part in value]
    return value


if __name__ == "__main__":
    print(json.dumps(vectors(), ensure_ascii=False, indent=1))
