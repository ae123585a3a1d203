"""Reading the words of threads into what search looks into."""

import logging
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.utils import timezone
from msgspec.structs import replace
from pytest_django import DjangoAssertNumQueries

from accounts.bell import ring
from tests.processes import Worker, until
from tests.searches import found, wrote
from tests.threads import a_pile, a_post, a_thread, stored
from unroller import store
from unroller.actions import indexing, threads
from unroller.core.assemble import assemble
from unroller.core.errors import Gone
from unroller.core.posts import Pile
from unroller.models import Thread, ThreadWords


def an_hour_passes() -> None:
    """All threads are older than what every look goes back to, and nobody looked through all lately."""
    Thread.objects.update(changed_at=timezone.now() - timedelta(hours=1))
    store.client().delete(indexing.LOOKED)


@pytest.mark.django_db
def test_a_thread_is_read_once() -> None:
    a_thread()
    assert indexing.index_due() == 1
    assert indexing.index_due() == 0


@pytest.mark.django_db
def test_what_changed_is_read_again() -> None:
    wrote(1, "A lamp")
    wrote(1, "A candle")
    assert found("lamp") == []
    assert found("candle") == ["1"]


@pytest.mark.django_db
def test_a_version_that_changed_no_words_is_not_read_again() -> None:
    thread = wrote(1, "A lamp")
    threads.forget_pages_of(thread.author)
    assert indexing.index_due() == 0


@pytest.mark.django_db
def test_removed_words_are_forgotten_even_if_nobody_says_so() -> None:
    thread = wrote(1, "A lamp")
    with transaction.atomic():
        threads.remove(thread, Gone("deleted"))
    indexing.index_due()
    assert not ThreadWords.objects.exists()
    assert indexing.index_due() == 0


@pytest.mark.django_db
def test_words_are_forgotten_on_the_spot() -> None:
    thread = wrote(1, "A lamp")
    indexing.forget(thread)
    assert not ThreadWords.objects.exists()


@pytest.mark.django_db
def test_older_threads_are_found_by_a_look_through_all() -> None:
    for number in range(1, 60, 2):
        a_thread(2, first=number)
    an_hour_passes()
    assert indexing.index_due() == 30
    Thread.objects.filter(path="1").update(changed_at=timezone.now() - timedelta(hours=2))
    assert indexing.index_due() == 0
    store.client().delete(indexing.LOOKED)
    assert indexing.index_due() == 1


@pytest.mark.django_db
def test_an_author_who_asks_not_to_be_listed_is_heard_and_may_come_back() -> None:
    thread = wrote(1, "A lamp")
    person = a_post(1).author
    for wish in (True, False):
        threads.keep_author(thread.source, replace(person, unlisted=wish))
        an_hour_passes()
        assert indexing.index_due() == 1
        assert ThreadWords.objects.get().listed is not wish
    assert indexing.index_due() == 0


@pytest.mark.django_db
def test_a_private_thread_that_becomes_everybodys_is_read_again() -> None:
    made = assemble(a_pile(2, text="A lamp")).thread
    with transaction.atomic():
        row = threads.save(made, None, private=True)
    indexing.index_due()
    assert not ThreadWords.objects.get().listed
    with transaction.atomic():
        threads.save(made, row)
    indexing.index_due()
    assert found("lamp") == ["1"]


@pytest.mark.django_db
def test_a_new_edition_is_a_reason_to_read_all_again(monkeypatch: pytest.MonkeyPatch) -> None:
    wrote(1, "A lamp")
    an_hour_passes()
    indexing.index_due()
    monkeypatch.setattr(indexing, "EDITION", indexing.EDITION + 1)
    store.client().delete(indexing.LOOKED)
    assert indexing.index_due() == 1
    assert ThreadWords.objects.get().edition == indexing.EDITION


@pytest.mark.django_db
def test_a_backlog_is_gone_on_with_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 60, 2):
        a_thread(2, first=number)
    monkeypatch.setattr(indexing, "AT_ONCE", 10)
    time_is_up = 0
    assert [indexing._catch_up(Thread.objects.all(), time_is_up) for _ in range(4)] == [10, 10, 10, 0]


@pytest.mark.django_db
def test_without_redis_words_are_read_all_the_same(settings: LazySettings) -> None:
    a_thread()
    an_hour_passes()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    store.client.cache_clear()
    try:
        assert indexing.index_due() == 1
    finally:
        store.client.cache_clear()


@pytest.mark.django_db
def test_a_broken_thread_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    broken = a_thread(2, first=1)
    Thread.objects.filter(id=broken.id).update(document={"source": 3})
    a_thread(2, first=10, text="A lamp")
    with caplog.at_level(logging.ERROR):
        assert indexing.index_due() == 2
    assert f"thread {broken.id} cannot be read" in caplog.text
    assert found("lamp") == ["10"]
    assert indexing.index_due() == 0


@pytest.mark.django_db
def test_a_thread_of_a_megabyte_is_read_as_far_as_it_goes() -> None:
    words = " ".join(f"word{number:06d}" for number in range(120_000))
    wrote(1, f"{words} lamp", author=a_post(1).author)
    assert found("word000000 word000777") == ["1"]
    assert found('"word000100 word000101 word000102"') == ["1"]


@pytest.mark.django_db
def test_phrases_are_found_far_behind_in_a_long_thread() -> None:
    chain = [a_post(number, text=f"東京の灯台 {number} 番目の話です。" * 6, lang="ja") for number in range(1, 401)]
    stored(Pile(source="x", anchor_id="1", posts=(*chain, a_post(401, text="海辺の小さな博物館"))))
    indexing.index_due()
    assert found("小さな博物館") == ["1"]
    assert found("博物館小さな") == []


@pytest.mark.django_db
def test_words_too_long_for_the_index_are_cut() -> None:
    wrote(1, "ﷺ" * 10_000 + " lamp")
    assert found("lamp") == ["1"]
    assert found("ﷺ" * 200) == ["1"]


@pytest.mark.django_db
def test_a_look_that_finds_nothing_asks_little(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(1, 20, 2):
        wrote(number, "A lamp")
    with django_assert_num_queries(4):  # what was removed; a transaction, what is due, its end
        assert indexing.index_due() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_a_backlog_and_read_a_refresh(worker: Worker) -> None:
    worker._queues = "clock"
    for number in range(1, 100, 2):
        stored(a_pile(2, first=number))
    worker.start()
    for _ in range(2):
        assert ring("unroller.index")
    until(lambda: ThreadWords.objects.count() == 50, what="all read")
    stored(a_pile(2, first=1, text="A lighthouse"))
    ring("unroller.index")
    until(lambda: found("lighthouse") == ["1"], what="the new words found")
    assert "Traceback" not in worker.log
