"""Debian's binding of the accessibility bus, borrowed by this interpreter.

`gi` is compiled for Debian's own Python; a virtual environment of the same minor version can load it.
"""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from functools import cache
from typing import Any

from tests.session_bus import NotAvailable

DEBIAN_PACKAGES = "/usr/lib/python3/dist-packages"
CALL_TIMEOUT_MS = 5000


@cache
def connect(bus: str) -> Any:
    """The `Atspi` module, reading the accessibility bus at that address. One address per process."""
    atspi = _load().Atspi
    os.environ["AT_SPI_BUS_ADDRESS"] = bus
    atspi.init()
    atspi.set_timeout(CALL_TIMEOUT_MS, CALL_TIMEOUT_MS)
    # Without a main loop here nobody would refresh the cache, and a test would read the past.
    atspi.get_desktop(0).set_cache_mask(atspi.Cache.NONE)
    listener = atspi.EventListener.new(_focus_moved)
    listener.register("object:state-changed:focused")
    _KEPT.append(listener)
    return atspi


def focused(bus: str, pid: int) -> Any:
    """What took the keyboard last in that process, or None. The only way to find a menu: Qt lists none."""
    connect(bus)
    loop = _load().GLib.MainContext.default()
    while loop.iteration(False):
        pass
    return _FOCUSED.get(pid)


@cache
def gone() -> type[Exception]:
    """What a call raises when the widget, or its whole program, went away meanwhile."""
    error: type[Exception] = _load().GLib.GError
    return error


_FOCUSED: dict[int, Any] = {}
_KEPT: list[Any] = []


def _focus_moved(event: Any) -> None:
    with suppress(gone()):  # some are gone before they are asked
        if event.detail1:
            _FOCUSED[event.source.get_process_id()] = event.source


@cache
def _load() -> Any:
    sys.path.append(DEBIAN_PACKAGES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Debian's gi 3.42 uses an importer that 3.11 calls old
            import gi

            gi.require_version("Atspi", "2.0")
            import gi.repository.Atspi
            import gi.repository.GLib
    except (ImportError, ValueError) as error:
        raise NotAvailable(f"{error}: apt-get install python3-gi gir1.2-atspi-2.0") from error
    finally:
        # Only `gi` is borrowed: a package missing from .venv must not be found there by chance.
        sys.path.remove(DEBIAN_PACKAGES)
    return gi.repository
