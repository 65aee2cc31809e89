"""A device and a server of its own process, over TLS."""

from __future__ import annotations

from pathlib import Path

from sync.protocol.messages import PROTOCOL, Hello
from tests.sync.server_process import HOST, Wire, start_server


def test_hello_comes_back(tmp_path: Path) -> None:
    with start_server(tmp_path / "server") as server, Wire(server) as wire:
        welcome = wire.ask(Hello())
        assert (welcome.protocol, welcome.host) == (PROTOCOL, HOST)
        assert server.stop() == 0
