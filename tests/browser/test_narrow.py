"""Members' pages on the narrowest telephone: nothing sticks out, nothing is too small to hit, Arabic reads its way."""

import httpx
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import Site
from tests.browser.test_highlights import bar, drag_over, unroll
from tests.browser.test_journeys import paste
from tests.browser.test_library import fits, save
from tests.browser.test_money import become_member

pytestmark = pytest.mark.xdist_group("browser")

PHONE = ViewportSize(width=320, height=640)
ADDRESSES = (
    "/",
    "/library",
    "/library?tag=long+read&q=a",
    "/library/tags",
    "/library/import",
    "/library/export",
    "/highlights",
    "/search?q=loaf",
    "/search?q=loaf&in=library",
    "/private",
    "/private-links",
    "/gift-files",
    "/account",
    "/account/books",
    "/account/tokens",
    "/account/integrations",
    "/api/docs",
    "/premium",
)
BEHIND_A_THREAD = ("", "/send", "/gift-file")
SMALL = """() => [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea")]
  .filter((each) => each.checkVisibility() && !each.closest(".unseen, .text, .skip, .hl-open, .n, .foot"))
  .filter((each) => ![...each.parentElement.childNodes].some((near) => near.nodeType === 3 && near.data.trim()))
  .map((each) => [each, (each.closest("label") ?? each).getBoundingClientRect()])
  .filter(([, { width, height }]) => width > 1 && Math.min(width, height) < 24)
  .map(([each, { width, height }]) => `${each.outerHTML.slice(0, 90)} ${width} x ${height}`)"""
"""What is smaller than 24 by 24 pixels (WCAG 2.5.8), but for links within a sentence and in what an author wrote, and
for what is larger than it looks: the numbers and times of posts."""
OVERLAP = """() => document.querySelector(".hl").getBoundingClientRect().bottom
  - document.querySelector(".hl-bar").getBoundingClientRect().top"""


def test_members_pages_fit_the_narrowest_telephone(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "narrow@example.com")
    save(page, site, "lighthouse")
    save(page, site, "arabic")
    thread = page.url
    page.get_by_role("link", name="Saved", exact=True).first.click()
    page.get_by_label("Tags", exact=True).fill("long read, a tag that is as long as a tag may well be, نجوم")
    page.get_by_label("Note").fill("https://example.org/" + "unbroken" * 20)
    page.get_by_role("button", name="Save").click()
    saved = page.url
    page.set_viewport_size(PHONE)
    own = [f"{thread}{behind}" for behind in BEHIND_A_THREAD]
    for address in [*(f"{site.address}{each}" for each in ADDRESSES), saved, *own]:
        page.goto(address)
        assert fits(page), address
        assert page.evaluate(SMALL) == [], address


def test_highlights_of_arabic_stand_on_the_right(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "right@example.com")
    unroll(page, site, "arabic")
    drag_over(page, "post-2", "لأنه يدبُر")
    bar(page).get_by_role("button", name="Green").click()
    expect(page.locator("mark.hl-green")).to_have_count(1)
    page.goto(f"{site.address}/highlights")
    group = page.locator(".group").bounding_box()
    post = page.get_by_role("link", name="Post 2", exact=True).bounding_box()
    assert group is not None
    assert post is not None
    assert post["x"] > group["x"] + group["width"] / 2


def test_the_bar_does_not_lie_over_the_words_that_a_note_is_about(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "covered@example.com")
    unroll(page, site, "bread")
    drag_over(page, "post-1", "the same loaf")
    bar(page).get_by_role("button", name="Pink").click()
    page.set_viewport_size(PHONE)
    page.evaluate("scrollTo(0, 0)")
    page.locator("mark.hl").first.evaluate(
        "(mark) => scrollBy(0, mark.getBoundingClientRect().bottom - innerHeight + 9)"
    )
    page.locator("mark.hl").first.click()
    assert page.evaluate(OVERLAP) < 0
    bar(page).get_by_role("button", name="Note").click()
    assert page.evaluate(OVERLAP) < 0


def test_where_one_stopped_the_line_down_the_margin_is_whole(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "stopped@example.com")
    save(page, site, "lighthouse")
    thread = page.url
    page.locator("#post-9").evaluate("(post) => post.scrollIntoView()")
    paste(page, site, site.link("x", "bread"))
    page.goto(thread)
    expect(page.locator(".back-at")).to_be_visible()
    gap = """() => {
      const here = document.querySelector(".back-at").closest(".thread > li");
      return here.getBoundingClientRect().top - here.previousElementSibling.getBoundingClientRect().bottom;
    }"""
    assert page.evaluate(gap) == 0
