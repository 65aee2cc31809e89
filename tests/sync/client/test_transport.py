"""The road to the server: one authority is trusted, and nothing that the environment suggests."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from app.errors import Offline
from sync.client import transport
from sync.client.transport import ENVIRONMENT, Transport, Untrusted
from sync.protocol.codec import write_problem
from sync.protocol.messages import Await, Hello
from sync.protocol.problems import Problem
from tests.sync.client.tls import DAY, Answers, Authority, serving
from tests.sync.server_process import start_server


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ours")


@pytest.fixture
def answers(authority: Authority) -> Answers:
    return Answers(authority.der)


def test_a_real_server_answers(tmp_path: Path) -> None:
    with start_server(tmp_path / "server") as server:
        here = Transport(server.url, server.pin)
        assert here.ask(Hello()).host == "localhost"
        assert here.moved_bytes > 100
        server.restart()
        assert here.ask(Hello()).protocol == 1
        server.kill()
        with pytest.raises(Offline):
            here.ask(Hello())


def test_the_pinned_authority_is_trusted(authority: Authority, answers: Answers) -> None:
    with serving(authority.issue(), answers) as url:
        assert Transport(url, authority.pin).ask(Hello()).signing == b"k" * 32
    (path, headers, _body), *_more = answers.seen
    assert path == "/v1/hello"
    assert not headers.keys() & {"Authorization", "Cookie"}


def test_an_authority_of_strangers_is_refused(authority: Authority, answers: Answers, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    with serving(other.issue(), Answers(other.der)) as url, pytest.raises(Untrusted):
        Transport(url, authority.pin).ask(Hello())
    # One that shows our authority's certificate, which everybody can see, and has none of its own.
    with serving(other.issue(), answers) as url, pytest.raises(Untrusted) as caught:
        Transport(url, authority.pin).ask(Hello())
    assert caught.value.code == "server_untrusted"
    assert not answers.seen


def test_a_private_authority_is_no_public_one(authority: Authority, answers: Answers) -> None:
    with serving(authority.issue(), answers) as url, pytest.raises(Untrusted):
        Transport(url).ask(Hello())
    assert not answers.seen


def test_a_certificate_for_another_host_is_refused(authority: Authority, answers: Answers) -> None:
    with serving(authority.issue("elsewhere.test"), answers) as url, pytest.raises(Untrusted):
        Transport(url, authority.pin).ask(Hello())
    assert not answers.seen


def test_a_certificate_that_has_ended_is_refused(authority: Authority, answers: Answers) -> None:
    with serving(authority.issue(ends=-DAY), answers) as url, pytest.raises(Untrusted):
        Transport(url, authority.pin).ask(Hello())
    assert not answers.seen


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_an_old_tls_is_refused(authority: Authority, answers: Answers) -> None:
    def old(context: ssl.SSLContext) -> None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1

    with serving(authority.issue(), answers, old) as url, pytest.raises(Offline):
        Transport(url, authority.pin).ask(Hello())
    assert not answers.seen


def test_plain_http_is_refused() -> None:
    with pytest.raises(Untrusted):
        Transport("http://localhost:1")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused(authority: Authority, answers: Answers, status: int, tmp_path: Path) -> None:
    elsewhere = Answers(authority.der)
    with serving(authority.issue(), answers) as url, serving(authority.issue(), elsewhere) as other:
        answers.status, answers.headers["Location"] = status, f"{other}/v1/hello"
        with pytest.raises(Untrusted):
            Transport(url, authority.pin).ask(Hello())
    assert not elsewhere.seen


class Eavesdropper:
    """A proxy that notes who comes, and says nothing."""

    def __enter__(self) -> Eavesdropper:
        self.came: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def _run(self) -> None:
        try:
            while True:
                connection, _address = self._socket.accept()
                connection.settimeout(1)
                self.came.append(connection.recv(1000))
                connection.close()
        except OSError:
            pass

    def __exit__(self, *_error: object) -> None:
        self._socket.close()


def test_nothing_comes_from_the_environment(
    authority: Authority, answers: Answers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login somebody password secret\n")
    netrc.chmod(0o600)
    with Eavesdropper() as proxy, serving(authority.issue(), answers) as url:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
        Transport(url, authority.pin).ask(Hello())
        assert not proxy.came
        assert "Authorization" not in answers.seen[0][1]
        # Policy may name it; then it is used.
        with pytest.raises(Offline):
            Transport(url, authority.pin, proxy=ENVIRONMENT).ask(Hello())
        assert proxy.came[0].startswith(b"CONNECT localhost")


def test_another_kind_of_answer_is_not_the_servers(authority: Authority, answers: Answers) -> None:
    answers.headers["Content-Type"], answers.body = "text/html", b"<h1>Welcome to this hotel</h1>"
    with serving(authority.issue(), answers) as url, pytest.raises(Untrusted):
        Transport(url, authority.pin).ask(Hello())


def test_an_answer_without_end_is_given_up(
    authority: Authority, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MOST_REPLY_BYTES", 1000)
    answers.body = bytes(100_000)
    with serving(authority.issue(), answers) as url, pytest.raises(Offline):
        Transport(url, authority.pin).ask(Hello())


def test_nonsense_counts_as_no_answer(authority: Authority, answers: Answers) -> None:
    with serving(authority.issue(), answers) as url:
        for status, body in ((200, b"nonsense"), (503, b"nonsense"), (200, b"")):
            answers.status, answers.body = status, body
            with pytest.raises(Offline):
                Transport(url, authority.pin).ask(Hello())


def test_a_refusal_is_a_problem(authority: Authority, answers: Answers) -> None:
    answers.status, answers.body = 429, write_problem(Problem("too_many", 2_000))
    with serving(authority.issue(), answers) as url, pytest.raises(Problem) as caught:
        Transport(url, authority.pin).ask(Hello())
    assert (caught.value.name, caught.value.after_ms, caught.value.code) == (
        "too_many",
        2_000,
        "server_too_many",
    )


def test_waiting_ends_at_once_when_it_is_stopped(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        here = Transport(f"https://127.0.0.1:{silent.getsockname()[1]}")
        ended: list[BaseException] = []

        def wait() -> None:
            try:
                here.ask(Await((), 0, 0, 25_000), b"t" * 64)
            except Offline as error:
                ended.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        connection, _address = silent.accept()
        time.sleep(0.1)
        began = dt.datetime.now(dt.UTC)
        here.abort()
        thread.join(5)
        connection.close()
        assert ended
        assert (dt.datetime.now(dt.UTC) - began).total_seconds() < 1
    with pytest.raises(Offline):
        here.ask(Hello())
