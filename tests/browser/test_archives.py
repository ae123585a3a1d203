"""An author's archive of X in a browser: sent, broken off, gone on with, read, and all of it gone again."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.archiving import (
    MARK,
    PART,
    a_zip,
    cached_pages,
    choose,
    files_with,
    newcomer,
    picture,
    proves,
    read_to_the_end,
    watched,
    zips_on_disk,
)
from tests.browser.conftest import Site, sign_in
from tests.browser.test_money import become_member
from tests.processes import until
from tests.x_archives import after

pytestmark = pytest.mark.xdist_group("browser")

LONG = 60_000
DAYS = 1_000_000.0
"""Seconds between the posts of one journey and those of the next."""


@pytest.fixture
def author(context: BrowserContext) -> Iterator[Page]:
    """A page that may lose its connection; a script that throws fails the test."""
    opened = context.new_page()
    opened.set_default_timeout(LONG)
    thrown: list[str] = []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    yield opened
    assert thrown == []


@pytest.fixture
def curious(browser: Browser) -> Iterator[Page]:
    """Somebody else, who tries every address."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def guest(site: Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.address, follow_redirects=True, timeout=20) as client:
        yield client


def finds(guest: httpx.Client) -> int:
    """How many threads everybody's search finds."""
    return len(set(re.findall(r"/thread/x/\d+", guest.get("/search", params={"q": MARK}).text)))


def as_reader(page: Page, site: Site, mail: httpx.Client, address: str) -> None:
    page.goto(f"{site.address}/accounts/login/?next=/archives")
    sign_in(page, mail, address)
    page.wait_for_url(f"{site.address}/archives")


def test_an_authors_archive_from_the_upload_to_the_day_they_opt_out(
    author: Page, guest: httpx.Client, site: Site, mail: httpx.Client, tmp_path: Path
) -> None:
    account = newcomer(site, author, "zephyr_ana")
    become_member(author, site, mail, "zephyr@example.com")
    proves(author, site, account)
    path = a_zip(tmp_path, account, bytes_of_messages=2 * PART + 1_000_000)

    # The connection breaks in the middle, and the page goes on by itself
    offsets = watched(author)
    author.route(part_at(PART), lambda route: route.abort("connectionreset"))
    held = hangs(author, 2 * PART)
    choose(author, site, path)
    expect(author.get_by_text("The connection broke. We try again by ourselves.")).to_be_visible(timeout=LONG)
    author.unroute(part_at(PART))
    expect(author.get_by_text("8 of 9 MB")).to_be_visible(timeout=LONG)
    expect(author.get_by_role("progressbar", name="Uploaded")).to_be_visible()
    until_held(author, held)
    assert offsets[:3] == [0, PART, PART]
    assert sorted(set(offsets)) == [0, PART, 2 * PART]
    sent = len(offsets)

    # The page is loaded anew, and the same file chosen again: what is there is not sent again
    author.reload()
    author.unroute_all()
    choose(author, site, path)
    read_to_the_end(author)
    assert offsets[sent:] == [2 * PART]

    # The report says what was found and what was left out; the zip is not kept
    report = author.get_by_role("main")
    expect(report).to_contain_text("2 threads new here.")
    expect(report).to_contain_text("1 picture or video kept here.")
    expect(report).to_contain_text("1 post were reposts of others.")
    expect(report).to_contain_text("1 post stand alone")
    until(lambda: zips_on_disk(site) == [], what="the zip deleted")
    address = author.url

    # Everybody reads its threads, with the picture out of the zip
    tide, bread = f"/thread/x/{after(0)}", f"/thread/x/{after(90_000)}"
    expect(report.locator(f"a[href='{bread}']")).to_be_visible()
    report.locator(f"a[href='{tide}']").click()
    expect(author.locator("article.post")).to_have_count(3)
    shown = author.locator("article.post img").first
    expect(shown).to_have_js_property("naturalWidth", 48)
    medium = str(shown.get_attribute("src"))
    assert medium.startswith("/media/")
    assert len(files_with(site, picture())) == 1
    home, feed = f"/author/x/{account.handle}", f"/author/x/{account.handle}/feed"
    assert all(tide in guest.get(page).text for page in (home, feed, tide))
    until(lambda: finds(guest) == 2, what="both threads found", seconds=90)
    assert cached_pages(site, after(0)) != []

    # One of them is taken away
    author.goto(f"{site.address}/profiles")
    author.get_by_role("main").locator("a[href^='/profiles/']").first.click()
    row = author.locator("li", has=author.locator(f"a[href='{bread}']"))
    row.get_by_role("button", name="Take away").click()
    expect(author.get_by_text("The thread is gone from this site.")).to_be_visible()
    assert guest.get(bread).status_code == 410
    assert bread not in guest.get(home).text + guest.get(feed).text
    assert finds(guest) == 1

    # And then all
    author.get_by_label("Delete everything of mine").check()
    author.get_by_role("button", name="Opt out").click()
    expect(author.get_by_text("Nothing of yours is shown here any more.")).to_be_visible()
    assert [guest.get(page).status_code for page in (tide, bread, home, feed)] == [410, 410, 410, 410]
    assert not guest.get(medium).is_success
    assert finds(guest) == 0
    until(lambda: files_with(site, picture()) == [], what="the picture is off the disk", seconds=90)
    assert cached_pages(site, after(0)) == []
    author.goto(f"{site.address}/profiles")
    author.get_by_role("main").locator("a[href^='/profiles/']").first.click()

    def is_empty() -> bool:
        author.reload()
        return author.get_by_text("the last traces go within minutes").count() == 0

    until(is_empty, what="everything is gone", seconds=90)
    assert author.goto(address).status == 404  # type: ignore[union-attr]
    choose(author, site, path)
    author.wait_for_url(re.compile(r"/archives/[0-9a-f-]{36}$"))
    expect(author.get_by_role("alert")).to_contain_text("has asked this site not to show", timeout=LONG)
    until(lambda: zips_on_disk(site) == [], what="the refused zip deleted")


def test_a_reader_pauses_is_told_that_another_file_waits_and_gives_up(
    author: Page, site: Site, mail: httpx.Client, tmp_path: Path
) -> None:
    account = newcomer(site, author, "zephyr_bea")
    as_reader(author, site, mail, "pausing@example.com")
    before = zips_on_disk(site)
    path = a_zip(tmp_path, account, start=DAYS, bytes_of_messages=PART + 1_000_000)
    other = a_zip(tmp_path, account, start=DAYS, name="other.zip")
    empty = tmp_path / "empty.zip"
    empty.touch()

    choose(author, site, empty)
    expect(author.get_by_role("alert")).to_contain_text("This file is empty.", timeout=LONG)

    # Pause holds what is on its way, and Upload goes on
    offsets = watched(author)
    held = hangs(author, PART)
    choose(author, site, path)
    expect(author.get_by_text("4 of 5 MB")).to_be_visible(timeout=LONG)
    until_held(author, held)
    author.get_by_role("button", name="Pause").click()
    expect(author.get_by_text("Paused. 4 of 5 MB are here.")).to_be_visible()
    expect(author.get_by_role("button", name="Pause")).to_be_hidden()

    # Another file is not mixed with it
    author.locator("#file").set_input_files(other)
    author.get_by_role("button", name="Upload").click()
    expect(author.get_by_role("alert")).to_contain_text("Another archive of yours is still on its way", timeout=LONG)
    assert len(zips_on_disk(site)) == len(before) + 1

    # It is given up, and nothing stays
    author.get_by_role("link", name="Delete what is here").click()
    expect(author.get_by_text("Go on with the upload")).to_be_visible()
    author.get_by_role("button", name="Delete this archive").click()
    expect(author.get_by_text("The archive is deleted here")).to_be_visible()
    assert zips_on_disk(site) == before
    assert offsets[:2] == [0, PART]
    choose(author, site, other)
    read_to_the_end(author)


def test_what_a_stranger_brings_is_theirs_alone(
    author: Page, curious: Page, site: Site, mail: httpx.Client, tmp_path: Path
) -> None:
    account = newcomer(site, author, "zephyr_cleo")
    as_reader(author, site, mail, "stranger@example.com")
    choose(author, site, a_zip(tmp_path, account, start=2 * DAYS))
    read_to_the_end(author)
    expect(author.get_by_role("main")).to_contain_text("2 threads are private: only you can read them")
    assert author.get_by_role("button", name="Publish").count() == 0
    report = author.url
    author.get_by_role("main").locator("a[href^='/private/thread/']").first.click()
    expect(author.locator("article.post").first).to_be_visible()
    private = author.url

    def meets(address: str) -> int:
        answer = curious.goto(address)
        assert answer is not None
        return answer.status

    for address in (report, private):
        meets(address)
        expect(curious.get_by_label("Your e-mail address")).to_be_visible()
    for path in (f"/thread/x/{after(2 * DAYS)}", f"/author/x/{account.handle}"):
        assert meets(f"{site.address}{path}") == 404
    as_reader(curious, site, mail, "curious@example.com")
    assert [meets(report), meets(private)] == [404, 404]


def test_without_javascript_the_form_sends_it_in_one_piece(
    browser: Browser, author: Page, site: Site, mail: httpx.Client, tmp_path: Path
) -> None:
    account = newcomer(site, author, "zephyr_dora")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    plain = context.new_page()
    as_reader(plain, site, mail, "plain@example.com")
    assert "Without JavaScript the file is sent in one piece" in plain.locator("noscript").inner_text()
    assert plain.get_by_role("button", name="Pause").count() == 0
    choose(plain, site, a_zip(tmp_path, account, start=3 * DAYS))
    plain.wait_for_url(re.compile(r"/archives/[0-9a-f-]{36}$"))

    def is_read() -> bool:
        plain.reload()
        return plain.get_by_role("heading", name="What we found").count() == 1

    until(is_read, what="the archive read", seconds=60)
    context.close()


def part_at(offset: int) -> re.Pattern[str]:
    return re.compile(rf"/part\?offset={offset}&")


def hangs(page: Page, offset: int) -> list[Route]:
    """The part at an offset stays on its way: as many as were sent; the list grows."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(part_at(offset), hold)
    return held


def until_held(page: Page, held: list[Route]) -> None:
    """Wait until a part hangs; the browser tells of it while its page is asked something."""

    def has_come() -> bool:
        page.title()
        return bool(held)

    until(has_come, what="a part on its way", seconds=60)
