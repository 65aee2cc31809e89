"""Translations through gettext, switchable while the program runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import (
        NullTranslations,  # imported where it is needed: English, and the first paint, do without
    )

DOMAIN = "provender"
LOCALE = Path(__file__).resolve().parent.parent / "resources" / "locale"
LANGUAGES = {"en": "English", "zh_CN": "简体中文"}

_current: NullTranslations | None = None  # English
_language = "en"
_listeners: list[Callable[[], None]] = []


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a text for translation where it is declared; translate it with `_` where it is shown."""
    return text


def _(text: str) -> str:
    """The text in the present language."""
    return _current.gettext(text) if text and _current is not None else text


def ngettext(one: str, many: str, count: int) -> str:
    """The form that fits `count`; the caller fills the gap: `ngettext("{n} row", "{n} rows", n).format(n=n)`."""
    if _current is not None:
        return _current.ngettext(one, many, count)
    return one if count == 1 else many


def listed(parts: Iterable[str]) -> str:
    """Parts one after the other, as the present language separates them: `a, b` or `a、b`."""
    return _(", ").join(parts)


def sentences(parts: Iterable[str]) -> str:
    """Whole sentences one after the other; Chinese puts no space between them."""
    text = ""
    for sentence in parts:
        text = _("{text} {sentence}").format(text=text, sentence=sentence) if text else sentence
    return text


def language() -> str:
    """The present language, a key of LANGUAGES."""
    return _language


def use(name: str) -> None:
    """Switch to a language of LANGUAGES; anything else means English. Tells those who listen."""
    global _current, _language  # noqa: PLW0603 - one language per process, by nature
    _language = name if name in LANGUAGES else "en"
    if _language == "en":
        _current = None
    else:
        import gettext

        _current = gettext.translation(DOMAIN, LOCALE, [_language], fallback=True)
    for listener in tuple(_listeners):
        listener()


def on_switched(listener: Callable[[], None]) -> None:
    """Call `listener` after each switch of language."""
    _listeners.append(listener)


def from_environment() -> str:
    """The language that the operating system asks for, as a key of LANGUAGES."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh_CN" if value.lower().startswith("zh") else "en"
    import locale

    guess = locale.getlocale()[0] or ""
    return "zh_CN" if guess.lower().startswith(("zh", "chinese")) else "en"
