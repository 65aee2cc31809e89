"""What a list of one kind of record shows, and how it says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.features.verbs import Verbs
from ui.table import Column


@dataclass(frozen=True, slots=True)
class Words:
    """What a list of one kind says. Whole sentences, so that every language can say them its own way."""

    title: str
    everything: str
    new: str
    hint: str
    empty: str
    empty_text: str
    none_fits: str
    count: Callable[[int], str]
    """`1,234 customers`"""
    delete: Callable[[int], str]
    """`Delete 12 customers?`"""
    delete_text: str
    deleted: Callable[[int], str]
    changed: Callable[[int], str]
    """`12 customers were changed.`"""
    edit: Callable[[int], str]
    """`Edit 12 customers`"""


@dataclass(frozen=True, slots=True)
class ListOf:
    """Which records a list shows, and what it begins with."""

    kind: str
    verbs: Verbs[Any]
    shown: tuple[str, ...]
    icon: str
    words: Callable[[], Words]
    more: tuple[Column, ...] = ()
    show: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    """How cells of some columns look, where not as usual."""
    widths: Mapping[str, int] = field(default_factory=dict)
    also: frozenset[str] = frozenset()
    """Kinds whose changes show in this list."""
