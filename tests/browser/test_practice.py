"""The practice page in a browser: a visitor mentions the bot, sees it answer, and opens the unrolled page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.xdist_group("browser")
WAIT = 20_000


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A telephone without JavaScript."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    yield context.new_page()
    context.close()


def test_a_visitor_mentions_the_bot_and_opens_the_unrolled_page(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/")
    page.get_by_role("link", name="Practice with a pretend network").click()
    page.get_by_role("button", name="Reply").click()
    answer = page.locator(".bot")
    expect(answer).to_be_visible(timeout=WAIT)
    expect(answer).to_contain_text("7 posts")
    answer.get_by_role("link").click()
    expect(page).to_have_url(f"{site.address}/practice/thread/bridge")
    expect(page.locator("article.post")).to_have_count(7)
    expect(page.get_by_text("It did not even creak.")).to_be_visible()
    assert page.get_by_text("I thought it was a wedding").count() == 0


def test_a_visitor_learns_when_the_bot_keeps_silent(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/practice?sample=baker")
    page.get_by_label("Your reply").fill("@unroller what a lovely story")
    page.get_by_role("button", name="Reply").click()
    expect(page.get_by_text("The bot keeps silent.")).to_be_visible(timeout=WAIT)


def test_it_works_without_script_on_a_small_telephone(plain: Page, site: Site) -> None:
    plain.goto(f"{site.address}/practice?sample=baker")
    plain.get_by_role("button", name="Reply").click()
    plain.wait_for_selector(".bot a", timeout=WAIT)
    box = plain.locator(".bot").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
