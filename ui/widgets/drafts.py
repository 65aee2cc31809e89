"""Half-filled forms, kept in the vault while they are typed, so that neither a crash nor leaving loses them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, QTimer

from app.ids import Id, parse, show
from app.model.change import Dot
from app.model.entity import NOT_YET
from ui.desk import Desk

WAIT_MS = 600  # typing goes on; write once it rests
NEW = "new"

Seen = Mapping[str, tuple[Dot, ...]]


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in a form's changed fields, what its person had seen of the record, and when."""

    fields: Mapping[str, Any]
    seen: Seen = field(default_factory=dict)
    at_ms: int = 0
    title: str = ""


class Drafts(QObject):
    """The drafts of one kind of record. `of` is asked for the present draft when writing is due."""

    def __init__(self, desk: Desk, kind: str, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._kind = desk, kind
        self._due: tuple[str, Callable[[], Draft | None]] | None = None
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self._wait.timeout.connect(self.flush)

    def get(self, id_: Id | None, under: Id | None = None) -> Draft | None:
        """The draft of a record, or of a new one (`under` its parent)."""
        return _from_json(self._desk.memory.get(self._key(id_, under)))

    def soon(self, id_: Id | None, of: Callable[[], Draft | None], under: Id | None = None) -> None:
        """Something was typed: write the draft in a moment; None from `of` means that nothing differs."""
        key = self._key(id_, under)
        if self._due is not None and self._due[0] != key:
            self.flush()
        self._due = (key, of)
        self._wait.start()

    def flush(self) -> None:
        """Write what is due now."""
        self._wait.stop()
        due, self._due = self._due, None
        if due is not None:
            draft = due[1]()
            kept = None if draft is None else _to_json(draft)
            if kept is not None or self._desk.memory.get(due[0]) is not None:
                self._desk.memory.set(due[0], kept)

    def drop(self, id_: Id | None, under: Id | None = None) -> None:
        """It was saved or thrown away."""
        key = self._key(id_, under)
        if self._due is not None and self._due[0] == key:
            self._wait.stop()
            self._due = None
        if self._desk.memory.get(key) is not None:
            self._desk.memory.set(key, None)

    def _key(self, id_: Id | None, under: Id | None) -> str:
        name = show(id_) if id_ not in (None, NOT_YET) and id_ is not None else NEW
        return f"draft:{self._kind}:{show(under)}:{name}" if under else f"draft:{self._kind}:{name}"


def drafts_of(desk: Desk, kind: str) -> list[tuple[Id | None, Draft]]:
    """All drafts of a kind, newest first; None is a new record. Those under a parent are on its page."""
    start = f"draft:{kind}:"
    found: list[tuple[Id | None, Draft]] = []
    for key in desk.memory.keys(start):
        name, draft = key[len(start) :], _from_json(desk.memory.get(key))
        if draft is not None and ":" not in name:
            found.append((None if name == NEW else parse(name), draft))
    return sorted(found, key=lambda one: -one[1].at_ms)


def now_ms() -> int:
    """When a draft is written."""
    return int(time.time() * 1000)


def merged(new: Seen, old: Seen, dirty: tuple[str, ...]) -> dict[str, tuple[Dot, ...]]:
    """What a form has seen whose other fields were loaded anew: of the edited ones still only the old values.

    So a colleague's value that came while one was typing is not overwritten unseen.
    """
    found = {name: dots for name, dots in new.items() if name.partition("/")[0] not in dirty}
    found.update({name: dots for name, dots in old.items() if name.partition("/")[0] in dirty})
    return found


def _to_json(draft: Draft) -> dict[str, Any]:
    seen = {
        name: [[dot.device.hex(), dot.step, dot.nth] for dot in dots] for name, dots in draft.seen.items()
    }
    return {"fields": dict(draft.fields), "seen": seen, "at": draft.at_ms, "title": draft.title}


def _from_json(kept: Any) -> Draft | None:
    if not isinstance(kept, dict) or not isinstance(kept.get("fields"), dict):
        return None
    seen = kept.get("seen")
    dots = {
        str(name): tuple(Dot(bytes.fromhex(device), step, nth) for device, step, nth in some)
        for name, some in (seen.items() if isinstance(seen, dict) else ())
    }
    return Draft(kept["fields"], dots, int(kept.get("at") or 0), str(kept.get("title") or ""))
