"""What following asks of the pretend networks: profiles, names that live elsewhere, threads written just now."""

from typing import Any

import httpx
import pytest

from tests.sandbox import World

from .asking import get, listed


def publish(door: httpx.Client, **body: Any) -> httpx.Response:
    return door.post("/_sandbox/publish", json=body)


# Profiles


def test_a_profile_is_found_by_handle_and_by_did_with_bio_and_labels(appview: httpx.Client, world: World) -> None:
    ada = world.bluesky.person("ada.example", name="Ada", bio="Bridges.")
    ada.self_labels.append("!no-unauthenticated")
    world.bluesky.post(ada, "One.")
    for actor in ("ada.example", "ADA.example", ada.did):
        profile = appview.get("app.bsky.actor.getProfile", params={"actor": actor}).json()
        assert (profile["did"], profile["handle"], profile["description"]) == (ada.did, "ada.example", "Bridges.")
        assert profile["postsCount"] == 1
        assert [label["val"] for label in profile["labels"]] == ["!no-unauthenticated"]


@pytest.mark.parametrize("method", ["app.bsky.actor.getProfile", "app.bsky.feed.getAuthorFeed"])
def test_accounts_that_are_away_are_refused_by_name(appview: httpx.Client, world: World, method: str) -> None:
    ada = world.bluesky.person("ada.example")
    answers = []
    for standing in ("takendown", "deactivated", "deleted"):
        world.bluesky.leave(ada, standing)
        answer = appview.get(method, params={"actor": ada.did})
        assert answer.status_code == 400
        answers.append(answer.json()["error"])
    assert answers == ["AccountTakedown", "AccountDeactivated", "InvalidRequest"]


def test_webfinger_tells_where_an_account_lives(one: httpx.Client, world: World) -> None:
    two = world.mastodon.two
    world.mastodon.one.answers_for["ada"] = two.person("ada")
    answer = one.get("/.well-known/webfinger", params={"resource": f"acct:ada@{world.mastodon.one.host}"})
    assert answer.headers["content-type"].startswith("application/jrd+json")
    assert {link["href"] for link in answer.json()["links"]} == {f"{two.base}/@ada", f"{two.base}/users/ada"}
    nobody = one.get("/.well-known/webfinger", params={"resource": "acct:nobody@host.example"})
    assert nobody.status_code == 404


def test_robots_say_what_a_test_wants_them_to(one: httpx.Client, world: World) -> None:
    assert "Disallow: /interact/" in one.get("/robots.txt").text
    world.mastodon.one.robots = "User-agent: *\nDisallow: /\n"
    assert one.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


# Publishing


def test_x_shows_a_thread_that_was_written_just_now(x: httpx.Client, one: httpx.Client, world: World) -> None:
    ada = world.x.person("ada")
    links = publish(one, network="x", handle="ada", texts=["One.", "Two.", "Three."]).json()["links"]
    posts = x.get(f"users/{ada.id}/tweets", params={"tweet.fields": "created_at,referenced_tweets"}).json()["data"]
    assert [f"https://x.com/ada/status/{post['id']}" for post in posts[::-1]] == links
    assert [post["referenced_tweets"][0]["id"] for post in posts[:2]] == [post["id"] for post in posts[1:]]
    written = world.x.posts[int(posts[0]["id"])].at
    assert abs((world.clock.now() - written).total_seconds()) < 5


def test_bluesky_shows_a_thread_that_was_written_just_now(appview: httpx.Client, one: httpx.Client) -> None:
    links = publish(one, network="bluesky", handle="ada.example", texts=["One.", "Two."]).json()["links"]
    feed = appview.get("app.bsky.feed.getAuthorFeed", params={"actor": "ada.example"}).json()["feed"]
    assert [item["post"]["uri"].rpartition("/")[2] for item in feed[::-1]] == [
        link.rpartition("/")[2] for link in links
    ]


@pytest.mark.parametrize("number", ["one", "two"])
def test_mastodon_shows_a_thread_that_was_written_just_now_on_the_host_that_is_named(
    one: httpx.Client, two: httpx.Client, world: World, number: str
) -> None:
    host = world.mastodon.instance(number)  # type: ignore[arg-type]
    links = publish(one, network="mastodon", handle=f"ada@{host.host}", texts=["One.", "Two."]).json()["links"]
    account = host.named("ada")
    assert account is not None
    statuses = get({"one": one, "two": two}[number], f"accounts/{host.know(account)}/statuses")
    assert listed(statuses)[::-1] == [link.rpartition("/")[2] for link in links]


@pytest.mark.parametrize("body", [{"network": "y", "handle": "ada", "texts": ["One."]}, {"network": "x"}])
def test_what_cannot_be_published_is_refused(one: httpx.Client, body: dict[str, Any]) -> None:
    assert publish(one, **body).status_code == 400
