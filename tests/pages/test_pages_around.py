"""The pages around the thread's: home, progress, author, notices."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine
from django.template.loader import get_template

from tests.pages.cast import a_thread, rendered
from tests.pages.document import read
from tests.pages.making import a_job_page, author_page, every_thread, home_page
from unroller.views.context import site


def test_the_home_page_ties_its_error_to_the_paste_box() -> None:
    page = read(home_page(a_thread(), text="x.com/mara", error="This is not a link to a post."))
    box = page.one("input", name="url")
    assert box["value"] == "x.com/mara"
    assert box["aria-invalid"] == "true"
    assert page.one(id=box["aria-describedby"]).text == "This is not a link to a post."


def test_the_home_page_offers_samples_by_network_with_one_click_each() -> None:
    shelf = [
        {"network": "x", "title": "Lights", "url": "https://x.com/a/status/1", "note": "72 posts"},
        {"network": "x", "title": "Tides", "url": "https://x.com/a/status/2", "note": ""},
        {"network": "mastodon", "title": "Soup", "url": "http://127.0.0.1:1/@a/3", "note": "a warning"},
    ]
    page = read(rendered("home.html", recent=[], shelf=shelf, link="", error=""))
    section = page.one("section", aria_labelledby="shelf")
    assert [each.text for each in section.all("h3")] == ["X", "Mastodon"]
    assert [each["value"] for each in section.all("button", name="url")] == [each["url"] for each in shelf]
    assert not page.all(id="recent")


def test_recent_threads_say_whose_and_how_long_they_are() -> None:
    card = read(home_page(every_thread())).one("article", kind="thread-card")
    assert "Mara Lindqvist" in card.text
    assert "Read 4 posts" in card.text
    assert card.one("h3").one("a")["href"].startswith("/thread/x/")


def test_a_running_job_counts_its_posts_and_asks_again_with_and_without_scripts() -> None:
    page = read(a_job_page(posts_seen=37))
    part = page.one(kind="job")
    assert "37 posts so far" in part.text
    assert part["hx-get"] == f"/unroll/{UUID(int=1)}"
    assert part["hx-trigger"] == "every 1s"
    assert page.one("noscript").one("meta")["http-equiv"] == "refresh"
    assert part.parent is not None
    assert part.parent["aria-live"] == "polite"
    assert json.loads(page.one("meta", name="htmx-config")["content"])["includeIndicatorStyles"] is False


@time_machine.travel(datetime(2026, 3, 9, 10, tzinfo=UTC))
def test_a_job_that_a_network_put_off_says_until_when() -> None:
    today = datetime(2026, 3, 9, 10, 45, tzinfo=UTC)
    same_day = read(a_job_page(state="queued", sentence="X asks us to wait.", until=today))
    assert "X asks us to wait." in same_day.text
    assert "at 10:45 UTC" in same_day.text
    next_day = read(a_job_page(state="queued", sentence="", until=datetime(2026, 3, 10, 1, 5, tzinfo=UTC)))
    assert "at Mar 10, 01:05 UTC" in next_day.text


def test_a_failed_job_says_why_stops_asking_and_keeps_the_link() -> None:
    page = read(a_job_page(state="failed", sentence="This post does not exist."))
    assert "This post does not exist." in page.text
    assert page.one("input", name="url")["value"] == "https://x.com/a/status/1"
    assert "hx-get" not in page.one(kind="job").attributes
    assert not page.all("noscript")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ({"added": 2, "edited": 1, "removed": 0}, "We looked again: 2 posts added, 1 edited."),
        ({"added": 0, "edited": 0, "removed": 1}, "We looked again: 1 post removed."),
        ({"added": 0, "edited": 0, "removed": 0}, "already shows everything there is"),
    ],
)
def test_a_finished_refresh_says_what_it_found_and_leads_back(outcome: dict[str, int], words: str) -> None:
    page = read(a_job_page(state="done", landing="/thread/x/1", outcome=outcome))
    assert words in page.text
    assert page.one("a", kind="strong")["href"] == "/thread/x/1"


def test_the_moving_part_of_a_job_is_a_part_of_its_page() -> None:
    assert a_job_page(template="_job.html", posts_seen=37) in a_job_page(posts_seen=37)


def test_the_author_page_is_turned_like_the_pages_of_a_book() -> None:
    first, second = (read(author_page(a_thread(), page=number)) for number in (1, 2))
    assert first.one("h1").text == "Mara Lindqvist"
    assert "30 threads" in first.text
    assert len(first.all("article", kind="thread-card")) == 24
    assert [(link["rel"], link["href"]) for link in first.one("nav", kind="pager").all("a")] == [("next", "?page=2")]
    assert [(link["rel"], link["href"]) for link in second.one("nav", kind="pager").all("a")] == [("prev", "?page=1")]
    assert first.one("link", type="application/atom+xml")["href"] == "/author/x/maralind/feed"


@pytest.mark.parametrize("name", ["410.html", "429.html", "503.html"])
def test_a_notice_says_the_sentence_it_is_given(name: str) -> None:
    assert read(rendered(name, sentence="Exactly this.")).one(kind="lead").text == "Exactly this."


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_pages_for_our_own_failures_need_no_context(name: str) -> None:
    assert read(get_template(name).render()).one("h1").text


def test_the_page_for_a_broken_site_depends_on_nothing() -> None:
    source = get_template("500.html").template.source  # type: ignore[attr-defined]
    assert "{%" not in source
    assert "{{" not in source


def test_every_page_knows_the_site_without_a_request() -> None:
    assert set(site()) == {"SITE_NAME", "SITE_URL", "FOLLOW_US_URL", "CONTACT_EMAIL", "SELLS", "BOTS"}
