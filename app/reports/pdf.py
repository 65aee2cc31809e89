"""Plain documents as PDF, without Qt and without temporary files; Chinese where this computer has a font for it."""

from __future__ import annotations

import errno
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from app import i18n
from app.errors import AppError, DiskFull
from app.i18n import _

MARGIN_MM: Final = 20
_EMBEDDED: Final = "embedded"
_FIRST: Final = "embedded0"
# Shown in English where the language itself cannot be printed.
_NOTE: Final = (
    "This computer has no font for some characters of this page. They are printed as question marks."
)

# Looked for in this order; a collection is asked for the face with this number.
_FONTS: Final = {
    "win32": (("msyh.ttc", 0), ("simsun.ttc", 0), ("segoeui.ttf", 0)),
    "darwin": (("PingFang.ttc", 0), ("STHeiti Light.ttc", 0), ("Arial Unicode.ttf", 0)),
    "linux": (
        ("NotoSansCJK-Regular.ttc", 2),
        ("NotoSansCJKsc-Regular.otf", 0),
        ("NotoSansSC-Regular.otf", 0),
        ("SourceHanSansSC-Regular.otf", 0),
        ("wqy-microhei.ttc", 0),
        ("wqy-zenhei.ttc", 0),
        ("DroidSansFallbackFull.ttf", 0),
        ("DejaVuSans.ttf", 0),
    ),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One paragraph: `kind` is title, heading, text, point, code or rule."""

    kind: str
    text: str = ""


@dataclass(slots=True)
class Document:
    """What is to be printed, piece by piece. `save` sets it."""

    title: str
    pieces: list[Piece] = field(default_factory=list)

    def add(self, kind: str, text: str = "") -> None:
        """Append a paragraph."""
        self.pieces.append(Piece(kind, _printable(text)))

    def save(self, path: Path) -> tuple[str, ...]:
        """Write the file, readable by this user only. Gives the characters that could not be printed.

        Straight to where the person said: what is on the sheet must lie nowhere else. Raises AppError.
        """
        raw, missing = self._set()
        _write_private(path, raw)
        return missing

    def _set(self) -> tuple[bytes, tuple[str, ...]]:
        from fpdf import FPDF

        pdf = FPDF(format="A4", unit="mm")
        pdf.set_margin(MARGIN_MM)
        pdf.set_title(_printable(self.title))
        pdf.set_creator("Provender")
        pdf.set_lang(i18n.language().replace("_", "-"))
        missing = self._use_fonts(pdf)
        pdf.add_page()
        if missing:
            self._line(pdf, Piece("point", _NOTE), missing)
        for piece in self.pieces:
            self._line(pdf, piece, missing)
        try:
            return bytes(pdf.output()), missing
        finally:
            for font in pdf.fonts.values():
                if hasattr(font, "ttfont"):
                    font.ttfont.close()

    def _use_fonts(self, pdf: Any) -> tuple[str, ...]:
        """Helvetica, which every reader has, or fonts of this computer where the text needs more."""
        beyond = frozenset(sign for piece in self.pieces for sign in piece.text if not _is_latin(sign))
        if not beyond:
            return ()
        fonts, missing = _fonts_for(beyond)
        for index, (path, number) in enumerate(fonts):
            pdf.add_font(f"{_EMBEDDED}{index}", fname=path, collection_font_number=number)
        pdf.set_fallback_fonts([f"{_EMBEDDED}{index}" for index in range(1, len(fonts))])
        return tuple(sorted(missing))

    def _line(self, pdf: Any, piece: Piece, missing: tuple[str, ...]) -> None:
        if piece.kind == "rule":
            pdf.ln(3)
            pdf.line(MARGIN_MM, pdf.get_y(), pdf.w - MARGIN_MM, pdf.get_y())
            pdf.ln(3)
            return
        has_font = _FIRST in pdf.fonts
        size, bold, gap = _LOOKS[piece.kind]
        if piece.kind == "code":
            pdf.set_font("Courier", "B", size)
        elif has_font:
            pdf.set_font(_FIRST, "", size)
        else:
            pdf.set_font("Helvetica", "B" if bold else "", size)
        text = "".join("?" if sign in missing else sign for sign in piece.text)
        if not has_font:
            text = text.translate(_PLAIN)
        if piece.kind == "point":
            pdf.cell(5, size * 0.5, "•" if has_font else "-")
        pdf.multi_cell(
            0,
            size * 0.5,
            text,
            align="C" if piece.kind == "code" else "L",
            new_x="LMARGIN",
            new_y="NEXT",
            wrapmode="CHAR" if any(unicodedata.east_asian_width(sign) in "WF" for sign in text) else "WORD",
        )
        pdf.ln(gap)


_PLAIN: Final = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "•": "-"}
)

_LOOKS: Final = {
    # points, bold, millimetres after it
    "title": (20, True, 4),
    "heading": (13, True, 1),
    "text": (11, False, 3),
    "point": (11, False, 1.5),
    "code": (24, True, 1),
}


def _printable(text: str) -> str:
    """The text on one line of meaning, without control characters and direction marks from outside."""
    flat = " ".join(text.split())
    return "".join(sign for sign in flat if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def _is_latin(sign: str) -> bool:
    """Whether the fonts that every PDF reader has can show it (here they are limited to Latin-1)."""
    return sign.isascii() or "\xa1" <= sign <= "\xff" or ord(sign) in _PLAIN


def _fonts_for(signs: frozenset[str]) -> tuple[list[tuple[Path, int]], frozenset[str]]:
    """Fonts that have all these characters between them, the one with most first, and what none has."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    covers: list[tuple[frozenset[str], Path, int]] = []
    for name, number in _FONTS.get(sys.platform, _FONTS["linux"]):
        if (path := _installed().get(name.lower())) is None:
            continue
        # A font file that cannot be read is one that is not there.
        with suppress(Exception), TTFont(path, fontNumber=number, lazy=True) as font:
            cmap = font.getBestCmap()
            covers.append((frozenset(sign for sign in signs if ord(sign) in cmap), path, number))
    chosen: list[tuple[Path, int]] = []
    lacking = signs
    while lacking and covers:
        best = max(covers, key=lambda cover: len(cover[0] & lacking))
        if not best[0] & lacking:
            break
        chosen.append(best[1:])
        lacking -= best[0]
    return chosen, lacking


@cache
def _installed() -> dict[str, Path]:
    """Font files of this computer by lower-case name."""
    return {path.name.lower(): path for folder in _folders() for path in _files(folder)}


def _folders() -> Iterator[Path]:
    home = Path.home()
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        yield home / "AppData/Local/Microsoft/Windows/Fonts"
    elif sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    else:
        yield from (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts")


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.rglob("*") if path.suffix.lower() in (".ttc", ".ttf", ".otf"))


def _write_private(path: Path, raw: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            if os.name != "nt":
                os.fchmod(file.fileno(), 0o600)
            file.write(raw)
    except OSError as error:
        gap = {"name": path.name, "folder": str(path.parent), "reason": error.strerror or str(error)}
        if error.errno == errno.ENOSPC:
            raise DiskFull(
                _(
                    "The disk is full, so “{name}” was not written. Free some space in {folder} and try again."
                ).format(name=gap["name"], folder=gap["folder"])
            ) from error
        raise AppError(
            _("“{name}” cannot be written to {folder}: {reason}. Choose another place.").format(**gap)
        ) from error
