"""Where somebody's membership stands, in one word and the dates that go with it: for the account and pricing pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from billing.entitlements import plan_for
from billing.models import BillingAccount, Grant
from billing.plans import PRICES, Plan, Price
from billing.standing import ENDED, RUNNING

State = Literal["free", "given", "renews", "ends", "unpaid", "stopped", "pending", "disputed"]
"""free: nothing. given: by a grant alone. renews, ends: a subscription that does. unpaid: its card is declined, and
there is grace. stopped: it lives but gives nothing. pending: the first payment is underway. disputed: a bank took
money back."""


@dataclass(frozen=True, slots=True)
class Membership:
    """`price` is that of the subscription, `next_price` what it changes to; `gifts` run now or begin later."""

    state: State
    plan: Plan
    account: BillingAccount | None
    gifts: tuple[Grant, ...]

    @property
    def price(self) -> Price | None:
        return PRICES.get(self.account.price_key) if self.account else None

    @property
    def next_price(self) -> Price | None:
        return PRICES.get(self.account.next_price_key) if self.account else None

    @property
    def given_until(self) -> datetime | None:
        """The end of what was given; None when there is none, or no gift."""
        ends = [gift.ends_at for gift in self.gifts]
        return max(ends) if ends and None not in ends else None  # type: ignore[type-var]

    @property
    def is_patron(self) -> bool:
        """Whether Patreon alone gives it: its grant is made longer again and again."""
        return all(gift.source == Grant.Source.PATREON for gift in self.gifts)

    @property
    def has_subscription(self) -> bool:
        """Whether a subscription lives, whatever it is worth: who has one manages it instead of buying another."""
        return self.state not in {"free", "given"}


def membership(user: User) -> Membership:
    """Three queries."""
    account = BillingAccount.objects.filter(user=user).first()
    now = timezone.now()
    gifts = Grant.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), user=user, revoked_at=None).order_by("starts_at")
    given = tuple(gifts)
    return Membership(_state(account, given, now), plan_for(user), account, given)


def _state(account: BillingAccount | None, gifts: tuple[Grant, ...], now: datetime) -> State:
    if account is None or account.status in ENDED | {""} or (account.ends_at and account.ends_at <= now):
        return "given" if gifts else "free"
    if account.suspended_at:
        return "disputed"
    if account.status in RUNNING | {"incomplete"} and account.access_until is None:
        return "pending"
    if account.access_until is None or account.access_until <= now:
        return "stopped"
    if account.status == "past_due":
        return "unpaid"
    return "ends" if account.ends_at else "renews"
