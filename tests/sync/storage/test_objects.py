"""Objects behave alike in a folder and in an S3-compatible storage."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import Invalid, NotFound, Unsafe
from sync.protocol.problems import Problem
from sync.server import objects
from sync.server.objects import Bucket, Folder

COMPANY, OTHER = bytes(range(32)), bytes(32)
ONE, TWO = b"\x01" * 16, b"\x02" * 15 + b"\x01"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The endpoint of an S3-compatible storage on this computer."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    path.write_text("AKIATEST\nsecret\n", "utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def bucket(s3: str, keys: Path) -> Bucket:
    made = Bucket.at(f"s3://provender-test/some/where?endpoint={s3}&keys={keys}")
    made.client.create_bucket(Bucket="provender-test")
    made.remove_company(COMPANY)
    made.remove_company(OTHER)
    return made


@pytest.fixture(params=["folder", "bucket"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Folder | Bucket:
    if request.param == "folder":
        return Folder(tmp_path / "objects")
    made: Bucket = request.getfixturevalue("bucket")
    return made


def test_a_chunk_comes_back_as_it_went(kept: Folder | Bucket) -> None:
    data = os.urandom(1 << 20)
    kept.put(COMPANY, ONE, 0, data)
    assert kept.get(COMPANY, ONE, 0) == data


def test_an_upload_goes_on_with_the_chunks_that_are_missing(kept: Folder | Bucket) -> None:
    for index in (0, 300, 2):
        kept.put(COMPANY, ONE, index, b"chunk %d" % index)
    assert kept.get(COMPANY, ONE, 300) == b"chunk 300"
    assert kept.get(COMPANY, ONE, 1) is None
    assert kept.get(COMPANY, TWO, 0) is None


def test_the_same_bytes_again_are_welcome_and_others_refused(kept: Folder | Bucket) -> None:
    kept.put(COMPANY, ONE, 0, b"first")
    kept.put(COMPANY, ONE, 0, b"first")
    with pytest.raises(Problem) as refused:
        kept.put(COMPANY, ONE, 0, b"other")
    assert refused.value.name == "object_differs"
    assert kept.get(COMPANY, ONE, 0) == b"first"


def test_companies_do_not_meet(kept: Folder | Bucket) -> None:
    kept.put(COMPANY, ONE, 0, b"ours")
    kept.put(OTHER, ONE, 0, b"theirs")
    kept.remove_company(COMPANY)
    assert kept.get(COMPANY, ONE, 0) is None
    assert kept.get(OTHER, ONE, 0) == b"theirs"


def test_removing_an_object_leaves_its_neighbours(kept: Folder | Bucket) -> None:
    for object_ in (ONE, TWO):
        kept.put(COMPANY, object_, 0, b"x")
        kept.put(COMPANY, object_, 1, b"yz")
    kept.remove(COMPANY, ONE, 3)
    kept.remove(COMPANY, ONE, 3)
    assert kept.get(COMPANY, ONE, 1) is None
    assert [kept.get(COMPANY, TWO, index) for index in (0, 1)] == [b"x", b"yz"]


def test_two_writers_of_one_chunk_agree_on_its_bytes(kept: Folder | Bucket) -> None:
    outcomes: list[object] = []
    begin = threading.Barrier(4)

    def write(data: bytes) -> None:
        begin.wait()
        try:
            kept.put(COMPANY, ONE, 0, data)
            outcomes.append(data)
        except Problem as problem:
            outcomes.append(problem.name)

    threads = [threading.Thread(target=write, args=(bytes([48 + n % 2]) * 1000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = kept.get(COMPANY, ONE, 0)
    assert sorted(map(str, outcomes)) == sorted(map(str, [held, held, "object_differs", "object_differs"]))


def test_a_torn_write_leaves_no_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Folder(tmp_path)
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(OSError, match="full"):
        kept.put(COMPANY, ONE, 0, b"x")
    assert kept.get(COMPANY, ONE, 0) is None
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
    monkeypatch.undo()
    kept.put(COMPANY, ONE, 0, b"x")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["00000000"]


def _full(_handle: int) -> None:
    raise OSError(28, "full")


def test_bytes_that_changed_in_the_bucket_are_not_handed_out(bucket: Bucket) -> None:
    bucket.put(COMPANY, ONE, 0, b"as kept")
    key = bucket._key(COMPANY, ONE, 0)
    held = bucket.client.head_object(Bucket=bucket.bucket, Key=key)
    bucket.client.put_object(Bucket=bucket.bucket, Key=key, Body=b"changed", Metadata=held["Metadata"])
    with pytest.raises(Problem) as refused:
        bucket.get(COMPANY, ONE, 0)
    assert refused.value.name == "failed"


def test_a_storage_without_conditional_writes_will_do(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ClientError

    put = bucket.client.put_object

    def plain(**fields: Any) -> Any:
        if "IfNoneMatch" in fields:
            raise ClientError({"Error": {"Code": "NotImplemented", "Message": "no"}}, "PutObject")
        return put(**fields)

    monkeypatch.setattr(bucket.client, "put_object", plain)
    bucket.put(COMPANY, ONE, 0, b"x")
    assert bucket.get(COMPANY, ONE, 0) == b"x"


def test_a_bucket_that_is_not_there_is_named(s3: str, keys: Path) -> None:
    with pytest.raises(NotFound, match="nowhere-to-be-seen"):
        objects.opened(f"s3://nowhere-to-be-seen?endpoint={s3}&keys={keys}", check=True)


def test_a_storage_that_does_not_answer_is_a_problem_to_repeat(keys: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    away = Bucket.at(f"s3://bucket/x?endpoint=http://127.0.0.1:{port}&keys={keys}")
    works: list[Callable[[], object]] = [
        lambda: away.put(COMPANY, ONE, 0, b"x"),
        lambda: away.get(COMPANY, ONE, 0),
        lambda: away.remove_company(COMPANY),
    ]
    for work in works:
        with pytest.raises(Problem) as refused:
            work()
        assert refused.value.name == "failed" and refused.value.again


@pytest.mark.parametrize(
    "address",
    [
        "s3://",
        "s3://key:secret@bucket/x",
        "s3://bucket/x?secret=1",
        "s3://bucket/x?endpoint=http://h&access=1",
    ],
)
def test_an_address_that_carries_anything_else_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        objects.opened(address)


def test_keys_that_others_may_read_are_refused(keys: Path) -> None:
    keys.chmod(0o644)
    with pytest.raises(Unsafe):
        objects.opened(f"s3://bucket/x?endpoint=http://127.0.0.1:1&keys={keys}")


def test_a_path_is_a_folder_that_only_we_may_enter(tmp_path: Path) -> None:
    made = objects.opened(str(tmp_path / "a" / "b"))
    assert isinstance(made, Folder)
    assert made.root.stat().st_mode & 0o077 == 0
