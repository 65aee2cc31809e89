"""Attachments and snapshots, in sealed chunks: in a folder, or in an S3-compatible storage.

A chunk never changes once it is there. The same bytes again change nothing, other bytes are refused; so two
nodes may take the same chunk at once, and an upload that broke off goes on with the chunks that are missing (which
those are, the database knows).
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from app.errors import Invalid, NotFound
from app.i18n import _
from sync.protocol.problems import Problem
from sync.server import logs
from sync.server.private import read_private

if TYPE_CHECKING:
    from sync.server.storage import Objects

_GONE: Final = {"404", "NoSuchKey", "NotFound"}
_EXISTS: Final = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}
_UNCONDITIONAL: Final = {"501", "NotImplemented"}
"""What a storage answers that does not know conditional writes."""


def opened(where: str, *, check: bool = False) -> Objects:
    """The objects at a folder's path or an `s3://bucket/prefix?endpoint=…&region=…&keys=FILE`.

    Raises Invalid for an address that says something else; where it is to be checked, NotFound for a bucket that
    cannot be used.
    """
    if not where.startswith("s3://"):
        return Folder(Path(where))
    bucket = Bucket.at(where)
    if check:
        bucket.check()
    return bucket


class Folder:
    """Objects as files: `<company>/<last byte of the object>/<object>/<index>`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, company: bytes, object_: bytes, index: int, data: bytes) -> None:
        """Keep a chunk; it survives a power cut from here on. Raises Problem `object_differs`."""
        path = self._path(company, object_, index)
        if self._is_there(path, data):
            return
        _make_folders(self.root, path.parent)
        part = path.parent / f".{os.getpid()}-{threading.get_ident()}-{path.name}"
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._place(part, path, data)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(path.parent)

    def get(self, company: bytes, object_: bytes, index: int) -> bytes | None:
        """A chunk; None where it is not there."""
        try:
            return self._path(company, object_, index).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, company: bytes, object_: bytes, count: int) -> None:
        """Forget an object, whatever there is of its `count` chunks."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self._path(company, object_, 0).parent)

    def remove_company(self, company: bytes) -> None:
        """Forget everything of a company."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.root / company.hex())

    def _path(self, company: bytes, object_: bytes, index: int) -> Path:
        # Ids begin with their time: only their ends spread evenly.
        return self.root / company.hex() / object_[-1:].hex() / object_.hex() / f"{index:08x}"

    def _place(self, part: Path, path: Path, data: bytes) -> None:
        try:
            # Unlike a rename, a link never replaces what another process has put there meanwhile.
            os.link(part, path)
        except FileExistsError:
            self._is_there(path, data)
        except OSError:  # a file system without hard links
            part.replace(path)

    @staticmethod
    def _is_there(path: Path, data: bytes) -> bool:
        try:
            held = path.read_bytes()
        except FileNotFoundError:
            return False
        if held != data:
            raise Problem("object_differs")
        return True


class Bucket:
    """Objects under `<prefix><company>/<object>/<index>`, each with its SHA-256 beside it, checked at both ends."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self.client, self.bucket = client, bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @classmethod
    def at(cls, address: str) -> Bucket:
        """The bucket of an address. Keys come from the file that it names (two lines: the key's id, the secret), else
        from the environment or the machine's role, as Amazon's own programs find them. Never from the address.
        """
        import boto3  # a fifth of a second that a server with a folder saves
        from botocore.config import Config

        parts = urlsplit(address)
        asked = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if (
            not parts.hostname
            or parts.username
            or parts.password
            or set(asked) - {"endpoint", "region", "keys"}
        ):
            raise Invalid(
                "objects",
                _(
                    "The objects' address must read s3://BUCKET/PREFIX?endpoint=URL&region=NAME&keys=FILE, without keys."
                ),
            )
        keys: dict[str, str] = {}
        if path := asked.get("keys"):
            lines = read_private(Path(path)).decode("utf-8").split()
            if len(lines) != 2:
                raise Invalid(
                    "objects", _("{path} must hold two lines: the key's id and its secret.").format(path=path)
                )
            keys = {"aws_access_key_id": lines[0], "aws_secret_access_key": lines[1]}
        endpoint = asked.get("endpoint")
        client = boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=asked.get("region", "us-east-1" if endpoint else None),
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"mode": "standard", "total_max_attempts": 4},
                max_pool_connections=16,
                s3={"addressing_style": "path" if endpoint else "auto"},
                # Our own checksum goes along with each write; others' are not known everywhere.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            **keys,
        )
        return cls(client, parts.netloc, parts.path)

    def put(self, company: bytes, object_: bytes, index: int, data: bytes) -> None:
        """Keep a chunk. Raises Problem: `object_differs`, or `failed` where the storage does not do it."""
        key, digest = self._key(company, object_, index), sha256(data).digest()
        with _answering():
            if not self._is_there(key, digest):
                self._put(key, digest, data)

    def _put(self, key: str, digest: bytes, data: bytes) -> None:
        from botocore.exceptions import ClientError

        fields = {
            "Bucket": self.bucket, "Key": key, "Body": data, "ChecksumSHA256": b64encode(digest).decode(),
            "Metadata": {"sha256": digest.hex()}, "ContentType": "application/octet-stream",
        }  # fmt: skip
        try:
            self.client.put_object(**fields, IfNoneMatch="*")
        except ClientError as error:
            if _code(error) in _UNCONDITIONAL:
                self.client.put_object(**fields)
            elif _code(error) not in _EXISTS or not self._is_there(key, digest):
                raise

    def get(self, company: bytes, object_: bytes, index: int) -> bytes | None:
        """A chunk; None where it is not there. Raises Problem `failed` where its bytes are not those that were kept, or
        where the storage does not answer."""
        from botocore.exceptions import ClientError

        with _answering():
            try:
                answer = self.client.get_object(Bucket=self.bucket, Key=self._key(company, object_, index))
            except ClientError as error:
                if _code(error) in _GONE:
                    return None
                raise
            data: bytes = answer["Body"].read()
        if answer["Metadata"].get("sha256") != sha256(data).hexdigest():
            logs.event("object-altered", logging.ERROR)
            raise Problem("failed")
        return data

    def remove(self, company: bytes, object_: bytes, count: int) -> None:
        """Forget an object, whatever there is of its `count` chunks."""
        with _answering():
            for index in range(count):
                self.client.delete_object(Bucket=self.bucket, Key=self._key(company, object_, index))

    def remove_company(self, company: bytes) -> None:
        """Forget everything of a company."""
        with _answering():
            # One by one: deletion in bulk wants a checksum (MD5) that storages disagree about.
            for key in list(self._listed(f"{company.hex()}/")):
                self.client.delete_object(Bucket=self.bucket, Key=key)

    def check(self) -> None:
        """Raises NotFound where the bucket is not there or not ours to use: asked once, when a server is made."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self.client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)
        except (BotoCoreError, ClientError) as error:
            raise NotFound(
                _("The bucket {bucket} cannot be used: {reason}").format(bucket=self.bucket, reason=error)
            ) from error

    def _is_there(self, key: str, digest: bytes) -> bool:
        from botocore.exceptions import ClientError

        try:
            held = self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if _code(error) in _GONE:
                return False
            raise
        if held["Metadata"].get("sha256") != digest.hex():
            raise Problem("object_differs")
        return True

    def _listed(self, under: str) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix + under):
            for found in page.get("Contents", ()):
                yield found["Key"]

    def _key(self, company: bytes, object_: bytes, index: int) -> str:
        return f"{self.prefix}{company.hex()}/{object_.hex()}/{index:08x}"


@contextmanager
def _answering() -> Iterator[None]:
    """What the storage does not do becomes a Problem that devices repeat."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        code = _code(error) if isinstance(error, ClientError) else ""
        logs.event("objects-away", logging.ERROR, error=type(error).__qualname__, code=code)
        raise Problem("failed", 5_000) from error


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _make_folders(root: Path, folder: Path) -> None:
    """Like mkdir -p, but each new name is on the disk before anything is put below it."""
    if folder.is_dir() or folder == root:
        return
    _make_folders(root, folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """A new name is safe once its folder is. Windows has no such thing."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
