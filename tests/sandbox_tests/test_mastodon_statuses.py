"""The pretend Mastodon hosts: who may see what, accounts and copies, what a status holds."""

from typing import Any

import httpx
import pytest

from tests.sandbox import World
from tests.sandbox.cases import mastodon as cases
from tests.sandbox.cases.case import Case
from tests.sandbox.clock import parse_moment
from tests.sandbox.mastodon.model import QuoteState, Status
from tests.sandbox.media import Clip, Picture

from .asking import account_path, get, listed


def shown(host: httpx.Client, world: World, status: Status) -> dict[str, Any]:
    found: dict[str, Any] = get(host, f"statuses/{world.mastodon.one.status_ids[status]}")
    return found


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
