"""The vault file read by other means: ordinary SQLCipher 4, and one flipped byte is found.

Nothing here is our code path: the published format, `cryptography`, and the standard library's sqlite3.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.crypto.keys import SecretKey
from app.store.database import Database

PAGE, IV, MAC = 4096, 16, 64


def read_pages(raw: bytes, key: bytes) -> bytes:
    """Every page decrypted, after its HMAC was checked; the bytes of a plain SQLite file."""
    salt = raw[:16]
    mac_key = hashlib.pbkdf2_hmac("sha512", key, bytes(byte ^ 0x3A for byte in salt), 2, 32)
    plain = []
    for number in range(1, len(raw) // PAGE + 1):
        page = raw[(number - 1) * PAGE : number * PAGE]
        start = 16 if number == 1 else 0
        body, iv, mac = page[start : -IV - MAC], page[-IV - MAC : -MAC], page[-MAC:]
        expected = hmac.digest(mac_key, body + iv + number.to_bytes(4, "little"), "sha512")
        if not hmac.compare_digest(mac, expected):
            raise ValueError(f"page {number} was altered")
        decryptor = Cipher(algorithms.AES256(key), modes.CBC(iv)).decryptor()
        content = decryptor.update(body) + decryptor.finalize()
        plain.append((b"SQLite format 3\0" if number == 1 else b"") + content + bytes(IV + MAC))
    return b"".join(plain)


@pytest.fixture(scope="module")
def file_and_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    path, key = tmp_path_factory.mktemp("reader") / "data.db", SecretKey.fresh()
    with Database.open(path, key, create=True) as database, database.transaction() as connection:
        connection.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany(
            "INSERT INTO customer VALUES (?, ?)", [(n, f"王佳丽 {n}" * 9) for n in range(500)]
        )
        connection.execute("CREATE INDEX customer_name ON customer (name)")
    return path.read_bytes(), key.reveal()


def test_a_stranger_with_the_key_reads_ordinary_sqlcipher(file_and_key: tuple[bytes, bytes]) -> None:
    plain = bytearray(read_pages(*file_and_key))
    plain[18:20] = b"\1\1"  # sqlite3 opens bytes in memory in rollback mode only
    connection = sqlite3.connect(":memory:")
    connection.deserialize(bytes(plain))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("SELECT count(*), min(name) FROM customer").fetchone() == (500, "王佳丽 0" * 9)
    connection.close()


def test_one_flipped_byte_is_found_wherever_it_is(file_and_key: tuple[bytes, bytes]) -> None:
    raw, key = file_and_key
    for at in (*range(0, len(raw), 1999), *range(PAGE - 80, PAGE, 7), 0, 15, 16, len(raw) - 1):
        damaged = bytearray(raw)
        damaged[at] ^= 0x10
        with pytest.raises(ValueError, match=f"page {at // PAGE + 1 if at > 15 else 1} was altered"):
            read_pages(bytes(damaged), key)


def test_nothing_readable_lies_in_the_file(file_and_key: tuple[bytes, bytes], tmp_path: Path) -> None:
    raw, _key = file_and_key
    for text in ("SQLite format", "customer", "王佳丽"):
        assert text.encode() not in raw
