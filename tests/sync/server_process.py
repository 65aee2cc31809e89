"""A real server in processes of its own, over real TLS on this computer, and a plain client for it.

    with start_server(tmp_path / "server") as server:
        server.url, server.pin, server.authority      # https://localhost:PORT, bytes, Path of the PEM
        token = server.admission()                    # 32 bytes: what the operator gives a company
        Wire(server)                                  # a `Service` without the client's own transport

`server.kill()` is kill -9, `server.stop()` an end in good order, `server.start()` begins again in the same home.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import Offline
from sync.protocol.codec import MEDIA_TYPE, read_problem, read_reply, read_token, write, write_token
from sync.protocol.messages import R, Request

START_S = 30.0
STOP_S = 60.0
HOST = "localhost"
FREE = ("--trusted", "127.0.0.0/8", "--rate", "device=1e5:1e6", "--rate", "company=1e5:1e6")
"""Options of a server that refuses nobody for asking often."""


@dataclass
class ServerProcess:
    """One server. `port` stays the same over restarts, `url` names it as its certificate does."""

    home: Path
    options: tuple[str, ...] = ()
    host: str = HOST
    port: int = 0
    pin: bytes = b""
    env: dict[str, str] = field(default_factory=dict)
    common: tuple[str, ...] = ()
    """Options of all commands, such as --database-file."""
    process: subprocess.Popen[str] | None = None
    log: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    @property
    def authority(self) -> Path:
        """The certificate that devices pin, as PEM."""
        return self.home / "authority.pem"

    def start(self) -> None:
        """Run it; returns once it answers."""
        assert self.process is None, "it runs already"
        listen = f"127.0.0.1:{self.port}"
        self.process = self._popen("run", "--listen", listen, "--json", *self.options)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(STOP_S)
            raise AssertionError(f"the server did not start: {self._rest()}")
        self.port = int(json.loads(line)["listening"].rpartition(":")[2])
        threading.Thread(target=self._collect, args=(self.process.stderr,), daemon=True).start()
        self._wait_until_ready()

    def stop(self) -> int:
        """End it in good order; its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would, all its processes at once."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """An end in good order, and a new beginning."""
        self.stop()
        self.start()

    def command(self, *arguments: str, status: int = 0) -> Any:
        """The JSON document that an operator's command prints."""
        done = subprocess.run(
            [*_PROGRAM, *arguments, "--home", str(self.home), "--json", *self.common],
            capture_output=True,
            text=True,
            env=self._env(),
            timeout=STOP_S,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return json.loads(done.stdout)

    def admission(self) -> bytes:
        """A one-use token, as `Admit` takes it."""
        return read_token(self.command("company", "admit")["token"])

    def _popen(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*_PROGRAM, *arguments, "--home", str(self.home), *self.common],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._env(),
            start_new_session=True,
        )

    def _env(self) -> dict[str, str]:
        return {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en", **self.env}

    def _collect(self, stream: Any) -> None:
        with contextlib.suppress(ValueError):
            for line in stream:
                self.log.append(line)

    def _rest(self) -> str:
        assert self.process is not None and self.process.stderr is not None
        rest = self.process.stderr.read()
        self._close()
        return rest

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + START_S
        while True:
            assert self.process is not None
            try:
                connection = http.client.HTTPSConnection(
                    "127.0.0.1", self.port, timeout=5, context=ssl._create_unverified_context()
                )
                connection.request("GET", "/readyz")
                ready = connection.getresponse().status == 200
                connection.close()
            except OSError:
                ready = False
            if ready:
                return
            assert self.process.poll() is None, f"the server ended: {self.log}"
            assert time.monotonic() < until, f"the server does not get ready: {self.log}"
            time.sleep(0.02)

    def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
        status = self.process.wait(STOP_S)
        self._close()
        return status

    def _close(self) -> None:
        assert self.process is not None
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError, ValueError):
                    stream.close()
        self.process = None


_PROGRAM = (sys.executable, "-m", "sync.server.main")


@contextlib.contextmanager
def start_server(
    home: Path,
    *,
    host: str = HOST,
    options: Sequence[str] = (),
    init: Sequence[str] = (),
    common: Sequence[str] = (),
    env: dict[str, str] | None = None,
) -> Iterator[ServerProcess]:
    """A running server, made with `init` where the folder is none yet. `host` must lead to 127.0.0.1."""
    server = ServerProcess(home, tuple(options), host, env=dict(env or {}), common=tuple(common))
    if not (home / "settings.json").exists():
        made = server.command("init", "--name", host, *init)
        server.pin = bytes.fromhex(made["pin"])
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Wire:
    """A `Service` over HTTPS, as simple as can be; it believes the server's own authority alone. One per thread:

    with Wire(server) as wire:
        wire.ask(Hello())
    """

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self._context = ssl.create_default_context(cafile=str(server.authority))
        self._connection: http.client.HTTPSConnection | None = None

    def ask(self, request: Request[R], token: bytes | None = None) -> R:
        """The reply. Raises Problem, Offline."""
        status, data = self.post(f"/v1/{request.name}", write(request), token)
        if status != 200:
            raise read_problem(data)
        reply: Any = read_reply(request.reply, data)
        return reply  # type: ignore[no-any-return]

    def post(self, path: str, body: bytes, token: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of what comes back. Raises Offline."""
        headers = {"Content-Type": MEDIA_TYPE}
        if token is not None:
            headers["Authorization"] = f"Bearer {write_token(token)}"
        try:
            if self._connection is None:
                self._connection = http.client.HTTPSConnection(
                    self.server.host, self.server.port, timeout=60, context=self._context
                )
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Offline("nothing came back") from error

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of what whoever runs a server may ask."""
        connection = http.client.HTTPSConnection(
            self.server.host, self.server.port, timeout=60, context=self._context
        )
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
