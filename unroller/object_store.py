"""Files in a bucket of an S3-compatible service, for sites that run on several machines.

Objects are private and have no addresses: readers get files through our own views, which ask who they are. Whatever the
service or the way to it does is one of three: it worked, `FileNotFoundError`, or `Away`, after a bounded time.
"""

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from threading import Lock
from typing import IO, Any, cast

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from unroller.file_store import Away

CONNECT_SECONDS, READ_SECONDS = 3, 15
"""For a connection, and for each answer to begin or go on; a service may be slow."""
ATTEMPTS = 2
"""Of each request. What fails still is said at once: a row waits and tries again, a reader is told."""
CONNECTIONS = 20
PART_BYTES = 8 * 1024 * 1024
"""Files beyond this go up in parts. An object is there whole or not at all."""
PARTS_AT_ONCE = 4
"""Of one file, in memory and on their way."""
WINDOW = 4 * 1024 * 1024
"""What is asked for at once where a file is read little by little: no answer is open for as long as a reader takes."""
SMALL_READ = 256 * 1024
"""Whoever reads more at once, and does not go on where they were, wants just that."""
TRIES = 3
"""To go on with a file whose connection breaks."""

FAILURES = (BotoCoreError, Boto3Error)


@contextmanager
def _told(client: Any, bucket: str, name: str) -> Iterator[None]:
    """The library's many errors as FileNotFoundError or Away."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if code == "NoSuchKey" or (status == 404 and code != "NoSuchBucket" and _is_there(client, bucket)):
            raise FileNotFoundError(name) from error
        raise Away(f"{name}: {code or status}") from error
    except FAILURES as error:
        raise Away(f"{name}: {error}") from error


def _is_there(client: Any, bucket: str) -> bool:
    """An answer to HEAD has no words: without its bucket, or with another one's name, every file would seem gone."""
    try:
        client.head_bucket(Bucket=bucket)
    except (ClientError, *FAILURES):
        return False
    return True


class ObjectStore(S3Storage):  # type: ignore[misc]  # has no types
    """django-storages' S3, bounded in time and memory. Saving under a name that is taken replaces what was there: our
    names are made of a row and its attempt, or of the bytes themselves, and never meet."""

    def __init__(self, **options: Any) -> None:
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=CONNECTIONS,
            signature_version="s3v4",
            s3={"addressing_style": options.get("addressing_style", "path")},
            # What newer services of Amazon check besides, older and other ones refuse.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        transfer = TransferConfig(
            multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=PARTS_AT_ONCE
        )
        super().__init__(client_config=config, transfer_config=transfer, file_overwrite=True, **options)
        self._lock, self._only = Lock(), None

    @property
    def connection(self) -> Any:
        """One for all threads of a process: making another takes a quarter of a second and 10 MB."""
        with self._lock:
            if self._only is None:
                self._only = self._create_session().resource(
                    "s3", region_name=self.region_name, endpoint_url=self.endpoint_url, config=self.client_config
                )
        return self._only

    def url(self, name: str, *_: Any, **__: Any) -> str:
        raise NotImplementedError(f"{name}: files are handed out by views alone")

    def delete(self, name: str) -> None:
        with suppress(FileNotFoundError), self._told(name):
            self._object(name).delete()

    def exists(self, name: str) -> bool:
        try:
            self.size(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        with self._told(name):
            return int(self._object(name).content_length)

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with self._told(name):
            folders, files = super().listdir(name)
        return folders, files

    def get_modified_time(self, name: str) -> datetime:
        with self._told(name):
            found: datetime = super().get_modified_time(name)
        return found

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        if mode != "rb":
            raise ValueError(f"{name}: files are read as they are, and written by save")
        reader = Reader(self.connection.meta.client, self.bucket_name, self._normalize_name(name))
        return File(cast("IO[bytes]", reader), name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        with self._told(name):
            return str(super()._save(name, content))

    def _object(self, name: str) -> Any:
        return self.bucket.Object(self._normalize_name(name))

    def _told(self, name: str) -> AbstractContextManager[None]:
        return _told(self.connection.meta.client, self.bucket_name, name)


class Reader(io.BufferedIOBase):
    """An object that is read by ranges, from wherever it is wanted: none of it lies on the disk, and in memory no more
    than is asked for. A connection that breaks is made again. Raises FileNotFoundError, Away."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._bucket, self._key = client, bucket, key
        with _told(client, bucket, key):
            self.size = int(client.head_object(Bucket=bucket, Key=key)["ContentLength"])
        self._position = self._body_at = self._read_to = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        there = max(0, self.size - self._position)
        left = there if size is None or size < 0 else min(size, there)
        pieces: list[bytes] = []
        while left:
            pieces.append(self._piece(left))
            left -= len(pieces[-1])
        return b"".join(pieces)

    def close(self) -> None:
        self._drop()
        super().close()

    def _piece(self, wanted: int) -> bytes:
        """Some of the bytes that come next, one at least."""
        for attempt in range(1, TRIES + 1):
            try:
                with _told(self._client, self._bucket, self._key):
                    piece = self._from_here(wanted).read(wanted)
            except Away:
                self._drop()
                if attempt == TRIES:
                    raise
            else:
                if piece:
                    self._position = self._body_at = self._read_to = self._position + len(piece)
                    return bytes(piece)
                self._drop()
        raise Away(f"{self._key}: is shorter than it was")

    def _from_here(self, wanted: int) -> Any:
        """The answer that stands where we are, or a new one."""
        if self._body is None or self._body_at != self._position:
            self._drop()
            goes_on = 0 < self._read_to == self._position
            ahead = max(wanted, WINDOW) if goes_on or wanted <= SMALL_READ else wanted
            stop = min(self.size, self._position + ahead)
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self._key, Range=f"bytes={self._position}-{stop - 1}"
            )
            self._body, self._body_at = answer["Body"], self._position
        return self._body

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
