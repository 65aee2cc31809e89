"""A company made once and put in place for each test; the keyring lets it open without Argon2id."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app import bootstrap, i18n, ids
from app.crypto import passwords
from app.crypto.keys import SecretKey
from app.crypto.passwords import Parameters
from app.features.crm import contacts, customers
from app.vault import keychain as keychains
from app.vault import profiles, waiting
from tests.builders import MEMORY, a_contact, a_customer
from tests.keychains import MemoryKeychain
from ui.console.running import Window, run

PASSWORD = "four lanterns over the quay"
COMPANY = "Nordlicht Foods"
OWNER = "Mia Chen"


class Said(NamedTuple):
    """What one call gave."""

    status: int | Window
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document, and nothing else, on standard output."""
        return json.loads(self.out)


@dataclass
class Home:
    """A home folder with one company, and its keyring."""

    folder: Path
    keychain: MemoryKeychain
    recovery_code: str
    ids: dict[str, str] = field(default_factory=dict)


_stretched: dict[tuple[str, bytes, Parameters], bytes] = {}
_stretch = passwords.stretch


def stretch_once(password: str, salt: bytes, parameters: Parameters) -> SecretKey:
    """The real derivation, remembered."""
    key = (password, salt, parameters)
    if key not in _stretched:
        _stretched[key] = _stretch(password, salt, parameters).reveal()
    return SecretKey(_stretched[key])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The least that Argon2id may cost, without measuring first, and once for each password and salt."""
    monkeypatch.setattr(passwords, "calibrate", passwords.minimum)
    monkeypatch.setattr(passwords, "stretch", stretch_once)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("PROVENDER_HOME", raising=False)
    waiting._failed_at_s.clear()
    yield
    waiting._failed_at_s.clear()
    i18n.use("en")


@pytest.fixture(scope="session")
def template() -> Iterator[tuple[Home, Path]]:
    """The home as it is put in place, and the folder in which its copy is kept."""
    place = Path(tempfile.mkdtemp(dir=MEMORY, prefix="provender-console-"))
    home = Home(place / "home", MemoryKeychain(), "")
    try:
        made = bootstrap.create_company(
            home.folder, COMPANY, OWNER, PASSWORD, keychain=home.keychain, parameters=passwords.minimum()
        )
        assert made.recovery_code is not None
        home.recovery_code = made.recovery_code.text()
        made.close()
        opened = bootstrap.open_company(profiles.chosen(home.folder, None), PASSWORD, keychain=home.keychain)
        assert opened is not None
        wok = opened.session.do(customers.add, a_customer("Golden Wok", phone="+49 30 12345", code="K-1"))
        ana = opened.session.do(contacts.add, a_contact(wok.id, "Ana Trujillo"))
        home.ids = {"wok": ids.show(wok.id), "ana": ids.show(ana.id)}
        opened.close()
        shutil.copytree(home.folder, place / "kept")
        yield home, place / "kept"
    finally:
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def home(template: tuple[Home, Path], monkeypatch: pytest.MonkeyPatch) -> Home:
    """The company as it was made: at the same place, for elsewhere it would be a copy."""
    made, kept = template
    shutil.rmtree(made.folder, ignore_errors=True)
    shutil.copytree(kept, made.folder)
    keychain = MemoryKeychain()
    keychain.items = dict(made.keychain.items)
    monkeypatch.setattr(keychains, "system", lambda: keychain)
    monkeypatch.setenv("PROVENDER_HOME", str(made.folder))
    return Home(made.folder, keychain, made.recovery_code, dict(made.ids))


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Runs a command line in this process, with `stdin` as its standard input (no terminal)."""

    def run_it(*arguments: str, stdin: str = "") -> Said:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(stdin.encode())))
        capsys.readouterr()
        status = run(arguments)
        return Said(status, *capsys.readouterr())

    return run_it


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nobody makes files: not even the superuser, whom no rights on a folder stop."""
    folder = tmp_path / "sealed"
    folder.mkdir(mode=0o500)
    # The kernel's own file systems, where they are mounted: in a bare chroot /sys is a folder like any other.
    found = next((place for place in (folder, Path("/sys"), Path("/proc")) if not _takes_files(place)), None)
    if found is None:
        pytest.skip("this system lets the superuser write everywhere")
    yield found
    folder.chmod(0o700)


def _takes_files(folder: Path) -> bool:
    probe = folder / "provender-probe"
    try:
        probe.touch(exist_ok=False)
    except OSError:
        return False
    probe.unlink()
    return True
