"""One window per profile: a second start shows the first one's window and ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

LOCK = "window.lock"
WAIT_MS = 1000
RAISE = b"raise\n"


class Single:
    """Holds a profile for this window. The lock alone is taken before the first paint: QtNetwork costs 30 ms."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = QLockFile(str(folder / LOCK))
        self._lock.setStaleLockTime(0)  # stale only when its process is gone, however long it runs
        self._server: QLocalServer | None = None

    def take(self) -> bool:
        """Whether this window holds the profile now."""
        return self._lock.tryLock(0)

    def raise_other(self) -> bool:
        """Ask the window that holds the profile to come to the front; False if none answers."""
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(_address(self.folder))
        if not socket.waitForConnected(WAIT_MS):
            return False
        socket.write(RAISE)
        heard = socket.waitForBytesWritten(WAIT_MS)
        socket.disconnectFromServer()
        return heard

    def listen(self, parent: QObject, raised: Callable[[], object]) -> None:
        """From now on call `raised` when somebody starts the program again."""
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(parent)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(_address(self.folder))  # of a process that died; we hold the lock

        def visited() -> None:
            while (visitor := server.nextPendingConnection()) is not None:
                visitor.disconnected.connect(visitor.deleteLater)
                raised()

        server.newConnection.connect(visited)
        server.listen(_address(self.folder))
        self._server = server

    def release(self) -> None:
        """Let go of the profile."""
        if self._server is not None:
            self._server.close()
            self._server.deleteLater()
            self._server = None
        self._lock.unlock()


def _address(folder: Path) -> str:
    import hashlib

    name = "provender-" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    # Private to the user, where there is one; a socket's path has about a hundred bytes.
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return f"{runtime}/{name}" if runtime.startswith("/") and len(runtime) < 60 else name
