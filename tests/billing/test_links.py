"""Links to PayPal and Patreon: theirs alone, and with the amount where they take one."""

import pytest
from pytest_django import Settings

from billing import links

KEYS = ("PATREON_CLIENT_ID", "PATREON_CLIENT_SECRET", "PATREON_CREATOR_TOKEN", "PATREON_CAMPAIGN_ID")
HOSTILE = [
    "http://www.paypal.com/donate",
    "https://www.paypal.com.evil.example/donate",
    "https://evil.example/www.paypal.com",
    "https://www.paypal.com@evil.example/donate",
    "https://user:secret@www.paypal.com/donate",
    "https://www.paypal.com:8443/donate",
    "https://www.paypal.com:high/donate",
    "https://[www.paypal.com/donate",
    "https://www.paypal.com\\@evil.example/donate",
    'https://www.paypal.com/"onclick="x',
    "https://www.paypal.com/a b",
    "https://www.paypal.com/\x00",
    "https://xn--pypal-4ve.com/donate",
    "https://paypal.com.br/donate",
    "https://www.paypal.com",
]


def test_nothing_is_linked_and_nothing_refused_where_nothing_is_set(settings: Settings) -> None:
    assert links.paypal() == links.paypal(500) == links.patreon() == ""
    assert links.refusals() == []


@pytest.mark.parametrize(
    ("link", "with_five"),
    [
        ("https://paypal.me/unroller", "https://paypal.me/unroller/5.00USD"),
        ("https://www.paypal.me/unroller", "https://www.paypal.me/unroller/5.00USD"),
        ("https://paypal.me/unroller/7", "https://paypal.me/unroller/7"),
        (
            "https://www.paypal.com/donate?business=ABC&amount=1",
            "https://www.paypal.com/donate?business=ABC&amount=5.00&currency_code=USD",
        ),
        ("https://www.paypal.com/donate?hosted_button_id=X1", "https://www.paypal.com/donate?hosted_button_id=X1"),
        ("https://www.paypal.com/ncp/payment/ABC", "https://www.paypal.com/ncp/payment/ABC"),
    ],
)
def test_the_amount_is_filled_in_where_paypal_takes_one(settings: Settings, link: str, with_five: str) -> None:
    settings.PAYPAL_DONATE_URL = link
    assert links.paypal() == link
    assert links.paypal(500) == with_five
    assert links.refusals() == []


@pytest.mark.parametrize("link", HOSTILE)
def test_what_is_not_paypals_is_hidden_and_refused(settings: Settings, link: str) -> None:
    settings.PAYPAL_DONATE_URL = link
    assert links.paypal() == links.paypal(500) == ""
    [refusal] = links.refusals()
    assert refusal.startswith("PAYPAL_DONATE_URL ")


@pytest.mark.parametrize("link", [*(link.replace("paypal", "patreon") for link in HOSTILE), "https://paypal.me/a"])
def test_what_is_not_patreons_is_hidden_and_refused(settings: Settings, link: str) -> None:
    settings.PATREON_URL = link
    assert links.patreon() == ""
    [refusal] = links.refusals()
    assert refusal.startswith("PATREON_URL ")


def test_patreons_own_page_is_linked(settings: Settings) -> None:
    settings.PATREON_URL = "https://www.patreon.com/unroller"
    assert links.patreon() == "https://www.patreon.com/unroller"
    assert links.refusals() == []


def test_patreons_keys_go_together(settings: Settings) -> None:
    for name in KEYS:
        setattr(settings, name, "key")
    [refusal] = links.refusals()
    assert "PATREON_WEBHOOK_SECRET" in refusal
    assert "PATREON_CLIENT_ID" not in refusal
    settings.PATREON_WEBHOOK_SECRET = "key"
    assert links.refusals() == []


@pytest.mark.parametrize("name", ["PATREON_API_URL", "PATREON_AUTHORIZE_URL"])
def test_plain_http_is_for_this_machine_alone(settings: Settings, name: str) -> None:
    setattr(settings, name, "http://127.0.0.1:8003")
    assert links.refusals() == []
    setattr(settings, name, "http://www.patreon.com")
    [refusal] = links.refusals()
    assert refusal.startswith(name)
