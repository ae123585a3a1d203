"""`/`, `/recent` and `/most-read`: which threads everybody is shown, in which language and order."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.threads import a_thread
from unroller import popular
from unroller.models import Author, ReadersOfDay, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]

PAGES = ("/", "/recent", "/most-read")


def read_by(thread: Thread, readers: int, *, days_ago: int = 0) -> Thread:
    day = datetime.now(UTC).date() - timedelta(days=days_ago)
    ReadersOfDay.objects.create(thread=thread, day=day, readers=readers)
    return thread


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("hidden", [{"unlisted": True}, {"private": True}, {"removed": "Gone", "document": None}])
def test_charlie_never_finds_what_is_not_for_lists(client: Client, page: str, hidden: dict[str, object]) -> None:
    thread = read_by(a_thread(2, text="Not for lists at all."), 5)
    assert "Not for lists at all" in shown(client, page)
    Thread.objects.filter(id=thread.pk).update(**hidden)
    assert "Not for lists at all" not in shown(client, page)  # the order is remembered, what may be shown is not


def test_the_most_read_of_the_last_seven_days_comes_first(client: Client) -> None:
    read_by(a_thread(2, first=1, text="Read a little."), 2)
    much = read_by(a_thread(2, first=20, text="Read a lot."), 4)
    read_by(much, 4, days_ago=6)
    read_by(a_thread(2, first=40, text="Read long ago."), 90, days_ago=7)
    page = shown(client, "/most-read")
    assert page.index("Read a lot") < page.index("Read a little")
    assert "Read long ago" not in page


@pytest.mark.parametrize("page", PAGES)
def test_one_language_is_chosen_by_its_own_name(client: Client, page: str) -> None:
    read_by(a_thread(2, first=1, text="In English."), 1)
    arabic = read_by(a_thread(2, first=20, text="بالعربية."), 1)
    brazilian = read_by(a_thread(2, first=40, text="Em português."), 1)
    Thread.objects.filter(id=arabic.pk).update(language="ar", direction="rtl")
    Thread.objects.filter(id=brazilian.pk).update(language="pt-BR")
    everything = shown(client, page)
    assert all(name in everything for name in ("English", "العربيّة", "Português"))
    assert all(words in everything for words in ("In English", "بالعربية", "Em português"))
    portuguese = shown(client, f"{page}?lang=pt")
    assert "Em português" in portuguese
    assert "In English" not in portuguese
    assert "بالعربية" not in portuguese


@pytest.mark.parametrize("lang", ["xx", "%00", "e" * 500, "en-US", "'"])
def test_a_language_that_is_not_here_is_no_filter(client: Client, lang: str) -> None:
    a_thread(2, text="In English.")
    assert "In English" in shown(client, f"/recent?lang={lang}")


def test_pages_follow_each_other_to_the_last(client: Client) -> None:
    for first in range(10, 10 + 10 * 25, 10):
        a_thread(2, first=first, text=f"Thread {first}.")
    assert 'href="?page=2"' in shown(client, "/recent")
    second = shown(client, "/recent?page=2")
    assert second.count('class="thread-card"') == 1
    assert 'href="?page=1"' in second
    assert 'href="?page=3"' not in second


@pytest.mark.parametrize("page", ["0", "51", "-1", "x", "9999", ""])
def test_a_page_that_cannot_be_is_not_found(client: Client, page: str) -> None:
    assert client.get(f"/recent?page={page}").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("page", PAGES[1:])
def test_queries_do_not_grow_with_threads(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, page: str
) -> None:
    for first in (10, 20):
        read_by(a_thread(2, first=first), 1)
    client.get(page)
    with django_assert_num_queries(1):
        client.get(page)
    for first in range(30, 300, 10):
        read_by(a_thread(2, first=first), 1)
    cache.clear()
    client.get(page)
    with django_assert_num_queries(1):
        client.get(page)


def test_numbers_of_readers_are_summed_for_an_author_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first, second, unread = (a_thread(2, first=each) for each in (1, 20, 40))
    read_by(first, 3)
    read_by(first, 4, days_ago=29)
    read_by(first, 5, days_ago=30)
    read_by(second, 1, days_ago=100)
    with django_assert_num_queries(1):
        found = popular.readers([first, second, unread])
    assert found == {first.pk: popular.Readers(12, 7), second.pk: popular.Readers(1, 0)}
    assert Author.objects.count() == 1


def test_a_young_site_soon_shows_its_first_languages_and_numbers(client: Client) -> None:
    assert "Read so soon" not in shown(client, "/most-read")  # nothing yet, and that is not remembered
    read_by(a_thread(2, first=1, text="Read so soon."), 1)
    arabic = a_thread(2, first=20, text="بالعربية.")
    Thread.objects.filter(id=arabic.pk).update(language="ar", direction="rtl")
    assert "Read so soon" in shown(client, "/most-read")
    assert "العربيّة" in shown(client, "/recent")
