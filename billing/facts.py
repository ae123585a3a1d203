"""What Stripe says, in our words: plain values that rules and tests can hold. Amounts are integer minor units."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Invoice:
    """A bill. `is_first` when it began a subscription; `subscription_id` is empty for one-off invoices."""

    id: str
    status: str
    is_first: bool
    subscription_id: str
    amount_due: int
    currency: str
    attempts: int
    finalized_at: datetime | None
    period_end: datetime | None
    hosted_url: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription, whoever's product it is: `is_ours` says whether one of its prices is."""

    id: str
    customer_id: str
    status: str
    created_at: datetime
    is_ours: bool
    item_id: str
    price_key: str
    """`month` or `year`; empty for a price that has neither of our lookup keys."""
    period_start: datetime | None
    period_end: datetime | None
    """The latest of its items; None without items."""
    cancel_at: datetime | None
    cancel_at_period_end: bool
    ended_at: datetime | None
    voids_invoices: bool
    """Collection is paused and what comes due is not paid."""
    next_price_key: str
    """What a schedule changes it to at the period's end."""
    schedule_id: str
    has_pending_update: bool
    latest_invoice: Invoice | None
    card: str = ""
    """The payment method of its own, which goes before the customer's."""

    @property
    def ends_at(self) -> datetime | None:
        """When it ended or will end; flexible billing says it by a date, the API by a flag."""
        return self.ended_at or self.cancel_at or (self.period_end if self.cancel_at_period_end else None)

    @property
    def is_first_unpaid(self) -> bool:
        """The bill that began it is not paid (yet): delayed methods."""
        bill = self.latest_invoice
        return bill is not None and bill.is_first and bill.status != "paid"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer that is not deleted."""

    id: str
    email: str
    card: str
    """The payment method for every bill of a subscription that has none of its own; empty without one."""


@dataclass(frozen=True, slots=True)
class Session:
    """A Checkout session."""

    id: str
    url: str
    status: str
    """open, complete, expired"""
    payment_status: str
    """paid, unpaid, no_payment_required"""
    mode: str
    customer_id: str
    reference: str
    """client_reference_id: a hint, never a proof."""
    subscription_id: str
    payment_intent: str
    amount: int
    currency: str
    email: str
    livemode: bool
    metadata: dict[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    """By Stripe's clock."""

    @property
    def is_paid(self) -> bool:
        """A 100 % code is a success too."""
        return self.status == "complete" and self.payment_status in {"paid", "no_payment_required"}


@dataclass(frozen=True, slots=True)
class Refund:
    id: str
    amount: int
    status: str
    """pending, requires_action, succeeded, failed, canceled"""


@dataclass(frozen=True, slots=True)
class Dispute:
    id: str
    status: str


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that moved, or was tried to."""

    id: str
    payment_intent: str
    customer_id: str
    status: str
    """succeeded, pending, failed"""
    amount: int
    currency: str
    amount_refunded: int
    created_at: datetime
    receipt_url: str
    livemode: bool
    metadata: dict[str, str] = field(default_factory=dict)
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it stands in Stripe's list; `raw` is its JSON text."""

    id: str
    type: str
    livemode: bool
    api_version: str
    created_at: datetime
    raw: str
