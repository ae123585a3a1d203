"""The pretend Mastodon hosts: statuses, contexts, timelines, copies, and what a reader without account sees."""

from typing import Any

import httpx
import pytest

from tests.sandbox import World
from tests.sandbox.cases import mastodon as cases
from tests.sandbox.cases.case import Case
from tests.sandbox.clock import parse_moment
from tests.sandbox.mastodon.model import QuoteState, Status
from tests.sandbox.media import Clip, Picture


def get(host: httpx.Client, path: str, **params: str | int) -> Any:
    answer = host.get(f"/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def shown(host: httpx.Client, world: World, status: Status) -> dict[str, Any]:
    found: dict[str, Any] = get(host, f"statuses/{world.mastodon.one.status_ids[status]}")
    return found


def listed(statuses: list[dict[str, Any]]) -> list[str]:
    return [status["id"] for status in statuses]


def account_path(world: World) -> str:
    return f"accounts/{world.mastodon.one.know(cases.author(world))}/statuses"


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


# Who may see what


def test_private_and_missing_statuses_look_the_same(one: httpx.Client, world: World) -> None:
    case = cases.private(world)
    for number in (case.main[0], "1"):
        answer = one.get(f"/api/v1/statuses/{number}")
        assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})


def test_unlisted_statuses_can_be_read(one: httpx.Client, world: World) -> None:
    status = world.mastodon.one.post("ada", "one", visibility="unlisted")
    assert shown(one, world, status)["visibility"] == "unlisted"


def test_a_restricted_host_wants_a_token_for_everything(one: httpx.Client, world: World) -> None:
    case = cases.restricted_host(world)
    answer = one.get(f"/api/v1/statuses/{case.main[0]}")
    assert answer.status_code == 401
    assert answer.json() == {"error": "This API requires an authenticated user"}


def test_the_suspended_are_gone(one: httpx.Client, world: World) -> None:
    case = cases.suspended(world)
    for path in (f"statuses/{case.main[0]}", account_path(world), "accounts/lookup?acct=ada"):
        assert one.get(f"/api/v1/{path}").status_code == 410


def test_several_statuses_are_looked_up_at_once_up_to_20(one: httpx.Client, world: World) -> None:
    case = cases.linear(world, 21)
    numbers = [number or "" for number in case.main]
    answer = one.get("/api/v1/statuses", params={"id[]": [*numbers[:3], "1"]})
    assert sorted(listed(answer.json())) == sorted(numbers[:3])
    assert one.get("/api/v1/statuses", params={"id[]": numbers}).status_code == 422


def test_limits_are_told_with_the_time_of_their_reset(one: httpx.Client, world: World) -> None:
    case = cases.linear(world, 1)
    headers = one.get(f"/api/v1/statuses/{case.main[0]}").headers
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("300", "299")
    assert parse_moment(headers["X-RateLimit-Reset"]) > world.clock.now()


def test_the_301st_call_in_five_minutes_is_refused(one: httpx.Client, world: World) -> None:
    case = cases.linear(world, 1)
    for _ in range(300):
        world.mastodon.one.windows.take("address", 300, seconds=300)
    answer = one.get(f"/api/v1/statuses/{case.main[0]}")
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (429, "0")


def test_other_software_has_letters_in_ids_and_numbers_for_times(one: httpx.Client, world: World) -> None:
    case = cases.other_software(world)
    answer = one.get(f"/api/v1/statuses/{case.main[0]}")
    assert len(case.main[0] or "") == 26
    assert answer.headers["X-RateLimit-Reset"].isdecimal()
    assert case.main == sorted(case.main, key=str)


# Accounts and copies


def test_accounts_are_looked_up_by_name_and_by_address(one: httpx.Client, two: httpx.Client, world: World) -> None:
    cases.remote_copy(world)
    host = world.mastodon.one.host
    here, there = get(one, "accounts/lookup", acct=f"ada@{host}"), get(two, "accounts/lookup", acct=f"ada@{host}")
    assert (here["acct"], there["acct"]) == ("ada", f"ada@{host}")
    assert here["id"] != there["id"]
    assert here["url"] == there["url"] == f"http://{host}/@ada"
    assert one.get("/api/v1/accounts/lookup", params={"acct": "nobody"}).status_code == 404


def test_only_a_hosts_own_accounts_say_noindex(one: httpx.Client, two: httpx.Client, world: World) -> None:
    case = cases.not_indexed(world)
    status = world.mastodon.one.statuses[case.main[0] or ""]
    world.mastodon.two.copy(status)
    here = get(one, f"statuses/{case.main[0]}")["account"]
    there = get(two, f"statuses/{world.mastodon.two.status_ids[status]}")["account"]
    assert (here["noindex"], here["indexable"]) == (True, False)
    assert "noindex" not in there
    assert there["indexable"] is False


def test_a_copy_has_its_own_id_and_points_home(one: httpx.Client, two: httpx.Client, world: World) -> None:
    case = cases.remote_copy(world)
    copied = world.mastodon.one.statuses[case.main[1] or ""]
    there = get(two, f"statuses/{world.mastodon.two.status_ids[copied]}")
    assert there["id"] != case.main[1]
    assert there["url"] == case.links["first"].rsplit("/", 1)[0] + f"/{case.main[1]}"
    assert there["account"]["acct"] == f"ada@{world.mastodon.one.host}"
    below = get(two, f"statuses/{there['id']}/context")
    assert (len(below["ancestors"]), len(below["descendants"])) == (1, 1)


def test_a_home_may_be_out_of_reach(one: httpx.Client, two: httpx.Client, world: World) -> None:
    case = cases.home_down(world)
    with pytest.raises(httpx.TransportError):
        one.get("/api/v1/statuses/1")
    assert get(two, f"statuses/{case.main[0]}")["content"] == "<p>1. Bricks, mortar, string.</p>"


def test_a_link_to_a_status_is_a_page(one: httpx.Client, two: httpx.Client, world: World) -> None:
    case = cases.remote_copy(world)
    for link in case.links.values():
        answer = httpx.get(link)
        assert answer.status_code == 200
        assert "Bricks, mortar, string." in answer.text
    old_form = one.get(f"/users/ada/statuses/{case.main[0]}")
    assert old_form.headers["location"] == case.links["first"]
    assert one.get("/@ada/1").status_code == 404


# What a status holds


def test_links_are_rendered_with_their_ends_hidden(one: httpx.Client, world: World) -> None:
    url = "https://www.example.org/a/rather/long/path/to/it"
    status = world.mastodon.one.post("ada", f"See {url}.\n\nTwo <b>\nthree #Walls & more")
    home = world.mastodon.one.base
    assert shown(one, world, status)["content"] == (
        f'<p>See <a href="{url}" target="_blank" rel="nofollow noopener" translate="no">'
        '<span class="invisible">https://www.</span><span class="ellipsis">example.org/a/rather/long/path</span>'
        '<span class="invisible">/to/it</span></a>.</p>'
        f'<p>Two &lt;b&gt;<br />three <a href="{home}/tags/Walls" class="mention hashtag" rel="tag">'
        "#<span>Walls</span></a> &amp; more</p>"
    )


def test_one_of_everything_has_the_shapes_of_the_api(one: httpx.Client, world: World) -> None:
    case = cases.rich(world)
    first, warned, pictures, film, loop, poll, card = (get(one, f"statuses/{number}") for number in case.main[:7])
    assert [emoji["shortcode"] for emoji in first["emojis"]] == ["string"]
    assert [emoji["shortcode"] for emoji in first["account"]["emojis"]] == ["brick"]
    assert (warned["spoiler_text"], warned["sensitive"]) == ("bricks :brick:", True)
    assert [medium["type"] for medium in (*pictures["media_attachments"], *film["media_attachments"])] == [
        "image",
        "image",
        "video",
    ]
    original = pictures["media_attachments"][0]["meta"]["original"]
    assert (original["width"], original["height"]) == (1200, 800)
    assert (loop["media_attachments"][0]["type"], film["media_attachments"][0]["description"]) == ("gifv", "A boat")
    assert [option["votes_count"] for option in poll["poll"]["options"]] == [2, 1]
    assert poll["poll"]["emojis"][0]["shortcode"] == "brick"
    assert (card["card"]["url"], card["card"]["type"]) == ("https://example.org/walls", "link")


def test_quotes_show_their_status_only_when_accepted(one: httpx.Client, world: World) -> None:
    case = cases.rich(world)
    accepted, deleted, rejected = (get(one, f"statuses/{number}")["quote"] for number in case.main[7:10])
    assert (accepted["state"], accepted["quoted_status"]["content"]) == ("accepted", "<p>Lime.</p>")
    assert deleted == {"state": "deleted", "quoted_status": None}
    assert rejected == {"state": "rejected", "quoted_status": None}


@pytest.mark.parametrize("state", ["pending", "revoked", "unauthorized", "blocked_account"])
def test_a_quote_in_any_other_state_shows_nothing(one: httpx.Client, world: World, state: QuoteState) -> None:
    quoted = world.mastodon.one.post("ben", "Lime.")
    status = world.mastodon.one.post("ada", "As he says", quote=quoted, quote_state=state)
    assert shown(one, world, status)["quote"] == {"state": state, "quoted_status": None}


def test_an_edit_keeps_the_id_and_adds_to_the_history(one: httpx.Client, world: World) -> None:
    case = cases.rich(world)
    status = get(one, f"statuses/{case.main[-1]}")
    assert status["content"] == "<p>First</p>"
    assert status["edited_at"] > status["created_at"]
    versions = get(one, f"statuses/{case.main[-1]}/history")
    assert [version["content"] for version in versions] == ["<p>Frist</p>", "<p>First</p>"]


def test_a_film_is_served_with_its_poster(one: httpx.Client, media: httpx.Client, world: World) -> None:
    status = world.mastodon.one.post("ada", "Film", media=[Clip(Picture("coast", 640, 360))])
    film = shown(one, world, status)["media_attachments"][0]
    assert media.get(film["url"]).headers["content-type"] == "video/mp4"
    assert media.get(film["preview_url"]).headers["content-type"] == "image/png"


def test_hostile_markup_is_passed_on_as_it_is(one: httpx.Client, world: World) -> None:
    case: Case = cases.hostile(world)
    status = get(one, f"statuses/{case.main[0]}")
    assert "<script>" in status["content"]
    assert status["account"]["display_name"] == "<script>alert(5)</script>"
    assert "&lt;img" in status["account"]["note"]
