"""`GET /metrics`: who may read it, what it says, that it stays cheap and never fails as a whole."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from accounts import bell, limits, tallies
from accounts.actions import letters
from accounts.models import Letter, User
from billing import metrics as of_billing
from tests.threads import a_thread
from unroller import readiness, store, task_tallies
from unroller.budgets import SharedBudget
from unroller.checks import numbers_are_not_for_everybody
from unroller.waiting import LINES

pytestmark = pytest.mark.django_db

Numbers = dict[tuple[str, ...], float]


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    tallies._redis.cache_clear()
    tallies._sums.waiting.clear()
    tallies._sums.silent_until = 0.0


@pytest.fixture
def redis_away(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for each in (store.client, tallies._redis):
        each.cache_clear()
    yield
    for each in (store.client, tallies._redis):
        each.cache_clear()


def numbers(client: Client) -> Numbers:
    """Every sample by its name and the values of its labels, in the order of their names."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (each.name, *(each.labels[name] for name in sorted(each.labels))): each.value
        for family in families
        for each in family.samples
    }


def test_a_program_on_this_machine_may_read(client: Client) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "203.0.113.7"},
        {"REMOTE_ADDR": "::ffff:203.0.113.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
def test_strangers_find_nothing(client: Client, environ: dict[str, Any]) -> None:
    assert client.get("/metrics", **environ).status_code == 404


def test_a_proxy_on_this_machine_finds_nothing_even_when_it_is_silent(client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = (ip_network("127.0.0.0/8"),)
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("said", ["Bearer wrong", "Basic c2VjcmV0", "secret-of-prometheus", "", "Bearer "])
def test_with_a_token_only_who_says_it_may_read(client: Client, settings: Settings, said: str) -> None:
    settings.METRICS_TOKEN = "secret-of-prometheus"
    assert client.get("/metrics", headers={"Authorization": said}).status_code == 404
    good = {"Authorization": "Bearer secret-of-prometheus", "X-Forwarded-For": "203.0.113.7"}
    assert client.get("/metrics", headers=good).status_code == 200


@pytest.mark.parametrize(("token", "told"), [("", []), ("a" * 15, ["unroller.W007"]), ("a" * 16, [])])
def test_a_short_token_is_told(settings: Settings, token: str, told: list[str]) -> None:
    settings.METRICS_TOKEN = token
    assert [message.id for message in numbers_are_not_for_everybody()] == told


def test_a_stranger_who_is_signed_in_finds_nothing(client: Client) -> None:
    client.force_login(User.objects.create_superuser("alice@example.org", "a long password"))
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 404


def test_requests_are_counted_by_view_method_and_class(client: Client) -> None:
    before = numbers(client)
    thread = a_thread(2)
    client.get(thread.get_absolute_url())
    client.get("/nothing-here")
    client.generic("BREW", "/healthz")
    after = numbers(client)

    def more(*key: str) -> float:
        return after[key] - before.get(key, 0)

    assert more("unroller_http_requests_total", "GET", "2xx", "thread") == 1
    assert more("unroller_http_requests_total", "GET", "4xx", "none") == 1
    assert more("unroller_http_requests_total", "other", "4xx", "healthz") == 1
    assert more("unroller_http_request_seconds_count", "thread") == 1


def test_what_waits_is_told_by_worker_and_task(client: Client) -> None:
    letter = Letter.objects.create(name="code", to="bob@example.org")
    Letter.objects.filter(pk=letter.pk).update(created_at=datetime.now(UTC) - timedelta(minutes=10))
    found = numbers(client)
    assert found["unroller_queue_rows", "letters", "accounts.deliver"] == 1
    assert 600 <= found["unroller_queue_oldest_seconds", "letters", "accounts.deliver"] < 660
    assert found["unroller_queue_bound_seconds", "letters"] == 300
    assert found["unroller_queue_rows", "fetch", "unroller.fetch"] == 0


def test_bells_that_nobody_heard_are_told(client: Client) -> None:
    store.client().rpush("copy", "a", "b")
    found = numbers(client)
    assert found["unroller_bells", "copy"] == 2
    assert found["unroller_bells", "fetch"] == 0


def test_what_the_networks_allow_is_told(client: Client, settings: Settings) -> None:
    settings.X_DAILY_BUDGET = 500
    budget, until = SharedBudget(), datetime.now(UTC) + timedelta(minutes=5)
    budget.spend("x:search", 42)
    budget.close("mastodon:wool.example", until, unpaid=False)
    budget.close("mastodon:yarn.example", until - timedelta(minutes=2), unpaid=False)
    budget.close("bluesky", datetime.now(UTC) - timedelta(seconds=1), unpaid=False)
    found = numbers(client)
    assert found["unroller_network_spent_posts", "x"] == 42
    assert found["unroller_network_limit_posts", "x"] == 500
    assert found["unroller_network_closed", "mastodon"] == 2
    assert found["unroller_network_closed_until_timestamp_seconds", "mastodon"] == pytest.approx(
        until.timestamp(), abs=1
    )
    assert ("unroller_network_closed", "bluesky") not in found


def test_the_budget_is_told_as_operators_allow_it(client: Client, settings: Settings) -> None:
    settings.X_DAILY_BUDGET = 500
    limits.BOARD.hold({("budget-x", ""): 700})
    assert numbers(client)["unroller_network_limit_posts", "x"] == 700


def test_what_workers_counted_is_told_once_handed_over(client: Client) -> None:
    tallies.note("fetches", "x", "done")
    tallies.note("fetches", "x", "done")
    tallies.note("mail", "letter", "sent")
    for seconds in ("0.1", "0.5", "+Inf"):
        tallies.note("task_bucket", "unroller.fetch", seconds)
    tallies.note("task_seconds", "unroller.fetch", by=700.25)
    assert ("unroller_fetches_total", "x", "done") not in numbers(client)
    assert tallies.hand_over()
    found = numbers(client)
    assert found["unroller_fetches_total", "x", "done"] == 2
    assert found["unroller_mail_total", "letter", "sent"] == 1
    assert found["unroller_task_seconds_bucket", "0.5", "unroller.fetch"] == 2
    assert found["unroller_task_seconds_bucket", "300.0", "unroller.fetch"] == 2
    assert found["unroller_task_seconds_bucket", "+Inf", "unroller.fetch"] == 3
    assert found["unroller_task_seconds_count", "unroller.fetch"] == 3
    assert found["unroller_task_seconds_sum", "unroller.fetch"] == 700.25


def test_the_clock_gives_a_sign_of_life_when_it_rings(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_tallies._Clock, "said", 0.0)
    bell.ring("unroller.sweep")
    assert ("unroller_clock_beat_timestamp_seconds",) not in numbers(client)
    monkeypatch.setattr(task_tallies._Clock, "is_beat", True)
    bell.ring("unroller.sweep")
    rung = numbers(client)["unroller_clock_beat_timestamp_seconds",]
    assert abs(rung - datetime.now(UTC).timestamp()) < 60


def test_letters_are_counted_by_what_became_of_them(client: Client, mailoutbox: list[object]) -> None:
    Letter.objects.create(name="code", to="bob@example.org", subject="Hello", text="Words", html="<p>Words</p>")
    assert letters.deliver_due() == 1
    tallies.hand_over()
    assert numbers(client)["unroller_mail_total", "letter", "sent"] == 1


def test_with_redis_away_counting_waits_and_everything_else_is_told(client: Client, redis_away: None) -> None:
    tallies.note("fetches", "x", "done")
    assert not tallies.hand_over()
    assert not tallies.hand_over()
    found = numbers(client)
    assert found["unroller_server_up", "redis"] == 0
    assert found["unroller_server_up", "database"] == 1
    assert {key[1] for key, value in found.items() if key[0] == "unroller_scrape_failed" and value} == {
        "bells",
        "networks",
        "workers",
    }
    assert ("unroller_queue_rows", "fetch", "unroller.fetch") in found


def test_with_the_database_away_everything_else_is_told_at_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    with connection.execute_wrapper(_no_queries):
        found = numbers(client)
    assert found["unroller_server_up", "database"] == 0
    assert found["unroller_scrape_failed", "queues"] == found["unroller_scrape_failed", "money"] == 1
    assert found["unroller_bells", "fetch"] == 0


def test_what_waited_is_handed_over_when_redis_is_back(client: Client, settings: Settings) -> None:
    there, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
    tallies.note("fetches", "x", "done")
    assert not tallies.hand_over()
    settings.REDIS_URL = there
    tallies._redis.cache_clear()
    assert not tallies.hand_over()  # it is left alone for a while
    tallies._sums.silent_until = 0.0
    assert tallies.hand_over()
    assert numbers(client)["unroller_fetches_total", "x", "done"] == 1


def test_a_table_that_is_locked_costs_one_part(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_billing, "numbers", _too_slow)
    found = numbers(client)
    assert found["unroller_scrape_failed", "money"] == 1
    assert found["unroller_scrape_failed", "queues"] == 0


def test_lines_that_are_slow_together_cost_one_part(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may take two seconds, and there are dozens."""
    monkeypatch.setattr("accounts.waiting.TOGETHER", -1.0)
    found = numbers(client)
    assert found["unroller_scrape_failed", "queues"] == 1
    assert found["unroller_scrape_failed", "money"] == 0
    assert "no time was left for" in readiness.queues(LINES).detail


def test_a_scrape_asks_the_same_few_questions_whatever_there_is(client: Client) -> None:
    counts = []
    for times in (5, 10):
        Letter.objects.bulk_create(Letter(name="code", to="bob@example.org") for _ in range(times))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/metrics")
        counts.append(len([each for each in queries if re.match(r"SELECT (?!set_config)", each["sql"])]))
    assert counts[0] == counts[1]
    assert counts[0] <= 40


def _no_queries(*_: object) -> None:
    raise AssertionError("a query")


def _too_slow() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 10")
        cursor.execute("SELECT pg_sleep(1)")
    return {}
