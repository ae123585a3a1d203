"""A private link and a gift, in browsers: a member makes them, a friend without an account opens them."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.browser.test_members import unrolled
from tests.browser.test_money import become_member

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def friend(browser: Browser) -> Iterator[Page]:
    """Somebody else, with a telephone."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, accept_downloads=True)
    yield context.new_page()
    context.close()


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_friend_reads_behind_a_private_link_until_it_is_revoked(
    page: Page, friend: Page, site: Site, mail: httpx.Client
) -> None:
    become_member(page, site, mail, "private@example.com")
    page.goto(f"{site.address}/")
    page.get_by_role("link", name="Unroll privately").click()
    nobodys = site.link("bluesky", "telephone")  # no other journey makes it public
    page.get_by_label("Link to any post of the thread").fill(nobodys)
    page.get_by_label("1 day", exact=True).check()
    page.get_by_role("main").get_by_role("button", name="Unroll privately").click()
    expect(page.get_by_text("This is your private link.")).to_be_visible(timeout=20_000)
    address = page.url
    friend.goto(address)
    expect(friend.locator("article.post").first).to_be_visible()
    assert friend.get_by_text("This is your private link.").count() == 0
    assert fits(friend)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Saved", exact=True)).to_be_visible()
    page.get_by_role("link", name="Prolong or revoke it").click()
    page.get_by_role("button", name="Prolong").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The link opens nothing any more.")).to_be_visible()
    friend.reload()
    expect(friend.get_by_role("heading", name="This link has ended")).to_be_visible()


def test_a_friend_takes_a_file_that_a_member_gives(page: Page, friend: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "giver@example.com")
    thread = unrolled(page, site, "night trains")
    with page.expect_download():  # it is made by now, and waits for the friend
        page.get_by_role("link", name=re.compile("^EPUB")).first.click()
    page.goto(f"{thread}/gift-file")
    page.get_by_label("EPUB").check()
    page.get_by_role("button", name="Make the address").click()
    address = page.locator("code").first.inner_text()
    friend.goto(address)
    assert fits(friend)
    with friend.expect_download() as taken:
        friend.get_by_role("button", name="Take the EPUB").click()
    assert taken.value.suggested_filename.endswith(".epub")
    friend.reload()
    expect(friend.get_by_role("heading", name="Did it arrive?")).to_be_visible()
