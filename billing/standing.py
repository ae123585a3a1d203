"""What a subscription is worth: the rules from Stripe's states to the time until which somebody has premium. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.facts import Subscription

LEEWAY = timedelta(days=3)
"""A renewal whose webhook was missed does not shut anybody out; the nightly job finds it."""
GRACE = timedelta(days=14)
"""From the first failure, fixed then: later tries do not move it."""
RUNNING = frozenset({"active", "trialing"})
ENDED = frozenset({"canceled", "incomplete_expired"})
WITHOUT_ACCESS = frozenset({"incomplete", "unpaid", "paused"}) | ENDED
KNOWN = RUNNING | WITHOUT_ACCESS | {"past_due"}
BLOCKS_CHECKOUT = frozenset({"active", "trialing", "past_due", "unpaid", "paused", "incomplete"})
"""Who has one of these manages it instead of buying a second."""
COUNTS_TWICE = BLOCKS_CHECKOUT - {"incomplete"}
"""More than one of these is a duplicate."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that is kept of a customer's subscription. Field names are those of BillingAccount."""

    subscription_id: str = ""
    item_id: str = ""
    price_key: str = ""
    next_price_key: str = ""
    status: str = ""
    current_period_end: datetime | None = None
    ends_at: datetime | None = None
    past_due_since: datetime | None = None
    grace_until: datetime | None = None
    access_until: datetime | None = None
    payment_url: str = ""
    """Where the open bill is paid, while one is open."""


NOTHING = Standing()


def kept(subscriptions: list[Subscription]) -> Subscription | None:
    """Which one counts: of those that live the oldest paid one, else the one that ended last; None without any."""
    ours = [each for each in subscriptions if each.is_ours]
    living = [each for each in ours if each.status not in ENDED]
    if living:
        return min(living, key=lambda each: (each.is_first_unpaid or each.status in WITHOUT_ACCESS, each.created_at))
    return max(ours, key=lambda each: each.ended_at or each.created_at, default=None)


def duplicates(subscriptions: list[Subscription]) -> list[Subscription]:
    """Those that a person pays for without need, the newest first."""
    one = kept(subscriptions)
    many = [each for each in subscriptions if each.is_ours and each.status in COUNTS_TWICE and each != one]
    return sorted(many, key=lambda each: each.created_at, reverse=True)


def standing(one: Subscription | None, *, before: Standing, suspended: bool, now: datetime) -> Standing:
    """The standing that a subscription gives. `before` remembers when paying began to fail.

    `suspended`: a bank disputes a payment; nothing is given until that is settled.
    """
    if one is None:
        return NOTHING
    is_late = one.status == "past_due" and not one.is_first_unpaid
    since = _late_since(one, before, now) if is_late else None
    grace = since + GRACE if since else None
    bill = one.latest_invoice
    return Standing(
        subscription_id=one.id,
        item_id=one.item_id,
        price_key=one.price_key,
        next_price_key=one.next_price_key,
        status=one.status,
        current_period_end=one.period_end,
        ends_at=one.ends_at,
        past_due_since=since,
        grace_until=grace,
        access_until=None if suspended else _access_until(one, grace),
        payment_url=bill.hosted_url if bill and bill.status == "open" and is_late else "",
    )


def _late_since(one: Subscription, before: Standing, now: datetime) -> datetime:
    """When the first try failed. A bill is tried when it is finalized; clocks differ, so never later than now."""
    if before.subscription_id == one.id and before.past_due_since:
        return before.past_due_since
    bill = one.latest_invoice
    return min(now, bill.finalized_at) if bill and bill.status == "open" and bill.finalized_at else now


def _access_until(one: Subscription, grace: datetime | None) -> datetime | None:
    if one.status in WITHOUT_ACCESS or one.is_first_unpaid or one.voids_invoices or one.period_end is None:
        return None
    if one.status == "past_due":
        return min(filter(None, (grace, one.ends_at)))
    paid_until = one.period_end + LEEWAY if one.status in RUNNING else one.period_end
    return min(filter(None, (paid_until, one.ends_at)))
