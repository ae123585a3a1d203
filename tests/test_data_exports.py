"""A person's data as a file: everything in it, made once, whatever happens to the workers."""

import io
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.leases import LostLease
from accounts.models import Letter, User
from tests.processes import Worker, until
from tests.whole_person import a_whole_person, keep_files_in
from unroller.actions import data_exports
from unroller.models import DataExport

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_files(settings: Settings, tmp_path: Path) -> Path:
    keep_files_in(tmp_path, settings)
    return tmp_path


@pytest.fixture
def bob() -> User:
    return a_whole_person()


def made(user: User) -> DataExport:
    """A finished export."""
    export = data_exports.ask(user)
    data_exports.run(str(export.id))
    export.refresh_from_db()
    assert export.file
    return export


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.zip"))


def expire_lease(export: DataExport) -> None:
    DataExport.objects.filter(id=export.id).update(leased_until=timezone.now() - timedelta(seconds=1))


def test_asking_twice_makes_one_file(bob: User, own_files: Path) -> None:
    barrier, asked = Barrier(4), []

    def ask() -> None:
        barrier.wait()
        asked.append(data_exports.ask(bob).id)
        connection.close()

    askers = [Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(set(asked)) == 1
    data_exports.run(str(asked[0]))
    data_exports.run(str(asked[0]))
    assert files(own_files) == [f"{asked[0]}-1.zip"]
    assert Letter.objects.filter(name="data_ready").count() == 1


def test_there_is_one_a_day(bob: User) -> None:
    bob.time_zone = "Asia/Tokyo"
    export = made(bob)
    with pytest.raises(data_exports.TooSoon, match=r"ask for it again from \w+day, \d\d:\d\d"):
        data_exports.ask(bob)
    DataExport.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert data_exports.ask(bob).id != export.id


def test_the_owner_gets_a_mail_with_the_link(bob: User) -> None:
    export = made(bob)
    letter = Letter.objects.get(name="data_ready")
    assert (letter.to, letter.user) == ("bob@example.com", bob)
    for words in (letter.text, letter.html):
        assert f"http://localhost:8000/account/data/{export.id}" in words
        assert "7 days" in words
    assert letter.subject == "Your data is ready"


def test_a_file_is_deleted_after_a_week(bob: User, own_files: Path) -> None:
    export = made(bob)
    assert export.expires_at is not None
    assert data_exports.sweep() == 0
    assert files(own_files) == [f"{export.id}-1.zip"]
    DataExport.objects.update(expires_at=timezone.now())
    data_exports.sweep()
    export.refresh_from_db()
    assert files(own_files) == []
    assert not data_exports.is_there(export)


def test_what_fails_waits_and_is_tried_again(bob: User, own_files: Path, settings: Settings) -> None:
    export = data_exports.ask(bob)
    (own_files / "data").write_text("a file where the folder should be")
    data_exports.run(str(export.id))
    export.refresh_from_db()
    assert (export.finished_at, export.leased_until, export.attempts) == (None, None, 1)
    assert export.not_before is not None
    assert data_exports.sweep() == 0
    data_exports.run(str(export.id))
    export.refresh_from_db()
    assert export.attempts == 1
    (own_files / "data").unlink()
    DataExport.objects.update(not_before=timezone.now())
    assert data_exports.sweep() == 1
    data_exports.run(str(export.id))
    export.refresh_from_db()
    assert data_exports.is_there(export)


def test_what_fails_five_times_ends_and_may_be_asked_for_again_at_once(bob: User, own_files: Path) -> None:
    export = data_exports.ask(bob)
    (own_files / "data").write_text("a file where the folder should be")
    for _ in range(data_exports.MOST_ATTEMPTS):
        DataExport.objects.update(not_before=None)
        data_exports.run(str(export.id))
    export.refresh_from_db()
    assert export.failed
    assert export.finished_at is not None
    (own_files / "data").unlink()
    data_exports.sweep()
    export.refresh_from_db()
    assert export.file == ""
    assert made(bob).id != export.id


def test_a_worker_that_comes_back_late_leaves_no_file_and_sends_no_mail(bob: User, own_files: Path) -> None:
    export = data_exports.ask(bob)
    late = data_exports.QUEUE.claim(export.id)
    assert late is not None
    expire_lease(export)
    data_exports.run(str(export.id))
    with pytest.raises(LostLease):
        data_exports._write(late, io.BytesIO())
    with pytest.raises(LostLease):
        data_exports._finish(late, data_exports._name(export, 1))
    assert files(own_files) == [f"{export.id}-2.zip"]
    assert Letter.objects.filter(name="data_ready").count() == 1


def test_what_a_killed_worker_left_behind_is_deleted(bob: User, own_files: Path) -> None:
    export = data_exports.ask(bob)
    assert data_exports.QUEUE.claim(export.id)
    (own_files / "data").mkdir()
    (own_files / "data" / f"{export.id}-1.zip").write_bytes(b"half a zip")
    expire_lease(export)
    assert data_exports.sweep() == 1
    data_exports.run(str(export.id))
    assert files(own_files) == [f"{export.id}-2.zip"]


def test_a_row_that_kills_every_worker_ends(bob: User) -> None:
    export = data_exports.ask(bob)
    for _ in range(data_exports.MOST_ATTEMPTS):
        assert data_exports.QUEUE.claim(export.id)
        expire_lease(export)
    data_exports.run(str(export.id))
    export.refresh_from_db()
    assert export.failed


def test_a_person_who_is_gone_leaves_nothing_to_do(bob: User) -> None:
    export = data_exports.ask(bob)
    bob.delete()
    data_exports.run(str(export.id))
    assert not DataExport.objects.exists()


def test_a_real_worker_hears_the_bell_and_one_that_is_killed_is_replaced(bob: User) -> None:
    worker = Worker({}, queues="export")
    export = data_exports.ask(bob)
    assert data_exports.QUEUE.claim(export.id)  # by a worker that was killed at once
    try:
        worker.start()
        expire_lease(export)
        assert data_exports.sweep() == 1
        until(lambda: DataExport.objects.filter(id=export.id).exclude(file="").exists(), what="file made")
    finally:
        worker.kill()
    assert Letter.objects.filter(name="data_ready").count() == 1
