"""A passkey from its making to signing in with it, in a real browser with a pretend authenticator."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import CDPSession, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Letter, User
from tests.accounts.signing import newest_code

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]

BOB = "bob@example.com"


@pytest.fixture
def authenticator(page: Page) -> CDPSession:
    """The lock of a device that always says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools


@pytest.fixture
def address(live_server: LiveServer, settings: Settings) -> str:
    """The site in this process; its static files under their plain names, as the test server finds them."""
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STORAGES = storages
    return live_server.url


def sign_in_by_code(page: Page, address: str) -> None:
    page.goto(f"{address}/accounts/login/?next=/accounts/passkeys/")
    page.get_by_label("Your e-mail address").fill(BOB)
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("The code").fill(newest_code(BOB))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Passkeys")).to_be_visible()


def sign_out(page: Page, address: str) -> None:
    page.goto(f"{address}/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()


def test_a_passkey_is_made_named_used_and_removed(page: Page, authenticator: CDPSession, address: str) -> None:
    sign_in_by_code(page, address)
    page.get_by_role("link", name="Add a passkey").click()
    expect(page.get_by_label("Name")).to_have_value("Chrome on Linux")
    page.get_by_label("Name").fill("My desk")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Your passkey is ready.")).to_be_visible()
    expect(page.get_by_text("My desk").first).to_be_visible()
    assert Letter.objects.filter(to=BOB, name="webauthn_added").exists()

    sign_out(page, address)
    page.goto(f"{address}/accounts/login/?next=/accounts/passkeys/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Passkeys")).to_be_visible()
    expect(page.get_by_text("last used")).to_be_visible()

    page.get_by_role("link", name="Remove My desk").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_a_removed_passkey_does_not_sign_in(page: Page, authenticator: CDPSession, address: str) -> None:
    sign_in_by_code(page, address)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Your passkey is ready.")).to_be_visible()
    Authenticator.objects.all().delete()
    sign_out(page, address)
    page.goto(f"{address}/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("That passkey was not accepted.")).to_be_visible()
    expect(page.get_by_role("button", name="Mail me a code")).to_be_visible()


def test_one_account_is_not_asked_for_by_the_passkey_of_another(
    page: Page, authenticator: CDPSession, address: str
) -> None:
    sign_in_by_code(page, address)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Your passkey is ready.")).to_be_visible()
    passkey = Authenticator.objects.get()
    Authenticator.objects.filter(pk=passkey.pk).update(user=User.objects.create_user("charlie@example.com"))
    sign_out(page, address)
    page.goto(f"{address}/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("That passkey was not accepted.")).to_be_visible()


def test_a_passkey_is_an_operators_second_factor(page: Page, authenticator: CDPSession, address: str) -> None:
    User.objects.create_superuser(BOB)
    page.goto(f"{address}/admin/")
    page.get_by_label("Your e-mail address").fill(BOB)
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("The code").fill(newest_code(BOB))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()
