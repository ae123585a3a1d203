"""`GET <thread>.md` and `<thread>.json`."""

import json

import pytest
from django.test import Client

from tests.threads import a_thread
from unroller.core.posts import Person

pytestmark = pytest.mark.django_db

ALICE = Person(id="did:plc:a", handle="alice.example", name="Alice", url="https://bsky.app/profile/alice.example")


def test_charlie_takes_a_thread_as_markdown(client: Client) -> None:
    a_thread(3)
    response = client.get("/thread/x/1.md")
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="maralind-2026-03-01.md"'
    assert "This is post 3" in response.content.decode()


def test_the_json_of_a_thread_on_x_holds_ids_and_facts_only(client: Client) -> None:
    a_thread(3)
    described = json.loads(client.get("/thread/x/1.json").content)
    assert [post["id"] for post in described["posts"]] == ["1", "2", "3"]
    assert "This is post" not in json.dumps(described)


def test_the_json_of_other_networks_holds_the_words(client: Client) -> None:
    a_thread(1, first=7, author=ALICE, source="bluesky", id="at://did:plc:a/app.bsky.feed.post/7", path="did:plc:a/7")
    described = json.loads(client.get("/thread/bluesky/did:plc:a/7.json").content)
    assert described["posts"][0]["text"] == "This is post 7."


def test_500_posts_of_x_a_day_go_into_files_and_no_more(client: Client) -> None:
    a_thread(300)
    a_thread(300, first=1000)
    assert client.get("/thread/x/1.md").status_code == 200
    response = client.get("/thread/x/1000.md")
    assert response.status_code == 429
    assert b"tomorrow" in response.content
    assert client.get("/thread/x/1000.md", REMOTE_ADDR="192.0.2.9").status_code == 200


def test_a_thread_that_is_not_here_is_404(client: Client) -> None:
    assert client.get("/thread/x/404.md").status_code == 404
    assert client.get("/thread/x/404.json").status_code == 404


def test_header_injection_through_a_handle_is_impossible(client: Client) -> None:
    evil = Person(id="e", handle='a"\r\nX-Evil: 1', name="E", url="https://x.com/e")
    a_thread(1, first=70, author=evil)
    response = client.get("/thread/x/70.md")
    assert "X-Evil" not in response
    assert response["Content-Disposition"].count('"') == 2
