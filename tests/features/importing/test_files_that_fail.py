"""Files that cannot be read: each is refused with a sentence that names place and remedy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.errors import Unreadable
from app.features.crm.importing.reading import inspect, rows
from app.features.crm.importing.source import MAX_BYTES
from tests.features.importing.files import put, read


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is a folder"):
        inspect(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"“nowhere\.csv” is not there"):
        inspect(tmp_path / "nowhere.csv")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is empty"):
        inspect(put(tmp_path, b""))


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unreadable):
        inspect(tmp_path / "pipe")


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "name\nA\n")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything: let the system say what it would say to others

        def refuse(*args: object, **options: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(Unreadable, match="You may not read"):
        inspect(path)


def test_two_gigabytes_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2 * MAX_BYTES)
    with pytest.raises(Unreadable, match="Split it"):
        inspect(path)


def test_a_file_that_shrinks_while_being_read_is_noticed(tmp_path: Path) -> None:
    path = put(tmp_path, "name,city\n" + "A,Rome\n" * 200_000)
    with rows(path) as reading, pytest.raises(Unreadable, match="changed while it was being read"):
        for number, _row in enumerate(reading):
            if number == 10:
                os.truncate(path, 400_000)


def test_a_file_that_grows_while_being_read_is_noticed(tmp_path: Path) -> None:
    path = put(tmp_path, "name,city\n" + "A,Rome\n" * 100_000)
    with rows(path) as reading, pytest.raises(Unreadable, match="changed while it was being read"):
        for number, _row in enumerate(reading):
            if number == 10:
                with path.open("ab") as file:
                    file.write(b"B,Paris\n" * 10)


@pytest.mark.parametrize(
    "content",
    [
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"%PDF-1.7\n",
        b"\x89PNG\r\n",
        b"<html><table>",
        b"\x1f\x8b\x08",
    ],
)
def test_other_kinds_of_file_name_the_way_out(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreadable, match="save it as XLSX or CSV"):
        inspect(put(tmp_path, content))


def test_memory_stays_bounded_over_a_large_file(tmp_path: Path) -> None:
    import tracemalloc

    path = put(tmp_path, "name,city,notes\n" + "Some Customer,Rome,nothing to say about it\n" * 150_000)
    tracemalloc.start()
    with rows(path) as reading:
        count = sum(1 for _row in reading)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 150_000
    assert peak < 6_000_000


def test_reading_again_gives_the_same(tmp_path: Path) -> None:
    path = put(tmp_path, "name\nA\nB\n")
    assert read(path) == read(path) == [("A",), ("B",)]
