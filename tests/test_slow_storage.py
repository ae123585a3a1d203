"""A storage that takes its time: whoever stores a large file keeps the row meanwhile."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection
from pytest_django import Settings

from tests.processes import until
from tests.thread_files import made, own_place
from tests.threads import a_thread
from unroller.actions import making
from unroller.models import ThreadFile

pytestmark = pytest.mark.django_db(transaction=True)


class Slow(FileSystemStorage):
    """Takes until whoever stores says that they are still there."""

    def _save(self, name: str, content: Any) -> str:
        row = ThreadFile.objects.get()
        begun = row.leased_until
        assert begun is not None
        try:
            until(lambda: ThreadFile.objects.filter(leased_until__gt=begun).exists(), what="renewed", seconds=20)
        finally:
            connection.close()
        return str(super()._save(name, content))  # type: ignore[misc]  # the stubs do not know it


def test_the_lease_of_a_file_is_kept_while_it_is_stored(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = own_place(tmp_path, settings)
    slow = {"BACKEND": f"{__name__}.Slow", "OPTIONS": {"location": place}}
    settings.STORAGES = settings.STORAGES | {"default": slow}
    monkeypatch.setattr(making, "TELL_SECONDS", 0.05)
    file = made(a_thread(2))
    assert (file.file != "", file.attempts) == (True, 1)
