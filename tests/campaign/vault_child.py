"""The program that `vault_kills` kills: it changes what opens a vault, and says what was acknowledged.

Argon2id is replaced by a hash here, because these tests are about the order of writes.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from pathlib import Path

from app.clock import FakeClock
from app.crypto import passwords
from app.crypto.keys import SecretKey
from app.crypto.passwords import Parameters
from app.crypto.recovery import RecoveryCode
from app.vault import unlock
from tests.keychains import FileKeychain

TITLE = "Golden Wok"
ROWS = 300


def password(number: int) -> str:
    """The password after so many changes."""
    return f"penguins in my fridge {number}"


def quick(password: str, salt: bytes, parameters: Parameters) -> SecretKey:
    return SecretKey(hashlib.sha256(salt + password.encode()).digest())


def keychain_of(folder: Path) -> FileKeychain:
    return FileKeychain(folder.with_name("keyring.json"))


def create(folder: Path) -> RecoveryCode:
    """A vault with some rows in it."""
    opened = unlock.create(
        folder,
        password(0),
        title=TITLE,
        keychain=keychain_of(folder),
        clock=FakeClock(),
        parameters=passwords.minimum(),
    )
    with opened.database.transaction() as connection:
        connection.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, note TEXT)")
        connection.executemany("INSERT INTO person VALUES (?, ?)", [(n, "x" * 1000) for n in range(ROWS)])
    code = opened.recovery_code
    assert code is not None
    code = RecoveryCode.parse(code.text())
    unlock.close(opened)
    return code


def run(work: str, folder: Path, times: int, start: int, point: int) -> None:
    """Do the work so often; each line on standard output is an acknowledgement. Points count from the work on."""
    if point and work == "create":
        die_at(point, folder)
    if work == "create":
        create(folder)
        print("done", flush=True)
        return
    opened = unlock.with_password(folder, password(start), keychain=keychain_of(folder), clock=FakeClock())
    print("open", flush=True)
    if point:
        die_at(point, folder)
    for number in range(start, start + times):
        if work == "password":
            unlock.change_password(
                opened, password(number), password(number + 1), parameters=passwords.minimum()
            )
            print(number + 1, flush=True)
        else:
            print(unlock.new_recovery_code(opened).text(), flush=True)
    unlock.close(opened)
    print("done", flush=True)


def die_at(point: int, folder: Path) -> None:
    """Kill this process before the so-many-th time it opens, renames or removes a file of the vault."""
    seen = 0
    watched = str(folder.parent)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in ("open", "os.rename", "os.remove") and str(arguments[0]).startswith(watched):
            seen += 1
            if seen == point:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


if __name__ == "__main__":
    passwords.stretch = quick
    work, folder, times, start, point = sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:6])
    run(work, folder, times, start, point)
