"""`/story`, `/terms`, `/privacy`, `/authors-rights`, `/status`: true for this site, in words that hold."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from unroller.models import Job
from unroller.views.facts import KEPT, Kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]

PAGES = ("/story", "/terms", "/privacy", "/authors-rights", "/status")


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def a_waiting_job(key: str, error: str, *, source: str = "x", minutes: int = 30) -> Job:
    until = timezone.now() + timedelta(minutes=minutes)
    return Job.objects.create(source=source, key=key, error=error, not_before=until)


@pytest.mark.parametrize("page", PAGES)
def test_charlie_reads_them_without_a_cookie_and_without_a_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, page: str
) -> None:
    client.get(page)
    with django_assert_num_queries(0):
        answer = client.get(page)
    assert answer.status_code == HTTPStatus.OK
    assert not answer.cookies


@pytest.mark.parametrize("page", PAGES)
def test_every_page_leads_to_them(client: Client, page: str) -> None:
    assert f'href="{page}"' in shown(client, "/terms")


@pytest.mark.parametrize("each", KEPT.values(), ids=list(KEPT))
def test_privacy_says_how_long_everything_is_kept(client: Client, each: Kept) -> None:
    page = shown(client, "/privacy")
    assert f'<th scope="row">{each.what}</th><td>{each.time}</td>' in page


def test_times_are_those_by_which_the_code_deletes() -> None:
    assert {name: kept.how_long.days for name, kept in KEPT.items()} == {
        "requests": 30,
        "mentions": 30,
        "claims": 90,
        "archives": 1,
        "lookups": 30,
        "told": 90,
        "letters": 30,
        "files": 30,
        "own_data": 7,
        "libraries": 7,
        "copies": 30,
        "books": 30,
        "friends": 365,
        "gifts": 30,
        "services": 30,
        "practice": 1,
        "readers": 400,
        "contact": 90,
        "reports": 180,
        "payments": 60,
        "deletion": 30,
        "session": 30,
    }


def test_who_else_sees_something_follows_from_the_settings(client: Client, settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    assert "<b>Stripe</b>" not in shown(client, "/privacy")
    settings.BILLING_ENABLED = True
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.SUB_PROCESSORS = ("Northern Hosting (servers, Finland)", "<b>Odd</b>")
    page = shown(client, "/privacy")
    for name in ("<b>Stripe</b>", "Postmark", "Northern Hosting (servers, Finland)", "&lt;b&gt;Odd&lt;/b&gt;"):
        assert name in page


def test_the_story_is_the_operators_where_they_wrote_one(client: Client, settings: Settings) -> None:
    assert "scrolls away" in shown(client, "/story")
    settings.STORY = "We began on a train.\n\nIt was late, <i>very</i> late."
    settings.OPERATOR = "Ida Example\nHarbour Street 1"
    page = shown(client, "/story")
    assert "We began on a train." in page
    assert "&lt;i&gt;very&lt;/i&gt;" in page
    assert "scrolls away" not in page
    for address in ("/story", "/terms", "/privacy"):
        assert "Ida Example<br>Harbour Street 1" in shown(client, address)


def test_prices_are_those_of_the_plans_and_only_where_something_is_sold(client: Client, settings: Settings) -> None:
    settings.BILLING_ENABLED = True
    page = shown(client, "/terms")
    assert "$3.00 a month" in page
    assert "$30.00 a year" in page
    settings.BILLING_ENABLED = False
    assert "$3.00" not in shown(client, "/terms")


@pytest.mark.parametrize("page", ["/", "/status"])
@pytest.mark.parametrize(
    ("error", "count", "words"),
    [
        ("OutOfCredits", 1, "used up what we may read there"),
        ("RateLimited", 1, "asks us to slow down"),
        ("Unreachable", 3, "does not answer at the moment"),
        ("OutOfTime", 3, "does not answer at the moment"),
    ],
)
def test_a_network_that_makes_people_wait_is_named(
    client: Client, page: str, error: str, count: int, words: str
) -> None:
    for number in range(count):
        a_waiting_job(str(number), error)
    said = shown(client, page)
    assert "<b>X:</b>" in said
    assert words in said


def test_nothing_is_said_while_all_is_well_or_one_server_is_away(client: Client) -> None:
    a_waiting_job("host.example/1", "Unreachable", source="mastodon")
    a_waiting_job("2", "RateLimited", minutes=-1)
    assert 'class="note outages"' not in shown(client, "/")
    assert "All is well" in shown(client, "/status")


def test_the_line_goes_when_the_network_is_back(client: Client) -> None:
    job = a_waiting_job("1", "OutOfCredits")
    assert "X:" in shown(client, "/status")
    Job.objects.filter(pk=job.pk).update(not_before=None)
    cache.delete("outages")
    assert "All is well" in shown(client, "/status")
