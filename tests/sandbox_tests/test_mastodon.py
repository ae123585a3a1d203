"""The pretend Mastodon hosts: contexts, replies, timelines."""

import httpx

from tests.sandbox import World
from tests.sandbox.cases import mastodon as cases

from .asking import account_path, get, listed

# Contexts


def test_a_context_has_the_nearest_40_ancestors_and_20_levels_below(one: httpx.Client, world: World) -> None:
    case = cases.long(world, 130)
    context = get(one, f"statuses/{case.main[60]}/context")
    assert listed(context["ancestors"]) == case.main[20:60]
    assert listed(context["descendants"]) == case.main[61:81]


def test_a_busy_context_is_cut_at_60_before_the_authors_own_replies(one: httpx.Client, world: World) -> None:
    case = cases.busy(world)
    context = get(one, f"statuses/{case.main[0]}/context")
    assert len(context["descendants"]) == 60
    assert not set(listed(context["descendants"])) & set(case.main[1:])


def test_self_replies_are_promoted_after_the_cut(one: httpx.Client, world: World) -> None:
    ada = cases.author(world)
    root = world.mastodon.one.post(ada, "one")
    stranger = world.mastodon.one.post("ben", "hm", under=root)
    below = world.mastodon.one.post("ben", "hm hm", under=stranger)
    own = world.mastodon.one.post(ada, "two", under=root)
    ids = world.mastodon.one.status_ids
    context = get(one, f"statuses/{ids[root]}/context")
    assert listed(context["descendants"]) == [ids[own], ids[stranger], ids[below]]


def test_what_may_not_be_seen_is_left_out_after_the_cut(one: httpx.Client, world: World) -> None:
    case = cases.private_middle(world)
    context = get(one, f"statuses/{case.main[0]}/context")
    assert listed(context["descendants"]) == [number for number in case.main[1:] if number]


def test_a_host_may_still_be_fetching_replies(one: httpx.Client, world: World) -> None:
    case = cases.late_replies(world, retry=3)
    first = one.get(f"/api/v1/statuses/{case.main[0]}/context")
    assert "retry=3" in first.headers["Mastodon-Async-Refresh"]
    assert len(first.json()["descendants"]) == 4
    second = one.get(f"/api/v1/statuses/{case.main[0]}/context")
    assert "Mastodon-Async-Refresh" not in second.headers
    assert len(second.json()["descendants"]) == 7


# Replies


def test_in_reply_to_account_id_skips_self_replies(one: httpx.Client, world: World) -> None:
    case = cases.below_stranger(world)
    statuses = [get(one, f"statuses/{number}") for number in case.main]
    stranger = statuses[0]["in_reply_to_account_id"]
    assert stranger != statuses[0]["account"]["id"]
    assert [status["in_reply_to_account_id"] for status in statuses] == [stranger] * 5
    assert [status["in_reply_to_id"] for status in statuses[1:]] == case.main[:-1]


def test_a_self_thread_names_its_author(one: httpx.Client, world: World) -> None:
    case = cases.linear(world, 3)
    statuses = [get(one, f"statuses/{number}") for number in case.main]
    own = statuses[0]["account"]["id"]
    assert [status["in_reply_to_account_id"] for status in statuses] == [None, own, own]


def test_exclude_replies_keeps_self_replies_but_not_below_a_stranger(one: httpx.Client, world: World) -> None:
    case = cases.reply_to_stranger(world)
    kept = listed(get(one, account_path(world), exclude_replies="true", limit=40))
    everything = listed(get(one, account_path(world), limit=40))
    assert kept == case.main[::-1]
    assert set(everything) - set(kept) == {case.side["answer"], case.side["more"]}


def test_a_deleted_parent_keeps_its_id_in_the_reply_or_is_forgotten(one: httpx.Client, world: World) -> None:
    dangling, forgotten = cases.deleted_middle(world), cases.deleted_middle(world, forget=True)
    own = world.mastodon.one.know(cases.author(world))
    kept, lost = (get(one, f"statuses/{case.main[4]}") for case in (dangling, forgotten))
    assert (kept["in_reply_to_id"], kept["in_reply_to_account_id"]) == (dangling.side["deleted"], own)
    assert (lost["in_reply_to_id"], lost["in_reply_to_account_id"]) == (None, own)
    assert one.get(f"/api/v1/statuses/{dangling.side['deleted']}").json() == {"error": "Record not found"}


def test_a_reply_begins_with_the_mention_of_whom_it_answers(one: httpx.Client, world: World) -> None:
    case = cases.below_stranger(world)
    status = get(one, f"statuses/{case.main[1]}")
    url = f"{world.mastodon.two.base}/@ben"
    assert status["content"].startswith(
        f'<p><span class="h-card" translate="no"><a href="{url}" class="u-url mention">'
    )
    assert [mention["acct"] for mention in status["mentions"]] == [f"ben@{world.mastodon.two.host}"]


# Timelines


def walk(one: httpx.Client, world: World, rel: str, **params: str | int) -> list[list[str]]:
    """The pages of an account's statuses, following the Link header."""
    url, pages = f"/api/v1/{account_path(world)}", []
    answer = one.get(url, params=params)
    while answer.json():
        pages.append(listed(answer.json()))
        if rel not in answer.links:
            break
        answer = one.get(answer.links[rel]["url"])
    return pages


def test_statuses_are_paged_forward_with_min_id(one: httpx.Client, world: World) -> None:
    case = cases.long(world, 100)
    pages = walk(one, world, "prev", min_id=case.main[0] or "", limit=40, exclude_replies="true")
    assert [number for page in pages for number in reversed(page)] == case.main[1:]
    assert [len(page) for page in pages] == [40, 40, 19]


def test_statuses_are_paged_back_with_max_id(one: httpx.Client, world: World) -> None:
    case = cases.long(world, 50)
    pages = walk(one, world, "next")
    assert [number for page in pages for number in page] == case.main[::-1]
    assert [len(page) for page in pages] == [20, 20, 10]


def test_since_id_answers_the_newest_page_above_it(one: httpx.Client, world: World) -> None:
    case = cases.linear(world, 30)
    assert listed(get(one, account_path(world), since_id=case.main[2] or "", limit=5)) == case.main[:-6:-1]


def test_no_more_than_40_statuses_come_at_once(one: httpx.Client, world: World) -> None:
    cases.linear(world, 50)
    assert len(get(one, account_path(world), limit=400)) == 40


def test_boosts_can_be_left_out(one: httpx.Client, world: World) -> None:
    case = cases.linear(world, 2)
    boost = world.mastodon.one.boost(cases.author(world), world.mastodon.one.post("ben", "look"))
    everything = get(one, account_path(world))
    assert everything[0]["id"] == world.mastodon.one.status_ids[boost]
    assert everything[0]["reblog"]["content"] == "<p>look</p>"
    assert listed(get(one, account_path(world), exclude_reblogs="1")) == case.main[::-1]
