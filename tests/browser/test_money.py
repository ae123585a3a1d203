"""A member's life and a donor's, in a browser, against the pretend Stripe: join, switch, leave, stay, fail, mend."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, letters, sign_in
from tests.processes import until

pytestmark = pytest.mark.xdist_group("browser")


def order(site: Site, do: str, **fields: Any) -> Any:
    """What happens at the bank or in Stripe's Dashboard."""
    answer = httpx.post(f"{site.stripe}/_sandbox/stripe", json={"do": do, **fields}, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def become_member(page: Page, site: Site, mail: httpx.Client, address: str, *, by: str = "month") -> None:
    """From the pricing page, as a guest, to the page that says thank you."""
    page.goto(f"{site.address}/premium")
    page.get_by_role("button", name=f"Sign in to pay by the {by}").click()
    sign_in(page, mail, address)
    page.wait_for_url(f"{site.stripe}/pay/**")
    page.get_by_role("button", name="Pay", exact=True).click()
    page.wait_for_url(f"{site.address}/premium/done**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def standing(page: Page, site: Site, words: str) -> None:
    """Wait until the account page says something; events take a moment."""

    def says() -> bool:
        page.goto(f"{site.address}/account")
        return words in " ".join(page.get_by_role("main").inner_text().split())

    until(says, what=f"the account page says: {words}")


def customer_of(site: Site, address: str) -> str:
    return next(str(each["id"]) for each in order(site, "objects", kind="customer") if each["email"] == address)


def newest(site: Site, kind: str, customer: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = order(site, "objects", kind=kind)
    return [each for each in found if each.get("customer") == customer][-1]


def test_the_life_of_a_member(page: Page, site: Site, mail: httpx.Client) -> None:
    address = "member@example.com"
    become_member(page, site, mail, address)
    customer = customer_of(site, address)

    # Premium at once
    standing(page, site, "You are a premium member, $3.00 a month. It renews on")
    assert "at once, every morning, or every Monday" in page.get_by_role("main").inner_text()
    assert page.request.get(f"{site.address}/support").status == 204

    # To the year, for what was shown before
    page.get_by_role("link", name="Switch to yearly").click()
    offered = re.search(r"You pay \$(\d+)\.(\d\d) now", page.get_by_role("main").inner_text())
    assert offered is not None
    page.get_by_role("button", name=re.compile("and switch$")).click()
    page.wait_for_url(f"{site.address}/account")
    standing(page, site, "$30.00 a year. It renews on")
    assert newest(site, "invoice", customer)["amount_paid"] == int(offered[1] + offered[2])

    # Leave, and stay after all
    page.get_by_role("button", name="Cancel membership").click()
    page.wait_for_url(f"{site.stripe}/portal/**")
    page.get_by_role("button", name="Cancel plan").click()
    standing(page, site, "Your membership ends on")
    page.get_by_role("button", name="Resume").click()
    standing(page, site, "It renews on")

    # The card fails at the next renewal; another one mends it
    order(site, "set-card", customer=customer, card="declined")
    order(site, "renew", subscription=newest(site, "subscription", customer)["id"])
    standing(page, site, "Your last payment did not go through.")
    until(lambda: "did not go through" in letters(mail, address)[0]["subject"], what="the mail about the card")
    page.get_by_role("link", name="Pay now").click()
    page.wait_for_url(f"{site.stripe}/invoice/**")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    standing(page, site, "It renews on")

    # Given back
    charge = newest(site, "charge", customer)
    assert charge["amount"] == 3000
    order(site, "refund", charge=charge["id"])
    standing(page, site, "You have a free account.")
    until(lambda: "given back" in letters(mail, address)[0]["subject"], what="the mail about the refund")
    assert page.request.get(f"{site.address}/support").status == 200


def test_a_card_that_asks_and_one_that_is_declined(page: Page, site: Site, mail: httpx.Client) -> None:
    page.goto(f"{site.address}/accounts/login/?next=/premium")
    sign_in(page, mail, "careful@example.com")
    page.get_by_role("button", name="Pay by the year").click()
    page.wait_for_url(f"{site.stripe}/pay/**")
    page.locator("input[name=card][value=declined]").check()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("input[name=card][value='3ds']").check()
    page.get_by_role("button", name="Pay", exact=True).click()
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url(f"{site.address}/premium/done**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    standing(page, site, "$30.00 a year. It renews on")


def test_somebody_without_an_account_donates_from_below_a_thread(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/donate")
    page.get_by_role("button", name=re.compile("coffee", re.IGNORECASE)).click()
    page.wait_for_url(f"{site.stripe}/pay/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Donate")
    page.get_by_label("Email").fill("donor@example.com")
    page.get_by_role("button", name="Pay", exact=True).click()
    page.wait_for_url(f"{site.address}/donate/thanks**")
    expect(page.get_by_role("main")).to_contain_text("$5.00")
