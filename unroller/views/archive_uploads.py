"""A zip that comes in one piece of a form: straight to the disk where archives lie, and no further than the limit."""

import os
import tempfile
from contextlib import suppress
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from unroller.actions.archives import files, receiving
from unroller.actions.refusals import Refused


class TooLarge(Refused):
    """The file, or what is left of the disk, does not allow it."""


class ZipFile(UploadedFile):
    """A file beside the archives, so that it is moved and never copied; deleted when it was not."""

    def __init__(self, name: str, content_type: str | None) -> None:
        file = tempfile.NamedTemporaryFile(dir=files.folder(), suffix=".upload")  # noqa: SIM115 - closed with the request
        super().__init__(file, name, content_type, 0)

    def temporary_file_path(self) -> str:
        return str(self.file.name)  # type: ignore[union-attr]

    def close(self) -> None:
        with suppress(FileNotFoundError):  # it was moved to its place
            super().close()


class OneZip(FileUploadHandler):
    """Takes one file, and stops reading where there is too much of it."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._file: ZipFile | None = None
        self._size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self._file is not None:
            raise TooLarge("Choose one file.")
        self._file = ZipFile(self.file_name or "", self.content_type)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size += len(raw_data)
        if self._size > receiving.most_bytes():
            self._give_up(receiving.too_large())
        if self._size % (64 * 1024 * 1024) < len(raw_data) and not files.disk_has_room(0):
            self._give_up(receiving.NO_ROOM)
        if self._file is not None:
            self._file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.size = file_size
        return self._file

    def upload_interrupted(self) -> None:
        if self._file is not None:
            self._file.close()

    def _give_up(self, sentence: str) -> None:
        self.upload_interrupted()
        raise TooLarge(sentence)
