"""Fields of text: one line, several, one of a few, and lines of a known form."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from app.i18n import N_, _, listed
from app.model.fields.declared import CONTROL, Field, fill

CONTROL_IN_LONG = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, kw_only=True, init=False)
class Text(Field):
    """One line."""

    kind: ClassVar[str] = "text"

    def __init__(self, label: str, **options: Any) -> None:
        fill(self, label, options)

    def clean(self, value: Any) -> str:
        text = str(value)
        if not text.isprintable():
            text = CONTROL.sub(" ", text)
        return self._checked(text.strip())

    def _checked(self, text: str) -> str:
        if len(text) > self.max:
            raise self.invalid(
                _("Please shorten this to {max} characters; it has {count}.").format(
                    max=self.max, count=len(text)
                )
            )
        if self.required and not text:
            raise self.invalid(_("Please fill this in."))
        return text


@dataclass(frozen=True, kw_only=True, init=False)
class LongText(Text):
    """Several lines."""

    kind: ClassVar[str] = "long_text"
    max: int = 20_000

    def clean(self, value: Any) -> str:
        text = CONTROL_IN_LONG.sub(" ", str(value).replace("\r\n", "\n").replace("\r", "\n")).strip()
        return self._checked(text)


@dataclass(frozen=True, kw_only=True, init=False)
class Choice(Text):
    """One of a few declared values; empty for none."""

    kind: ClassVar[str] = "choice"
    options: tuple[tuple[str, str], ...] = ()
    empty_label: str = N_("None")

    def clean(self, value: Any) -> str:
        text = str(value).strip()
        if text and not any(text == option for option, _label in self.options):
            raise self.invalid(
                _("“{value}” is not one of: {options}.").format(
                    value=text[:40], options=listed(_(label) for _value, label in self.options)
                )
            )
        if self.required and not text:
            raise self.invalid(_("Please choose one."))
        return text

    def parse(self, text: str) -> str:
        return self.clean(option_named(text, self.options) or text)


def option_named(text: str, options: Iterable[tuple[str, str]]) -> str | None:
    """The option that a text means: its value first, since the label of one may be the value of another."""
    options = tuple(options)
    wanted = text.strip()
    if any(wanted == option for option, _label in options):
        return wanted
    wanted = wanted.casefold()
    for option, _label in options:
        if wanted == option.casefold():
            return option
    for option, label in options:
        if wanted and wanted in (label.casefold(), _(label).casefold()):
            return option
    return None


@dataclass(frozen=True, kw_only=True, init=False)
class Phone(Text):
    """A phone number, kept as people write it; search goes by its digits."""

    kind: ClassVar[str] = "phone"
    max: int = 60


@dataclass(frozen=True, kw_only=True, init=False)
class Email(Text):
    """An e-mail address (RFC 5321: at most 254 characters)."""

    kind: ClassVar[str] = "email"
    max: int = 254

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text:
            local, at, host = text.rpartition("@")
            if not at or not local or "." not in host.strip(".") or " " in text:
                raise self.invalid(
                    _("“{value}” is not an e-mail address. It looks like name@example.com.").format(
                        value=text[:60]
                    )
                )
        return text


@dataclass(frozen=True, kw_only=True, init=False)
class Web(Text):
    """An address on the web."""

    kind: ClassVar[str] = "web"
    max: int = 500

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and (" " in text or re.match(r"(?i)^(javascript|data|vbscript|file):", text)):
            raise self.invalid(
                _("“{value}” is not a web address. It looks like www.example.com.").format(value=text[:60])
            )
        return text
