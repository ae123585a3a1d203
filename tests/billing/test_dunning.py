"""Mail about bills that are not paid, and about years that renew: each once, and only while it is true."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Letter, User
from billing.actions import dunning
from billing.entitlements import plan_for
from billing.models import BillingAccount
from billing.standing import GRACE
from tests.billing.ground import Money
from tests.billing.webhooks import later
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.world import World

FAILED, STILL, LAST, APPROVAL = "payment_failed", "payment_still_failing", "payment_last_call", "payment_approval"

pytestmark = pytest.mark.django_db


def mails() -> list[str]:
    """What alice was told of, the oldest first."""
    about_bills = Letter.objects.filter(to="alice@example.com").exclude(name="login_code")
    return list(about_bills.order_by("created_at").values_list("name", flat=True))


def day(number: float) -> time_machine.travel:
    """So many days from now, with everything that Stripe did until then."""
    return later(days=number)


def fail_a_renewal(money: Money, alice: User, card: str = "works-then-declined", *, key: str = "month") -> None:
    """A membership whose first renewal, a month or a year from now, will not be paid."""
    money.subscribe(alice, key, card=card)


def test_three_mails_in_two_weeks_whatever_stripe_tries_in_between(money: Money, alice: User) -> None:
    fail_a_renewal(money, alice)
    due = money.account(alice).current_period_end
    assert due is not None
    told: list[tuple[int, str]] = []
    for number in range(-1, 16):
        with time_machine.travel(due + timedelta(days=number, hours=1), tick=True):
            money.stripe.tick()
            money.deliver()
            dunning.sweep()
            told += [(number, name) for name in mails()[len(told) :]]
    assert told == [(0, FAILED), (7, STILL), (13, LAST), (14, "membership_ended")]


def test_the_mails_name_the_end_of_the_grace_and_the_page_that_mends_it(money: Money, alice: User) -> None:
    fail_a_renewal(money, alice)
    with day(32):
        money.stripe.tick()
        money.deliver()
        until = money.account(alice).grace_until
        assert until is not None
        letter = Letter.objects.get(name=FAILED)
        for body in (letter.text, letter.html):
            assert f"{until:%B} {until.day}, {until.year}" in body
            assert "/account" in body


def test_a_mail_is_written_without_its_event_when_the_sweep_sees_it(money: Money, alice: User) -> None:
    fail_a_renewal(money, alice)
    with day(32):
        money.stripe.tick()
        money.deliver("customer.subscription.updated")
        assert mails() == []
        dunning.sweep()
        dunning.sweep()
        money.deliver()
        assert mails() == [FAILED]


def test_a_bill_that_was_paid_in_the_meantime_is_not_spoken_of(money: Money, alice: User) -> None:
    fail_a_renewal(money, alice)
    with day(32):
        money.stripe.tick()
        money.stripe.pay_invoice(money.stripe.store.all("invoice")[-1]["id"])
        money.deliver()
        dunning.sweep()
        assert mails() == []
        assert plan_for(alice).name == "premium"


def test_the_sweep_looks_again_before_it_reminds(money: Money, alice: User) -> None:
    fail_a_renewal(money, alice)
    with day(32):
        money.stripe.tick()
        money.deliver()
        money.stripe.pay_invoice(money.stripe.store.all("invoice")[-1]["id"])
    with day(40):
        dunning.sweep()
        assert mails() == [FAILED]
        assert money.account(alice).past_due_since is None


@pytest.mark.parametrize("first", ["invoice.payment_failed", "invoice.payment_action_required"])
def test_who_must_approve_is_asked_to_approve_and_not_told_of_a_declined_card(
    money: Money, alice: User, first: str
) -> None:
    fail_a_renewal(money, alice, "works-then-3ds")
    with day(32):
        money.stripe.tick()
        money.deliver(first)
        money.deliver()
        dunning.sweep()
        assert mails() == [APPROVAL]
        invoice = money.stripe.store.all("invoice")[-1]
        assert invoice["hosted_invoice_url"] in Letter.objects.get(name=APPROVAL).text
        assert plan_for(alice).name == "premium"


@pytest.mark.parametrize(
    ("first", "told"), [("invoice.payment_failed", FAILED), ("invoice.payment_action_required", APPROVAL)]
)
def test_where_stripe_does_not_say_why_it_is_unpaid_the_event_does(
    money: Money, world: World, alice: User, first: str, told: str
) -> None:
    fail_a_renewal(money, alice, "works-then-3ds")
    with day(32):
        money.stripe.tick()
        world.faults.add("stripe", "error", status=400, path="invoice_payments", times=FOR_EVER)
        money.deliver(first)
        dunning.sweep()
        assert mails() == [told]


def test_who_was_asked_to_approve_is_not_told_of_a_declined_card_because_stripe_does_not_say(
    money: Money, world: World, alice: User
) -> None:
    fail_a_renewal(money, alice, "works-then-3ds")
    with day(32):
        money.stripe.tick()
        money.deliver("invoice.payment_action_required")
        world.faults.add("stripe", "error", status=400, path="invoice_payments", times=FOR_EVER)
        money.deliver("invoice.payment_failed")
        assert mails() == [APPROVAL]


def test_an_event_that_asks_for_an_approval_is_not_believed_where_stripe_says_otherwise(
    money: Money, alice: User
) -> None:
    fail_a_renewal(money, alice)
    with day(32):
        money.stripe.tick()
        bill = money.stripe.store.all("invoice")[-1]
        money.bring(money.stripe.events.emit("invoice.payment_action_required", bill))
        assert mails() == [FAILED]


def test_after_the_grace_nobody_is_told_that_premium_ends_tomorrow(money: Money, alice: User) -> None:
    fail_a_renewal(money, alice)
    with day(32):
        money.stripe.tick()
        money.deliver()
        until = money.account(alice).grace_until
        assert until is not None
    with time_machine.travel(until + timedelta(hours=3), tick=True):
        money.stripe.tick()
        money.stripe.change("subscription", money.account(alice).subscription_id, status="past_due", ended_at=None)
        dunning.tell(money.account(alice).stripe_customer_id or "")
        assert money.account(alice).status == "past_due"
        assert mails() == [FAILED]


def test_a_first_payment_that_fails_is_no_case_for_a_mail(money: Money, alice: User) -> None:
    session = money.begin(alice)
    with pytest.raises(Exception, match="declined"):
        money.stripe.pay(session, card="declined")
    money.deliver()
    dunning.sweep()
    assert mails() == []


def test_with_stripe_away_the_next_sweep_reminds(money: Money, world: World, alice: User) -> None:
    fail_a_renewal(money, alice)
    with day(32):
        money.stripe.tick()
        money.deliver()
    with day(40):
        world.faults.add("stripe", "rate-limited", times=FOR_EVER)
        dunning.sweep()
        assert mails() == [FAILED]
        world.faults.clear()
        dunning.sweep()
        assert mails() == [FAILED, STILL]


def test_who_is_leaving_gets_no_mail_about_money(money: Money, alice: User) -> None:
    fail_a_renewal(money, alice)
    with day(32):
        money.stripe.tick()
        money.deliver("customer.subscription.updated")
        BillingAccount.objects.update(closing_at=timezone.now())
        dunning.sweep()
        assert mails() == []


def test_a_sweep_without_anything_to_say_is_one_query_and_no_call(
    money: Money, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fail_a_renewal(money, alice)
    with day(32):
        money.stripe.tick()
        money.deliver()
        asked = len(money.stripe.requests.of())
        with django_assert_num_queries(1):
            dunning.sweep()
        assert len(money.stripe.requests.of()) == asked


def test_the_reminders_fit_into_the_grace() -> None:
    assert dunning.HALF_TIME < GRACE - dunning.LAST_DAY


def test_a_year_that_renews_is_told_a_week_before_with_its_price_and_date(money: Money, alice: User) -> None:
    renews_on = money.subscribe(alice, "year").current_period_end
    assert renews_on is not None
    with day(359):
        money.stripe.tick()
        assert money.deliver("invoice.upcoming") == 1
        assert mails() == ["renewal_soon"]
        letter = Letter.objects.get(name="renewal_soon")
        assert "$30.00" in letter.text
        assert letter.subject == f"Your membership renews on {renews_on:%B} {renews_on.day}"
        money.bring(money.stripe.events.all("invoice.upcoming")[-1])
        assert mails() == ["renewal_soon"]


def test_a_month_renews_without_a_word(money: Money, alice: User) -> None:
    money.subscribe(alice, "month")
    with day(27):
        money.stripe.tick()
        assert money.deliver("invoice.upcoming") == 1
        assert mails() == []


def test_a_year_that_was_cancelled_meanwhile_is_not_said_to_renew(money: Money, alice: User) -> None:
    account = money.subscribe(alice, "year")
    with day(359):
        money.stripe.tick()
        money.stripe.cancel(account.subscription_id, at_period_end=True)
        assert money.deliver("invoice.upcoming") == 1
        assert mails() == []


def test_an_old_notice_of_a_renewal_that_is_over_is_not_passed_on(money: Money, alice: User) -> None:
    money.subscribe(alice, "year")
    with day(370):
        money.stripe.tick()
        assert money.deliver("invoice.upcoming") == 1
        assert mails() == []
