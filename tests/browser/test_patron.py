"""A patron in a browser, against the pretend Patreon: connect, pledge, have premium, end the pledge, disconnect."""

import re
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, sign_in
from tests.processes import until

pytestmark = pytest.mark.xdist_group("browser")


def lead(page: Page, site: Site) -> str:
    """The sentence at the top of the page of the connection."""
    page.goto(f"{site.address}/patreon")
    return page.locator(".lead").inner_text()


def pull(page: Page, patreon: str, name: str, lever: str) -> None:
    """Do something as somebody at Patreon."""
    page.goto(patreon)
    page.get_by_role("listitem").filter(has_text=name).get_by_role("button", name=lever, exact=True).click()


def test_the_life_of_a_patron(page: Page, site: Site, mail: httpx.Client) -> None:
    page.goto(f"{site.address}/patreon")
    sign_in(page, mail, "patron@example.com")
    page.wait_for_url(f"{site.address}/patreon")

    # No is an answer, too
    page.get_by_role("button", name="Connect Patreon").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status").first).to_contain_text("Nothing was connected")

    page.get_by_role("button", name="Connect Patreon").click()
    page.wait_for_url(re.compile("/oauth2/authorize"))
    address = urlsplit(page.url)
    patreon = f"{address.scheme}://{address.netloc}/"
    page.get_by_role("button", name="Mina Falk").click()
    page.wait_for_url(f"{site.address}/patreon")
    expect(page.locator(".lead")).to_contain_text("You do not have premium")

    # What happens at Patreon is known here by its webhook
    pull(page, patreon, "Mina Falk", "Pledge $5")
    until(lambda: "You have premium" in lead(page, site), what="premium for a patron")
    pull(page, patreon, "Mina Falk", "End the pledge")
    until(lambda: "You do not have premium" in lead(page, site), what="no premium without a pledge")

    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("button", name="Connect Patreon")).to_be_visible()
