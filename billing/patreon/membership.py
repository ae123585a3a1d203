"""What a membership at Patreon is worth here. Pure."""

from dataclasses import dataclass
from enum import Enum

ACTIVE = "active_patron"
PAID = "Paid"
PENDING = "Pending"
NEVER_CHARGED = frozenset({"", "Free Trial"})


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody's membership of a campaign, in Patreon's own words."""

    id: str
    user_id: str
    campaign_id: str
    patron_status: str
    """active_patron, declined_patron, former_patron; empty for who never pledged"""
    entitled_cents: int
    """A month, in minor units of the campaign's currency."""
    last_charge_status: str
    """Paid, Pending, Declined, Refunded, Fraud and others; empty for who was never charged"""
    is_free: bool
    """A free trial, or a present."""


class Worth(Enum):
    """`UNDECIDED`: a payment is under way, which takes days at the turn of a month. What was given runs on, and out."""

    PREMIUM = "premium"
    UNDECIDED = "undecided"
    NOTHING = "nothing"


def worth(membership: Membership | None, *, campaign_id: str, least_cents: int) -> Worth:
    """Premium is for active patrons of our campaign who are entitled to enough and have paid for it.

    Who was never charged has it only on a free trial or by a present: a pledge alone is a promise.
    """
    if membership is None or membership.campaign_id != campaign_id:
        return Worth.NOTHING
    if membership.patron_status != ACTIVE or membership.entitled_cents < least_cents:
        return Worth.NOTHING
    charged = membership.last_charge_status
    if charged == PAID or (membership.is_free and charged in NEVER_CHARGED):
        return Worth.PREMIUM
    return Worth.UNDECIDED if charged == PENDING else Worth.NOTHING
