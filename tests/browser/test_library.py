"""A library’s life: saved as a guest, gone through by keys, tagged, put away, all of it also on a phone."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import paste
from tests.browser.test_money import become_member

pytestmark = pytest.mark.xdist_group("browser")

PHONE = {"width": 320, "height": 640}


def save(page: Page, site: Site, word: str) -> None:
    """Unroll a shelf thread and save it with one click."""
    paste(page, site, site.link("x", word))
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_role("link", name="Saved", exact=True).first).to_be_visible()


def fits(page: Page) -> bool:
    """Whether nothing sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_guest_saves_and_finds_it_in_the_library(page: Page, site: Site, mail: httpx.Client) -> None:
    paste(page, site, site.link("x", "bread"))
    thread = page.url
    title = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Save", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Save to your library")
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in(page, mail, "first-keeper@example.com")
    page.wait_for_url(thread)
    expect(page.get_by_text("Saved to your library.")).to_be_visible()
    page.get_by_role("link", name="Saved", exact=True).first.click()
    expect(page.get_by_text("That is part of premium")).to_be_visible()
    page.get_by_role("button", name="Favorite").click()
    page.goto(f"{site.address}/library?show=favorites")
    expect(page.get_by_text("1 of 100 threads")).to_be_visible()
    page.get_by_role("link", name=title).click()
    page.wait_for_url(thread)

    # Taken out, and put back
    page.goto(f"{site.address}/library")
    page.get_by_role("link", name="More", exact=True).click()
    page.get_by_role("button", name="Take it out of the library").click()
    expect(page.get_by_text("Nothing saved yet")).to_be_visible()
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_role("link", name=title)).to_be_visible()


def test_a_member_goes_through_the_library_by_keys(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "second-keeper@example.com")
    for word in ("bread", "lighthouse"):
        save(page, site, word)
    page.goto(f"{site.address}/library")
    rows = page.locator(".rows > .saved")
    expect(rows).to_have_count(2)
    second = rows.nth(1).locator("h2 a")

    # Down, up, favorite: one is where one was
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(second).to_be_focused()
    page.keyboard.press("f")
    expect(rows.nth(1).get_by_role("img", name="Favorite")).to_be_visible()
    expect(second).to_be_focused()

    # Tags and a note
    page.keyboard.press("t")
    page.get_by_label("Tags", exact=True).fill("Baking, #long read")
    page.get_by_label("Note").fill("For the winter.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Tags", exact=True)).to_have_value("baking, long read")
    page.goto(f"{site.address}/library?tag=baking")
    expect(rows).to_have_count(1)
    expect(page.get_by_text("For the winter.")).to_be_visible()

    # Help, and the switch
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("j")
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("x")
    page.keyboard.press("j")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("document.activeElement === document.body")
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Use these keys").check()
    page.get_by_role("button", name="Close").click()

    # Letters typed in a field are letters
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    page.keyboard.type("jefx?")
    expect(page.get_by_label("Title or author")).to_have_value("jefx?")


def test_many_threads_are_put_away_at_once(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "third-keeper@example.com")
    for word in ("bread", "lighthouse"):
        save(page, site, word)
    page.goto(f"{site.address}/library?show=unread")
    rows = page.locator(".rows > .saved")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.get_by_label("All on this page").check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_label("Tags, with commas between").fill("winter")
    page.get_by_label("Tags, with commas between").press("Enter")
    expect(page.get_by_text("2 threads tagged.")).to_be_visible()
    expect(rows.get_by_role("link", name="winter", exact=True)).to_have_count(2)
    page.locator("summary", has_text="Many at once").click()
    page.get_by_label("All on this page").check()
    page.locator(".many").get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_text("2 threads archived.")).to_be_visible()
    expect(page.get_by_text("You have read everything you saved.")).to_be_visible()
    page.goto(f"{site.address}/library?show=archive")
    page.locator("summary", has_text="Many at once").click()
    page.get_by_label("All on this page").check()
    page.get_by_role("button", name="Take out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Take 2 threads out of your library?")
    page.get_by_role("link", name="Keep them").click()

    # On a phone, and its tags
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    for address in ("/library?show=archive", "/library/tags"):
        page.goto(f"{site.address}{address}")
        assert fits(page), address
    page.locator("summary", has_text="Rename").click()
    page.get_by_label("New name for winter").fill("Spring")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text(re.compile("is called “spring” now, on 2 threads"))).to_be_visible()
    page.goto(f"{site.address}/library?tag=spring")
    page.get_by_role("link", name="Tags and note").first.click()
    assert fits(page)
