"""Signing in with X in a real browser: away from our page by a form, and back, under our Content-Security-Policy."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, new_code

pytestmark = pytest.mark.xdist_group("browser")

ADDRESS = "reader-of-x@example.com"


def cross_over(page: Page, site: Site, button: re.Pattern[str]) -> None:
    """From our sign-in page to X, and back by one of its buttons."""
    page.goto(f"{site.address}/accounts/login/?next=/my-authors")
    page.get_by_role("button", name="Sign in with X").click()
    expect(page.get_by_role("heading", name="Pretend X")).to_be_visible()
    assert not page.url.startswith(site.address)
    page.get_by_role("button", name=button).first.click()
    page.wait_for_url(f"{site.address}/**")


def test_a_newcomer_comes_by_way_of_x_and_the_second_time_x_is_enough(
    page: Page, site: Site, mail: httpx.Client
) -> None:
    cross_over(page, site, re.compile("@"))
    handle = page.get_by_text(re.compile(r"^@\w+$")).inner_text()
    page.get_by_label("Your e-mail address").fill(ADDRESS)
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("The code").fill(new_code(mail, ADDRESS, known=0))
    page.get_by_label("The code").press("Enter")
    page.wait_for_url(f"{site.address}/my-authors")
    page.goto(f"{site.address}/accounts/connections/")
    expect(page.get_by_text(handle, exact=True)).to_be_visible()
    page.context.clear_cookies()
    cross_over(page, site, re.compile(f"{handle}$"))
    page.wait_for_url(f"{site.address}/my-authors")


def test_whoever_cancels_at_x_is_back_and_not_signed_in(page: Page, site: Site) -> None:
    cross_over(page, site, re.compile("Cancel"))
    expect(page.get_by_role("heading", name="Nothing has changed")).to_be_visible()
