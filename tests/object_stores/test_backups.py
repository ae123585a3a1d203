"""A backup of a site whose files lie in a bucket, and its way back into another bucket."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests.backups.places import Place as Home
from tests.backups.places import empty_place, test_place
from tests.object_stores.service import Place, Service
from unroller.actions.archives import in_store

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("s3")]

CONTENTS = {"threads/ab/1.pdf": b"%PDF", "kept/ab/cd": os.urandom(9_000_000), "libraries/é ü.zip": b"zip"}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Home]:
    with empty_place(tmp_path / "elsewhere") as place:
        yield place


def test_the_files_of_a_bucket_are_backed_up_and_come_back_in_another(
    bucket: Place, service: Service, elsewhere: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in CONTENTS.items():
        default_storage.save(name, ContentFile(content))
    default_storage.save(f"{in_store.FOLDER}/passing", ContentFile(b"private messages"))
    backup = tmp_path / "backup.tar"
    made = test_place(tmp_path / "here").manage("backup", str(backup))
    assert "3 files (9,000,007 bytes)" in made.stdout, made.stderr

    refused = elsewhere.manage("restore", str(backup))
    assert "The storage is not empty" in refused.stderr
    other = Place(service)
    try:
        monkeypatch.setenv("STORAGE_URL", other.url)
        restored = elsewhere.manage("restore", str(backup))
        assert restored.returncode == 0, restored.stderr
        assert sorted(other.names()) == sorted(CONTENTS)
        for name, content in CONTENTS.items():
            kept = service.client.get_object(Bucket=other.bucket, Key=f"a/site/{name}")
            assert kept["Body"].read() == content

        other.road.close()
        unread = elsewhere.manage("backup", str(tmp_path / "never.tar"))
        assert unread.returncode == 1
        assert "The backup could not be written" in unread.stderr
        assert list(tmp_path.glob("never*")) == []
    finally:
        other.road.end()
