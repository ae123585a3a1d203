"""The pretend X API: lookups, search, timelines, limits, money. Text and vocabularies: test_x_posts.py."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox import World
from tests.sandbox.cases import x as cases
from tests.sandbox.cases import x_faults
from tests.sandbox.clock import zulu

AGES_AGO = "2006-03-21T00:00:00Z"
PARENTS = {"tweet.fields": "referenced_tweets", "expansions": "referenced_tweets.id"}


def search(x: httpx.Client, query: str, *, every: bool = True, **params: str | int) -> dict[str, Any]:
    """A page of search/all from the beginning of time, or of search/recent."""
    start = {"start_time": AGES_AGO} if every else {}
    answer = x.get(f"tweets/search/{'all' if every else 'recent'}", params={"query": query, **start, **params})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def found(body: dict[str, Any]) -> list[str]:
    return [post["id"] for post in body.get("data", [])]


# Lookups


def test_a_lookup_answers_in_the_order_asked_and_puts_missing_posts_into_errors(x: httpx.Client, world: World) -> None:
    first, second = world.x.thread("ada", ["one", "two"])
    body = x.get("tweets", params={"ids": f"{second.id},77,{first.id}"}).json()
    assert found(body) == [str(second.id), str(first.id)]
    assert [error["detail"] for error in body["errors"]] == ["Could not find tweet with ids: [77]."]
    assert body["errors"][0]["parameter"] == "ids"
    assert body["errors"][0]["type"].endswith("/resource-not-found")


def test_a_single_lookup_of_a_deleted_post_is_a_200_without_data(x: httpx.Client, world: World) -> None:
    case = cases.errors_only(world)
    answer = x.get(f"tweets/{case.link.rsplit('/')[-1]}")
    assert answer.status_code == 200
    assert list(answer.json()) == ["errors"]
    assert answer.json()["errors"][0]["parameter"] == "id"


def test_protected_and_suspended_authors_are_told_apart(x: httpx.Client, world: World) -> None:
    private, banned = world.x.post("ada", "one"), world.x.post("ben", "two")
    world.x.protect(private.author)
    world.x.suspend(banned.author)
    hidden, barred = x.get("tweets", params={"ids": f"{private.id},{banned.id}"}).json()["errors"]
    assert (hidden["title"], hidden["resource_id"]) == ("Authorization Error", str(private.id))
    assert hidden["type"].endswith("/not-authorized-for-resource")
    assert (barred["title"], barred["resource_id"]) == ("Forbidden", str(banned.id))
    assert "has been suspended" in barred["detail"]
    assert barred["type"].endswith("/resource-not-found")


def test_a_missing_parent_is_a_partial_error_of_the_expansion(x: httpx.Client, world: World) -> None:
    parent, child = world.x.thread("ada", ["one", "two"])
    world.x.delete(parent)
    body = x.get("tweets", params={"ids": child.id, **PARENTS}).json()
    assert body["data"][0]["referenced_tweets"] == [{"type": "replied_to", "id": str(parent.id)}]
    assert body["errors"][0]["parameter"] == "referenced_tweets.id"
    assert "includes" not in body


@pytest.mark.parametrize("ids", ["", "abc", ",".join(map(str, range(101))), "12345678901234567890"])
def test_bad_ids_are_refused(x: httpx.Client, ids: str) -> None:
    answer = x.get("tweets", params={"ids": ids})
    assert answer.status_code == 400
    assert answer.json()["title"] == "Invalid Request"


def test_an_old_version_is_answered_by_its_own_id_and_names_all_versions(x: httpx.Client, world: World) -> None:
    old = world.x.post("ada", "frist")
    new = world.x.edit(old, "first")
    before, after = x.get("tweets", params={"ids": f"{old.id},{new.id}", "tweet.fields": "conversation_id"}).json()[
        "data"
    ]
    assert (before["text"], after["text"]) == ("frist", "first")
    assert before["edit_history_tweet_ids"] == after["edit_history_tweet_ids"] == [str(old.id), str(new.id)]
    assert (before["conversation_id"], after["conversation_id"]) == (str(old.id), str(new.id))


def test_deleting_one_version_deletes_the_chain(x: httpx.Client, world: World) -> None:
    old = world.x.post("ada", "frist")
    world.x.delete(world.x.edit(old, "first"))
    assert "data" not in x.get("tweets", params={"ids": old.id}).json()


def test_people_are_found_by_their_present_handle_only(x: httpx.Client, world: World) -> None:
    ada = world.x.person("ada", name="Ada Keys")
    assert x.get("users/by/username/ADA").json()["data"] == {"id": ada.id, "name": "Ada Keys", "username": "ada"}
    world.x.rename(ada, "ada_two")
    assert x.get("users/by/username/ada").json()["errors"][0]["detail"] == "Could not find user with username: [ada]."
    assert x.get("users/by/username/ada_two").json()["data"]["id"] == ada.id
    assert x.get("users/by/username/much_too_long_a_name").status_code == 400


# Search


def test_search_finds_a_conversation_newest_first_without_its_root(x: httpx.Client, world: World) -> None:
    posts = world.x.thread("ada", ["one", "two", "three"], start=datetime(2024, 5, 1, tzinfo=UTC))
    body = search(x, f"conversation_id:{posts[0].id} from:ada -is:retweet", max_results=10)
    assert found(body) == [str(posts[2].id), str(posts[1].id)]
    assert body["meta"] == {"result_count": 2, "newest_id": str(posts[2].id), "oldest_id": str(posts[1].id)}


def test_search_without_results_has_no_data_key(x: httpx.Client) -> None:
    assert search(x, "conversation_id:5 from:ada") == {"meta": {"result_count": 0}}


def test_the_full_archive_goes_back_30_days_unless_asked(x: httpx.Client, world: World) -> None:
    world.x.call_per_second = False
    cases.linear(world, 4, age=timedelta(days=40))
    answer = x.get("tweets/search/all", params={"query": "from:ada_keys"})
    assert answer.json()["meta"]["result_count"] == 0
    assert search(x, "from:ada_keys")["meta"]["result_count"] == 4


def test_recent_search_reaches_seven_days_and_refuses_more(x: httpx.Client, world: World) -> None:
    cases.linear(world, 3, age=timedelta(days=8))
    cases.recent(world, 3)
    assert search(x, "from:ada_keys", every=False)["meta"]["result_count"] == 3
    too_early = zulu(world.clock.now() - timedelta(days=8))
    answer = x.get("tweets/search/recent", params={"query": "from:ada_keys", "start_time": too_early})
    assert answer.status_code == 400


def test_search_leaves_out_the_last_30_seconds_and_lookups_do_not(x: httpx.Client, world: World) -> None:
    case = x_faults.just_posted(world)
    assert search(x, "from:ada_keys")["meta"]["result_count"] == 0
    numbers = ",".join(number or "" for number in case.main)
    assert len(found(x.get("tweets", params={"ids": numbers}).json())) == 5


def test_a_lagging_index_shows_the_newest_posts_at_the_second_search(x: httpx.Client, world: World) -> None:
    case = x_faults.search_lag(world)
    counts = [search(x, f"conversation_id:{case.main[0]}", every=False, max_results=100) for _ in range(2)]
    assert [body["meta"]["result_count"] for body in counts] == [8, 11]


def test_to_and_is_reply_and_in_reply_to_narrow_a_search(x: httpx.Client, world: World) -> None:
    root = world.x.post("ada", "one")
    own = world.x.post("ada", "two", under=root)
    foreign = world.x.post("ben", "three", under=root)
    answer = world.x.post("ada", "four", under=foreign)
    world.x.call_per_second = False
    conversation = f"conversation_id:{root.id}"
    assert found(search(x, f"{conversation} from:ada to:ada")) == [str(own.id)]
    assert found(search(x, f"{conversation} from:ada is:reply -to:ada")) == [str(answer.id)]
    assert set(found(search(x, f"in_reply_to_tweet_id:{root.id}"))) == {str(own.id), str(foreign.id)}
    assert found(search(x, f"{conversation} (from:ben OR to:ben)")) == [str(answer.id), str(foreign.id)]
    assert found(search(x, f"from:{root.author.id} to:ben")) == [str(answer.id)]


def test_from_an_abandoned_handle_finds_nothing(x: httpx.Client, world: World) -> None:
    ada = world.x.thread("ada", ["one", "two"])[0].author
    world.x.rename(ada, "eve")
    assert search(x, "from:ada", every=False)["meta"]["result_count"] == 0
    assert search(x, "from:eve", every=False)["meta"]["result_count"] == 2


@pytest.mark.parametrize("query", ["is:reply", "(from:ada", "from:ada OR", "lang:en from:ada", "conversation_id:x", ""])
def test_queries_the_language_does_not_know_are_refused(x: httpx.Client, query: str) -> None:
    answer = x.get("tweets/search/recent", params={"query": query})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "One or more parameters to your request was invalid."


@pytest.mark.parametrize(
    "params",
    [
        {"max_results": 9},
        {"max_results": 101},
        {"start_time": AGES_AGO, "since_id": "5"},
        {"end_time": "2026-01-01T00:00:00Z", "until_id": "5"},
        {"next_token": "a", "pagination_token": "b"},
        {"next_token": "nonsense"},
        {"start_time": "yesterday"},
        {"surprise": "1"},
    ],
)
def test_bad_parameters_of_a_search_are_refused(x: httpx.Client, params: dict[str, str]) -> None:
    assert x.get("tweets/search/recent", params={"query": "from:ada", **params}).status_code == 400


def test_queries_may_be_512_characters_recently_and_1024_in_the_archive(x: httpx.Client) -> None:
    long = "from:ada " + "a" * 600
    assert x.get("tweets/search/recent", params={"query": long}).status_code == 400
    assert x.get("tweets/search/all", params={"query": long}).status_code == 200


# Pages


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
    assert numbers == {"raw_posts": 4, "raw_users": 2, "billed_posts": 2, "billed_users": 1, "dollars": 0.02}
    world.clock.advance(timedelta(days=1))
    x.get("tweets", params={"ids": parent.id})
    assert world.x.billing.billed_posts == 3


def test_strangers_in_a_conversation_cost_only_those_who_ask_for_them(x: httpx.Client, world: World) -> None:
    case = cases.crowded(world, count=10, strangers=60)
    search(x, f"conversation_id:{case.main[0]} from:ada_keys", every=False, max_results=100)
    assert world.x.billing.raw_posts == 9
    search(x, f"conversation_id:{case.main[0]}", every=False, max_results=100)
    assert world.x.billing.billed_posts == 69
