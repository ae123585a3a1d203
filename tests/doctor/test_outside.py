"""The doctor asks networks, mail, Stripe and Patreon a question or two, and names what refuses us."""

import pytest
from pytest_django import Settings

from billing import handlers
from billing.actions import setting_up
from tests.doctor.looking import found, states
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.server import Sandbox
from unroller.budgets import SharedBudget
from unroller.doctor import money, outside, post, site

pytestmark = pytest.mark.django_db


def test_networks_that_answer_are_green_and_nothing_is_paid(sandbox: Sandbox) -> None:
    assert set(states(outside.x, outside.bluesky).values()) == {"ok"}
    assert found(outside.x)["budget of X"].sentence.startswith("0 of ")
    assert states(outside.mastodon)["Mastodon"] in {"ok", "off"}


def test_a_key_that_x_does_not_take_is_named_without_saying_it(sandbox: Sandbox, settings: Settings) -> None:
    settings.X_BEARER_TOKEN = "an-old-key"
    finding = found(outside.x)["X"]
    assert (finding.state, finding.mend) == ("broken", "Set X_BEARER_TOKEN anew.")
    assert "an-old-key" not in finding.sentence
    settings.X_BEARER_TOKEN = ""
    assert states(outside.x) == {"X": "off"}


def test_a_budget_that_is_used_up_is_named(sandbox: Sandbox, settings: Settings) -> None:
    SharedBudget().spend("x", settings.X_DAILY_BUDGET)
    assert states(outside.x)["budget of X"] == "warning"


def test_networks_that_cannot_be_reached_are_named(sandbox: Sandbox, settings: Settings) -> None:
    settings.BLUESKY_APPVIEW_URL, settings.BLUESKY_JETSTREAM_URL = "https://127.0.0.1:9", "ws://127.0.0.1:9/subscribe"
    findings = found(outside.bluesky)
    assert findings["Bluesky"].state == "broken"
    assert findings["Jetstream"].state == "warning"
    assert "DNS" in findings["Bluesky"].mend


def test_mail_is_tried_without_a_mail_and_sent_where_somebody_asks(post_office: PostOffice, settings: Settings) -> None:
    assert states(post.mail) == {"mail": "ok"}
    assert post_office.mails() == []
    assert post.send("admin@example.org").state == "ok"
    assert len(post_office.mails()) == 1
    settings.EMAIL_PORT = 9
    assert found(post.mail)["mail"].mend.startswith("See that EMAIL_URL")
    assert post.send("admin@example.org").state == "broken"


def test_mail_into_files_is_a_warning(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "accounts.backends.Files"
    assert states(post.mail) == {"mail": "warning"}


def test_a_shop_that_is_not_set_up_is_named_until_it_is(sandbox: Sandbox, settings: Settings) -> None:
    assert states(money.stripe)["prices at Stripe"] == "broken"
    assert found(money.stripe)["webhook of Stripe"].mend == "Run `manage.py stripe_setup`."
    list(setting_up.set_up(sorted(handlers.HANDLERS)))
    assert set(states(money.stripe).values()) == {"ok"}
    settings.STRIPE_WEBHOOK_SECRETS = ()
    assert "every event is refused" in found(money.stripe)["webhook of Stripe"].sentence


def test_what_is_not_set_up_is_off(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = settings.PATREON_CLIENT_ID = ""
    assert states(money.stripe, money.patreon) == {"Stripe": "off", "Patreon": "off"}


def test_a_site_that_does_not_answer_or_is_another_one_is_named(sandbox: Sandbox, settings: Settings) -> None:
    settings.SITE_URL = "http://127.0.0.1:9"
    assert states(*site.LOOKS) == {"site": "broken"}
    settings.SITE_URL = settings.X_API_URL
    assert "not as we do" in found(site.answers)["site"].sentence
    settings.SITE_URL = "https://127.0.0.1:9"
    assert states(*site.LOOKS) == {"site": "broken", "certificate": "broken"}


def test_a_bot_that_never_looked_is_not_called_well(settings: Settings) -> None:
    settings.BLUESKY_BOT_HANDLE, settings.BLUESKY_BOT_PASSWORD = "unroller.example", "a-password"
    finding = found(outside.bot)["bot on Bluesky"]
    assert (finding.state, finding.sentence) == ("warning", "never looked for mentions")
