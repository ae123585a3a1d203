"""`make pictures`: the pictures of the help pages, taken of the running site over the sandbox."""

import io
import re
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, Site
from tests.browser.test_highlights import drag_over
from tests.browser.test_members import unrolled
from tests.browser.test_money import become_member

FOLDER = ROOT / "unroller" / "static" / "help"
WIDTH, HEIGHT = 760, 470
"""CSS pixels of a picture. Twice as many are taken, so that it is sharp, and made smaller to SHARPNESS times."""
SHARPNESS = 1.5
QUALITY = 72
WAIT = 20_000


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A light page, a little wider than a telephone is."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        device_scale_factor=2,
        color_scheme="light",
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def take(page: Page, name: str, *, height: int = HEIGHT) -> None:
    """What the window shows, as `<name>.webp`."""
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.wait_for_load_state("networkidle")
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
    size = (round(WIDTH * SHARPNESS), round(height * SHARPNESS))
    shot.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)


def show(page: Page, selector: str, *, above: int = 72) -> None:
    """Scroll to something, with some room over it, the bar's at least."""
    page.evaluate(
        "([selector, above]) => scrollTo({ top: document.querySelector(selector).getBoundingClientRect().top"
        " + scrollY - above, behavior: 'instant' })",
        [selector, above],
    )


def test_pictures_of_what_everybody_sees(page: Page, site: Site) -> None:
    FOLDER.mkdir(exist_ok=True)
    page.goto(site.address)
    page.locator(".hero input[name=url]").fill("https://x.com/maralind/status/1700000000000000005")
    take(page, "unroll", height=420)
    for network, word in (("bluesky", "quilts"), ("mastodon", "clock"), ("x", "hive"), ("x", "bread")):
        page.goto(f"{site.address}/unroll?url={site.link(network, word)}")
        page.get_by_role("main").get_by_role("button", name="Unroll").first.click()
        page.wait_for_url(f"{site.address}/thread/**", timeout=WAIT)
    unrolled(page, site, "trains")
    take(page, "thread")
    page.get_by_label("Reading settings").click()
    show(page, ".tools")
    take(page, "looks", height=400)
    unrolled(page, site, "islands")
    show(page, "h1")
    take(page, "partial", height=400)


def test_a_picture_of_the_bot(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/practice")
    page.get_by_role("button", name="Reply").click()
    expect(page.locator(".bot")).to_be_visible(timeout=WAIT)
    show(page, ".bot", above=240)
    take(page, "practice", height=420)


def test_pictures_of_what_members_see(page: Page, site: Site, mail: httpx.Client) -> None:
    become_member(page, site, mail, "pictures@example.com")
    for word, tag in (("bread", "kitchen"), ("hive", "nature, garden"), ("trains", "travel")):
        unrolled(page, site, word)
        page.locator("[data-personal=follow] button, [data-for=follow] button").first.click()
        page.wait_for_load_state("networkidle")
        page.get_by_role("button", name=re.compile("^Save")).first.click()
        expect(page.get_by_text("Saved").first).to_be_visible(timeout=WAIT)
        page.goto(f"{site.address}/library")
        page.locator(".rows a[data-key=t], .rows [data-key=t]").first.click()
        page.get_by_label("Tags").first.fill(tag)
        page.get_by_role("button", name="Save").first.click()
    page.goto(f"{site.address}/library")
    show(page, ".parts")
    take(page, "library", height=560)
    page.goto(f"{site.address}/my-authors")
    show(page, ".find")
    take(page, "my-authors", height=560)
    unrolled(page, site, "trains")
    words = page.locator("#post-2 .text").inner_text().split(".")[0][:60]
    drag_over(page, "post-2", words)
    take(page, "highlights", height=400)
