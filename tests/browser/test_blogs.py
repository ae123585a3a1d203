"""An author's blog in a browser: connected, published to once, changed, and published to again."""

import json
import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.archiving import newcomer, proves
from tests.browser.conftest import Site, sign_in
from tests.browser.test_journeys import paste

pytestmark = pytest.mark.xdist_group("browser")

WAIT = 60_000
TEXTS = ["A wren sings louder than its size. #birds", "Nobody knows why.", "It does not ask."]


def order(site: Site, act: str, **facts: object) -> list[str]:
    """Have something happen at the pretend X; the links of what was written."""
    answer = httpx.post(f"{site.networks}/_sandbox/{act}", json={"network": "x", **facts})
    assert answer.status_code == 200, answer.text
    found: list[str] = answer.json().get("links", [])
    return found


def entries(site: Site) -> list[str]:
    """The titles on the pretend blog, drafts included."""
    blog = json.loads((site.data / "sandbox.json").read_text())["blog"]
    return re.findall(r"<li><a [^>]*>([^<]*)</a>", httpx.get(f"{blog}/harbour/").text)


def test_a_thread_goes_to_its_authors_blog_once(page: Page, site: Site, mail: httpx.Client) -> None:
    page.set_default_timeout(WAIT)
    account = newcomer(site, page, "wren_writes")
    links = order(site, "publish", handle=account.handle, texts=TEXTS)
    paste(page, site, links[-1])  # from the end of a thread all of it is found, however new it is
    page.goto(f"{site.address}/accounts/login/?next=/blogs")
    sign_in(page, mail, "wren@example.com")
    expect(page.get_by_text("Show first that a profile is yours")).to_be_visible()
    proves(page, site, account)

    # The blog is found by its address, and asks its owner
    blog = json.loads((site.data / "sandbox.json").read_text())["blog"]
    page.goto(f"{site.address}/blogs")
    page.get_by_label("Address of your blog").fill(f"{blog}/wall/")
    page.get_by_role("button", name="Connect it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Address of your blog").fill(f"{blog}/harbour/")
    page.get_by_role("button", name="Connect it").click()
    page.get_by_role("link", name="Go on to your blog").click()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{site.address}/blogs")
    expect(page.get_by_role("link", name=f"{blog}/harbour/").first).to_be_visible()

    # The thread is chosen among the author's own, and stands there once
    page.goto(f"{site.address}/profiles")
    page.get_by_role("link", name="wren_writes").first.click()
    page.locator("li", has=page.get_by_text("A wren sings")).get_by_role("link", name="Publish on my blog").click()
    page.get_by_role("button", name="Publish it").dblclick()
    expect(page.get_by_role("heading", name="On your blog", exact=True)).to_be_visible()
    assert sum("A wren sings" in each for each in entries(site)) == 1
    page.get_by_role("link", name="See it on your blog").click()
    expect(page.get_by_text("Nobody knows why.")).to_be_visible()
    expect(page.get_by_text("birds", exact=True)).to_be_visible()
    expect(page.locator("a.u-syndication")).to_have_attribute("href", links[0])
