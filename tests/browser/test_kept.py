"""The archive: what a member saves is kept here, its page plays the film from here, and they may let go of it."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_journeys import paste
from tests.browser.test_library import fits
from tests.browser.test_money import become_member
from tests.processes import until

pytestmark = pytest.mark.xdist_group("browser")


def test_a_members_saved_thread_is_kept_here(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "archivist@example.com")
    paste(page, site, site.link("x", "train"))
    thread, film = page.url, page.locator("a.play:not([data-stream])").first
    was_here = str(film.get_attribute("href")).startswith(site.address)  # another member of this site may keep it
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_role("link", name="Saved", exact=True).first.click()
    saved = page.url

    def is_kept() -> bool:
        page.goto(saved)
        return "Copies are kept here for you" in page.get_by_role("main").inner_text()

    until(is_kept, what="the page of the saved thread says that copies are kept")
    page.goto(thread)
    expect(film).to_have_attribute("href", re.compile(f"^{re.escape(site.address)}/media/"))
    film.click()
    expect(page.locator("video").first).to_be_visible()
    until(lambda: bool(page.evaluate("document.querySelector('video').readyState > 0")), what="the film plays")

    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{site.address}/library")
    expect(page.get_by_text(re.compile("kept here for you: .* of 5 GB"))).to_be_visible()
    assert fits(page)
    page.goto(saved)
    assert fits(page)
    page.get_by_role("button", name="Let go of the copies").click()
    expect(page.get_by_text("No copies are kept, as you wished.")).to_be_visible()
    page.goto(thread)
    assert str(film.get_attribute("href")).startswith(site.address) == was_here
