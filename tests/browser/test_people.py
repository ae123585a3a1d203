"""A reader’s life: sign up by code, follow, be told about the next thread, stop that from anywhere, go on reading."""

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site, letters, sign_in
from tests.browser.test_journeys import paste
from tests.browser.test_money import become_member
from tests.processes import until

pytestmark = pytest.mark.xdist_group("browser")

MINUTE = 60.0
TEXTS = ["How to sharpen a chisel, slowly.", "First, flatten the back.", "Then find the angle, and keep it.", "Done."]


def handle_of(page: Page) -> str:
    """Whose thread a page shows."""
    shown = page.locator(".who a").first.inner_text()
    found = re.search(r"@(\S+) on X", shown)
    assert found is not None
    return found[1]


def test_from_a_thread_to_its_authors_next_one(page: Page, browser: Browser, site: Site, mail: httpx.Client) -> None:
    address = "first-reader@example.com"
    become_member(page, site, mail, address)  # mail at once comes with premium
    page.goto(f"{site.address}/account")
    page.get_by_role("button", name="Sign out").click()
    paste(page, site, site.link("x", "bread"))
    thread, author = page.url, handle_of(page)

    # Follow as a guest: who they are comes in between, then one is back where one was
    page.get_by_role("link", name="Follow", exact=True).first.click()
    page.get_by_role("button", name="Follow").click()
    sign_in(page, mail, address)
    page.wait_for_url(thread)
    expect(page.get_by_role("link", name="Following").first).to_be_visible()
    expect(page.get_by_role("link", name="Account")).to_be_visible()
    page.goto(f"{site.address}/my-authors")
    with page.expect_response("**/my-authors/cadence"):
        page.locator("select[name=cadence]").first.select_option("instant")

    # The author goes on writing
    order = {"network": "x", "handle": author, "texts": TEXTS}
    assert httpx.post(f"{site.networks}/_sandbox/publish", json=order).status_code == 200

    def told() -> list[str]:
        return [each["text"] for each in letters(mail, address) if "sharpen a chisel" in each["text"]]

    until(lambda: bool(told()), what="the mail about the new thread", seconds=MINUTE)
    assert len(told()) == 1
    link = re.search(rf"{re.escape(site.address)}/thread/\S+", told()[0])
    assert link is not None
    page.goto(link[0])
    expect(page.get_by_role("heading", level=1)).to_contain_text("How to sharpen a chisel")
    expect(page.locator("article.post")).to_have_count(4)

    # Its unsubscribe link works on a machine that knows nobody
    stop = re.search(rf"{re.escape(site.address)}/mail/stop/\S+", told()[0])
    assert stop is not None
    with_nobody = browser.new_context()
    elsewhere = with_nobody.new_page()
    elsewhere.goto(stop[0])
    elsewhere.get_by_role("button", name=re.compile("^Stop")).first.click()
    expect(elsewhere.get_by_role("main")).to_contain_text(re.compile("no more|stopped|no mail", re.IGNORECASE))
    with_nobody.close()
    page.goto(f"{site.address}/my-authors")
    expect(page.locator("select[name=cadence]").first).to_have_value("here")


def test_a_long_thread_opens_where_its_reader_stopped(page: Page, site: Site, mail: httpx.Client) -> None:
    page.goto(f"{site.address}/accounts/login/")
    sign_in(page, mail, "second-reader@example.com")
    expect(page.get_by_role("link", name="Account")).to_be_visible()
    paste(page, site, site.link("x", "lighthouse"))
    with page.expect_response(
        lambda answer: answer.url.endswith("/personal/place") and "post-31" in (answer.request.post_data or "")
    ):
        page.evaluate("document.getElementById('post-31').scrollIntoView()")
    for _ in range(2):  # whoever only glances at it does not walk backwards
        with page.expect_request(lambda asked: asked.url.endswith("/personal/place")) as told:
            page.goto(page.url)
        expect(page.get_by_text("You are back where you stopped.")).to_be_in_viewport()
        assert 'name="position"\r\n\r\npost-31\r\n' in str(told.value.post_data)


def test_reading_preferences_follow_a_reader_to_another_machine(
    page: Page, browser: Browser, site: Site, mail: httpx.Client
) -> None:
    address = "third-reader@example.com"
    page.goto(f"{site.address}/accounts/login/?next=/account")
    sign_in(page, mail, address)
    page.wait_for_url(f"{site.address}/account")
    page.get_by_label("Sepia").check(force=True)
    page.get_by_role("button", name=re.compile("^Save")).last.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "sepia")
    other = browser.new_context()
    elsewhere = other.new_page()
    elsewhere.goto(f"{site.address}/accounts/login/?next=/account")
    sign_in(elsewhere, mail, address)
    elsewhere.wait_for_url(f"{site.address}/account")
    elsewhere.goto(site.address)
    expect(elsewhere.locator("html")).to_have_attribute("data-theme", "sepia")
    other.close()


def test_a_person_leaves(page: Page, site: Site, mail: httpx.Client) -> None:
    address = "fourth-reader@example.com"
    page.goto(f"{site.address}/accounts/login/?next=/account/delete")
    sign_in(page, mail, address)
    page.wait_for_url(f"{site.address}/account/delete")
    page.get_by_label(re.compile("address")).fill(address)
    page.get_by_role("button", name=re.compile("^Delete")).click()
    until(
        lambda: any("deleted" in each["subject"].lower() for each in letters(mail, address)),
        what="the last mail",
    )
    page.goto(f"{site.address}/account")
    expect(page.get_by_label("Your e-mail address")).to_be_visible()
