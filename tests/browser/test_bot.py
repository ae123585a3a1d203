"""A mention of the bot on the stage of the sandbox, as after `make run`: one answer, and its link opens the page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.xdist_group("browser")
WAIT = 45_000


def mention(page: Page, site: Site, thread: str, way: str) -> None:
    """Below a thread that the stage lists; ends where the answer stands. One thread gets one answer to a reply in ten
    minutes, so each test has one of its own."""
    page.goto(site.stage)
    page.get_by_role("link", name=thread).first.click()
    page.get_by_role("button", name=way).click()
    page.wait_for_selector("text=min read.", timeout=WAIT)


@pytest.mark.parametrize(
    ("network", "thread", "way"),
    [
        ("x", "Islands that were never there", "Reply"),
        ("bluesky", "A river, one line a mile", "Quote"),
        ("mastodon", "Moss, very slowly", "Reply"),
    ],
)
def test_a_mention_is_answered_once_with_a_link_that_opens(
    page: Page, site: Site, network: str, thread: str, way: str
) -> None:
    mention(page, site, thread, way)
    answer = page.get_by_role("heading", name="@unroller")
    expect(answer).to_have_count(1)
    page.locator("pre").last.get_by_role("link").last.click()
    expect(page).to_have_url(re.compile(f"^{re.escape(site.address)}/thread/{network}/"))
    expect(page.locator("article.post").first).to_be_visible()


def test_somebody_who_asks_twice_for_one_thread_on_x_is_answered_twice(page: Page, site: Site) -> None:
    """X refuses words that were said before."""
    for way in ("Reply", "Quote"):
        mention(page, site, "A hive is a question", way)
        expect(page.get_by_role("heading", name="@unroller")).to_have_count(1)
