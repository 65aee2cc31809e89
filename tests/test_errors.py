"""Claims about why the operating system refused something, said in the language of the person."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import i18n
from app.errors import reason


@pytest.fixture
def chinese() -> Iterator[None]:
    i18n.use("zh_CN")
    yield
    i18n.use("en")


def test_the_usual_refusals_are_said_in_our_own_words(tmp_path: Path) -> None:
    with pytest.raises(OSError) as folder:
        tmp_path.read_bytes()
    assert reason(folder.value) == "it is a folder"
    assert reason(OSError(errno.ENOSPC, "No space left on device")) == "no space is left"
    assert reason(PermissionError(errno.EACCES, "Permission denied")) == "permission denied"


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOENT, errno.EROFS]
)
def test_nothing_english_stands_in_a_chinese_sentence(number: int) -> None:
    assert not reason(OSError(number, "English")).isascii()


def test_a_rare_refusal_is_left_in_the_words_of_the_system() -> None:
    assert reason(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"
    assert reason(OSError("no number")) == "OSError"
