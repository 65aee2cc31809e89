"""Keys for letters that the keyboard of the virtual screen lacks: each gets a spare one, and keeps it.

xdotool would lend a spare key for a single stroke and take it back at once; a busy program that looks at the
keyboard only afterwards finds no letter there. A key that stays is found whenever a program looks.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from tests.session_bus import NotAvailable

# X11's keysyms: Latin-1 letters are their own, all others stand above this (X Window System Protocol, appendix A).
_UNICODE = 0x01000000
_LATIN_1 = range(0xA0, 0x100)
# Volume, brightness, sleep and their like (XF86keysym.h): nobody presses them here, so their keys are spare too.
_MEDIA = 0x10080000


def give_keys(display: str, letters: str) -> None:
    """Have a key for each of these letters, small and capital ones apart; those that have one keep it.

    When it returns, the server knows them, and tells each program before the next stroke. Raises `OSError`
    where no key is spare any more.
    """
    wanted = {keysym(letter) for letter in letters if not letter.isascii()}
    if not wanted:
        return
    with _keyboard(display) as (x11, screen):
        first, keys = _keys(x11, screen)
        wanted -= {sym for key in keys for sym in key[:1]}
        spare = [first + place for place, key in enumerate(keys) if all(is_spare(sym) for sym in key)]
        if len(wanted) > len(spare):
            raise OSError(f"{len(wanted)} letters want a key, {len(spare)} are spare")
        for sym, key in zip(sorted(wanted), spare, strict=False):
            # Twice, with and without Shift: the server would make a small letter and a capital one of a single.
            x11.XChangeKeyboardMapping(screen, key, 2, (ctypes.c_ulong * 2)(sym, sym), 1)
        x11.XSync(screen, 0)


def is_spare(sym: int) -> bool:
    """Is a key that says this missed by nobody?"""
    return sym == 0 or sym >= _MEDIA


def keysym(letter: str) -> int:
    """The number by which X knows a letter."""
    code = ord(letter)
    return code if code in _LATIN_1 else _UNICODE + code


@contextmanager
def _keyboard(display: str) -> Iterator[tuple[Any, ctypes.c_void_p]]:
    x11 = _library()
    screen = x11.XOpenDisplay(display.encode())
    if not screen:
        raise OSError(f"there is no screen {display}")
    pointer = ctypes.c_void_p(screen)
    try:
        yield x11, pointer
    finally:
        x11.XCloseDisplay(pointer)


def _keys(x11: Any, screen: ctypes.c_void_p) -> tuple[int, list[list[int]]]:
    """The first key's number, and of each key from there what it writes in each state."""
    low, high, width = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    x11.XDisplayKeycodes(screen, ctypes.byref(low), ctypes.byref(high))
    count = high.value - low.value + 1
    table = x11.XGetKeyboardMapping(screen, low.value, count, ctypes.byref(width))
    wide = width.value
    keys = [[int(table[key * wide + state]) for state in range(wide)] for key in range(count)]
    x11.XFree(table)
    return low.value, keys


@lru_cache(maxsize=1)
def _library() -> Any:
    name = ctypes.util.find_library("X11") or "libX11.so.6"
    try:
        x11 = ctypes.CDLL(name)
    except OSError as error:
        raise NotAvailable(f"{name} is missing; the package is called libx11-6") from error
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XGetKeyboardMapping.restype = ctypes.POINTER(ctypes.c_ulong)
    x11.XGetKeyboardMapping.argtypes = [
        ctypes.c_void_p,
        ctypes.c_ubyte,
        ctypes.c_int,
        ctypes.POINTER(ctypes.c_int),
    ]
    return x11
