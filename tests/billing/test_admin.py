"""Money in the admin: everything is looked at, few things are done, and money moves only for a reason."""

from http import HTTPStatus

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from billing.actions import alerts, outbox
from billing.entitlements import plan_for
from billing.models import (
    Alert,
    BillingAccount,
    CheckoutIntent,
    Gift,
    Grant,
    OutboxCall,
    Payment,
    Reconciliation,
    WebhookEvent,
)
from tests.billing.ground import Money
from tests.operating import an_operator, confirmed

pytestmark = pytest.mark.django_db

MODELS = [
    "billingaccount",
    "checkoutintent",
    "webhookevent",
    "outboxcall",
    "payment",
    "alert",
    "reconciliation",
    "gift",
    "patron",
    "grant",
]
WRITTEN_BY_HAND = "grant"


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


@pytest.fixture
def onlooker() -> Client:
    """Somebody of the staff who may look at everything about money and do nothing."""
    user = User.objects.create_user("onlooker@example.org", "a long password", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="billing", codename__startswith="view_")
    )
    client = Client()
    client.force_login(user)
    return confirmed(client)


def act(client: Client, model: str, action: str, *ids: object, **fields: str) -> bytes:
    form = {"action": action, "_selected_action": [str(each) for each in ids], **fields}
    return client.post(f"/admin/billing/{model}/", form, follow=True).content


@pytest.mark.parametrize("model", MODELS)
def test_charlie_does_not_get_in(charlie: User, model: str) -> None:
    client = Client()
    client.force_login(charlie)
    assert client.get(f"/admin/billing/{model}/").status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("model", MODELS)
def test_every_list_opens_and_is_searched(operator: Client, money: Money, alice: User, model: str) -> None:
    money.subscribe(alice)
    assert operator.get(f"/admin/billing/{model}/").status_code == HTTPStatus.OK
    assert operator.get(f"/admin/billing/{model}/", {"q": "alice"}).status_code in {HTTPStatus.OK, HTTPStatus.FOUND}


def some_rows(count: int) -> None:
    """So many people with an account, a payment, an alert, a call and a grant each."""
    now = timezone.now()
    for number in range(User.objects.count(), User.objects.count() + count):
        user = User.objects.create_user(f"member{number}@example.com")
        account = BillingAccount.objects.create(user=user, stripe_customer_id=f"cus_{number}")
        ids = {"payment_intent": f"pi_{number}", "charge_id": f"ch_{number}"}
        Payment.objects.create(**ids, account=account, kind="premium", amount=300, currency="usd", paid_at=now)
        Alert.objects.create(kind="stranger", key=str(number), sentence="Look.", account=account)
        OutboxCall.objects.create(action="cancel_all", account=account, idempotency_key=str(number))
        Grant.objects.create(user=user, starts_at=now, reason="Kind", given_by=user)
        CheckoutIntent.objects.create(account=account, kind="gift", amount=3000, currency="usd", expires_at=now)


@pytest.mark.parametrize("model", ["billingaccount", "payment", "alert", "outboxcall", "grant", "checkoutintent"])
def test_a_list_asks_the_same_few_questions_whatever_there_is(operator: Client, model: str) -> None:
    asked = []
    for _ in range(2):
        some_rows(4)
        with CaptureQueriesContext(connection) as queries:
            assert operator.get(f"/admin/billing/{model}/").status_code == HTTPStatus.OK
        asked.append(len(queries))
    assert asked[0] == asked[1]


@pytest.mark.parametrize("model", [each for each in MODELS if each != WRITTEN_BY_HAND])
def test_nothing_that_the_site_writes_is_written_by_hand(operator: Client, model: str) -> None:
    assert operator.get(f"/admin/billing/{model}/add/").status_code == HTTPStatus.FORBIDDEN


def test_a_mirror_is_read_only(operator: Client, money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    address = f"/admin/billing/billingaccount/{account.pk}"
    assert b"alice@example.com" in operator.get(f"{address}/change/").content
    payment = Payment.objects.get()
    assert payment.charge_id.encode() in operator.get(f"/admin/billing/payment/{payment.pk}/change/").content
    assert operator.post(f"{address}/change/", {"status": "canceled"}).status_code == HTTPStatus.FORBIDDEN
    assert operator.post(f"{address}/delete/", {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN
    assert money.account(alice).status == "active"


def test_addresses_and_codes_that_are_worth_money_are_not_shown(operator: Client, money: Money, alice: User) -> None:
    money.begin(alice)
    intent = CheckoutIntent.objects.get()
    assert intent.url
    assert intent.url.encode() not in operator.get(f"/admin/billing/checkoutintent/{intent.pk}/change/").content
    gift = Gift.objects.create(code="ABCDEFGHJKLM", intent=intent, email="giver@example.com")
    page = operator.get(f"/admin/billing/gift/{gift.pk}/change/").content
    assert b"giver@example.com" in page
    assert b"ABCDEFGHJKLM" not in page


def test_failed_events_are_replayed(operator: Client, money: Money, alice: User) -> None:
    money.subscribe(alice)
    event = WebhookEvent.objects.filter(type="invoice.paid").get()
    WebhookEvent.objects.filter(pk=event.pk).update(state=WebhookEvent.State.FAILED, attempts=10, last_error="a bug")
    assert b"1 events are done over again" in act(operator, "webhookevent", "replay", event.pk)
    event.refresh_from_db()
    assert (event.state, event.attempts) == (WebhookEvent.State.NEW, 0)


def test_a_refund_asks_why_before_money_moves(operator: Client, money: Money, alice: User) -> None:
    money.subscribe(alice)
    payment = Payment.objects.get()
    page = act(operator, "payment", "refund", payment.pk)
    assert b"Why is it given back?" in page
    assert b"$3.00 of alice@example.com" in page
    assert b"This field is required" in act(operator, "payment", "refund", payment.pk, reason=" ")
    assert not OutboxCall.objects.exists()
    assert b"is being given back" in act(operator, "payment", "refund", payment.pk, reason="She asked on the phone")
    money.rest()
    payment.refresh_from_db()
    assert payment.amount_refunded == 300
    listed = operator.get("/admin/billing/payment/").content.decode()
    assert listed.count("$3.00") == 2
    assert "alice@example.com" in listed
    assert plan_for(alice).name == "free"


def test_what_was_given_back_is_not_given_back_again(operator: Client, money: Money, alice: User) -> None:
    money.subscribe(alice)
    payment = Payment.objects.get()
    for _ in range(2):
        page = act(operator, "payment", "refund", payment.pk, reason="She asked")
        money.rest()
    assert b"is being given back" not in page
    assert len(money.stripe.store.all("refund")) == 1


def test_calls_that_are_given_up_are_done_and_say_so(operator: Client, onlooker: Client, bob: User) -> None:
    row = BillingAccount.objects.create(user=bob)
    args = {"email": "bob@example.com"}
    call = outbox.queue(OutboxCall.Action.PUSH_EMAIL, "test", account=row, **args)
    OutboxCall.objects.update(last_error="Refused: never", attempts=3)
    act(onlooker, "outboxcall", "give_up", call.pk)
    assert OutboxCall.objects.get().done_at is None
    assert b"1 calls are given up" in act(operator, "outboxcall", "give_up", call.pk)
    call.refresh_from_db()
    assert call.done_at is not None
    assert call.last_error.startswith("Given up by operator")
    assert call.last_error.endswith("Refused: never")
    assert call.args == {}, "an address is not for keeping"
    assert b"0 calls are given up" in act(operator, "outboxcall", "give_up", call.pk)
    assert outbox.sweep() is False


def test_who_may_only_look_moves_no_money(onlooker: Client, money: Money, alice: User) -> None:
    money.subscribe(alice)
    payment, event = Payment.objects.get(), WebhookEvent.objects.filter(state=WebhookEvent.State.DONE)[0]
    alerts.alert("stranger", "sub_1", "Somebody pays for nothing.")
    assert onlooker.get("/admin/billing/payment/").status_code == HTTPStatus.OK
    act(onlooker, "payment", "refund", payment.pk, reason="I want to")
    act(onlooker, "webhookevent", "replay", event.pk)
    act(onlooker, "alert", "settle", Alert.objects.get().pk)
    assert not OutboxCall.objects.exists()
    event.refresh_from_db()
    assert event.state == WebhookEvent.State.DONE
    assert Alert.objects.get().resolved_at is None


def test_alerts_are_settled(operator: Client) -> None:
    alerts.alert("stranger", "sub_1", "Somebody pays for nothing.")
    alert = Alert.objects.get()
    assert b"Somebody pays for nothing" in operator.get("/admin/billing/alert/?resolved_at__isempty=1").content
    assert b"1 alerts are settled" in act(operator, "alert", "settle", alert.pk)
    alert.refresh_from_db()
    assert alert.resolved_at is not None


def test_the_numbers_of_now_stand_above_the_nightly_looks(operator: Client) -> None:
    Reconciliation.objects.create(started_at=timezone.now(), drift=42, report=["Account x differed."])
    page = operator.get("/admin/billing/reconciliation/").content
    assert b"inbox_age_seconds" in page
    assert b"Events that were given up" in page
    row = Reconciliation.objects.get()
    assert b"Account x differed." in operator.get(f"/admin/billing/reconciliation/{row.pk}/change/").content


def test_premium_is_given_and_taken_back(operator: Client, bob: User, money: Money) -> None:
    assert operator.get("/admin/billing/grant/add/").status_code == HTTPStatus.OK
    form = {"user": bob.pk, "starts_at_0": "2026-01-01", "starts_at_1": "00:00", "ends_at_0": "", "ends_at_1": ""}
    assert operator.post("/admin/billing/grant/add/", form).status_code == HTTPStatus.OK, "a reason is needed"
    operator.post("/admin/billing/grant/add/", form | {"reason": "wrote the French help page"})
    grant = Grant.objects.get()
    assert (grant.source, grant.given_by.email) == ("admin", "operator@example.org")  # type: ignore[union-attr]
    assert plan_for(bob).name == "premium"
    assert b"1 grants are taken back" in act(operator, "grant", "revoke", grant.pk)
    assert plan_for(bob).name == "free"
    assert (
        operator.post(f"/admin/billing/grant/{grant.pk}/delete/", {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN
    )


def test_what_came_from_a_gift_is_not_edited(operator: Client, bob: User) -> None:
    grant = Grant.objects.create(user=bob, source=Grant.Source.GIFT, starts_at=timezone.now(), reason="A gift")
    address = f"/admin/billing/grant/{grant.pk}/change/"
    assert operator.get(address).status_code == HTTPStatus.OK
    assert operator.post(address, {"reason": "mine"}).status_code == HTTPStatus.FORBIDDEN
