"""Money in tests: the pretend Stripe set up as a real one is, people who pay, and events brought by hand.

Nothing travels by itself: events wait until `deliver` posts them to the webhook and has them processed here, so that a
test decides what arrives, when and in which order.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

from django.test import Client

from accounts.models import User
from billing import inbox, plans
from billing.actions import checkout, customers, performing
from billing.gateway import catalog, setup
from billing.gateway.client import client
from billing.models import BillingAccount, CheckoutIntent, Gift, WebhookEvent
from tests.sandbox.stripe.state import Stripe
from tests.sandbox.wire import Json

WEBHOOK = "/billing/stripe/webhook"
MOST_ROUNDS = 20
"""Events lead to calls and calls to events, but not for ever."""


@dataclass
class Money:
    """The pretend Stripe of a test, and what people and Stripe do with it."""

    stripe: Stripe
    prices: dict[str, str]
    """Stripe's price ids by our key, `month` and `year`."""
    brought: set[str] = field(default_factory=set)
    """Ids of the events that were delivered."""

    def a_customer(self, user: User) -> BillingAccount:
        """Somebody who began to pay once: a customer without a subscription."""
        account = customers.account_for(user)
        customers.ensure_customer(account)
        return self.account(user)

    def begin(self, user: User, key: str = "month") -> str:
        """Somebody opens the page to pay for premium; the session's id."""
        checkout.begin_premium(user, key)
        return self.session(self.account(user))

    def subscribe(self, user: User, key: str = "month", *, card: str = "works") -> BillingAccount:
        """Somebody becomes a member; every event of it has arrived."""
        self.stripe.pay(self.begin(user, key), card=card)
        self.deliver()
        return self.account(user)

    def two_paid_pages(self, user: User, *, card: str = "works") -> BillingAccount:
        """The first was paid while it was being closed: what it bought is not seen before the second is paid too."""
        account = self.a_customer(user)
        customer = account.stripe_customer_id
        self.stripe.pay(self.begin(user, "month"))
        [first] = self.stripe.store.all("subscription")
        hidden = {"customer": "cus_hidden"}
        kept = first["customer"]
        first |= hidden
        CheckoutIntent.objects.update(state=CheckoutIntent.State.EXPIRED)
        second = self.begin(user, "year")
        first["customer"] = kept
        self.stripe.pay(second, card=card)
        assert kept == customer
        return account

    def buy_gift(self, *, card: str = "works") -> CheckoutIntent:
        """A guest buys a gift, and every event of it arrives."""
        assert Client().post("/gift").status_code == HTTPStatus.SEE_OTHER
        intent = CheckoutIntent.objects.latest("created_at")
        self.stripe.pay(intent.session_id or "", card=card, email="payer@example.org")
        self.rest()
        intent.refresh_from_db()
        return intent

    def a_gift(self) -> Gift:
        """A gift that a guest bought and nobody redeemed yet."""
        return Gift.objects.get(intent=self.buy_gift())

    def a_code(self, *, percent: int) -> str:
        """A promotion code that takes so much off the first bill."""
        api = client()
        coupon = api.v1.coupons.create(params={"percent_off": percent, "duration": "once"})
        made = api.v1.promotion_codes.create(params={"promotion": {"type": "coupon", "coupon": coupon.id}})
        return made.code

    def another_subscription(self, customer_id: str) -> str:
        """A customer pays for something else of whoever owns the Stripe account, too; the subscription's id."""
        api = client()
        product = api.v1.products.create(params={"name": "Cheese"})
        price = api.v1.prices.create(
            params={
                "product": product.id,
                "currency": plans.CURRENCY,
                "unit_amount": 900,
                "recurring": {"interval": "month"},
            }
        )
        self.stripe.set_card(customer_id, "works")
        made = api.v1.subscriptions.create(params={"customer": customer_id, "items": [{"price": price.id}]})
        return made.id

    def session(self, account: BillingAccount) -> str:
        """The id of the session that an account opened last."""
        return str(CheckoutIntent.objects.filter(account=account).latest("created_at").session_id)

    def account(self, user: User) -> BillingAccount:
        """Somebody's account as it is in the database now."""
        return BillingAccount.objects.get(user=user)

    def waiting(self, type: str = "") -> list[Json]:  # noqa: A002 - Stripe's own word
        """Events that were not delivered yet, oldest first; of one type, or all."""
        return [event for event in self.stripe.events.all(type) if event["id"] not in self.brought]

    def deliver(self, type: str = "") -> int:  # noqa: A002 - Stripe's own word
        """Post what waits to the webhook and process it; how many events that were. They must all succeed."""
        events = self.waiting(type)
        for event in events:
            self.bring(event)
        return len(events)

    def bring(self, event: Json) -> None:
        """Post one event, delivered before or not, and process it."""
        assert self.post(event) == HTTPStatus.OK
        row = WebhookEvent.objects.filter(event_id=event["id"]).first()
        if row is not None:
            inbox.process(row.event_id)
            row.refresh_from_db()
            assert row.state != WebhookEvent.State.NEW, row.last_error

    def post(self, event: Json) -> int:
        """Only post one event to the webhook; the answer's status."""
        self.brought.add(event["id"])
        body = self.stripe.events.body(event)
        headers = {"Stripe-Signature": self.stripe.events.signed(body)}
        return Client().post(WEBHOOK, body, content_type="application/json", headers=headers).status_code

    def rest(self) -> None:
        """Deliver events and do what is to be done at Stripe until nothing is left of either."""
        for _ in range(MOST_ROUNDS):
            if not self.deliver() + performing.work_due():
                return
        raise AssertionError("it never comes to rest")


def set_up(stripe: Stripe) -> Money:
    """What `manage.py stripe_setup` makes but the webhook endpoint, and no deliveries by themselves."""
    stripe.deliveries.paused = True
    setup.product("Premium", "A membership")
    for price in plans.PRICES.values():
        setup.price(price, with_tax=False)
    prices = {str(price.key): catalog.price_id(price) for price in plans.PRICES.values()}
    setup.portal(price_ids=list(prices.values()), back="http://localhost:8000/account")
    money = Money(stripe, prices)
    money.brought.update(event["id"] for event in stripe.events.all())
    return money
