"""Argon2id's bounds and calibration, and what a good password is."""

from __future__ import annotations

import random
import time

import pytest

from app.crypto import passwords, strength
from app.crypto.passwords import MAX_MEMORY_KIB, MIN_MEMORY_KIB, PROFILES, Parameters
from app.crypto.strength import assess, is_common
from app.errors import Damaged, Invalid, Unsafe

GIB = 1024 * 1024


def test_a_known_vector_is_argon2id_by_the_standard() -> None:
    # The known value, and OpenSSL's implementation beside the reference one that is used.
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    password, salt = "penguins in my fridge", b"0123456789abcdef"
    key = passwords.stretch(password, salt, passwords.minimum()).reveal()
    assert key.hex() == "cbed0bc507170e733edbf5da9b1e8a598933b51c2cb669e9b08c6541519441c8"
    other = Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=64 * 1024)
    assert other.derive(password.encode()) == key


def test_keyboards_that_compose_differently_give_one_key() -> None:
    assert passwords.prepared("Zürich") == passwords.prepared("Zu\u0308rich")
    assert passwords.prepared("ＡＢＣ") == "ABC"


def test_the_profiles_keep_the_bounds() -> None:
    for profile in PROFILES.values():
        assert (profile.passes, profile.lanes) >= (3, 4)
        assert min(profile.memory_kib) >= 64 * 1024
        assert max(profile.memory_kib) <= MAX_MEMORY_KIB
    assert passwords.minimum() == Parameters("2026-11", 64 * 1024, 3, 4)


@pytest.mark.parametrize(
    "asked",
    [
        Parameters("2026-11", MIN_MEMORY_KIB - 1),
        Parameters("2026-11", MAX_MEMORY_KIB + 1),
        Parameters("2026-11", MIN_MEMORY_KIB, passes=2),
        Parameters("2026-11", MIN_MEMORY_KIB, passes=17),
        Parameters("2026-11", MIN_MEMORY_KIB, lanes=1),
        Parameters("2026-11", -1),
    ],
)
def test_what_is_too_little_or_too_much_is_not_derived(asked: Parameters) -> None:
    before = time.process_time()
    with pytest.raises(Damaged, match="unsafe password settings"):
        passwords.stretch("x", bytes(16), asked)
    assert time.process_time() - before < 0.1


@pytest.mark.parametrize(
    ("took_s", "free_kib", "expected_mib"),
    [
        (0.24, 16 * GIB, 128),
        (0.05, 64 * GIB, 512),
        (0.05, 2 * GIB, 256),
        (3.0, 16 * GIB, 64),
        (0.01, 256 * 1024, 64),
    ],
)
def test_calibration_takes_the_largest_that_fits(took_s: float, free_kib: int, expected_mib: int) -> None:
    chosen = passwords.calibrate(measure_s=lambda _parameters: took_s, free_kib=free_kib)
    assert chosen == Parameters("2026-11", expected_mib * 1024)
    passwords.check_bounds(chosen)


def test_calibration_measures_this_machine() -> None:
    passwords.check_bounds(passwords.calibrate())


def test_too_little_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import argon2.low_level
    from argon2.exceptions import HashingError

    def fail(**_kwargs: object) -> bytes:
        raise HashingError("Memory allocation error")

    monkeypatch.setattr(argon2.low_level, "hash_secret_raw", fail)
    with pytest.raises(Unsafe, match="64 MiB"):
        passwords.stretch("x", bytes(16), passwords.minimum())


# ---- strength


@pytest.mark.parametrize(
    "password",
    ["password", "PASSWORD", "Password123!", "P@ssw0rd2026", "password password", "passwordpassword", "dr4g0n99",
     "qwertyuiop", "!!letmein!!", "ｐａｓｓｗｏｒｄ", "aaaaaaaaaaaaaaaa", "12345678", "2026dragon"],
)  # fmt: skip
@pytest.mark.parametrize("alone", [True, False])
def test_common_passwords_are_refused_in_their_usual_disguises(password: str, alone: bool) -> None:
    assert is_common(password)
    found = assess(password, alone=alone)
    assert (found.score, found.acceptable) == (0, False)
    assert "most used" in found.text


@pytest.mark.parametrize(
    "password",
    [
        "penguins in my fridge",
        "correct horse battery",
        "我的冰箱里有三只企鹅在跳舞",
        "k7#mQ2vX9pL4",
        "Zürich-Herbst-Nebel",
    ],
)
def test_uncommon_ones_are_taken_without_rules_about_signs(password: str) -> None:
    assert not is_common(password)
    assert assess(password, alone=False).acceptable


def test_alone_means_fifteen_characters() -> None:
    assert assess("xk29fjq8vn", alone=False).acceptable
    refused = assess("xk29fjq8vn", alone=True)
    assert not refused.acceptable
    assert "at least 15" in refused.text
    assert assess("xk29fjq8vn plum", alone=True).acceptable
    assert "at least 8" in assess("xk29fjq", alone=False).text


@pytest.mark.parametrize(
    "password", ["goldenwok", "GoldenWok2026!", "wok-golden-trading", "王佳丽2026王佳丽", "provender99"]
)
def test_names_in_use_here_are_discouraged(password: str) -> None:
    found = assess(password, alone=False, discouraged=("Golden Wok Trading", "王佳丽", "Provender"))
    assert not found.acceptable
    assert "name" in found.text
    assert assess("golden penguins ride bicycles", alone=False, discouraged=("Golden Wok",)).acceptable


def test_the_sentence_and_the_bar_grow_together() -> None:
    scores = [
        assess(text, alone=False).score
        for text in ("password1", "tuesday evening", "penguins in my fridge again")
    ]
    assert scores == sorted(scores)
    assert scores[-1] == 4
    assert assess("", alone=False).score == 0
    with pytest.raises(Invalid):
        strength.require_acceptable("password1", alone=False)
    strength.require_acceptable("penguins in my fridge", alone=True)


def test_long_input_costs_little_and_endless_input_is_refused() -> None:
    seeded = random.Random(4)
    nasty = ["a1" * 500, "@$!4" * 250, "qwertyuiop" * 100, "".join(seeded.choices("aA4@eE3", k=1000))]
    before = time.process_time()
    for text in nasty:
        assess(text, alone=False)
    assert time.process_time() - before < 4
    assert not assess("a b" * 400, alone=False).acceptable
    assert len(nasty[0][: strength.ESTIMATED_CHARACTERS]) == 72


def test_the_estimator_is_imported_only_when_asked() -> None:
    import subprocess
    import sys

    program = (
        "import sys, app.crypto.strength, app.crypto.passwords, app.crypto.seal, app.crypto.identity, "
        "app.crypto.packing, app.crypto.recovery\n"
        "print([name for name in ('zxcvbn', 'argon2', 'cryptography', 'zstandard') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.strip() == "[]"


def test_half_a_surrogate_pair_is_a_character_like_any_other() -> None:
    half = passwords.stretch("half \ud800", bytes(16), passwords.minimum())
    assert half == passwords.stretch("half \ud800", bytes(16), passwords.minimum())
    assert half != passwords.stretch("half \ud801", bytes(16), passwords.minimum())
