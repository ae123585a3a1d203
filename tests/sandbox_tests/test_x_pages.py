"""The pretend X API: pages, timelines, limits, money."""

from datetime import timedelta

import httpx
import pytest

from tests.sandbox import World
from tests.sandbox.cases import x as cases

from .asking import found, search


def pages(x: httpx.Client, query: str, token_name: str = "next_token") -> list[list[str]]:
    """All pages of a recent search, twenty at most."""
    answers: list[list[str]] = []
    token: dict[str, str] = {}
    while len(answers) < 20:
        body = search(x, query, every=False, max_results=10, **token)
        answers.append(found(body))
        if "next_token" not in body["meta"]:
            break
        token = {token_name: body["meta"]["next_token"]}
    return answers


@pytest.mark.parametrize("token_name", ["next_token", "pagination_token"])
def test_search_takes_its_token_under_two_names(x: httpx.Client, world: World, token_name: str) -> None:
    case = cases.recent(world, 28)
    sizes = [len(page) for page in pages(x, f"conversation_id:{case.main[0]}", token_name)]
    assert sizes == [10, 10, 7]


def test_a_page_may_be_empty_and_have_a_token(x: httpx.Client, world: World) -> None:
    cases.recent(world, 15)
    world.x.paging.empty_pages = 1
    assert [len(page) for page in pages(x, "from:ada_keys")] == [0, 10, 5]


def test_a_page_may_be_short_and_have_a_token(x: httpx.Client, world: World) -> None:
    cases.recent(world, 15)
    world.x.paging.short_pages = 1
    assert [len(page) for page in pages(x, "from:ada_keys")] == [5, 10]


def test_a_token_may_lead_to_itself_for_ever(x: httpx.Client, world: World) -> None:
    cases.recent(world, 15)
    world.x.paging.looping = True
    answers = pages(x, "from:ada_keys")
    assert len(answers) == 20
    assert len({number for page in answers for number in page}) == 15


# Timelines


def test_a_timeline_pages_newest_first_between_ids(x: httpx.Client, world: World) -> None:
    posts = world.x.thread("ada", [str(number) for number in range(12)])
    path, window = f"users/{posts[0].author.id}/tweets", {"since_id": posts[1].id, "until_id": posts[10].id}
    first = x.get(path, params={"max_results": 5, **window}).json()
    rest = x.get(path, params={"max_results": 5, **window, "pagination_token": first["meta"]["next_token"]}).json()
    assert found(first) + found(rest) == [str(post.id) for post in reversed(posts[2:10])]


def test_excluding_replies_hides_the_body_of_a_thread(x: httpx.Client, world: World) -> None:
    posts = world.x.thread("ada", ["one", "two"])
    shared = world.x.retweet("ada", world.x.post("ben", "else"))
    path = f"users/{posts[0].author.id}/tweets"
    assert set(found(x.get(path, params={"exclude": "replies"}).json())) == {str(posts[0].id), str(shared.id)}
    assert found(x.get(path, params={"exclude": "replies,retweets"}).json()) == [str(posts[0].id)]


def test_a_timeline_reaches_the_newest_3200_posts(x: httpx.Client, world: World) -> None:
    posts = world.x.thread("ada", map(str, range(3210)), every=timedelta(seconds=1))
    path = f"users/{posts[0].author.id}/tweets"
    assert found(x.get(path, params={"until_id": posts[11].id}).json()) == [str(posts[10].id)]


def test_the_timeline_of_a_protected_author_says_so(x: httpx.Client, world: World) -> None:
    post = world.x.post("ada", "one")
    world.x.protect(post.author)
    body = x.get(f"users/{post.author.id}/tweets").json()
    assert body["errors"][0]["type"].endswith("/not-authorized-for-resource")
    assert "data" not in body


def test_mentions_hold_explicit_and_implicit_ones(x: httpx.Client, world: World) -> None:
    bot = world.x.person("unrollerbot")
    mention = world.x.post("ben", "@unrollerbot unroll", under=world.x.post("ada", "one"))
    below = world.x.post("cleo", "what is this?", under=world.x.post(bot, "Here you are", under=mention))
    assert found(x.get(f"users/{bot.id}/mentions").json()) == [str(below.id), str(mention.id)]


# Doors, limits, money


def test_without_the_right_token_everything_is_401(sandbox: object, x: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = httpx.get(f"{x.base_url}tweets", params={"ids": "1"}, headers=headers)
        assert answer.status_code == 401
        assert answer.json() == {
            "title": "Unauthorized",
            "type": "about:blank",
            "status": 401,
            "detail": "Unauthorized",
        }
        assert "x-rate-limit-reset" in answer.headers


def test_an_unknown_path_is_an_empty_404(x: httpx.Client) -> None:
    answer = x.get("tweets/1/surprise")
    assert (answer.status_code, answer.content) == (404, b"")


def test_every_answer_tells_the_rate_limit(x: httpx.Client) -> None:
    remaining = [int(x.get("tweets", params={"ids": "1"}).headers["x-rate-limit-remaining"]) for _ in range(2)]
    assert remaining == [3499, 3498]
    assert x.get("tweets/search/recent", params={"query": "from:a"}).headers["x-rate-limit-limit"] == "450"


def test_search_all_allows_one_call_a_second(x: httpx.Client, world: World) -> None:
    search(x, "from:ada")
    answer = x.get("tweets/search/all", params={"query": "from:ada"})
    assert answer.status_code == 429
    assert int(answer.headers["x-rate-limit-reset"]) <= world.clock.seconds() + 2
    world.clock.advance(timedelta(seconds=1.1))
    search(x, "from:ada")


def test_search_all_allows_300_calls_in_15_minutes(x: httpx.Client, world: World) -> None:
    world.x.call_per_second = False
    for _ in range(300):
        world.x.windows.take("/2/tweets/search/all", 300, seconds=900)
    answer = x.get("tweets/search/all", params={"query": "from:ada"})
    assert answer.status_code == 429
    assert answer.headers["x-rate-limit-remaining"] == "0"
    world.clock.advance(timedelta(minutes=16))
    assert x.get("tweets/search/all", params={"query": "from:ada"}).status_code == 200


def test_reads_are_billed_once_a_day(x: httpx.Client, world: World) -> None:
    parent, child = world.x.thread("ada", ["one", "two"])
    wanted = {"ids": f"{child.id},99", "expansions": "referenced_tweets.id,author_id"}
    for _ in range(2):
        x.get("tweets", params=wanted)
    numbers = world.x.billing.numbers()
    read = {"raw_posts": 4, "raw_users": 2, "billed_posts": 2, "billed_users": 1, "dollars": 0.02}
    unused = ("owned_posts", "summoned_replies", "created_posts", "created_posts_with_url")
    assert numbers == {**read, **dict.fromkeys(unused, 0)}
    world.clock.advance(timedelta(days=1))
    x.get("tweets", params={"ids": parent.id})
    assert world.x.billing.billed_posts == 3


def test_strangers_in_a_conversation_cost_only_those_who_ask_for_them(x: httpx.Client, world: World) -> None:
    case = cases.crowded(world, count=10, strangers=60)
    search(x, f"conversation_id:{case.main[0]} from:ada_keys", every=False, max_results=100)
    assert world.x.billing.raw_posts == 9
    search(x, f"conversation_id:{case.main[0]}", every=False, max_results=100)
    assert world.x.billing.billed_posts == 69
