"""The pretend X API: lookups and search."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.sandbox import World
from tests.sandbox.cases import x as cases
from tests.sandbox.cases import x_faults
from tests.sandbox.clock import zulu

from .asking import AGES_AGO, found, search

PARENTS = {"tweet.fields": "referenced_tweets", "expansions": "referenced_tweets.id"}


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


@pytest.mark.parametrize("problem", ["resource-unavailable", "disallowed-resource"])
def test_a_post_may_be_unavailable_for_reasons_of_x(x: httpx.Client, world: World, problem: str) -> None:
    post = world.x.post("ada", "one")
    world.x.obstruct(post, problem)
    (error,) = x.get("tweets", params={"ids": post.id}).json()["errors"]
    assert (error["resource_id"], error["type"].rsplit("/", 1)[-1]) == (str(post.id), problem)


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
