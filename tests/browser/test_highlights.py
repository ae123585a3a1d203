"""Highlights in a browser: by mouse, by keyboard, by thumb; across links, posts and directions; and found again."""

import random
import re

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import paste
from tests.browser.test_money import become_member
from tests.core.test_passages import PIECES
from unroller.core.markup import safe
from unroller.core.passages import visible
from unroller.core.text import compose

pytestmark = pytest.mark.xdist_group("browser")

PHONE = ViewportSize(width=320, height=640)
SETTLED = 400
"""Milliseconds after which the bar has surely looked at a selection."""
ENDS = """([post, words]) => {
  const text = document.querySelector(`#${post} > .text`);
  text.scrollIntoView({ block: "center" });
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const from = text.textContent.indexOf(words);
  const edge = (at) => {
    walker.currentNode = text;
    for (let left = at; walker.nextNode(); left -= walker.currentNode.length) {
      if (left >= walker.currentNode.length) continue;
      const range = document.createRange();
      range.setStart(walker.currentNode, left);
      range.setEnd(walker.currentNode, left + 1);
      const { left: x, right, top, height } = range.getBoundingClientRect();
      const [begin, end] = /\\p{Script=Arabic}/u.test(range.toString()) ? [right - 1, x + 1] : [x + 1, right - 1];
      return { begin, end, y: top + height / 2 };
    }
  };
  return [edge(from), edge(from + words.length - 1)];
}"""
SELECTED = """([first, last]) => {
  const [one, other] = [first, last].map((post) => document.getElementById(post));
  getSelection().setBaseAndExtent(one, 0, other, other.childNodes.length);
}"""


def unroll(page: Page, site: Site, word: str) -> None:
    """A shelf thread, with what is the reader's own on its page."""
    paste(page, site, site.link("x", word))
    expect(page.locator("[data-personal=highlights] form[data-change]")).to_have_count(1)


def drag_over(page: Page, post: str, words: str) -> None:
    """Draw the mouse over some words of a post, from its first letter to its last."""
    first, last = page.evaluate(ENDS, [post, words])
    page.mouse.move(first["begin"], first["y"])
    page.mouse.down()
    page.mouse.move(last["end"], last["y"], steps=5)
    page.mouse.up()


def bar(page: Page) -> Locator:
    return page.get_by_role("group", name="Highlight")


def marked(page: Page, post: str) -> list[tuple[str, str]]:
    """Color and words of each highlight of a post, in the order of the page, nested ones too."""
    found: list[list[str]] = page.evaluate(
        """(post) => [...document.querySelectorAll(`#${post} .hl-open`)].map((button) => {
          const parts = document.querySelectorAll(`#${post} mark[data-highlight="${button.dataset.highlight}"]`);
          return [parts[0].className.slice(6), [...parts].map((part) => part.textContent).join("")];
        })""",
        post,
    )
    return [(color, words) for color, words in found]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_the_life_of_a_highlight(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "first-marker@example.com")
    unroll(page, site, "allotment")
    thread = page.url
    post = page.locator(".post", has_text="Minutes:").first
    place = str(post.get_attribute("id"))
    words = "We had a meeting. 🤝🏿🤝🏻🤝🏽 Minutes: example.org"
    drag_over(page, place, words)
    expect(bar(page)).to_be_visible()
    bar(page).get_by_role("button", name="Green").click()
    expect(bar(page)).to_be_hidden()
    assert marked(page, place) == [("green", words)]
    expect(page.get_by_role("status").last).to_have_text("Highlighted.")

    # Its thread is saved; the marks are there again, and the words themselves are as they were
    before = post.locator(".text").inner_text()
    page.reload()
    expect(page.locator("mark.hl-green").first).to_be_visible()
    assert marked(page, place) == [("green", words)]
    assert post.locator(".text").inner_text() == before
    expect(page.get_by_role("link", name="Saved", exact=True).first).to_be_visible()

    # Overlapping ones, and the link below them still leads where it led
    drag_over(page, place, "a meeting. 🤝🏿")
    bar(page).get_by_role("button", name="Pink").click()
    expect(page.locator("mark.hl-pink").first).to_be_visible()
    assert sorted(marked(page, place)) == [("green", words), ("pink", "a meeting. 🤝🏿")]
    assert post.locator(".text a mark").count() == 1

    # A note, another color
    page.locator("mark.hl-green", has_text="Minutes").click()
    bar(page).get_by_role("button", name="Blue").click()
    expect(page.locator("mark.hl-blue", has_text="Minutes")).to_be_visible()
    page.locator("mark.hl-blue", has_text="Minutes").click()
    bar(page).get_by_role("button", name="Note").click()
    bar(page).get_by_label("Your note").fill("Who writes\nthem?")
    bar(page).get_by_role("button", name="Save note").click()
    expect(bar(page)).to_be_hidden()

    # All of them on one page, and back
    page.goto(f"{site.address}/highlights")
    expect(page.locator(".own")).to_have_text("Who writes\nthem?")
    assert page.locator(".passage blockquote").all_inner_texts() == [words, "a meeting. 🤝🏿"]
    page.get_by_role("link", name=re.compile("^Post ")).first.click()
    page.wait_for_url(f"{thread}#{place}")

    # Removed: with a note only when that is meant
    page.locator("mark.hl-blue", has_text="Minutes").click()
    expect(bar(page).get_by_text("Who writes")).to_be_visible()
    bar(page).get_by_role("button", name="Remove").click()
    bar(page).get_by_role("button", name="Remove with its note?").click()
    expect(page.locator("mark.hl-blue")).to_have_count(0)
    page.reload()
    expect(page.locator("mark.hl-pink").first).to_be_visible()
    assert marked(page, place) == [("pink", "a meeting. 🤝🏿")]


def test_all_of_it_by_keyboard_and_from_right_to_left(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "second-marker@example.com")
    unroll(page, site, "arabic")
    drag_over(page, "post-2", "لأنه يدبُر")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    expect(bar(page)).to_be_visible()
    words = page.evaluate("getSelection().toString()")
    assert len(words) == len("لأنه يدبُر") + 3
    page.wait_for_timeout(SETTLED)
    page.keyboard.press("Tab")
    expect(bar(page).get_by_role("button", name="Yellow")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(bar(page)).to_be_hidden()
    assert marked(page, "post-2") == [("green", words.strip())]
    opener = page.get_by_role("button", name="Highlight, green")
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(bar(page).get_by_role("button", name="Green")).to_be_focused()
    page.keyboard.press("Escape")
    expect(bar(page)).to_be_hidden()
    expect(opener).to_be_focused()

    # Across a link and into Latin words
    drag_over(page, "post-5", "مبسّط هنا: example.org/stars")
    bar(page).get_by_role("button", name="Note").click()
    bar(page).get_by_label("Your note").fill("للغد")
    bar(page).get_by_role("button", name="Save note").click()
    expect(page.get_by_role("button", name="Highlight, yellow, with a note")).to_be_visible()
    assert marked(page, "post-5") == [("yellow", "مبسّط هنا: example.org/stars")]
    page.reload()
    expect(page.locator("mark.hl-green")).to_have_text(words.strip())
    page.goto(f"{site.address}/highlights")
    expect(page.locator(".own")).to_have_text("للغد")


def test_a_selection_of_several_posts_marks_the_words_of_each(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "third-marker@example.com")
    unroll(page, site, "bread")
    texts = [page.locator(f"#post-{number} > .text").inner_text() for number in (2, 3)]
    page.evaluate(SELECTED, ["post-2", "post-3"])  # with numbers, times and the picture between them
    bar(page).get_by_role("button", name="Yellow").click()
    expect(page.locator("#post-3 mark")).to_have_count(1)
    assert [marked(page, f"post-{number}") for number in (2, 3)] == [[("yellow", text)] for text in texts]

    # What went wrong is said, and the selection is still there to try again
    drag_over(page, "post-1", "the same loaf")
    page.route("**/highlights", lambda asked: asked.fulfill(status=402, json={"sentence": "Not today."}))
    bar(page).get_by_role("button", name="Pink").click()
    expect(bar(page).get_by_role("alert")).to_have_text("Not today.")
    page.unroute("**/highlights")
    bar(page).get_by_role("button", name="Pink").click()
    expect(page.locator("#post-1 mark.hl-pink")).to_have_text("the same loaf")

    # Who selects a whole long thread, or something else, wants to copy it
    unroll(page, site, "lighthouse")
    drag_over(page, "post-2", page.locator("#post-2 > .text").inner_text()[:9])
    expect(bar(page)).to_be_visible()
    page.keyboard.press("Control+a")
    expect(bar(page)).to_be_hidden()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
    page.wait_for_timeout(SETTLED)
    expect(bar(page)).to_be_hidden()


def test_on_a_phone_the_bar_lies_at_the_bottom(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "fourth-marker@example.com")
    page.set_viewport_size(PHONE)
    unroll(page, site, "bread")
    drag_over(page, "post-2", "Flour lies first")
    box = bar(page).bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 320, 640)
    assert fits(page)
    bar(page).get_by_role("button", name="Note").click()
    assert fits(page)
    bar(page).get_by_label("Your note").fill("So it does. " * 30)
    bar(page).get_by_role("button", name="Save note").click()
    expect(page.locator("mark.hl-yellow")).to_have_text("Flour lies first")
    page.goto(f"{site.address}/highlights")
    expect(page.locator(".own")).to_contain_text("So it does.")
    page.get_by_text("Change", exact=True).click()
    assert fits(page)


def test_who_has_no_premium_is_told_of_highlights_once_and_left_in_peace(
    page: Page, site: Site, mail: httpx.Client
) -> None:
    page.goto(f"{site.address}/accounts/login/")
    sign_in(page, mail, "fifth-marker@example.com")
    expect(page.get_by_role("link", name="Account")).to_be_visible()
    unroll(page, site, "bread")
    drag_over(page, "post-2", "Flour lies first")
    offer = page.get_by_role("complementary", name="Highlights")
    expect(offer).to_contain_text("With premium you can highlight words")
    expect(bar(page)).to_be_hidden()
    assert fits(page)
    offer.get_by_role("button", name="Close").click()
    expect(offer).to_have_count(0)
    unroll(page, site, "bread")
    drag_over(page, "post-2", "Flour lies first")
    page.wait_for_timeout(2 * SETTLED)
    expect(offer).to_be_hidden()


def test_a_guest_who_selects_words_is_offered_nothing(page: Page, site: Site) -> None:
    paste(page, site, site.link("x", "bread"))
    drag_over(page, "post-2", "Flour lies first")
    page.wait_for_timeout(2 * SETTLED)
    expect(page.get_by_role("complementary", name="Highlights")).to_have_count(0)


def test_words_are_counted_as_a_browser_counts_them(browser: Browser) -> None:
    chance = random.Random(5)
    markup = []
    for _ in range(300):
        source = "".join(chance.choices([*PIECES, "<ul><li>", "\n", "\n\n", "&amp;lt;"], k=12))
        markup += [safe(source).html, compose(source, [], escaped=False).html]
    page = browser.new_page()
    read = "(all) => all.map((each) => Object.assign(document.createElement('div'), { innerHTML: each }).textContent)"
    assert [visible(each) for each in markup] == page.evaluate(read, markup)
    page.close()
