"""What a newcomer does after `make run`: paste a link, watch it come, read."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.xdist_group("browser")

THREAD = re.compile(r"/thread/")
LONG = 30_000


def paste(page: Page, site: Site, link: str) -> None:
    page.goto(site.address)
    page.get_by_role("textbox").first.fill(link)
    page.get_by_role("textbox").first.press("Enter")
    page.wait_for_url(THREAD, timeout=LONG)


@pytest.mark.parametrize("network", ["x", "bluesky", "mastodon"])
def test_a_link_of_each_network_becomes_a_page(page: Page, site: Site, network: str) -> None:
    paste(page, site, site.link(network))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator("article").count() >= 2
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_it_works_without_javascript(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    paste(page, site, site.link("x", "bread"))
    assert page.locator("article").count() >= 2
    context.close()


def test_the_second_time_the_thread_opens_at_once(page: Page, site: Site) -> None:
    link = site.link("x", "train")
    paste(page, site, link)
    first = page.url
    page.goto(site.address)
    page.get_by_role("textbox").first.fill(link)
    with page.expect_navigation(url=THREAD):
        page.get_by_role("textbox").first.press("Enter")
    assert page.url == first


def test_a_wrong_link_is_answered_on_the_same_page(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/unroll?url=https://example.com/nothing")
    assert page.get_by_role("alert").inner_text() == "This is not a link to a post on X, Bluesky or Mastodon."
    assert page.get_by_role("textbox").first.input_value() == "https://example.com/nothing"


def test_reading_settings_are_remembered_before_the_first_paint(page: Page, site: Site) -> None:
    paste(page, site, site.link("mastodon"))
    page.evaluate("document.cookie = 'reading=; path=/'")
    assert page.evaluate("document.documentElement.dataset.theme") == "auto"


def test_a_phone_reads_without_scrolling_sideways(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    for network in ("x", "bluesky", "mastodon"):
        paste(page, site, site.link(network))
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_pictures_do_not_move_the_words(page: Page, site: Site) -> None:
    link = next(each["url"] for each in site.links if "photo" in each["note"].lower())
    paste(page, site, link)
    sizes = page.locator("article img").evaluate_all(
        "images => images.map(image => [image.getAttribute('width'), image.getAttribute('height')])"
    )
    assert sizes
    assert all(width and height for width, height in sizes)


def test_a_link_to_a_post_opens_at_that_post(page: Page, site: Site) -> None:
    paste(page, site, site.link("x"))
    page.goto(f"{page.url.split('#')[0]}#post-9")
    expect(page.locator("#post-9")).to_be_in_viewport()


def test_forcing_a_refresh_says_what_it_found(page: Page, site: Site) -> None:
    paste(page, site, site.link("mastodon", "moss"))
    address = page.url.split("#")[0]
    page.get_by_role("button", name=re.compile("refresh", re.IGNORECASE)).click()
    expect(page.locator("main")).to_contain_text(
        re.compile("nothing|added|edited|removed", re.IGNORECASE), timeout=LONG
    )
    assert page.locator(f'a[href="{address.removeprefix(site.address)}"]').count() >= 1


def test_everything_can_be_reached_by_keyboard(page: Page, site: Site) -> None:
    page.goto(site.address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip().lower().startswith("skip")
