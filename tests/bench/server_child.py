"""Children of the server's benchmark: a bare ASGI handler with group commit, and devices that push or wait.

python -m tests.bench.server_child bare FOLDER           serves; prints its port
python -m tests.bench.server_child push PLAN             sends what the plan holds; prints JSON
python -m tests.bench.server_child wait PLAN             opens all connections, waits; prints JSON for each round
"""

from __future__ import annotations

import asyncio
import json
import pickle
import queue
import socket
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

KEY = b"k" * 32
MOST_TOGETHER = 256


class Plan(NamedTuple):
    """What devices send: for each connection its requests, whole, one after the other."""

    host: str
    port: int
    authority: str
    requests: tuple[tuple[bytes, ...], ...]


# ---- the floor


class Bare:
    """Takes any POST and answers once its parts are rows of a SQLCipher file, many requests in one transaction."""

    def __init__(self, path: Path, rows: int) -> None:
        import sqlcipher3.dbapi2 as driver

        self._queue: queue.SimpleQueue[tuple[asyncio.Future[None], bytes]] = queue.SimpleQueue()
        self._rows = rows
        self._database = driver.connect(str(path), isolation_level=None, check_same_thread=False)
        self._database.set_key(f"x'{KEY.hex()}'")
        # As sync/server/embedded.py opens its file.
        for pragma in (
            "page_size=4096",
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
            "cache_size=-65536",
            "wal_autocheckpoint=4000",
        ):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE log(position INTEGER PRIMARY KEY, body BLOB)")
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            threading.Thread(target=self._write, daemon=True).start()
        parts = []
        while True:
            message = await receive()
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                break
        done = self._loop.create_future()
        self._queue.put((done, b"".join(parts)))
        await done
        headers = [(b"content-type", b"application/octet-stream"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    def _write(self) -> None:
        assert self._loop is not None
        while True:
            taken = [self._queue.get()]
            while not self._queue.empty() and len(taken) < MOST_TOGETHER:
                taken.append(self._queue.get())
            self._database.execute("BEGIN IMMEDIATE")
            for _done, body in taken:
                size = -(-len(body) // self._rows)
                self._database.executemany(
                    "INSERT INTO log(body) VALUES (?)",
                    [(body[at : at + size],) for at in range(0, len(body), size)],
                )
            self._database.execute("COMMIT")
            self._loop.call_soon_threadsafe(self._answer, [done for done, _body in taken])

    @staticmethod
    def _answer(done: list[asyncio.Future[None]]) -> None:
        for future in done:
            future.set_result(None)


def bare(folder: Path, certificate: Path, rows: int) -> None:
    """Serve as the server does, but for everything that it does with a request."""
    import uvicorn

    from sync.server import authority
    from sync.server.http import _Http

    context = authority.tls(certificate)
    config = uvicorn.Config(
        Bare(folder / "bare.db", rows),
        http=_Http,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        ssl_context_factory=lambda _config, _default: context,
    )
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listener])


# ---- devices


async def push(plan: Plan) -> dict[str, Any]:
    """Every connection sends its requests without a pause; seconds from the first to the last answer."""
    lines = [await _connected(plan) for _ in plan.requests]
    times: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(
        *(_send_all(*line, sent, times) for line, sent in zip(lines, plan.requests, strict=True))
    )
    seconds = time.perf_counter() - began
    for _reader, writer in lines:
        writer.transport.abort()
    return {"seconds": seconds, "ms": [round(one * 1000, 2) for one in times]}


async def _send_all(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    requests: tuple[bytes, ...],
    times: list[float],
) -> None:
    for request in requests:
        began = time.perf_counter()
        writer.write(request)
        status, _body = await _answer(reader)
        if status != 200:
            raise RuntimeError(f"answered with {status}")
        times.append(time.perf_counter() - began)


async def wait(plan: Plan) -> None:
    """Every connection sends one request and waits; a line on standard input begins each round, and its answer says
    when each connection was answered, on the clock that processes share."""
    lines = [await _connected(plan) for _ in plan.requests]
    loop = asyncio.get_running_loop()
    print(json.dumps({"connected": len(lines)}), flush=True)
    round_ = 0
    while await loop.run_in_executor(None, sys.stdin.readline):
        for (_reader, writer), requests in zip(lines, plan.requests, strict=True):
            writer.write(requests[round_])
        print(json.dumps({"sent": len(lines)}), flush=True)
        at = await asyncio.gather(*(_answered_at(reader) for reader, _writer in lines))
        print(json.dumps({"at": at}), flush=True)
        round_ += 1


async def _answered_at(reader: asyncio.StreamReader) -> float:
    status, _body = await _answer(reader)
    if status != 200:
        raise RuntimeError(f"answered with {status}")
    return time.monotonic()


async def _connected(plan: Plan) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = ssl.create_default_context(cafile=plan.authority)
    return await asyncio.open_connection(
        "127.0.0.1", plan.port, ssl=context, server_hostname=plan.host, limit=1 << 20
    )


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length)


def main() -> None:
    what, *given = sys.argv[1:]
    if what == "bare":
        bare(Path(given[0]), Path(given[1]), int(given[2]))
        return
    plan = Plan(*pickle.loads(Path(given[0]).read_bytes()))
    if what == "push":
        print(json.dumps(asyncio.run(push(plan))))
    else:
        asyncio.run(wait(plan))


if __name__ == "__main__":
    main()
