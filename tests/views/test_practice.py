"""`/practice` and `/practice/thread/<sample>`: a visitor without an account tries the bot."""

from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from limits import RateLimitItemPerHour
from pytest_django import DjangoAssertNumQueries

from accounts import limits
from unroller.actions.bot import working
from unroller.models import Mention, PracticePost
from unroller.practice.samples import samples

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


def say(client: Client, text: str = "@unroller unroll", sample: str = "bridge") -> str:
    """Reply, let the bot do what it does, and look."""
    answer = client.post("/practice", {"sample": sample, "text": text})
    assert answer.status_code == HTTPStatus.SEE_OTHER
    for _ in range(3):
        for row in Mention.objects.filter(finished_at=None):
            working.run(str(row.pk))
    return client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("name", samples())
def test_charlie_asks_and_is_answered_with_the_link_to_the_whole_thread(client: Client, name: str) -> None:
    page = say(client, sample=name)
    assert f"/practice/thread/{name}" in page
    thread = client.get(f"/practice/thread/{name}").content.decode()
    for post in samples()[name].posts:
        assert post.html in thread
    for reply in samples()[name].replies.values():
        assert reply.text not in thread


@pytest.mark.parametrize("text", ["unroll", "@unroller hello", "@unroller don’t unroll", "@unroller stop"])
def test_the_page_says_why_the_bot_keeps_silent(client: Client, text: str) -> None:
    page = say(client, text)
    assert "The bot keeps silent." in page
    assert "/practice/thread/bridge" not in page
    assert not PracticePost.objects.filter(is_bot=True).exists()


def test_whoever_stops_the_bot_here_is_told_what_that_does_elsewhere_and_goes_on(client: Client) -> None:
    page = say(client, "@unroller stop")
    assert "On a real network it would leave you alone from now on" in page
    assert "/practice/thread/bridge" in say(client)


def test_while_the_bot_reads_the_page_waits_with_and_without_script(client: Client) -> None:
    client.post("/practice", {"sample": "bridge", "text": "@unroller unroll"})
    page = client.get("/practice?sample=bridge").content.decode()
    assert "The bot is reading" in page
    assert 'http-equiv="refresh"' in page
    moving = client.get("/practice?sample=bridge", headers={"HX-Request": "true"}).content.decode()
    assert moving.startswith('<div class="turns"')
    with time_machine.travel(timezone.now() + timedelta(seconds=16)):
        assert "longer than it should" in client.get("/practice?sample=bridge").content.decode()


def test_nobody_sees_what_another_visitor_wrote(client: Client) -> None:
    say(client, "@unroller unroll my secret word")
    assert "my secret word" not in Client().get("/practice?sample=bridge").content.decode()
    stranger = Client()
    stranger.cookies["practice"] = "not-a-uuid"
    assert stranger.get("/practice").status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"sample": "bridge", "text": "  "}, "Write something first."),
        ({"sample": "bridge", "text": "x" * 501}, "at most 500 characters"),
    ],
)
def test_what_cannot_be_posted_is_said_and_kept(client: Client, fields: dict[str, str], sentence: str) -> None:
    answer = client.post("/practice", fields)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in answer.content.decode()
    assert not PracticePost.objects.exists()


def test_a_thread_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get("/practice?sample=nowhere").status_code == HTTPStatus.NOT_FOUND
    assert client.get("/practice/thread/nowhere").status_code == HTTPStatus.NOT_FOUND
    assert client.post("/practice", {"sample": "nowhere", "text": "hi"}).status_code == HTTPStatus.NOT_FOUND


def test_markup_is_shown_and_not_believed(client: Client) -> None:
    page = say(client, '<script>alert("x")</script>')
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_one_address_practices_so_often_an_hour(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PRACTICE", limits.Limit("practice", RateLimitItemPerHour(1)))
    say(client)
    answer = client.post("/practice", {"sample": "bridge", "text": "again"})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "practiced a lot" in answer.content.decode()
    assert "again" in answer.content.decode()


def test_queries_do_not_grow_with_posts(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    say(client, "one")
    with django_assert_num_queries(2):
        client.get("/practice?sample=bridge")
    for number in range(8):
        say(client, f"number {number}")
    with django_assert_num_queries(2):
        client.get("/practice?sample=bridge")


def test_the_pages_ask_nothing_of_who_has_not_written(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert not client.get("/practice").cookies.get("practice")
        client.get("/practice/thread/olive")
