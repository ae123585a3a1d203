"""Every mail about money: what it says in text and in HTML, to whom, and that it is written once."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Letter
from billing import mail
from billing.actions.alerts import alert, settle
from billing.models import Alert, BillingAccount, CheckoutIntent, Gift, Kind, Payment
from tests.accounts.signing import a_person
from tests.pages.document import read

pytestmark = pytest.mark.django_db
GRACE = datetime(2026, 12, 6, 10, tzinfo=UTC)
APPROVE = "https://invoice.stripe.example/i/acct_1?s=ap&x=1"


@pytest.fixture
def account() -> BillingAccount:
    bob = a_person("bob@example.com")
    return BillingAccount.objects.create(
        user=bob, stripe_customer_id="cus_1", subscription_id="sub_1", grace_until=GRACE, access_until=GRACE
    )


def a_payment(account: BillingAccount) -> Payment:
    return Payment(
        account=account, payment_intent="pi_1", charge_id="ch_1", amount=3000, currency="usd", paid_at=timezone.now()
    )


def a_wish(account: BillingAccount | None, kind: Kind) -> CheckoutIntent:
    """The same one each time."""
    facts = {"account": account, "amount": 3000, "currency": "usd", "expires_at": timezone.now()}
    return CheckoutIntent.objects.get_or_create(kind=kind, defaults=facts)[0]


MAILS: dict[str, tuple[Callable[[BillingAccount], bool], str, list[str]]] = {
    "payment_failed": (
        lambda account: mail.payment_failed(account, "in_1"),
        "Your payment did not go through",
        ["December 6, 2026", "http://localhost:8000/account"],
    ),
    "payment_still_failing": (
        lambda account: mail.payment_still_failing(account, "in_1"),
        "Your membership still needs a card that works",
        ["December 6, 2026", "http://localhost:8000/account"],
    ),
    "payment_last_call": (
        lambda account: mail.payment_last_call(account, "in_1"),
        "Premium ends tomorrow",
        ["December 6, 2026", "http://localhost:8000/account"],
    ),
    "payment_approval": (
        lambda account: mail.approval_needed(account, "in_1", APPROVE),
        "Your bank wants you to approve a payment",
        ["December 6, 2026", APPROVE],
    ),
    "renewal_soon": (
        lambda account: mail.renewal_soon(account, on=datetime(2027, 1, 5, tzinfo=UTC), amount=3000),
        "Your membership renews on January 5",
        ["$30.00", "http://localhost:8000/account"],
    ),
    "duplicate_returned": (
        lambda account: mail.duplicate_returned(account, "sub_2"),
        "You paid twice, and get one payment back",
        ["on its way back to you"],
    ),
    "membership_refunded": (
        lambda account: mail.membership_refunded(account, a_payment(account)),
        "Your payment was given back",
        ["$30.00"],
    ),
    "membership_ended": (
        mail.membership_ended,
        "Your premium membership has ended",
        ["no further payment is tried", "http://localhost:8000/premium"],
    ),
    "delayed_payment_failed": (
        lambda account: mail.delayed_payment_failed(a_wish(account, Kind.PREMIUM), "other@example.com"),
        "Your payment did not arrive",
        ["nothing is owed", "http://localhost:8000/premium"],
    ),
}


@pytest.mark.parametrize("name", MAILS)
def test_it_says_what_it_is_about_in_both_forms_and_once(account: BillingAccount, name: str) -> None:
    write, subject, words = MAILS[name]
    assert write(account) is True
    assert write(account) is False
    letter = Letter.objects.get(name=name)
    assert (letter.to, letter.user, letter.subject) == ("bob@example.com", account.user, subject)
    page = read(letter.html)
    shown = " ".join(page.text.split())
    links = [str(link["href"]) for link in page.all("a")]
    for word in words:
        assert word in letter.text
        assert word in shown or word in links
    assert "&amp;" not in letter.text
    assert "{" not in letter.text + letter.html.partition("</style>")[2]


def test_a_payment_is_named_in_its_own_currency(account: BillingAccount) -> None:
    payment = a_payment(account)
    payment.amount, payment.currency = 450, "jpy"
    mail.membership_refunded(account, payment)
    letter = Letter.objects.get()
    for words in (letter.text, letter.html):
        assert "450 JPY" in words
        assert "$" not in words


def test_who_deleted_their_account_gets_none(account: BillingAccount) -> None:
    account.user = None
    assert mail.payment_failed(account, "in_1") is False
    assert not Letter.objects.exists()


def test_a_guest_hears_that_their_payment_did_not_arrive_too() -> None:
    intent = a_wish(None, Kind.GIFT)
    assert [mail.delayed_payment_failed(intent, "giver@example.com") for _ in range(2)] == [True, False]
    letter = Letter.objects.get()
    assert (letter.to, letter.user) == ("giver@example.com", None)
    assert "http://localhost:8000/gift" in letter.text
    assert "membership" not in letter.text


def test_a_gift_comes_as_a_code_and_as_an_address(account: BillingAccount) -> None:
    intent = CheckoutIntent.objects.create(kind=Kind.GIFT, amount=3000, currency="usd", expires_at=timezone.now())
    gift = Gift.objects.create(intent=intent, code="ABCD2345WXYZ", email="giver@example.com")
    assert [mail.gift_bought(gift), mail.gift_bought(gift)] == [True, False]
    letter = Letter.objects.get()
    assert (letter.to, letter.user) == ("giver@example.com", None)
    for words in (letter.text, letter.html):
        assert "ABCD-2345-WXYZ" in words
        assert "http://localhost:8000/gift/redeem?code=ABCD-2345-WXYZ" in words


def test_an_alert_is_told_once_until_it_is_settled(
    account: BillingAccount, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ADMINS = [("", "ada@example.com"), ("", "ben@example.com")]
    for _ in range(3):
        alert("duplicate", "sub_2", "cus_1 paid twice <twice>", account=account)
    assert sorted(Letter.objects.values_list("to", flat=True)) == ["ada@example.com", "ben@example.com"]
    letter = Letter.objects.filter(to="ada@example.com").get()
    assert "cus_1 paid twice <twice>" in letter.text
    assert "&lt;twice&gt;" in letter.html
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert settle([Alert.objects.get().id]) == 1
    alert("duplicate", "sub_2", "again", account=account)
    assert Alert.objects.count() == 2
    assert Alert.objects.filter(resolved_at=None).get().sentence == "again"
