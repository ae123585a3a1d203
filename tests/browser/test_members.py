"""What members pay for, in a browser: from the offer at a PDF to the file, and from a passage back to it by search."""

import json
import re
from pathlib import Path

import httpx
import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, sign_in
from tests.browser.test_money import become_member
from tests.processes import until

pytestmark = pytest.mark.xdist_group("browser")

TRAINS = "night trains"


def unrolled(page: Page, site: Site, word: str) -> str:
    """A thread of the shelf, opened; its address."""
    page.goto(f"{site.address}/unroll?url={site.link('x', word)}")
    page.get_by_role("main").get_by_role("button", name="Unroll").first.click()
    page.wait_for_url(f"{site.address}/thread/**")
    return page.url.partition("#")[0]


def words_of(pdf: Path) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def select(page: Page, post: str, words: str) -> None:
    """Select words of a post as a reader does, with a pointer that ends in them."""
    page.evaluate(
        """([post, words]) => {
            const text = document.querySelector(`#${post} .text`);
            const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf(words);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(walker.currentNode, at);
                range.setEnd(walker.currentNode, at + words.length);
                text.scrollIntoView({ block: "center" });
                getSelection().removeAllRanges();
                getSelection().addRange(range);
                text.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
                return;
            }
            throw new Error("no such words");
        }""",
        [post, words],
    )


def test_a_reader_meets_the_offer_at_the_pdf_and_has_it_as_a_member(
    page: Page, site: Site, mail: httpx.Client, tmp_path: Path
) -> None:
    thread = unrolled(page, site, TRAINS)
    title = page.get_by_role("heading", level=1).inner_text()

    # What is premium says so, and the offer has a way back
    page.get_by_role("link", name="PDF Premium").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This comes with premium")
    expect(page.get_by_role("link", name="Not now")).to_have_attribute("href", thread.removeprefix(site.address))
    page.get_by_role("link", name="See premium").click()
    become_member(page, site, mail, "paper@example.com")

    # The file, where the reader was
    with page.expect_download() as coming:
        page.get_by_role("link", name="Go on where you were").click()
    taken = tmp_path / coming.value.suggested_filename
    coming.value.save_as(taken)
    assert re.fullmatch(r"[\w-]+-\d{4}-\d\d-\d\d-.+\.pdf", taken.name)
    assert " ".join(title.split()) in " ".join(words_of(taken).split())

    # The same as a book
    page.goto(thread)
    with page.expect_download() as coming:
        page.get_by_role("link", name=re.compile("^EPUB")).first.click()
    coming.value.save_as(tmp_path / "book.epub")
    assert (tmp_path / "book.epub").read_bytes().startswith(b"PK")


def test_a_member_saves_marks_finds_and_takes_away(page: Page, site: Site, mail: httpx.Client, tmp_path: Path) -> None:
    become_member(page, site, mail, "keeper@example.com")
    thread = unrolled(page, site, TRAINS)

    # Saved with one click
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Saved")).to_be_visible()

    # A passage, with a color
    words = page.locator("#post-2 .text").inner_text().split("\n")[0][:24].strip()
    select(page, "post-2", words)
    page.get_by_role("group", name="Highlight").get_by_role("button", name="Green").click()
    expect(page.locator("#post-2 mark.hl-green").first).to_be_visible()
    page.reload()
    expect(page.locator("#post-2 mark.hl-green").first).to_be_visible()
    page.goto(f"{site.address}/highlights")
    expect(page.get_by_role("main")).to_contain_text(words)

    # Found again in the library
    until(lambda: _finds(page, site, words), what="the passage is found")
    page.get_by_role("main").locator("a[href*='/thread/']").first.click()
    assert page.url.startswith(thread)

    # And everything can be taken away
    library = json.loads(page.request.get(f"{site.address}/library.json").text())
    assert words in json.dumps(library, ensure_ascii=False)
    page.goto(f"{site.address}/library/export")
    page.get_by_role("button", name=re.compile("Markdown|Put together|Make")).first.click()
    until(lambda: _has_part(page, site), what="the zip is there", seconds=60)


def test_a_guests_wish_to_save_is_kept_through_signing_in(page: Page, site: Site, mail: httpx.Client) -> None:
    thread = unrolled(page, site, TRAINS)
    page.get_by_role("link", name="Save", exact=True).first.click()
    page.get_by_role("button", name=re.compile("^Save|Sign in")).first.click()
    sign_in(page, mail, "wisher@example.com")
    page.wait_for_url(f"{thread}**")
    expect(page.get_by_role("link", name="Saved")).to_be_visible()


def _finds(page: Page, site: Site, words: str) -> bool:
    page.goto(f"{site.address}/search?in=library&q={words}")
    return page.get_by_role("main").locator("mark").count() > 0


def _has_part(page: Page, site: Site) -> bool:
    page.goto(f"{site.address}/library/export")
    return page.locator("a[href*='/library/export/']").count() > 0
