"""Several vaults on one computer, one program each, and an end for good."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import paths
from app.clock import FakeClock
from app.errors import Conflict, Damaged, Invalid, Locked, NotFound
from app.vault import profiles, unlock
from app.vault.idle import IdleTimer
from app.vault.profiles import InstanceLock, Profile
from tests.vault.conftest import PASSWORD, TITLE, Vault


@pytest.fixture
def profile(vault: Vault) -> Profile:
    return Profile("main", vault.folder)


def test_profiles_are_found_by_their_header(vault: Vault, profile: Profile) -> None:
    home = vault.folder.parent
    (home / "unfinished").mkdir()
    (home / "Not a profile").mkdir()
    (home / "settings.json").touch()
    assert profiles.found(home) == (profile,)
    assert profiles.found(home / "nowhere") == ()
    assert profiles.named(home, "main") == profile
    assert profiles.chosen(home, None) == profile
    with pytest.raises(NotFound, match="no profile “unfinished”"):
        profiles.named(home, "unfinished")


def test_the_choice_between_several_is_not_guessed(vault: Vault, profile: Profile) -> None:
    home = vault.folder.parent
    other = profiles.fresh_folder(home)
    assert other.name == "main-2"
    (other / "vault.json").touch()
    with pytest.raises(NotFound, match="main, main-2"):
        profiles.chosen(home, None)
    assert profiles.chosen(home, "main") == profile
    with pytest.raises(NotFound, match="Make one"):
        profiles.chosen(home / "empty", None)


def test_a_fresh_folder_is_private_and_nobody_elses(tmp_path: Path) -> None:
    first = profiles.fresh_folder(tmp_path / "home")
    assert first.name == "main"
    if os.name != "nt":
        assert first.stat().st_mode & 0o777 == first.parent.stat().st_mode & 0o777 == 0o700
    assert profiles.fresh_folder(tmp_path / "home") == first, "still empty"
    (first / "data.db.new").touch()
    assert profiles.fresh_folder(tmp_path / "home") == first, "a creation was cut short"
    (first / "data.db").touch()
    assert profiles.fresh_folder(tmp_path / "home").name == "main-2"
    with pytest.raises(Conflict):
        profiles.fresh_folder(tmp_path / "home", "main")
    assert profiles.fresh_folder(tmp_path / "home", "north").name == "north"


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "a\\b", "Main", "con", "lpt1", "-a", "a-", "ü", "a" * 41, "a.b", "a b"]
)
def test_a_name_is_a_plain_folder_name_everywhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid):
        paths.profile(tmp_path, name)


def test_the_title_is_known_to_the_keyring_and_not_to_the_disk(vault: Vault, profile: Profile) -> None:
    assert profiles.title(profile, vault.keychain) == TITLE
    profiles.set_title(profile, "金锅贸易", vault.keychain)
    assert profiles.title(profile, vault.keychain) == "金锅贸易"
    vault.keychain.fails = True
    assert profiles.title(profile, vault.keychain) == "main"
    for path in vault.folder.iterdir():
        assert "金锅贸易".encode() not in path.read_bytes()
        assert TITLE.encode() not in path.read_bytes()


def test_a_deleted_profile_leaves_nothing_behind(vault: Vault, profile: Profile) -> None:
    opened = vault.open()
    unlock.keep_signed_in(opened)
    unlock.close(opened)
    keep = dict.fromkeys([("other-device", "device-secret-a")], b"other")
    vault.keychain.items.update(keep)
    header = (vault.folder / "vault.json").read_bytes()
    profiles.delete(profile, vault.keychain)
    assert not vault.folder.exists()
    assert vault.keychain.items == keep
    # Even a copy of the header that somebody kept does not open with the password.
    vault.folder.mkdir()
    (vault.folder / "vault.json").write_bytes(header)
    with pytest.raises(Exception, match="second half"):
        vault.open(PASSWORD)


def test_a_damaged_profile_can_be_deleted_too(vault: Vault, profile: Profile) -> None:
    (vault.folder / "vault.json").write_bytes(b"junk")
    with pytest.raises(Damaged):
        vault.open()
    vault.keychain.fails = True
    profiles.delete(profile, vault.keychain)
    assert not vault.folder.exists()


def test_an_open_profile_is_not_deleted(vault: Vault, profile: Profile) -> None:
    with InstanceLock(vault.folder), pytest.raises(Locked):
        profiles.delete(profile, vault.keychain)
    assert (vault.folder / "data.db").stat().st_size > 0


HOLD = (
    "import sys, time; from pathlib import Path; from app.vault.profiles import InstanceLock\n"
    "lock = InstanceLock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
)


def test_one_program_per_profile_named_and_let_go_by_its_death(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Locked, match=f"process {holder.pid} on "):
            InstanceLock(tmp_path)
    finally:
        holder.kill()
        holder.communicate()
    lock = InstanceLock(tmp_path)
    with pytest.raises(Locked, match=f"process {os.getpid()} on "):
        InstanceLock(tmp_path)
    lock.release()
    lock.release()
    with InstanceLock(tmp_path):
        pass


# ---- paths


def test_the_home_is_the_argument_then_the_variable_then_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROVENDER_HOME", str(tmp_path / "variable"))
    assert paths.home(tmp_path / "argument") == tmp_path / "argument"
    assert paths.home() == tmp_path / "variable"
    monkeypatch.setenv("PROVENDER_HOME", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert paths.home().name == "provender"
    if sys.platform.startswith("linux"):
        assert paths.home() == tmp_path / "data" / "provender"


def test_passing_files_stay_inside_the_profile(tmp_path: Path) -> None:
    folder = paths.scratch(tmp_path)
    assert folder.parent == tmp_path
    (folder / "half").write_bytes(b"x")
    paths.empty_scratch(tmp_path)
    assert not folder.exists()
    paths.empty_scratch(tmp_path)


# ---- idle


def test_it_locks_after_the_limit_and_a_touch_begins_anew() -> None:
    clock = FakeClock()
    timer = IdleTimer(clock, 600)
    clock.forward(599)
    assert (timer.is_due, timer.left_s()) == (False, 1)
    timer.touched()
    clock.forward(600)
    assert timer.is_due


def test_sleeping_counts_and_turning_the_clock_back_does_not_help() -> None:
    clock = FakeClock()
    timer = IdleTimer(clock, 600)
    clock.ms += 3_600_000
    assert timer.is_due, "the lid was closed: the steady clock stood still"
    timer.touched()
    clock.ms -= 3_600_000
    clock.s += 600
    assert timer.is_due


def test_zero_never_locks_and_a_shorter_limit_counts_at_once() -> None:
    clock = FakeClock()
    timer = IdleTimer(clock, 0)
    clock.forward(10**6)
    assert timer.left_s() is None
    assert not timer.is_due
    timer.limit(60)
    assert timer.is_due
