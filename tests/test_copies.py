"""Files of kept media: each once, never deleted under somebody who keeps it, and what a crash leaves is found."""

import hashlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from tests.keeping import a_member, copied, elsewhere_done, files, film, in_order, kept_for, saves, showing
from tests.processes import until
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.thread_files import own_place
from unroller import kept
from unroller.actions import copies, keeping
from unroller.models import Keeping, KeptMedium, Medium

pytestmark = pytest.mark.django_db(transaction=True)

BYTES = b"\0\0\0\x18ftypmp42 a film"
DIGEST = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    return own_place(tmp_path, settings)


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """A file that was just downloaded."""
    path = tmp_path / "brought"
    path.write_bytes(BYTES)
    return path


def put(path: Path) -> Medium:
    return copies.put(path, digest=DIGEST, kind="video/mp4")


def side_by_side(*acts: Callable[[], object]) -> None:
    """All at once, each on a connection of its own."""
    with ThreadPoolExecutor(len(acts)) as crew:
        for errand in [crew.submit(elsewhere_done(act)) for act in acts]:
            errand.result()


def long_ago(path: Path) -> None:
    """A file as old as no upload is."""
    before = time.time() - 2 * copies.ORPHAN_AGE.total_seconds()
    os.utime(path, (before, before))


def test_a_file_is_named_by_its_bytes_and_is_there_once(place: Path, brought: Path) -> None:
    side_by_side(*[lambda: put(brought)] * 6)
    assert files(place) == [DIGEST]
    assert (place / "kept" / DIGEST[:2] / DIGEST).read_bytes() == BYTES
    row = Medium.objects.get()
    assert (row.size, row.type) == (len(BYTES), "video/mp4")


def test_what_a_killed_worker_left_of_a_file_is_replaced(place: Path, brought: Path) -> None:
    half = place / kept.name(DIGEST)
    half.parent.mkdir(parents=True)
    half.write_bytes(BYTES[:5])
    put(brought)
    assert half.read_bytes() == BYTES
    half.write_bytes(BYTES[:5])
    put(brought)
    assert in_order(place)


def test_only_what_nobody_points_to_is_collected(sandbox: Sandbox, place: Path, brought: Path) -> None:
    kept_for(a_member(), showing(film(sandbox)))
    put(brought)
    assert copies.collect([DIGEST, *files(place), "unknown"]) == 1
    assert len(files(place)) == 1
    assert in_order(place)


def test_what_has_just_come_is_not_taken_for_unused(place: Path, brought: Path) -> None:
    put(brought)
    assert copies.collect_unused() == 0
    Medium.objects.update(created_at=timezone.now() - 2 * copies.GRACE)
    assert copies.collect_unused() == 1
    assert files(place) == []


def test_one_leaves_while_another_joins(sandbox: Sandbox, place: Path, world: World) -> None:
    """The second thread shows the same film. Whichever comes first, its copy is there in the end."""
    alice, bob, same = a_member("alice"), a_member("bob"), film(sandbox)
    for turn in range(4):
        first, second = showing(same, first=1000 * turn + 1), showing(same, first=1000 * turn + 500)
        left = kept_for(alice, first)
        saves(bob, second)
        leave, join = partial(keeping.let_go, left), partial(copied, second)
        side_by_side(leave, join) if turn % 2 else side_by_side(join, leave)
        assert set(kept.copies(second)) == {same.url}
        assert len(files(place)) == 1
        assert in_order(place)
        assert kept.copies(first) == {}


def test_who_joins_waits_for_who_deletes_and_brings_it_anew(sandbox: Sandbox, place: Path) -> None:
    same, bob = film(sandbox), a_member("bob")
    first, second = showing(same), showing(same, first=100)
    left = kept_for(a_member("alice"), first)
    saves(bob, second)
    digest, begun, go = Medium.objects.get().digest, Event(), Event()

    def delete_slowly() -> None:
        with transaction.atomic():
            KeptMedium.objects.all().delete()
            Medium.objects.select_for_update().get(digest=digest)
            begun.set()
            go.wait(20)
            (place / kept.name(digest)).unlink()
            Medium.objects.filter(digest=digest).delete()

    with ThreadPoolExecutor(2) as crew:
        deleting = crew.submit(elsewhere_done(delete_slowly))
        assert begun.wait(20)
        joining = crew.submit(elsewhere_done(lambda: copied(second)))
        until(_somebody_waits, what="the one who joins waits for the row")
        go.set()
        deleting.result()
        joining.result()
    assert in_order(place)
    assert set(kept.copies(second)) == {same.url}
    assert left.thread == first


def test_who_brings_a_file_whose_row_goes_meanwhile_makes_it_anew(place: Path, brought: Path) -> None:
    put(brought)
    begun, go = Event(), Event()

    def delete_slowly() -> None:
        with transaction.atomic():
            row = Medium.objects.select_for_update().get()
            begun.set()
            go.wait(20)
            (place / kept.name(DIGEST)).unlink()
            row.delete()

    with ThreadPoolExecutor(2) as crew:
        deleting = crew.submit(elsewhere_done(delete_slowly))
        assert begun.wait(20)
        bringing = crew.submit(elsewhere_done(lambda: put(brought)))
        until(_somebody_waits, what="the one who brings it waits for the row")
        go.set()
        deleting.result()
        bringing.result()
    assert files(place) == [DIGEST]
    assert in_order(place)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


def test_a_file_without_a_row_is_found_at_night(place: Path, brought: Path) -> None:
    put(brought)
    orphan = place / "kept" / "00" / ("0" * 64)
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"left behind")
    assert copies.check() == (0, 0)
    long_ago(orphan)
    long_ago(place / kept.name(DIGEST))
    assert copies.check() == (1, 0)
    assert files(place) == [DIGEST]


def test_a_file_that_goes_while_the_night_looks_at_its_folder_stops_nothing(
    place: Path, brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(brought)
    listed = copies._listed

    def then_collected(folder: str) -> set[str]:
        names = listed(folder)
        copies.collect(names)
        return names

    monkeypatch.setattr(copies, "_listed", then_collected)
    assert copies.check() == (0, 0)
    assert files(place) == []


def test_a_row_without_its_file_is_found_at_night_and_fetched_again(
    sandbox: Sandbox, place: Path, world: World
) -> None:
    thread = showing(film(sandbox))
    kept_for(a_member(), thread)
    (place / kept.name(Medium.objects.get().digest)).unlink()
    assert copies.check() == (0, 1)
    assert Keeping.objects.get().finished_at is None
    assert copied(thread).finished_at is not None
    assert in_order(place)
    assert len(world.log.of("media", "/film/")) == 2


def test_a_storage_that_lacks_most_of_ours_is_another_one_and_nothing_is_touched(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    most = copies.LOST_AT_ONCE + 1
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(2 * most)]
    Medium.objects.bulk_create(Medium(digest=digest, type="image/png", size=1) for digest in digests)
    stranger = place / kept.name("0" * 64)
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"of another site")
    long_ago(stranger)
    for digest in digests[: most - 1]:  # new copies that came since
        default_storage.save(kept.name(digest), ContentFile(b"1"))
    assert copies.check() == (0, 0)
    assert Medium.objects.count() == len(digests)
    assert stranger.exists()
    assert f"lacks {most + 1} of {len(digests)} copies" in caplog.text
    default_storage.save(kept.name(digests[-1]), ContentFile(b"1"))
    assert copies.check() == (1, most), "half of them may be lost"


@pytest.mark.parametrize(("lost", "are_lost"), [(copies.LOST_AT_ONCE, False), (copies.LOST_AT_ONCE + 1, True)])
def test_what_is_lost_is_fetched_again_where_it_is_little_or_an_operator_says_so(
    place: Path, lost: int, are_lost: bool
) -> None:
    Medium.objects.bulk_create(Medium(digest=f"{number:064x}", type="image/png", size=1) for number in range(lost))
    assert copies.check(are_lost=are_lost) == (0, lost)


def test_an_empty_archive_is_in_order(place: Path) -> None:
    assert copies.check() == (0, 0)


def test_a_storage_that_fails_keeps_the_row_for_the_next_time(
    place: Path, brought: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(brought)
    folder = place / "kept" / DIGEST[:2]
    file = folder / DIGEST
    file.unlink()
    file.mkdir()
    (file / "in the way").touch()
    assert copies.collect([DIGEST]) == 0
    assert Medium.objects.exists()
    assert "is not deleted yet" in caplog.text
    (file / "in the way").unlink()
    file.rmdir()
    assert copies.collect([DIGEST]) == 1
    assert not Medium.objects.exists()


def test_many_unused_copies_go_in_portions(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "COLLECTED_AT_ONCE", 3)
    Medium.objects.bulk_create(Medium(digest=f"{n:064x}", type="image/png", size=1) for n in range(5))
    Medium.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert [copies.collect_unused() for _ in range(3)] == [3, 2, 0]
