"""Keeps the memory of a process that holds keys out of crash dumps, and away from other programs where it can be."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def forbid() -> None:
    """No core file of this process from now on; on Linux no debugger of the same user either. Never raises.

    A dump would lie readable on the disk with keys, passwords and customers in it. Linux gives dumps to a
    program (systemd-coredump, apport) whatever the limit says, unless the process is not dumpable. Windows is
    left as it is: its error reports are sent by the operating system's own settings (not tried there).
    """
    if sys.platform == "win32":
        return
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
