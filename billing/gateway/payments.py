"""Money that moved: charges with their refunds and disputes, and giving it back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from billing.facts import Charge
from billing.gateway import reading
from billing.gateway.client import asking, options
from billing.gateway.errors import Missing, Refused
from billing.gateway.reading import get, id_of


def charge(charge_id: str) -> Charge:
    """With all its refunds and disputes. Raises Missing."""
    with asking() as api:
        return _whole(api.v1.charges.retrieve(charge_id))


def charge_of_payment(payment_intent: str) -> Charge | None:
    """The latest charge of a payment; None while nothing was tried. Raises Missing."""
    with asking() as api:
        latest = id_of(api.v1.payment_intents.retrieve(payment_intent).latest_charge)
        return _whole(api.v1.charges.retrieve(latest)) if latest else None


def owner_of(payment_intent: str) -> tuple[str, dict[str, str]] | None:
    """Whose customer paid (empty for guests) and what we wrote on it when it was asked for; None when there is none."""
    try:
        with asking() as api:
            found = api.v1.payment_intents.retrieve(payment_intent)
    except Missing:
        return None
    return id_of(get(found, "customer")), reading.mapping(get(found, "metadata"))


def charges_since(moment: datetime, *, until: datetime) -> Iterator[Charge]:
    """Every charge that succeeded since then and before `until`, whosever it is; without refunds and disputes."""
    with asking() as api:
        params: Any = {"created": {"gte": int(moment.timestamp()), "lt": int(until.timestamp())}, "limit": 100}
        for each in api.v1.charges.list(params=params).auto_paging_iter():
            if each.status == "succeeded":
                yield reading.charge(each, refunds=[], disputes=[])


def payment_of_charge(charge_id: str) -> str:
    """The payment that a charge belongs to; empty where there is none."""
    try:
        with asking() as api:
            return id_of(get(api.v1.charges.retrieve(charge_id), "payment_intent")) if charge_id else ""
    except Missing:
        return ""


def is_suspected(payment_intent: str) -> bool:
    """Whether the card's bank warns that its owner did not pay this, and it can still be given back.

    Called because Stripe told of a warning: where none may be looked at, that one counts.
    """
    try:
        with asking() as api:
            # A warning names its charge always, and the payment not in every version.
            params: Any = {"charge": id_of(api.v1.payment_intents.retrieve(payment_intent).latest_charge)}
            return any(each.actionable for each in api.v1.radar.early_fraud_warnings.list(params=params).data)
    except Refused:
        return True


def refund(payment_intent: str, *, reason: str, key: str) -> None:
    """All that is left of a payment. `reason`: duplicate, fraudulent, requested_by_customer. Raises Refused."""
    with asking() as api:
        params: Any = {"payment_intent": payment_intent, "reason": reason}
        api.v1.refunds.create(params=params, options=options(key))


def _whole(given: Any) -> Charge:
    with asking() as api:
        refunds = list(api.v1.refunds.list(params={"charge": given.id, "limit": 100}).auto_paging_iter())
        is_disputed = bool(get(given, "disputed"))
        disputes = list(api.v1.disputes.list(params={"charge": given.id}).auto_paging_iter()) if is_disputed else []
    return reading.charge(given, refunds=refunds, disputes=disputes)
