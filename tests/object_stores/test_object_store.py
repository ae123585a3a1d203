"""Files in a bucket: whole or not at all, read from anywhere, and one plain error when the service is away."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests.object_stores.service import Place
from unroller import object_store
from unroller.file_store import Away

pytestmark = pytest.mark.xdist_group("s3")
SMALL = b"a small file"
LARGE = bytes(range(256)) * 40_000
"""10 MB: more than one part, and more than one window."""


def test_a_file_comes_back_as_it_went_and_is_gone_when_it_is_deleted(bucket: Place) -> None:
    assert default_storage.save("threads/ab/one", ContentFile(SMALL)) == "threads/ab/one"
    assert bucket.names() == ["threads/ab/one"]
    assert (default_storage.exists("threads/ab/one"), default_storage.size("threads/ab/one")) == (True, len(SMALL))
    assert abs(default_storage.get_modified_time("threads/ab/one") - datetime.now(UTC)) < timedelta(minutes=5)
    with default_storage.open("threads/ab/one") as file:
        assert (file.read(), file.size) == (SMALL, len(SMALL))
    default_storage.delete("threads/ab/one")
    default_storage.delete("threads/ab/one")
    assert bucket.names() == []


def test_what_is_saved_again_under_its_name_replaces_it(bucket: Place) -> None:
    for body in (SMALL, LARGE, SMALL):
        assert default_storage.save("kept/ab/abc", ContentFile(body)) == "kept/ab/abc"
        assert default_storage.size("kept/ab/abc") == len(body)
    assert bucket.names() == ["kept/ab/abc"]


def test_folders_are_listed_and_one_that_is_not_there_is_empty(bucket: Place) -> None:
    for name in ("libraries/one/1-1.zip", "libraries/one/2-1.zip", "libraries/two/1-1.zip"):
        default_storage.save(name, ContentFile(SMALL))
    assert default_storage.listdir("libraries/one") == ([], ["1-1.zip", "2-1.zip"])
    assert sorted(default_storage.listdir("libraries")[0]) == ["one", "two"]
    assert default_storage.listdir("") == (["libraries"], [])
    assert default_storage.listdir("nothing") == ([], [])


def test_what_is_not_there_is_said_as_on_a_disk(bucket: Place) -> None:
    assert not default_storage.exists("kept/no")
    for ask in (default_storage.open, default_storage.size, default_storage.get_modified_time):
        with pytest.raises(FileNotFoundError):
            ask("kept/no")


def test_without_its_bucket_no_file_counts_as_gone_or_deleted(bucket: Place) -> None:
    bucket.service.client.delete_bucket(Bucket=bucket.bucket)
    asked = (default_storage.exists, default_storage.size, default_storage.get_modified_time, default_storage.open)
    for ask in (*asked, default_storage.delete, default_storage.listdir):
        with pytest.raises(Away):
            ask("kept/ab/abc")


def test_a_large_file_is_read_from_anywhere_without_a_copy_of_it(bucket: Place) -> None:
    default_storage.save("kept/large", File(io.BytesIO(LARGE)))
    with default_storage.open("kept/large") as file:
        file.seek(5_000_000)
        assert file.read(1_000_000) == LARGE[5_000_000:6_000_000]
        assert file.read(10) == LARGE[6_000_000:6_000_010]
        file.seek(-100, io.SEEK_END)
        assert (file.read(), file.read(), file.tell()) == (LARGE[-100:], b"", len(LARGE))
        file.seek(0)
        little = iter(lambda: file.read(65_536), b"")
        assert b"".join(little) == LARGE


def test_a_file_whose_connection_breaks_is_gone_on_with(bucket: Place) -> None:
    default_storage.save("kept/large", File(io.BytesIO(LARGE)))
    with default_storage.open("kept/large") as file:
        bucket.road.cut_after = 3_000_000
        assert file.read() == LARGE
    assert bucket.road.cut_after is None


def test_while_the_service_is_away_everything_says_so_and_goes_on_later(bucket: Place) -> None:
    default_storage.save("kept/large", File(io.BytesIO(LARGE)))
    file = default_storage.open("kept/large")
    assert file.read(10) == LARGE[:10]
    bucket.road.close()
    asked = (default_storage.open, default_storage.size, default_storage.exists, default_storage.delete)
    for ask in (*asked, default_storage.listdir, default_storage.get_modified_time):
        with pytest.raises(Away):
            ask("kept/large")
    with pytest.raises(Away):
        default_storage.save("kept/other", ContentFile(SMALL))
    file.seek(7_000_000)
    with pytest.raises(Away):
        file.read(1_000_000)
    bucket.road.open()
    assert file.read(1_000_000) == LARGE[7_000_000:8_000_000]
    assert bucket.names() == ["kept/large"]
    file.close()


def test_a_service_that_hangs_is_waited_for_no_longer_than_we_say(
    bucket: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "READ_SECONDS", 0.2)
    from_now_on = object_store.ObjectStore(
        bucket_name=bucket.bucket,
        endpoint_url=f"http://127.0.0.1:{bucket.road.port}",
        access_key="a-key",
        secret_key="a/secret+of=ours",
        region_name="us-east-1",
    )
    bucket.road.delay = 3
    before = bucket.road.requests
    with pytest.raises(Away):
        from_now_on.size("kept/large")
    assert bucket.road.requests - before == object_store.ATTEMPTS
    bucket.road.delay = 0


def test_a_slow_service_is_waited_for(bucket: Place) -> None:
    bucket.road.delay = 0.3
    default_storage.save("kept/one", ContentFile(SMALL))
    with default_storage.open("kept/one") as file:
        assert file.read() == SMALL


def test_a_bucket_that_is_not_there_is_no_loss_of_files(bucket: Place) -> None:
    bucket.service.client.delete_bucket(Bucket=bucket.bucket)
    with pytest.raises(Away):
        default_storage.listdir("kept")
    with pytest.raises(Away):
        default_storage.save("kept/one", ContentFile(SMALL))


def test_no_file_has_an_address_of_its_own(bucket: Place) -> None:
    with pytest.raises(NotImplementedError):
        default_storage.url("kept/one")
