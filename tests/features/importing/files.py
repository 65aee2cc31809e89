"""Small helpers of the import's tests: files on disk, whole readings, drafts."""

from __future__ import annotations

from pathlib import Path

from app.features.crm.importing import paths
from app.features.crm.importing.draft import Draft
from app.features.crm.importing.drafts import drafter
from app.features.crm.importing.layout import Layout, Row
from app.features.crm.importing.mapping import Mapping, guess
from app.features.crm.importing.reading import inspect, rows

KNOWN = paths.fields()


def put(folder: Path, content: bytes | str, name: str = "list.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, layout: Layout | None = None) -> list[tuple[str, ...]]:
    """The cells of all rows."""
    with rows(path, layout) as reading:
        return [row.cells for row in reading]


def mapped(columns: list[str], kind: str = "customers", *samples: tuple[str, ...]) -> dict[str, str]:
    """Column → path, as guessed."""
    found = guess(columns, [Row(i, i, cells) for i, cells in enumerate(samples, 2)], kind, KNOWN)
    return {c: t for c, t in zip(found.columns, found.targets, strict=True) if t}


def drafts(path: Path, kind: str = "customers") -> list[Draft]:
    """All rows of a file as drafts, under the guessed mapping."""
    preview = inspect(path)
    mapping = guess(preview.columns, preview.samples, kind, KNOWN)
    make = drafter(mapping, KNOWN, preview.samples)
    with rows(path) as reading:
        return [make(row) for row in reading]


def draft_of(columns: list[str], cells: tuple[str, ...], kind: str = "customers", **changes: object) -> Draft:
    """One row as a draft; `changes` replace parts of the mapping."""
    from dataclasses import replace

    mapping: Mapping = guess(columns, [Row(2, 2, cells)], kind, KNOWN)
    mapping = replace(mapping, **changes)  # type: ignore[arg-type]
    return drafter(mapping, KNOWN)(Row(2, 2, cells))
